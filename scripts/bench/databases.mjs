import pg from 'pg';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../dist/ops/embeddedPostgres.js';

/** The embedded Postgres, set up as the product does it, with a database for each contender. */
export async function startDatabases(directory) {
  const { url } = await ensureEmbeddedPostgres({ dir: directory });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync");
  return {
    version: `Postgres ${rows[0].version} with fsync ${rows[0].fsync}`,
    /** URL of a new, empty database. */
    async create(name) {
      await client.query(`CREATE DATABASE ${name}`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    async stop() {
      await client.end();
      await stopEmbeddedPostgres(directory);
    },
  };
}

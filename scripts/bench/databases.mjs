import pg from 'pg';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../dist/ops/embeddedPostgres.js';

/** Enough for three clusters side by side: a leader takes 30 and a follower 15. */
const CONNECTIONS_MAX = 300;

/** The embedded Postgres, set up as the product does it, with a database for each contender. */
export async function startDatabases(directory) {
  const first = await connect(directory);
  await first.client.query(`ALTER SYSTEM SET max_connections = ${CONNECTIONS_MAX}`);
  await first.client.end();
  await stopEmbeddedPostgres(directory); // It holds from the next start on.
  const { client, url } = await connect(directory);
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

async function connect(dir) {
  const { url } = await ensureEmbeddedPostgres({ dir });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { client, url };
}

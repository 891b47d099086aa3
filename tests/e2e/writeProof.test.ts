import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestDatabase } from '../helpers/postgres.ts';
import { installWriteProof, type ProvenWrite, wrongWrites } from './writeProof.ts';

const NOTE = 'INSERT INTO config_version (id, version) VALUES (2, 0) ON CONFLICT (id) DO UPDATE SET version = config_version.version + 1';

/** A database that is watched, with `old` in office, and a way to be any session of any instance. */
async function watchedDatabase() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  await installWriteProof(database.url);
  const acquire = (holder: string) => database.pool.query('SELECT acquire_lease($1, 60000)', [holder]);
  const connect = async (name: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url, application_name: name });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  const writes = async () =>
    (await database.pool.query<ProvenWrite>('SELECT claimed::int, highest::int, session, written FROM proof.writes')).rows;
  await acquire('old');
  return { pool: database.pool, acquire, connect, writes };
}

describe('the proof that no write comes from an epoch that is over', () => {
  it('notes what the leader writes, and finds nothing wrong with it', async () => {
    const { connect, writes } = await watchedDatabase();
    const leader = await connect('signalman one writer');
    await leader.query(`BEGIN; SELECT assert_leader(1, 'old'); ${NOTE}; COMMIT`);
    expect(await writes()).toEqual([{ claimed: 1, highest: 1, session: 'signalman one writer', written: 'config_version' }]);
    expect(wrongWrites(await writes())).toEqual([]);
  });

  it('finds a write of an old epoch that the fence let through, also when it was begun in time', async () => {
    const { pool, acquire, connect, writes } = await watchedDatabase();
    await pool.query(
      'CREATE OR REPLACE FUNCTION assert_leader_unwatched(wanted_epoch BIGINT, wanted_holder TEXT) RETURNS void LANGUAGE sql AS $$ SELECT $$',
    );
    const zombie = await connect('signalman one writer');
    await zombie.query(`BEGIN; SELECT assert_leader(1, 'old'); ${NOTE}`);
    await pool.query("UPDATE leader_lease SET expires_at = '-infinity'");
    await acquire('new');
    await zombie.query('COMMIT');
    expect(wrongWrites(await writes())).toEqual(['I3: signalman one writer wrote config_version as epoch 1 when it was epoch 2']);
  });

  it('finds a write that asked for no fence, and one from a session that only reads', async () => {
    const { connect, writes } = await watchedDatabase();
    await (await connect('signalman one writer')).query(NOTE);
    await (await connect('signalman two reader')).query(`BEGIN; SELECT assert_leader(1, 'old'); ${NOTE}; COMMIT`);
    expect(wrongWrites(await writes())).toEqual([
      'I3: signalman one writer wrote config_version as epoch null when it was epoch 1',
      'I3: signalman two reader wrote config_version as epoch 1 when it was epoch 1',
    ]);
  });
});

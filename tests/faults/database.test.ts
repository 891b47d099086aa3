import { describe, expect, it } from 'vitest';
import { haveRedisServer } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { allReady, openSite } from './site.ts';
import { startTraffic } from './traffic.ts';
import { expectAllWell } from './verdict.ts';

/** Every n-th row of what the leader writes brings its transaction down. A sequence is not rolled back, so the next try differs. */
const sabotage = (sqlState: string) => `
  CREATE SEQUENCE sabotaged;
  CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF nextval('sabotaged') % 41 = 0 THEN RAISE EXCEPTION 'sabotage' USING ERRCODE = '${sqlState}'; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER sabotage BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION sabotage();
  CREATE TRIGGER sabotage BEFORE INSERT OR UPDATE ON fills FOR EACH ROW EXECUTE FUNCTION sabotage();
  CREATE TRIGGER sabotage BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION sabotage();`;
/** One table at a time: dropping all at once locks the tables in another order than the leader does, and one of the two is turned down. */
const REPAIR = ['orders', 'fills', 'outbox'].map((table) => `DROP TRIGGER sabotage ON ${table}`);

describe.skipIf(!(await haveRedisServer()))('row 23: Postgres turns transactions of the leader down', () => {
  it.each([
    { name: 'a serialization failure', sqlState: '40001' },
    { name: 'a deadlock', sqlState: '40P01' },
    { name: 'a full disk', sqlState: '53100' },
  ])('with $name, now and then: nothing is lost, doubled or told twice', { timeout: 120_000 }, async ({ sqlState }) => {
    const site = await openSite({ names: ['one', 'two'] });
    const pool = site.world.database?.pool;
    const traffic = startTraffic(site.world, { everyMs: 40 });
    await until(() => traffic.promised() >= 30, { what: 'alerts to be flowing', timeoutMs: 20_000 });
    await pool?.query(sabotage(sqlState));
    const hits = async () => Number((await pool?.query<{ n: string }>('SELECT last_value / 41 AS n FROM sabotaged'))?.rows[0]?.n ?? 0);
    await until(async () => (await hits()) >= 3, { what: 'three transactions to be turned down', timeoutMs: 40_000, everyMs: 100 });
    for (const repair of REPAIR) await pool?.query(repair);
    await allReady(site);
    await expectAllWell(site, await traffic.stop());
    const told = await pool?.query<{ signal_id: string; text: string; n: number }>(
      `SELECT signal_id, text, count(*)::int AS n FROM outbox WHERE signal_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1`,
    );
    expect(told?.rows).toEqual([]);
  });
});

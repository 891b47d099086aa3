import type pg from 'pg';
import { createPools, type Pools } from '../../src/ledger/pools.ts';
import { createPostgresLedger } from '../../src/ledger/postgresLedger.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { EPOCH, type LedgerUnderTest } from './ledgerFixture.ts';

export interface PostgresLedgerUnderTest extends LedgerUnderTest {
  readonly pools: Pools;
  /** Sees and does everything, outside the ledger. */
  readonly pool: pg.Pool;
}

const HOLDERS = ['first', 'second'] as const;

/** A ledger in a database of its own, led by us in `EPOCH`. */
export async function openPostgresLedger(): Promise<PostgresLedgerUnderTest> {
  const database = await createTestDatabase();
  const options = { url: database.url, readonlyUrl: null, sizes: { write: 3, read: 3 }, instance: 'test', logger: silentLogger };
  const pools = createPools(options);
  const ledgerOf = (holder: string) => createPostgresLedger({ pool: pools.writer, holder, logger: silentLogger });
  const lead = async (holder: string, epoch: number): Promise<void> => {
    const expiry = "now() + interval '1 minute'";
    await database.pool.query(`UPDATE leader_lease SET holder = $1, epoch = $2, acquired_at = now(), expires_at = ${expiry}`, [
      holder,
      epoch,
    ]);
  };
  await lead(HOLDERS[0], EPOCH);
  return {
    ledger: ledgerOf(HOLDERS[0]),
    depose: async () => {
      await lead(HOLDERS[1], EPOCH + 1);
      return EPOCH + 1;
    },
    successor: () => ledgerOf(HOLDERS[1]),
    pools,
    pool: database.pool,
    close: async () => {
      await pools.close();
      await database.drop();
    },
  };
}

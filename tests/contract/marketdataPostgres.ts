import { createPools, type Pools } from '../../src/ledger/pools.ts';
import type { CandleStore } from '../../src/marketdata/candleStore.ts';
import { createPostgresCandleReader } from '../../src/marketdata/postgresCandleReader.ts';
import { createPostgresCandleStore } from '../../src/marketdata/postgresCandleStore.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { type CandleStoreUnderTest, EPOCH } from './marketdataContract.ts';

export interface PostgresCandlesUnderTest extends CandleStoreUnderTest {
  readonly database: TestDatabase;
  readonly pools: Pools;
  /** Makes `holder` lead. */
  lead(holder: string, epoch: number): Promise<CandleStore>;
}

/** A candle store in a database of its own, led in `EPOCH`. Reads go through a read-only session. */
export async function openPostgresCandles(): Promise<PostgresCandlesUnderTest> {
  const database = await createTestDatabase();
  const options = { url: database.url, readonlyUrl: null, sizes: { write: 4, read: 3 }, instance: 'test', logger: silentLogger };
  const pools = createPools(options);
  const lead = async (holder: string, epoch: number): Promise<CandleStore> => {
    const times = "acquired_at = now(), expires_at = now() + interval '1 minute'";
    await database.pool.query(`UPDATE leader_lease SET holder = $1, epoch = $2, ${times}`, [holder, epoch]);
    return createPostgresCandleStore({ pool: pools.writer, holder });
  };
  return {
    database,
    pools,
    lead,
    store: await lead('first', EPOCH),
    reader: createPostgresCandleReader({ pool: pools.reader }),
    depose: async () => ({ epoch: EPOCH + 1, store: await lead('second', EPOCH + 1) }),
    notices: async () => (await database.pool.query<{ id: string }>('SELECT id FROM outbox ORDER BY seq')).rows.map(({ id }) => id),
    close: async () => {
      await pools.close();
      await database.drop();
    },
  };
}

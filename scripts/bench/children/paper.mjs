// Engine and paper venue in this process, without gateway and HTTP: how fast a leader carries out what is in its log.
import { v7 as uuidv7 } from 'uuid';
import { createMemoryCommandLog } from '../../../dist/commandlog/memoryCommandLog.js';
import { createPostgresCommandLog } from '../../../dist/commandlog/postgresCommandLog.js';
import { Engine } from '../../../dist/engine/engine.js';
import { ENGINE_DEFAULTS } from '../../../dist/engine/term.js';
import { createExchanges } from '../../../dist/exchange/exchanges.js';
import { createPostgresLease } from '../../../dist/leader/postgresLease.js';
import { createMemoryLedger } from '../../../dist/ledger/memoryLedger.js';
import { createPools } from '../../../dist/ledger/pools.js';
import { createPostgresLedger } from '../../../dist/ledger/postgresLedger.js';
import { systemClock as clock } from '../../../dist/lib/clock.js';
import { silentLogger as logger } from '../../../dist/ops/logger.js';
import { createMetrics } from '../../../dist/ops/metrics.js';
import { deployMigrations } from '../../../dist/ops/migrate.js';
import { PAPER_ACCOUNT } from '../alerts.mjs';
import { cpuMs, serveParent } from './ipc.mjs';

const metrics = createMetrics('bench');
const EPOCH_LIFE_MS = 3_600_000;

/** Log and ledger of one run, and the epoch whose writes the ledger takes. */
const STORES = {
  memory: async () => ({ log: createMemoryCommandLog(), ledger: createMemoryLedger(() => 1), epoch: 1, close: async () => undefined }),
  postgres: async () => {
    const url = process.env.BENCH_DATABASE_URL;
    await deployMigrations({ url, logger });
    const pools = createPools({ url, readonlyUrl: null, sizes: { write: 10, read: 2 }, instance: 'bench', logger });
    const lease = createPostgresLease({ pool: pools.writer, holder: 'bench', ttlMs: EPOCH_LIFE_MS, logger });
    const log = createPostgresCommandLog({ pool: pools.writer, maxQueue: 100_000, logger, metrics });
    const ledger = createPostgresLedger({ pool: pools.writer, holder: 'bench', logger });
    const { epoch } = await lease.acquire();
    return {
      ...{ log, ledger, epoch },
      close: async () => {
        await log.close();
        await lease.close();
        await pools.close();
      },
    };
  },
};

/** A fresh engine that leads: one paper account, one hook. */
async function startEngine({ log, ledger, epoch }) {
  const account = {
    ...{
      id: uuidv7(),
      name: `paper-${epoch}`,
      venue: 'paper',
      market: 'spot',
      sandbox: false,
      sealedCredentials: null,
      ownerId: null,
      enabled: true,
      createdAt: 0,
    },
    settings: PAPER_ACCOUNT.settings,
  };
  const hook = {
    ...{ id: uuidv7(), name: 'bench', layers: ['path'], accountIds: [account.id], allowlist: [], ownerId: null },
    ...{ keyHash: '', secretHash: null, sealedHmacKey: null, oldKey: null, oldSecret: null, oldHmacKey: null },
    ...{ maxAgeSec: 3600, dedupeWindowSec: 60, ratePoints: null, approval: null, enabled: true, createdAt: 0 },
  };
  await ledger.append(epoch, [
    { kind: 'account.put', account },
    { kind: 'hook.put', hook },
  ]);
  let filled = 0;
  const engine = new Engine({
    ...{ log, ledger, clock, newId: uuidv7, random: Math.random, logger, metrics },
    exchanges: createExchanges({ venues: {}, clock, logger, openCredentials: () => ({}) }),
    failpoint: () => undefined,
    settings: ENGINE_DEFAULTS,
    onCommitted: (changes) => {
      for (const change of changes) if (change.kind === 'order.updated' && change.order.status === 'filled') filled += 1;
    },
  });
  const ending = new AbortController();
  const led = engine.lead({ epoch, signal: ending.signal, assertHeld: () => undefined });
  return {
    hook,
    filled: () => filled,
    stop: async () => {
      ending.abort();
      await led;
    },
  };
}

/** Market orders from their alerts' arrival in the log to their acknowledgement, on so many symbols at once. */
async function run({ store, orders, symbols, quantity }) {
  const stores = await STORES[store]();
  const engine = await startEngine(stores);
  const appendAlert = (n) =>
    stores.log.append({
      id: uuidv7(),
      body: {
        kind: 'alert',
        hookId: engine.hook.id,
        payload: `{"action":"buy","symbol":"${symbols[n % symbols.length]}","quantity":"${quantity}","id":"bench-${n}"}`,
      },
      actor: { name: 'hook:bench', address: '127.0.0.1' },
      correlationId: `bench-${n}`,
      dedupe: { key: `hook:bench:id:bench-${stores.epoch}-${n}`, ttlMs: 60_000, contentHash: String(n) },
    });
  const carryOut = async (from, count) => {
    await Promise.all(Array.from({ length: count }, (_, i) => appendAlert(from + i)));
    while ((await stores.log.lag()) > 0) await clock.sleep(2);
  };
  const warmUp = symbols.length * 10;
  await carryOut(0, warmUp);
  const [startedAt, cpuBefore, filledBefore] = [performance.now(), cpuMs(), engine.filled()];
  await carryOut(warmUp, orders);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuUs = ((cpuMs() - cpuBefore) * 1000) / orders;
  const filled = engine.filled() - filledBefore;
  await engine.stop();
  await stores.close();
  if (filled !== orders) throw new Error(`${filled} of ${orders} orders were filled`);
  return { perSecond: orders / seconds, cpuUs };
}

serveParent({ run });

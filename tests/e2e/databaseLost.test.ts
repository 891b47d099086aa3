import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';
import { readPostmaster, serverProcesses } from '../../src/ops/postmaster.ts';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { send } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import { expectExactlyOnce } from './books.ts';
import { expectInvariants } from './invariants.ts';
import { type Alert, type Delivery, deliver, post, startWorld, type World } from './world.ts';

const SYMBOLS = manySymbols(10);
/** TradingView resends three times, five seconds apart; here it is in more of a hurry. */
const RESEND = { resends: 3, everyMs: 3_000 };
const SEND_EVERY_MS = 25;

let directory: string;
let databaseUrl: string;
let world: World;
const sent: Delivery[] = [];

beforeAll(async () => {
  const parent = mkdtempSync(join(tmpdir(), 'signalman-lost-'));
  chmodSync(parent, 0o755);
  directory = join(parent, 'postgres');
  databaseUrl = (await ensureEmbeddedPostgres({ dir: directory })).url;
  const stop = async () => {
    await stopEmbeddedPostgres(directory);
    rmSync(parent, { recursive: true, force: true });
  };
  world = await startWorld({ databaseUrl, exchange: { symbols: SYMBOLS } }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return async () => {
    await world.close();
    await stop();
  };
});

let lastId = 0;
function nextAlert(): Alert {
  lastId += 1;
  return { id: `lost-${lastId}`, action: 'buy', symbol: SYMBOLS[lastId % SYMBOLS.length]?.symbol, quantity: `${1 + (lastId % 5)}` };
}

/** Alerts one after the other, each resent as TradingView would, until told to stop; resolves with all of them. */
async function flow(signal: AbortSignal): Promise<Delivery[]> {
  const sending: Promise<Delivery>[] = [];
  while (!signal.aborted) {
    sending.push(deliver(world, nextAlert(), RESEND));
    await delay(SEND_EVERY_MS);
  }
  return Promise.all(sending);
}

async function status(path: '/health' | '/ready'): Promise<number> {
  return (await send(world.instance.url + path, 'GET')).status;
}

/** With alerts flowing: `take` the database away, look at what is answered, `giveBack`, and wait until all is well again. */
async function outage(take: () => unknown, giveBack: () => unknown): Promise<Delivery[]> {
  const pid = world.instance.pid;
  const stop = new AbortController();
  const flowing = flow(stop.signal);
  await delay(300);
  await take();
  try {
    const refused = await until(
      async () => {
        const answer = await post(world, world.instance, nextAlert());
        return answer.status === 503 ? answer : null;
      },
      { what: 'an alert to be answered 503', timeoutMs: 10_000 },
    );
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(refused.body).toMatchObject({ status: 503, code: 'NOT_STORED' });
    await until(async () => (await status('/ready')) === 503, { what: '/ready to answer 503' });
    expect(await status('/health')).toBe(200);
  } finally {
    await giveBack();
  }
  const back = performance.now();
  await until(async () => (await status('/ready')) === 200, { what: '/ready to answer 200 again', timeoutMs: 10_000 });
  expect(performance.now() - back).toBeLessThan(5_000);
  stop.abort();
  const deliveries = await flowing;
  expect(world.instance.pid).toBe(pid);
  expect(deliveries.filter(({ statuses }) => statuses.length > 1).length, 'alerts that had to be sent again').toBeGreaterThan(0);
  return deliveries;
}

async function expectNothingLost(deliveries: readonly Delivery[]): Promise<void> {
  expect(deliveries.filter(({ signalId }) => signalId === null)).toEqual([]);
  sent.push(...deliveries);
  await expectExactlyOnce(world, sent, { unheard: lastId - sent.length });
  await expectInvariants(world, sent, { sameOrder: true });
  expect((await world.instance.call('GET', '/api/v1/cluster')).body).toMatchObject({ leader: 'only', lag: 0 });
}

describe('row 22: the database is lost while alerts flow', () => {
  it('stopped and started: 503 with Retry-After meanwhile, and then every alert takes effect exactly once, without a restart', async () => {
    const take = () => stopEmbeddedPostgres(directory);
    await expectNothingLost(await outage(take, () => ensureEmbeddedPostgres({ dir: directory })));
  });

  it('killed with SIGKILL in the middle of a burst: likewise', async () => {
    const take = () => {
      const postmaster = readPostmaster(join(directory, 'data'));
      if (!postmaster) throw new Error('Postgres does not run');
      process.kill(postmaster.pid, 'SIGKILL');
    };
    await expectNothingLost(await outage(take, () => ensureEmbeddedPostgres({ dir: directory })));
  });

  it('its connections cut again and again: nothing is lost or doubled', async () => {
    const cutter = new pg.Client({ connectionString: databaseUrl, application_name: 'the tests' });
    await cutter.connect();
    const stop = new AbortController();
    const flowing = flow(stop.signal);
    for (let cut = 0; cut < 4; cut += 1) {
      await delay(500);
      const text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'signalman%'";
      expect((await cutter.query(text)).rowCount).toBeGreaterThan(0);
    }
    stop.abort();
    await cutter.end();
    await expectNothingLost(await flowing);
  });

  it('frozen: likewise, for whatever was under way when it froze', async () => {
    const signalAll = (signal: NodeJS.Signals) => {
      for (const pid of serverProcesses(join(directory, 'data'))) process.kill(pid, signal);
    };
    const thaw = async () => {
      await delay(2_500); // Longer than the lease.
      signalAll('SIGCONT');
    };
    await expectNothingLost(await outage(() => signalAll('SIGSTOP'), thaw));
  });
});

import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Breakers, createBreakers } from '../../src/cli/start/breakers.ts';
import { openCommandLog } from '../../src/cli/start/commandLog.ts';
import { loadConfig } from '../../src/config/config.ts';
import { isVenueFailure } from '../../src/exchange/ccxt/withBreaker.ts';
import type { VenueSession } from '../../src/exchange/exchange.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock as clock, systemClock } from '../../src/lib/clock.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { binanceAccount, NO_OPENING } from '../helpers/binance/binanceFixture.ts';
import { type BinanceServer, startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { alert, openCluster } from '../helpers/cluster.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { startSwitchboard } from '../helpers/switchboard.ts';
import { until } from '../helpers/until.ts';
import { btcOrder, refOf } from '../helpers/venue/ccxtOrders.ts';

const NEW_ORDER = 'POST /api/v3/order';
/** Failures closer together count as one. */
const APART_MS = 120;
const apart = () => new Promise((resolve) => setTimeout(resolve, APART_MS));

function breakersWith(metrics = createMetrics('test')): Breakers {
  return createBreakers({ instance: 'test', clock, logger, metrics });
}

async function openVenue(origin: string | null, server: BinanceServer): Promise<{ breakers: Breakers; open: () => Promise<VenueSession> }> {
  const breakers = breakersWith();
  const exchanges = createExchanges({
    venues: { binance: { origins: { '*': origin ?? server.origin }, ccxt: { timeout: 500 } } },
    ...{ clock, logger },
    openCredentials: () => server.credentials,
    breakerOf: (name) => breakers.of(name, isVenueFailure),
  });
  onTestFinished(() => exchanges.closeAccount('account-1'));
  return { breakers, open: () => exchanges.open(binanceAccount(), NO_OPENING) };
}

describe('the circuit breaker of a venue', () => {
  it('opens when it stops answering, keeps orders from leaving meanwhile, and closes by itself when it answers again', async () => {
    const server = await startBinanceServer();
    onTestFinished(() => server.close());
    const { breakers, open } = await openVenue(null, server);
    const { orders } = await open();
    const breaker = breakers.of('binance orders of main');
    server.fail({ kind: 'dropUnread' });
    // What may have arrived stays unknown, however many there are.
    for (let n = 0; n < 4; n++) {
      expect(await orders.place(btcOrder())).toMatchObject({ kind: 'unknown', code: 'VENUE_REPLY_BROKEN' });
      await apart();
    }
    expect(breaker.state).toBe('open');
    const sent = server.requests.length;
    const kept = btcOrder();
    expect(await orders.place(kept)).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
    expect(await orders.lookup(refOf(kept))).toMatchObject({ kind: 'unknown', code: 'VENUE_UNREACHABLE' });
    expect(await orders.cancel(refOf(kept))).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
    expect(server.requests).toHaveLength(sent);

    // Look-ups go on at a slow pace: about one a second gets through, and fails.
    const until3s = performance.now() + 3_000;
    while (performance.now() < until3s) {
      expect(await orders.lookup(refOf(kept))).toMatchObject({ kind: 'unknown' });
      await apart();
    }
    expect(server.requests.length - sent).toBeGreaterThan(0);
    expect(server.requests.length - sent).toBeLessThan(4);

    server.heal();
    await until(async () => (await orders.lookup(refOf(kept))).kind === 'not_found', {
      what: 'the venue to be asked again',
      timeoutMs: 10_000,
      everyMs: 100,
    });
    expect(breaker.state).toBe('closed');
    expect(await orders.place(kept)).toMatchObject({ kind: 'accepted' });
    expect(server.requestsTo(NEW_ORDER).filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('stays closed while the venue refuses: that is an answer', async () => {
    const server = await startBinanceServer();
    onTestFinished(() => server.close());
    const { breakers, open } = await openVenue(null, server);
    const { orders } = await open();
    server.fail({ kind: 'rejectWith', code: -2010, msg: 'Account has insufficient balance for requested action.' });
    for (let n = 0; n < 8; n++) {
      expect(await orders.place(btcOrder())).toMatchObject({ kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS' });
      await apart();
    }
    expect(breakers.of('binance orders of main').state).toBe('closed');
  });

  it('one venue for prices does not speak for orders, nor the other way round', async () => {
    const server = await startBinanceServer();
    onTestFinished(() => server.close());
    const { breakers, open } = await openVenue(null, server);
    const { orders, feed } = await open();
    server.fail({ kind: 'html', status: 503 }, { path: '/api/v3/ticker/24hr' });
    await until(
      async () => {
        await feed.quote('BTC/USDT', 0);
        return breakers.of('binance prices').state === 'open';
      },
      { what: 'the circuit of prices to open', everyMs: APART_MS },
    );
    expect(await feed.quote('BTC/USDT', 0)).toBeNull();
    expect(await orders.place(btcOrder())).toMatchObject({ kind: 'accepted' });
  });

  it('counts a TLS failure as no connection: nothing was sent', async () => {
    const server = await startBinanceServer();
    onTestFinished(() => server.close());
    // It speaks, but not TLS.
    const garbled = createServer((socket) => void socket.on('error', () => socket.destroy()).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => garbled.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void garbled.close());
    const { breakers, open } = await openVenue(`https://127.0.0.1:${(garbled.address() as AddressInfo).port}`, server);
    const prices = breakers.of('binance prices', isVenueFailure);
    for (let n = 0; n < 4; n++) {
      await expect(open()).rejects.toMatchObject({ name: 'VenueSetupError', code: 'VENUE_UNREACHABLE' });
      await apart();
    }
    expect(prices.state).toBe('open');
  });
});

describe('the circuit breaker of the command log', () => {
  it('turns commands away at once while Postgres is away, and takes them again soon after it is back', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const { hostname, port } = new URL(database.url);
    const line = await startSwitchboard({ host: hostname, port: Number(port) });
    const url = new URL(database.url);
    url.port = String(line.port);
    const pool = new pg.Pool({ connectionString: url.href, connectionTimeoutMillis: 1_000 });
    pool.on('error', () => undefined);
    const metrics = createMetrics('test');
    const breakers = breakersWith(metrics);
    const others = { holder: 'test', clock: systemClock, onIncident: () => undefined };
    const log = await openCommandLog({ config: loadConfig({}), connections: { log: pool }, breakers, logger, metrics, ...others });
    onTestFinished(async () => {
      await log.close();
      await pool.end();
      await line.close();
    });
    const append = () =>
      log.append({
        id: uuid(),
        body: { kind: 'notice.raise', severity: 'info', text: 'x' },
        actor: { name: 'test', address: null },
        correlationId: 'c',
        dedupe: null,
      });
    expect(await append()).toMatchObject({ kind: 'stored' });
    line.cut();
    const breaker = breakers.of('Postgres appends');
    await until(
      async () => {
        await expect(append()).rejects.toMatchObject({ name: 'CommandLogUnavailableError' });
        return breaker.state === 'open';
      },
      { what: 'the circuit to open', everyMs: APART_MS },
    );
    await expect(append()).rejects.toMatchObject({
      name: 'CommandLogUnavailableError',
      message: expect.stringMatching(/Postgres appends: open/),
    });
    expect(await metrics.registry.metrics()).toMatch(/signalman_breaker\{breaker="Postgres appends",instance="test"\} 2/);
    line.mend();
    const stored = () => append().catch(() => null);
    expect(await until(stored, { what: 'commands to be taken again', timeoutMs: 6_000, everyMs: 100 })).toMatchObject({ kind: 'stored' });
    expect(breaker.state).toBe('closed');
  });
});

it('people are told when a circuit opens and closes, and the metrics show it', async () => {
  const server = await startBinanceServer();
  onTestFinished(() => server.close());
  const venues = join(tmpdir(), `signalman-venues-${uuid()}.json`);
  writeFileSync(venues, JSON.stringify({ binance: { origins: { '*': server.origin }, timeout: 1_000 } }));
  onTestFinished(() => rmSync(venues));
  const cluster = await openCluster({ names: ['a'], environment: { CCXT_CONFIG: venues }, bare: true });
  const [instance] = cluster.instances;
  if (!instance) throw new Error('there is no instance');
  await instance.call('POST', '/api/v1/accounts', { name: 'main', venue: 'binance', market: 'spot', credentials: server.credentials });
  const hook = await instance.call('POST', '/api/v1/hooks', { name: 'tv', accounts: ['main'] });
  const post = (id: string) => alert({ ...cluster, hookPath: `/hooks/${String(hook.body.key)}` }, instance, id);
  const told = async (text: RegExp, severity: string) => {
    const { rows } = await cluster.database.pool.query<{ text: string; severity: string; audience: string }>(
      'SELECT text, severity, audience FROM outbox',
    );
    return rows.some((row) => text.test(row.text) && row.severity === severity && row.audience === 'dev');
  };
  await post('before');
  server.fail({ kind: 'dropUnread' });
  let sent = 0;
  await until(
    async () => {
      await post(`during-${sent++}`);
      return told(/^binance prices: no answer/, 'critical');
    },
    { what: 'the opening to be told', timeoutMs: 20_000, everyMs: 200 },
  );
  expect((await instance.call('GET', '/metrics')).text).toMatch(/signalman_breaker\{breaker="binance prices",instance="a"\} [12]/);
  server.heal();
  await until(() => told(/^binance prices: answers again/, 'info'), { what: 'the closing to be told', timeoutMs: 20_000 });
  expect((await instance.call('GET', '/metrics')).text).toMatch(/signalman_breaker\{breaker="binance prices",instance="a"\} 0/);
});

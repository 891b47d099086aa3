import { expect, it, onTestFinished } from 'vitest';
import { createMemoryCommandLog } from '../../src/commandlog/memoryCommandLog.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ENGINE_DEFAULTS } from '../../src/engine/term.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { createMemoryLedger } from '../../src/ledger/memoryLedger.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { binanceAccount } from '../helpers/binance/binanceFixture.ts';
import { startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { until } from '../helpers/until.ts';

/** Longer than the test: nothing is learned by polling. */
const NEVER_MS = 600_000;
const AT_40000 = { type: 'limit', price: '40000' };

/** A leader that polls nothing, one account at Binance's server, and its live stream. */
async function leadPushed() {
  const server = await startBinanceServer();
  const exchanges = createExchanges({
    ...{ venues: { binance: { origins: { '*': server.origin }, ccxt: {} } }, clock, logger },
    openCredentials: () => server.credentials,
  });
  const account = binanceAccount();
  const [log, ledger] = [createMemoryCommandLog(), createMemoryLedger(() => 1)];
  await ledger.append(1, [{ kind: 'account.put', account }]);
  const statuses = new Map<string, string>();
  let lastId = 0;
  const engine = new Engine({
    ...{ log, ledger, exchanges, clock, logger, metrics: createMetrics('test'), random: Math.random },
    newId: () => `id-${++lastId}`,
    failpoint: () => undefined,
    settings: { ...ENGINE_DEFAULTS, pollMs: NEVER_MS },
    onCommitted: (changes) => {
      for (const change of changes) if (change.kind === 'order.updated') statuses.set(change.order.tag ?? '', change.order.status);
    },
  });
  const ending = new AbortController();
  const led = engine.lead({ epoch: 1, signal: ending.signal, assertHeld: () => undefined });
  onTestFinished(async () => {
    ending.abort();
    await led;
    await server.close();
  });
  const order = (tag: string, terms: Readonly<Record<string, string>>) =>
    log.append({
      id: tag,
      body: {
        kind: 'order.create',
        payload: JSON.stringify({ action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: 'main', tag, ...terms }),
      },
      actor: { name: 'user:test', address: null },
      correlationId: tag,
      dedupe: null,
    });
  const pushing = () => engine.venueOf(account.id)?.session.orders.isPushing?.() ?? false;
  const isNow = (tag: string, status: string) =>
    until(() => statuses.get(tag) === status, { what: `${tag} to be ${status}`, timeoutMs: 15_000 });

  await until(pushing, { what: 'the stream to be live', timeoutMs: 15_000 });
  return { server, pushing, order, isNow, statusOf: (tag: string) => statuses.get(tag) };
}

it('a leader that polls nothing learns of a fill by the stream, and of what it missed when the stream comes back', async () => {
  const { server, pushing, order, isNow, statusOf } = await leadPushed();
  await order('first', AT_40000);
  await isNow('first', 'open');
  server.book.setPrice('BTCUSDT', '39000');
  await isNow('first', 'filled');

  server.book.setPrice('BTCUSDT', '50000');
  await order('second', AT_40000);
  await isNow('second', 'open');
  server.streams.refuse(true);
  server.streams.drop();
  await until(() => !pushing(), { what: 'the loss to be noticed', timeoutMs: 15_000 });
  server.book.setPrice('BTCUSDT', '39000');
  expect(statusOf('second')).toBe('open');
  server.streams.refuse(false);
  await isNow('second', 'filled');
});

it('what is pushed about an order before its answer has come makes nobody ask, when the answer tells all', async () => {
  const { server, order, isNow } = await leadPushed();
  const asked = () => server.requestsTo('GET /api/v3/order').length + server.requestsTo('GET /api/v3/myTrades').length;
  const before = asked();
  for (const tag of ['one', 'two', 'three', 'four', 'five']) {
    await order(tag, { type: 'market' });
    await isNow(tag, 'filled');
  }
  expect(asked()).toBe(before);

  await order('resting', AT_40000);
  await isNow('resting', 'open');
  server.book.setPrice('BTCUSDT', '39000');
  await isNow('resting', 'filled');
  expect(asked()).toBeGreaterThan(before);
});

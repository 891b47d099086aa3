// Orders at the exchanges of children/exchanges.mjs: through our adapters, through bare ccxt, and through the whole engine.
import { rmSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { createMemoryCommandLog } from '../../../dist/commandlog/memoryCommandLog.js';
import { Decimal } from '../../../dist/domain/money.js';
import { Engine } from '../../../dist/engine/engine.js';
import { ENGINE_DEFAULTS } from '../../../dist/engine/term.js';
import { createExchanges } from '../../../dist/exchange/exchanges.js';
import { createMemoryLedger } from '../../../dist/ledger/memoryLedger.js';
import { systemClock as clock } from '../../../dist/lib/clock.js';
import { silentLogger as logger } from '../../../dist/ops/logger.js';
import { createMetrics } from '../../../dist/ops/metrics.js';
import { ascending, quantile } from '../statistics.mjs';
import { cpuMs, serveParent } from './ipc.mjs';

const metrics = createMetrics('bench');
/** Far enough below what those exchanges trade at (50,000) for an order to rest, near enough to be taken. */
const PRICE = new Decimal('40000');
const QUANTITY = new Decimal('0.01');

function exchangesFor({ venue, origin, credentials }, cacheDirectory) {
  const venues = { [venue]: { origins: { '*': origin }, ccxt: {} } };
  return createExchanges({ venues, clock, logger, openCredentials: () => credentials, ...(cacheDirectory ? { cacheDirectory } : {}) });
}

function accountAt({ venue, market }, id = uuidv7()) {
  const own = { sealedCredentials: null, settings: {}, ownerId: null, enabled: true, createdAt: 0 };
  return { id, name: id, venue, market, sandbox: false, ...own };
}

const NO_OPENING = { balances: [], openOrders: [], positions: [] };

/** Our adapter: a limit order that rests, acknowledged with all we want to know of it. */
async function ours(exchange) {
  const exchanges = exchangesFor(exchange);
  const account = accountAt(exchange);
  const { orders } = await exchanges.open(account, NO_OPENING);
  const plain = { side: 'buy', type: 'limit', stopPrice: null, timeInForce: 'GTC', expiresAt: null };
  const request = {
    symbol: exchange.symbol,
    ...plain,
    price: PRICE,
    quantity: QUANTITY,
    postOnly: false,
    reduceOnly: false,
    ocoGroup: null,
  };
  return {
    place: async () => {
      const outcome = await orders.place({ ...request, clientOrderId: uuidv7().replaceAll('-', '') });
      if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${outcome.code} ${outcome.message}`);
    },
    atOnce: AT_ONCE,
    close: () => exchanges.closeAccount(account.id),
  };
}

/** What ccxt has to be told at a venue besides: Bitget's futures take no limit order without it. */
const TERMS = { bitget: { timeInForce: 'GTC' } };
/** Requests of one key overtake each other, and are refused for it, when more than one is on its way. */
const IN_TURN = new Set(['kraken']);
const AT_ONCE = 32;
/** Where perpetuals go by this name in ccxt's lists of markets. */
const LINEAR = new Set(['binance', 'bybit']);

/** ccxt as its manual says, its own queue off and markets loaded. */
async function bare(exchange) {
  const connected = await connectBare(exchange);
  await connected.loadMarkets();
  const price = connected.priceToPrecision(exchange.symbol, PRICE.toNumber());
  const amount = connected.amountToPrecision(exchange.symbol, QUANTITY.toNumber() / (connected.market(exchange.symbol).contractSize ?? 1));
  return {
    place: () => connected.createOrder(exchange.symbol, 'limit', 'buy', amount, price, { ...TERMS[exchange.venue] }),
    atOnce: IN_TURN.has(exchange.venue) ? 1 : AT_ONCE,
    close: () => connected.close(),
  };
}

async function connectBare({ venue, market, origin, credentials }) {
  const { default: Exchange } = await import(new URL(`./src/${venue}.js`, import.meta.resolve('ccxt')).href);
  const options = {
    defaultType: market,
    fetchCurrencies: false,
    fetchMarkets: { types: [market === 'swap' && LINEAR.has(venue) ? 'linear' : market] },
    uta: false,
  };
  const exchange = new Exchange({ ...credentials, enableRateLimit: false, options });
  exchange.has.fetchCurrencies = false;
  if (IN_TURN.has(venue)) exchange.nonce = rising(); // Its own is the same twice within a millisecond.
  // Signatures may cover the host, so it is changed behind them.
  exchange.fetchImplementation = (url, options) => fetch(url.replace(/^https:\/\/[^/]+/, origin), options);
  return exchange;
}

function rising() {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1_000);
    return last;
  };
}

/** One after the other, then so many at once. */
async function measure(contender, { alone, together }) {
  for (let i = 0; i < 20; i += 1) await contender.place();
  const waits = [];
  const cpuBefore = cpuMs();
  for (let i = 0; i < alone; i += 1) {
    const startedAt = performance.now();
    await contender.place();
    waits.push(performance.now() - startedAt);
  }
  const cpuUs = ((cpuMs() - cpuBefore) * 1000) / alone;
  const startedAt = performance.now();
  const turns = Math.ceil(together / contender.atOnce);
  for (let i = 0; i < turns; i += 1) await Promise.all(Array.from({ length: contender.atOnce }, () => contender.place()));
  const perSecond = (turns * contender.atOnce * 1000) / (performance.now() - startedAt);
  return { p50: quantile(ascending(waits), 0.5), cpuUs, perSecond };
}

/** Ours and bare ccxt, in turns, against one exchange. */
async function compare({ exchange, rounds, alone, together }) {
  const contenders = { bare: await bare(exchange), ours: await ours(exchange) };
  const results = { bare: [], ours: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const [name, contender] of Object.entries(contenders)) results[name].push(await measure(contender, { alone, together }));
  for (const contender of Object.values(contenders)) await contender.close();
  return results;
}

/** Market orders through the engine on a ledger in memory, spread over so many symbols: each is a lane. */
async function lanes({ exchange, symbols, orders }) {
  const log = createMemoryCommandLog();
  const ledger = createMemoryLedger(() => 1);
  const account = accountAt(exchange);
  const hook = {
    ...{ id: uuidv7(), name: 'bench', layers: ['path'], accountIds: [account.id], allowlist: [], ownerId: null },
    ...{ keyHash: '', secretHash: null, sealedHmacKey: null, oldKey: null, oldSecret: null, oldHmacKey: null },
    ...{ maxAgeSec: 3600, dedupeWindowSec: 60, ratePoints: null, approval: null, enabled: true, createdAt: 0 },
  };
  await ledger.append(1, [
    { kind: 'account.put', account },
    { kind: 'hook.put', hook },
  ]);
  let filled = 0;
  const engine = new Engine({
    ...{ log, ledger, clock, newId: uuidv7, random: Math.random, logger, metrics, exchanges: exchangesFor(exchange) },
    failpoint: () => undefined,
    settings: ENGINE_DEFAULTS,
    onCommitted: (changes) => {
      for (const change of changes) if (change.kind === 'order.updated' && change.order.status === 'filled') filled += 1;
    },
  });
  const ending = new AbortController();
  const led = engine.lead({ epoch: 1, signal: ending.signal, assertHeld: () => undefined });
  const send = async (from, count) => {
    await Promise.all(Array.from({ length: count }, (_, i) => log.append(alertFor(hook, symbols, from + i))));
    while ((await log.lag()) > 0) await clock.sleep(2);
  };
  await send(0, symbols.length * 2);
  const [startedAt, before] = [performance.now(), filled];
  await send(symbols.length * 2, orders);
  const seconds = (performance.now() - startedAt) / 1000;
  const done = filled - before;
  ending.abort();
  await led;
  if (done !== orders) throw new Error(`${done} of ${orders} orders were filled`);
  return orders / seconds;
}

function alertFor(hook, symbols, n) {
  const payload = JSON.stringify({ action: 'buy', symbol: symbols[n % symbols.length], quantity: '1', id: `bench-${n}` });
  return {
    id: uuidv7(),
    body: { kind: 'alert', hookId: hook.id, payload },
    actor: { name: 'hook:bench', address: '127.0.0.1' },
    correlationId: `bench-${n}`,
    dedupe: { key: `hook:bench:id:bench-${n}`, ttlMs: 60_000, contentHash: String(n) },
  };
}

/** Until the first order could be sent: bare ccxt, ours at the very first start, and ours at a later one. */
async function coldStart({ exchange, directory }) {
  rmSync(directory, { recursive: true, force: true });
  const timed = async (open) => {
    const startedAt = performance.now();
    const close = await open();
    const ms = performance.now() - startedAt;
    await close();
    return ms;
  };
  const open = async () => {
    const exchanges = exchangesFor(exchange, directory);
    const account = accountAt(exchange);
    await exchanges.open(account, NO_OPENING);
    return () => exchanges.closeAccount(account.id);
  };
  const bareMs = await timed(async () => {
    const connected = await connectBare(exchange);
    await connected.loadMarkets();
    return () => connected.close();
  });
  return { bareMs, firstMs: await timed(open), laterMs: await timed(open) };
}

serveParent({ compare, lanes, coldStart });

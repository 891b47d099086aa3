import { expect, it } from 'vitest';
import { orderIdFor } from '../../src/domain/ids.ts';
import { ZERO } from '../../src/domain/money.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { KRAKEN_SPOT } from '../helpers/venue/kinds.ts';
import { leadVenue } from '../helpers/venue/ledVenue.ts';

/** What goes wrong with an order on its way: executed or not, nobody can tell from the answer. */
const FAULTS: readonly Fault[] = [
  { kind: 'acceptThenDrop' },
  { kind: 'dropUnread' },
  { kind: 'dropInBody' },
  { kind: 'emptyObject' },
  { kind: 'html200' },
  { kind: 'html', status: 502, executes: true },
  { kind: 'html', status: 502 },
  { kind: 'rejectWith', code: 'EService:Deadline elapsed', msg: '', status: 200 },
  { kind: 'rejectWith', code: 'EService:Unavailable', msg: '', status: 200 },
  { kind: 'rejectWith', code: 'EAPI:Invalid nonce', msg: '', status: 200 },
];
const DOUBTS = 36;
/** The orders of each symbol, one after the other. */
const ROUNDS = [
  { action: 'buy', quantity: '200' },
  { action: 'sell', quantity: '50' },
  { action: 'buy', quantity: '100', type: 'limit', price: '60000' },
  { action: 'sell', quantity: '70', type: 'limit', price: '0.1', timeInForce: 'IOC' },
  { action: 'buy', quantity: '60', type: 'limit', price: '60000', timeInForce: 'FOK' },
  { action: 'sell', quantity: '110' },
] as const;
/** The book's names are the venue's own. */
const SYMBOLS = { XXBTZUSD: 'BTC/USD', XBTUSDT: 'BTC/USDT', XETHZUSD: 'ETH/USD', SOLUSD: 'SOL/USD', XDGUSD: 'DOGE/USD' };

it('orders in doubt at Kraken, of one leader and the next: each ends, none is placed twice, and the ledger holds what the venue does', {
  timeout: 240_000,
}, async () => {
  const led = await leadVenue(KRAKEN_SPOT, { ccxt: { timeout: 1_000, notFoundAfterMs: 300 }, settings: { pollMs: 200, lookMs: 600_000 } });
  const { server, content, account } = led;
  const { book } = server;
  const before = new Map(book.symbols.map((rules) => [rules.symbol, book.wallet.held(rules)]));
  server.streams.refuse(true); // What is pushed would answer before anybody doubts.
  const random = randomFrom(34);
  for (let doubt = 0; doubt < DOUBTS; doubt += 1) {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)];
    if (fault) server.fail(fault, { ...KRAKEN_SPOT.place, times: 1 });
  }

  const trade = async (symbol: string): Promise<void> => {
    for (const [round, terms] of ROUNDS.entries()) {
      book.hideNewOrders(round % 3); // Fewer look-ups than must agree before "not found" is believed.
      const id = orderIdFor(await led.send({ ...terms, symbol }), account.id, 0);
      const ended = () => isFinal(content.orders.get(id)?.status ?? 'intent');
      await until(ended, { what: `order ${round} of ${symbol} to end`, timeoutMs: 60_000, everyMs: 50 });
    }
  };
  const trading = Promise.all(Object.values(SYMBOLS).map(trade));
  await until(() => content.orders.size >= 12, { what: 'the first orders', timeoutMs: 30_000 });
  await led.retire();
  led.lead();
  await trading;

  const orders = [...content.orders.values()];
  expect(orders).toHaveLength(Object.keys(SYMBOLS).length * ROUNDS.length);
  expect(content.orderEvents.filter(({ to }) => to === 'unknown').length).toBeGreaterThan(15);
  expect(orders.filter(({ status }) => status !== 'filled')).toEqual([]);
  expect(orders.filter(({ clientOrderId }) => book.accepted(clientOrderId).length !== 1)).toEqual([]);
  expect(book.orders).toHaveLength(orders.length);
  expect(content.fills.size).toBe(book.trades.length);
  for (const [id, symbol] of Object.entries(SYMBOLS)) {
    const traded = book.trades.filter((one) => one.symbol === id);
    const sum = traded.reduce((total, { side, qty }) => (side === 'BUY' ? total.plus(qty) : total.minus(qty)), ZERO);
    expect([symbol, content.positions.get(`${account.id}\0${symbol}`)?.quantity.toFixed()]).toEqual([symbol, sum.toFixed()]);
  }
  const { rules } = book.market('SOLUSD');
  const sol = content.positions.get(`${account.id}\0SOL/USD`)?.quantity;
  expect(sol?.toFixed()).toBe(
    book.wallet
      .held(rules)
      .minus(before.get('SOLUSD') ?? ZERO)
      .toFixed(),
  );
});

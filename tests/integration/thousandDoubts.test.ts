import { expect, it } from 'vitest';
import { orderIdFor } from '../../src/domain/ids.ts';
import { Decimal, ZERO } from '../../src/domain/money.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import { manySymbols, startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { BINANCE_SPOT } from '../helpers/venue/kinds.ts';
import { leadVenue } from '../helpers/venue/ledVenue.ts';

const SYMBOLS = 100;
const DOUBTS = 1_300;
/** The orders of each symbol, one after the other. */
const ROUNDS = [
  { action: 'buy', quantity: '3' },
  { action: 'sell', quantity: '1' },
  { action: 'buy', quantity: '2', type: 'limit', price: '10' },
  { action: 'sell', quantity: '1.5', type: 'limit', price: '10', timeInForce: 'IOC' },
  { action: 'buy', quantity: '1', type: 'limit', price: '10.5', timeInForce: 'FOK' },
  { action: 'sell', quantity: '0.5' },
  { action: 'buy', quantity: '0.7' },
  { action: 'buy', quantity: '0.8' },
  { action: 'sell', quantity: '2', type: 'limit', price: '9.5' },
  { action: 'buy', quantity: '4' },
  { action: 'sell', quantity: '0.6' },
] as const;

/** What goes wrong with an order on its way: executed or not, nobody can tell from the answer. */
const FAULTS: readonly Fault[] = [
  { kind: 'acceptThenDrop' },
  { kind: 'dropUnread' },
  { kind: 'stallBody' },
  { kind: 'dropInBody' },
  { kind: 'truncatedJson' },
  { kind: 'emptyObject' },
  { kind: 'html200' },
  { kind: 'html', status: 502, executes: true },
  { kind: 'html', status: 502 },
];

const MANY: VenueKind = {
  ...BINANCE_SPOT,
  start: () => startBinanceServer({ symbols: manySymbols(SYMBOLS), balances: { USDT: '100000' } }),
};

it('over a thousand orders in doubt: each ends, none is placed twice, and the ledger holds what the venue does', {
  timeout: 300_000,
}, async () => {
  const led = await leadVenue(MANY, { ccxt: { timeout: 1_000, notFoundAfterMs: 200 }, settings: { lookMs: 600_000 } });
  const { server, content, account } = led;
  const { book } = server;
  server.streams.refuse(true); // What is pushed would answer before anybody doubts.
  server.streams.drop();
  const random = randomFrom(27);
  for (let doubt = 0; doubt < DOUBTS; doubt += 1) {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)];
    if (fault) server.fail(fault, { ...MANY.place, times: 1 });
  }

  const trade = async ({ base, quote }: { readonly base: string; readonly quote: string }): Promise<void> => {
    for (const [round, terms] of ROUNDS.entries()) {
      book.hideNewOrders(round % 3); // Fewer look-ups than must agree before "not found" is believed.
      const id = orderIdFor(await led.send({ ...terms, symbol: `${base}/${quote}` }), account.id, 0);
      const ended = () => isFinal(content.orders.get(id)?.status ?? 'intent');
      await until(ended, { what: `order ${round} of ${base} to end`, timeoutMs: 120_000, everyMs: 100 });
    }
  };
  await Promise.all(book.symbols.map(trade));

  const orders = [...content.orders.values()];
  expect(orders).toHaveLength(SYMBOLS * ROUNDS.length);
  expect(content.orderEvents.filter(({ to }) => to === 'unknown').length).toBeGreaterThan(1_000);
  expect(orders.filter(({ status }) => status !== 'filled')).toEqual([]);
  expect(book.orders).toHaveLength(orders.length);
  expect(orders.filter(({ clientOrderId }) => book.accepted(clientOrderId).length !== 1)).toEqual([]);

  const amounts = (id: unknown, qty: Decimal, price: Decimal, fee: Decimal) =>
    [String(id), qty.toFixed(), price.toFixed(), fee.toFixed()].join(' ');
  const booked = [...content.fills.values()].map(({ fill }) => amounts(fill.venueTradeId, fill.quantity, fill.price, fill.fee));
  expect(booked.sort()).toEqual(book.trades.map(({ id, qty, price, commission }) => amounts(id, qty, price, commission)).sort());
  for (const rules of book.symbols) {
    const position = content.positions.get(`${account.id}\0${rules.base}/${rules.quote}`)?.quantity ?? ZERO;
    expect([rules.base, position.toFixed()]).toEqual([rules.base, book.wallet.held(rules).toFixed()]);
  }
  const inLedger = (asset: string) => content.balances.get(`${account.id}\0${asset}`)?.total.toFixed();
  const quoteHeld = book.trades.reduce((left, { side, qty, price, commission }) => {
    const value = qty.mul(price);
    return side === 'BUY' ? left.minus(value) : left.plus(value).minus(commission);
  }, new Decimal('100000'));
  expect(inLedger('USDT')).toBe(quoteHeld.toFixed());
  for (const rules of book.symbols) expect(inLedger(rules.base)).toBe(book.wallet.held(rules).toFixed());
});

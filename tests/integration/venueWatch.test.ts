import { describe, expect, it } from 'vitest';
import { Decimal, ZERO } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { Drift, DriftDecision } from '../../src/domain/portfolio/drift.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import type { BookOrder, NewOrder } from '../helpers/venue/bookTypes.ts';
import {
  BINANCE_SPOT,
  BINANCE_SWAP,
  BITGET_SPOT,
  BITGET_SWAP,
  BYBIT_SPOT,
  BYBIT_SWAP,
  COINBASE_SPOT,
  KRAKEN_SPOT,
  OKX_SPOT,
  OKX_SWAP,
} from '../helpers/venue/kinds.ts';
import { type LedVenue, leadVenue } from '../helpers/venue/ledVenue.ts';

const BINANCE_TO_BYBIT = [BINANCE_SPOT, BINANCE_SWAP, BITGET_SPOT, BITGET_SWAP, BYBIT_SPOT, BYBIT_SWAP];
const KINDS = [...BINANCE_TO_BYBIT, COINBASE_SPOT, KRAKEN_SPOT, OKX_SPOT, OKX_SWAP];
const SETTINGS = { pollMs: 100, lookMs: 400, stopGuaranteeMs: 600_000 };
const LISTS_TRADES = /myTrades|userTrades|fills|fill-history|execution\/list|TradesHistory/;
const LONG = { timeoutMs: 15_000 };

/** One account under watch, and the hands of somebody else at its venue. Amounts in base units. */
async function watched(kind: VenueKind) {
  const led = await leadVenue(kind, { settings: SETTINGS });
  const { server, content } = led;
  const { rules } = server.book.market(kind.bookSymbol);
  const contract = kind.view?.contractSize ?? 1;
  const isSpot = kind.account.market === 'spot';
  const before = isSpot ? server.book.wallet.held(rules) : ZERO;
  const atVenue = (): Decimal => server.book.wallet.held(rules).minus(before).mul(contract);
  return {
    ...led,
    isSpot,
    before,
    atVenue,
    inLedger: (): Decimal => content.positions.get(`${led.account.id}\0${kind.symbol}`)?.quantity ?? ZERO,
    byHand: (terms: Partial<NewOrder> & { readonly clientOrderId: string }, quantity = '0.01'): BookOrder =>
      server.book.place({
        ...{ symbol: kind.bookSymbol, side: 'BUY', type: 'MARKET', timeInForce: 'GTC', price: null, stopPrice: null },
        quantity: new Decimal(quantity).div(contract),
        ...terms,
      }),
    /** What it holds becomes `quantity`, and no trade tells why. */
    becomes: (quantity: string): void =>
      server.book.wallet.shift(rules, new Decimal(quantity).div(contract).minus(server.book.wallet.held(rules))),
    orders: (role: Order['role']): Order[] => [...content.orders.values()].filter((order) => order.role === role),
    told: (words: RegExp) => [...content.notices.values()].map(({ notice }) => notice).filter(({ text }) => words.test(text)),
    looks: async (count: number): Promise<void> => {
      const asked = () => server.requests.filter(({ path }) => LISTS_TRADES.test(path)).length;
      const from = asked();
      await until(() => asked() >= from + count, { what: `${count} more looks`, ...LONG });
    },
  };
}

type Watched = Awaited<ReturnType<typeof watched>>;

/** Every execution of the book, once, under the order that made it. */
function expectAllBooked({ server, content }: LedVenue): void {
  const booked = [...content.fills.values()].map(({ fill }) => fill);
  expect(booked).toHaveLength(server.book.trades.length);
  expect(new Set(booked.map(({ venueTradeId }) => venueTradeId)).size).toBe(booked.length);
}

async function drifted({ content, told }: Watched, times: number): Promise<Drift> {
  await until(() => told(/^Drift on main/).length === times, { what: `drift ${times} to be told`, ...LONG });
  const [drift] = [...content.drifts.values()];
  if (!drift) throw new Error('there is no drift');
  return drift;
}

const decide = ({ command }: LedVenue, { id }: Drift, decision: DriftDecision) => command({ kind: 'drift.decide', driftId: id, decision });

describe.each(KINDS.map((kind) => [kind.title, kind] as const))('the account at %s is watched', (_, kind) => {
  it('what others trade is booked as theirs, what they leave resting is shown until it is gone, and nothing follows from it', async () => {
    const desk = await watched(kind);
    await desk.alert({ action: 'buy', symbol: kind.symbol, quantity: '0.02' });
    const traded = desk.byHand({ clientOrderId: 'web_1', side: 'SELL' });
    await until(() => desk.orders('external')[0]?.status === 'filled', { what: 'the trade to be booked', ...LONG });
    const [external] = desk.orders('external');
    expect(external).toMatchObject({ side: 'sell', code: null });
    expect(external?.filledQuantity.toFixed()).toBe('0.01');
    expect(external?.venueOrderId).toContain(kind.view?.idOf?.(traded) ?? String(traded.orderId));
    expect(desk.inLedger().toFixed()).toBe(desk.atVenue().toFixed());
    expect(desk.told(/^Traded by hand on main: sell 0.01/)).toHaveLength(1);

    const resting = desk.byHand({ clientOrderId: 'web_2', type: 'LIMIT', price: new Decimal('41000') }, '0.03');
    const shown = () => desk.orders('external').find(({ side }) => side === 'buy');
    await until(() => shown()?.status === 'open', { what: 'the resting order to be shown', ...LONG });
    expect([shown()?.quantity.toFixed(), shown()?.price?.toFixed(), shown()?.type]).toEqual(['0.03', '41000', 'limit']);
    desk.server.book.cancel(resting);
    await until(() => shown()?.status === 'canceled', { what: 'it to be gone', ...LONG });

    await desk.looks(3);
    expect([desk.server.book.orders.length, desk.content.orders.size, desk.content.drifts.size]).toEqual([3, 3, 0]);
    expectAllBooked(desk);
  });

  it('what an order of ours filled while nobody led is booked once and is nobody else’s', async () => {
    const desk = await watched(kind);
    await desk.alert({ action: 'buy', symbol: kind.symbol, quantity: '0.02', type: 'limit', price: '40000' });
    await desk.retire();
    desk.server.book.setPrice(kind.bookSymbol, '39000');
    desk.lead();
    await until(() => desk.orders('entry')[0]?.status === 'filled', { what: 'the fill to be booked', ...LONG });
    await desk.looks(3);
    expect(desk.orders('external')).toEqual([]);
    expect([desk.content.drifts.size, desk.inLedger().toFixed()]).toEqual([0, desk.atVenue().toFixed()]);
    expectAllBooked(desk);
  });

  it('what no trade explains is drift after two looks, told once; ignored, adopted and aligned as documented', async () => {
    const desk = await watched(kind);
    await desk.alert({ action: 'buy', symbol: kind.symbol, quantity: '0.03' });
    await desk.looks(3);
    const whole = desk.inLedger().toFixed();
    desk.becomes('0.025');
    const first = await drifted(desk, 1);
    expect(first).toMatchObject({ status: 'open', cause: 'manual_change', symbol: kind.symbol });
    expect([first.held.toFixed(), first.venue.toFixed()]).toEqual([whole, '0.025']);
    expect(await decide(desk, first, 'ignore')).toMatchObject({ status: 200 });
    await desk.looks(3);
    expect([desk.told(/^Drift on main/).length, desk.inLedger().toFixed()]).toEqual([1, whole]);

    desk.becomes('0.02');
    expect(await decide(desk, await drifted(desk, 2), 'adopt')).toMatchObject({ status: 200 });
    expect(desk.inLedger().toFixed()).toBe('0.02');
    await desk.looks(3);
    expect([desk.told(/^Drift on main/).length, desk.server.book.orders.length]).toEqual([2, 1]);

    desk.becomes('0.01');
    expect(await decide(desk, await drifted(desk, 3), 'align')).toMatchObject({ status: 200 });
    await until(() => desk.server.book.orders.length === 2 && desk.orders('entry').every(({ status }) => status === 'filled'), {
      what: 'the order that aligns',
      ...LONG,
    });
    expect(desk.server.book.orders[1]).toMatchObject({ side: 'BUY', status: 'FILLED' });
    await desk.looks(3);
    const held = desk.isSpot ? desk.server.book.wallet.held(desk.server.book.market(kind.bookSymbol).rules) : desk.atVenue();
    expect(desk.inLedger().toFixed()).toBe(held.toFixed());
    expect(held.minus('0.02').abs().toNumber()).toBeLessThanOrEqual(0.00002); // A fee in the base asset.
    expect([desk.told(/^Drift on main/).length, desk.orders('external').length]).toEqual([3, 0]);
  });

  it('a stop of ours that was triggered trades as ours, whatever id the venue gives it then', async () => {
    const desk = await watched(kind);
    await desk.alert({ action: 'buy', symbol: kind.symbol, quantity: '0.02', stopLoss: '45000' });
    await until(() => desk.orders('stop_loss')[0]?.status === 'open', { what: 'the stop to rest', ...LONG });
    await desk.looks(2);
    await desk.retire();
    desk.server.book.setPrice(kind.bookSymbol, '44999');
    desk.lead();
    await until(() => desk.orders('stop_loss')[0]?.status === 'filled', { what: 'the stop to be filled', ...LONG });
    await desk.looks(3);
    expect([desk.orders('external').length, desk.content.drifts.size]).toEqual([0, 0]);
    expect(desk.inLedger().toFixed()).toBe(desk.atVenue().toFixed());
    expectAllBooked(desk);
  });
});

it('an account is removed while orders of others rest there, which stay as they are; not while one of ours does', async () => {
  const desk = await watched(BINANCE_SPOT);
  const { symbol } = BINANCE_SPOT;
  await desk.alert({ action: 'buy', symbol, quantity: '0.02' });
  const [ours] = await desk.alert({ action: 'buy', symbol, quantity: '0.02', type: 'limit', price: '40000' });
  const resting = desk.byHand({ clientOrderId: 'web_1', type: 'LIMIT', price: new Decimal('41000') });
  const shown = () => desk.orders('external')[0];
  await until(() => shown()?.status === 'open', { what: 'the resting order to be shown', ...LONG });
  desk.becomes('0.01');
  expect(await drifted(desk, 1)).toMatchObject({ status: 'open' });
  const remove = () => desk.command({ kind: 'account.remove', accountId: desk.account.id });
  expect(await remove()).toMatchObject({ status: 409, body: { code: 'ACCOUNT_HAS_OPEN_ORDERS' } });
  expect(await desk.command({ kind: 'order.cancel', orderId: ours?.id ?? '' })).toMatchObject({ status: 200 });
  expect(await remove()).toMatchObject({ status: 200 });
  expect([resting.status, desk.content.accounts.size]).toEqual(['NEW', 0]);
  expect([...desk.content.drifts.values()].map(({ status }) => status)).toEqual(['gone']);
  expect(shown()).toMatchObject({ status: 'canceled', message: expect.stringMatching(/may still rest at the venue/) });
});

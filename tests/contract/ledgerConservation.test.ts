import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FillId } from '../../src/domain/ids.ts';
import type { Market } from '../../src/domain/market/market.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import { applyReport } from '../../src/domain/order/applyReport.ts';
import type { Fill, Order, Side } from '../../src/domain/order/order.ts';
import type { OrderReport } from '../../src/domain/order/report.ts';
import { flatPosition } from '../../src/domain/portfolio/bookFill.ts';
import { bookFunding } from '../../src/domain/portfolio/bookFunding.ts';
import type { Change, Ledger } from '../../src/ledger/ledger.ts';
import { EPOCH, MIDNIGHT, NOON, order as orderOf } from './ledgerFixture.ts';
import { openPostgresLedger } from './ledgerPostgres.ts';
import { openMemoryLedger } from './memoryLedger.ts';

/** The venue's book counts in whole units of 10⁻⁸ of every asset: integers, no decimal library, no notion of average cost. */
const UNIT = 100_000_000n;
/** A quantity is whole thousandths and a price whole cents, so that their product is whole units. */
const QUANTITY_UNITS = UNIT / 1_000n;

const fillTerms = fc.record({
  thousandths: fc.integer({ min: 1, max: 5_000 }),
  cents: fc.integer({ min: 1, max: 9_000_000 }),
  fee: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 99_999 })),
  feeAsset: fc.constantFrom('USDT', 'BTC', 'BNB'),
});
const orderTerms = fc.record({
  kind: fc.constant('order' as const),
  side: fc.constantFrom<Side>('buy', 'sell'),
  fills: fc.array(fillTerms, { maxLength: 5 }),
  /** What of the order is never filled: it is canceled. */
  left: fc.constantFrom(0, 0, 7),
  /** In which order, and how often, the venue tells of its first so many fills. */
  told: fc.array(fc.nat({ max: 5 }), { maxLength: 6 }),
});
const fundingTerms = fc.record({
  kind: fc.constant('funding' as const),
  units: fc.integer({ min: -5_000_000, max: 5_000_000 }).filter((units) => units !== 0),
  asset: fc.constantFrom('USDT', 'USDT', 'BNB'),
  times: fc.integer({ min: 1, max: 3 }),
});
const history = fc.array(fc.oneof({ weight: 4, arbitrary: orderTerms }, { weight: 1, arbitrary: fundingTerms }), {
  minLength: 1,
  maxLength: 12,
});
type Event = typeof history extends fc.Arbitrary<(infer E)[]> ? E : never;

const text = (units: bigint): string => {
  const whole = (units < 0n ? -units : units).toString().padStart(9, '0');
  return decimal(`${units < 0n ? '-' : ''}${whole.slice(0, -8)}.${whole.slice(-8)}`).toFixed();
};

function marketOf(type: Market['type']): Market {
  const step = decimal('0.001');
  const symbol = type === 'spot' ? 'BTC/USDT' : 'BTC/USDT:USDT';
  return {
    symbol,
    venueSymbol: 'BTCUSDT',
    type,
    base: 'BTC',
    quote: 'USDT',
    tickSize: decimal('0.01'),
    stepSize: step,
    minQuantity: step,
    minNotional: ZERO,
  };
}

/** What the venue has, counted by itself. */
class Book {
  quantity = 0n;
  readonly assets = new Map<string, bigint>([['USDT', 0n]]);
  paid = 0n;
  private readonly isSpot: boolean;

  constructor(isSpot: boolean) {
    this.isSpot = isSpot;
  }

  fill(side: Side, terms: { thousandths: number; cents: number; fee: number; feeAsset: string }): void {
    const signed = BigInt(terms.thousandths) * QUANTITY_UNITS * (side === 'buy' ? 1n : -1n);
    const inBase = this.isSpot && terms.feeAsset === 'BTC';
    this.quantity += signed - (inBase ? BigInt(terms.fee) : 0n);
    this.add('USDT', -(signed * BigInt(terms.cents)) / 100n);
    if (this.isSpot) this.add('BTC', signed);
    this.add(terms.feeAsset, -BigInt(terms.fee));
  }

  fund(asset: string, units: number): void {
    this.add(asset, BigInt(units));
    if (asset === 'USDT') this.paid += BigInt(units);
  }

  private add(asset: string, units: bigint): void {
    this.assets.set(asset, (this.assets.get(asset) ?? 0n) + units);
  }
}

/** Plays a history to the domain as a venue tells it: late, twice, in any order; and appends what follows from it. */
async function play(ledger: Ledger, accountId: string, type: Market['type'], events: readonly Event[], perAppend: number): Promise<Book> {
  const market = marketOf(type);
  const book = new Book(type === 'spot');
  const booked = new Set<FillId>();
  const changes: Change[] = [];
  let position = flatPosition(accountId, market.symbol);
  let trades = 0;

  const execute = (
    index: number,
    side: Side,
    fills: readonly (typeof fillTerms extends fc.Arbitrary<infer F> ? F : never)[],
    left: number,
    told: readonly number[],
  ): void => {
    const executed = fills.map((terms): Fill => {
      trades += 1;
      book.fill(side, terms);
      const amounts = {
        quantity: decimal(terms.thousandths).div(1000),
        price: decimal(terms.cents).div(100),
        fee: decimal(text(BigInt(terms.fee))),
      };
      return { venueTradeId: String(trades), ...amounts, feeAsset: terms.feeAsset, liquidity: 'taker', executedAt: NOON + trades };
    });
    const all = executed.reduce((sum, { quantity }) => sum.plus(quantity), ZERO);
    const quantity = all.plus(decimal(left).div(1000));
    let order: Order = { ...orderOf(`s${index}`, { accountId, symbol: market.symbol, side, quantity }), status: 'submitted' };
    changes.push({ kind: 'order.created', order });
    for (const count of [...told, executed.length, executed.length]) {
      const listed = executed.slice(0, count);
      const isLast = count >= executed.length;
      const status = isLast ? (left > 0 || executed.length === 0 ? 'canceled' : 'filled') : listed.length > 0 ? 'partially_filled' : 'open';
      const filledQuantity = listed.reduce((sum, fill) => sum.plus(fill.quantity), ZERO);
      const report: OrderReport = {
        clientOrderId: order.clientOrderId,
        venueOrderId: `v${index}`,
        symbol: market.symbol,
        status,
        filledQuantity,
        fills: listed,
        fillsComplete: true,
        code: null,
      };
      const effect = applyReport(order, report, position, market, booked, NOON);
      if (!effect.changed) continue;
      changes.push({ kind: 'order.updated', order: effect.order, from: order.status, at: NOON, detail: null });
      for (const { id, fill, booking } of effect.fills) {
        booked.add(id);
        position = booking.position;
        changes.push({ kind: 'fill.booked', id, order: effect.order, fill, ...booking });
      }
      order = effect.order;
    }
    expect(order.filledQuantity.eq(all)).toBe(true);
  };

  for (const [index, event] of events.entries()) {
    if (event.kind === 'order') execute(index, event.side, event.fills, event.left, event.told);
    else {
      book.fund(event.asset, event.units);
      const paid = {
        id: `f${index}`,
        symbol: market.symbol,
        asset: event.asset,
        amount: decimal(text(BigInt(event.units))),
        at: NOON + index,
      };
      const funding = bookFunding(accountId, paid, market.quote, null);
      for (let time = 0; time < event.times; time += 1) changes.push({ kind: 'funding.booked', funding });
    }
  }
  // Closed at the end, but for what spot fees left below a step: then all that was earned is in the cash.
  const held = book.quantity < 0n ? -book.quantity : book.quantity;
  const thousandths = Number(held / QUANTITY_UNITS);
  if (thousandths > 0)
    execute(events.length, book.quantity > 0n ? 'sell' : 'buy', [{ thousandths, cents: 123_456, fee: 77, feeAsset: 'USDT' }], 0, []);
  const appends: Promise<void>[] = [];
  for (let i = 0; i < changes.length; i += perAppend) appends.push(ledger.append(EPOCH, changes.slice(i, i + perAppend)));
  await Promise.all(appends);
  return book;
}

async function check(ledger: Ledger, book: Book, accountId: string, type: Market['type']): Promise<void> {
  const { positions, balances, realizedSince } = await ledger.load(MIDNIGHT);
  const position = positions.find((found) => found.accountId === accountId);
  const quantity = position?.quantity ?? ZERO;
  const cost = position?.cost ?? ZERO;
  const realized = position?.realizedPnl ?? ZERO;
  expect(quantity.toFixed()).toBe(text(book.quantity));
  // Cash without funding is what was realised less what is still open, exactly, whatever the way there.
  const traded = text((book.assets.get('USDT') ?? 0n) - book.paid);
  expect(realized.minus(cost).toFixed()).toBe(traded);
  if (quantity.isZero()) expect([cost.toFixed(), realized.toFixed()]).toEqual(['0', traded]);
  const day = realizedSince.find((found) => found.accountId === accountId)?.realizedPnl ?? ZERO;
  expect(day.toFixed()).toBe(realized.plus(text(book.paid)).toFixed());
  for (const [asset, units] of book.assets) {
    const total = balances.find((found) => found.accountId === accountId && found.asset === asset)?.total ?? ZERO;
    const open = type === 'swap' && asset === 'USDT' ? cost : ZERO;
    expect(`${asset} ${total.minus(open).toFixed()}`).toBe(`${asset} ${text(units)}`);
  }
}

describe.each([
  ['memory', openMemoryLedger, 300],
  ['Postgres', openPostgresLedger, 25],
] as const)('the ledger on %s', (_name, open, numRuns) => {
  it('equals the book of the venue to the last decimal, whatever was traded, canceled, paid, and told how often', {
    timeout: 120_000,
  }, async () => {
    const given = await open();
    let run = 0;
    try {
      const types = fc.constantFrom<Market['type']>('spot', 'swap');
      await fc.assert(
        fc.asyncProperty(history, types, fc.integer({ min: 1, max: 9 }), async (events, type, perAppend) => {
          run += 1;
          const accountId = `acc-${run}`;
          const book = await play(given.ledger, accountId, type, events, perAppend);
          await check(given.ledger, book, accountId, type);
        }),
        { numRuns },
      );
    } finally {
      await given.close();
    }
  });
});

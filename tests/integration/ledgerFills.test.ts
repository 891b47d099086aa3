import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillIdFor } from '../../src/domain/ids.ts';
import type { Market } from '../../src/domain/market/market.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import type { Fill, Side } from '../../src/domain/order/order.ts';
import { bookFill, flatPosition } from '../../src/domain/portfolio/bookFill.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import { EPOCH, MIDNIGHT, NOON, order, plain } from '../contract/ledgerFixture.ts';
import { openPostgresLedger, type PostgresLedgerUnderTest } from '../contract/ledgerPostgres.ts';

const digits = (integerMax: number, fractionMax: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 0, max: integerMax }), fc.integer({ min: 1, max: 10 ** fractionMax - 1 }))
    .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(fractionMax, '0')}`);

const trade = fc.record({
  side: fc.constantFrom<Side>('buy', 'sell'),
  quantity: digits(50, 8),
  price: digits(99_999, 6),
  fee: fc.oneof(fc.constant('0'), digits(0, 9)),
  feeAsset: fc.constantFrom('USDT', 'BTC', 'BNB'),
  /** How many times the venue tells of it. */
  told: fc.integer({ min: 1, max: 3 }),
});
type Trade = typeof trade extends fc.Arbitrary<infer T> ? T : never;

function marketOf(type: Market['type']): Market {
  const small = decimal('0.00000001');
  const limits = { tickSize: small, stepSize: small, minQuantity: small, minNotional: ZERO };
  return { symbol: type === 'spot' ? 'BTC/USDT' : 'BTC/USDT:USDT', venueSymbol: 'BTCUSDT', type, base: 'BTC', quote: 'USDT', ...limits };
}

/** The changes that an engine would append for these trades on one account, and the state in its own memory afterwards. */
function trading(trades: readonly Trade[], type: Market['type'], accountId: string) {
  const market = marketOf(type);
  let position = flatPosition(accountId, market.symbol);
  const balances = new Map<string, typeof ZERO>();
  const changes = trades.flatMap((given, i): Change[] => {
    const { quantity, price, fee } = { quantity: decimal(given.quantity), price: decimal(given.price), fee: decimal(given.fee) };
    const fill: Fill = {
      venueTradeId: String(i),
      quantity,
      price,
      fee,
      feeAsset: given.feeAsset,
      liquidity: 'taker',
      executedAt: NOON + i,
    };
    const booking = bookFill(position, market, given.side, fill);
    position = booking.position;
    for (const { asset, delta } of booking.balances) balances.set(asset, (balances.get(asset) ?? ZERO).plus(delta));
    const of = order('s1', { accountId, symbol: market.symbol, side: given.side });
    const change: Change = { kind: 'fill.booked', id: fillIdFor(accountId, market.symbol, String(i)), order: of, fill, ...booking };
    return Array.from({ length: given.told }, () => change);
  });
  return { changes, position, balances };
}

describe('fills booked in Postgres', () => {
  let given: PostgresLedgerUnderTest;
  beforeAll(async () => {
    given = await openPostgresLedger();
  });
  afterAll(() => given.close());

  it('add up exactly to positions, balances and realised profit and loss, as the engine has them, however they are batched and repeated', async () => {
    let run = 0;
    const property = fc.asyncProperty(
      fc.array(trade, { minLength: 1, maxLength: 30 }),
      fc.constantFrom<Market['type']>('spot', 'swap'),
      fc.integer({ min: 1, max: 10 }),
      async (trades, type, perAppend) => {
        run += 1;
        const accountId = `acc-${run}`;
        const { changes, position, balances } = trading(trades, type, accountId);
        const appends: Promise<void>[] = [];
        for (let i = 0; i < changes.length; i += perAppend) appends.push(given.ledger.append(EPOCH, changes.slice(i, i + perAppend)));
        await Promise.all(appends);
        const stored = await given.successor().load(MIDNIGHT);
        const ours = <T extends { accountId: string }>(items: readonly T[]): T[] => items.filter((item) => item.accountId === accountId);
        expect(plain(ours(stored.positions))).toEqual(plain([position]));
        expect(plain(ours(stored.realizedSince))).toEqual(plain([{ accountId, realizedPnl: position.realizedPnl }]));
        const totals = [...balances]
          .map(([asset, total]) => ({ accountId, asset, total, setAt: null }))
          .sort((a, b) => (a.asset < b.asset ? -1 : 1));
        expect(plain(ours(stored.balances))).toEqual(plain(totals));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('leave every position equal to the sum of its entries', async () => {
    const sums =
      'SELECT account_id, symbol, sum(quantity_delta) q, sum(cost_delta) c, sum(realized_pnl) p FROM position_entries GROUP BY 1, 2';
    const { rows } = await given.pool.query(
      `SELECT count(*) FILTER (WHERE (quantity, cost, realized_pnl) IS DISTINCT FROM (q, c, p))::int AS wrong, count(*)::int > 0 AS some
       FROM positions FULL JOIN (${sums}) AS entries USING (account_id, symbol)`,
    );
    expect(rows).toEqual([{ wrong: 0, some: true }]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Market } from '../market/market.ts';
import { Decimal, decimal, toLedgerScale, ZERO } from '../money.ts';
import { SPOT } from '../order/order.fixtures.ts';
import type { Fill, Side } from '../order/order.ts';
import { averagePrice, bookFill, flatPosition, unrealizedPnl } from './bookFill.ts';
import type { Position } from './position.ts';

const FINE: Market = { ...SPOT, stepSize: decimal('0.00001'), minQuantity: decimal('0.00001') };
const SWAP: Market = { ...FINE, symbol: 'BTC/USDT:USDT', type: 'swap' };

function fillOf(quantity: string, price: string, fee = '0', feeAsset = 'USDT'): Fill {
  return {
    venueTradeId: 't',
    quantity: decimal(quantity),
    price: decimal(price),
    fee: decimal(fee),
    feeAsset,
    liquidity: 'taker',
    executedAt: 0,
  };
}

describe('booking one fill', () => {
  it('opens a long at its cost and realises only the fee', () => {
    const { entry, position, balances } = bookFill(flatPosition('a', 'BTC/USDT'), FINE, 'buy', fillOf('2', '100', '0.2'));
    expect(position.quantity.toFixed()).toBe('2');
    expect(position.cost.toFixed()).toBe('200');
    expect(entry.realizedPnl.toFixed()).toBe('-0.2');
    expect(balances.map(({ asset, delta }) => [asset, delta.toFixed()])).toEqual([
      ['BTC', '2'],
      ['USDT', '-200.2'],
    ]);
  });

  it('takes a fee in base out of the position at unchanged cost', () => {
    const { position } = bookFill(flatPosition('a', 'BTC/USDT'), FINE, 'buy', fillOf('1', '100', '0.001', 'BTC'));
    expect(position.quantity.toFixed()).toBe('0.999');
    expect(position.cost.toFixed()).toBe('100');
  });

  it('charges a fee in a third asset to that asset alone', () => {
    const { entry, balances } = bookFill(flatPosition('a', 'BTC/USDT'), FINE, 'buy', fillOf('1', '100', '0.01', 'BNB'));
    expect(entry.realizedPnl.isZero()).toBe(true);
    expect(balances.find(({ asset }) => asset === 'BNB')?.delta.toFixed()).toBe('-0.01');
  });

  it('turns a long into a short: the old cost is released, the rest opens at the fill price', () => {
    const long = bookFill(flatPosition('a', SWAP.symbol), SWAP, 'buy', fillOf('1', '100')).position;
    const { entry, position, balances } = bookFill(long, SWAP, 'sell', fillOf('3', '110'));
    expect(entry.realizedPnl.toFixed()).toBe('10');
    expect(position.quantity.toFixed()).toBe('-2');
    expect(averagePrice(position)?.toFixed()).toBe('110');
    expect(balances.map(({ asset, delta }) => [asset, delta.toFixed()])).toEqual([['USDT', '10']]);
    expect(unrealizedPnl(position, decimal('100')).toFixed()).toBe('20');
  });
});

const FILLS = fc.array(
  fc.record({
    side: fc.constantFrom<Side>('buy', 'sell'),
    quantity: fc.integer({ min: 1, max: 5_000_000 }).map((units) => new Decimal(units).mul('0.00001')),
    price: fc.integer({ min: 1, max: 9_000_000 }).map((ticks) => new Decimal(ticks).mul('0.01')),
    feeRate: fc.constantFrom('0', '0.00075', '0.001', '-0.0001'),
    feeAsset: fc.constantFrom('base', 'quote', 'BNB'),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('many fills', () => {
  for (const market of [FINE, SWAP]) {
    it(`${market.type}: position, cost and realised P&L are exactly what cash says, to the last digit`, () => {
      fc.assert(
        fc.property(FILLS, (fills) => {
          let position = flatPosition('a', market.symbol);
          let cash = ZERO;
          let quantity = ZERO;
          for (const { side, quantity: size, price, feeRate, feeAsset } of fills) {
            const asset =
              feeAsset === 'base' ? (market.type === 'spot' ? market.base : market.quote) : feeAsset === 'quote' ? market.quote : feeAsset;
            const fee = (asset === market.base ? size : size.mul(price)).mul(feeRate);
            position = bookFill(position, market, side, {
              venueTradeId: 't',
              quantity: size,
              price,
              fee,
              feeAsset: asset,
              liquidity: 'taker',
              executedAt: 0,
            }).position;
            const signed = side === 'buy' ? size : size.neg();
            cash = cash.minus(toLedgerScale(signed.mul(price))).minus(asset === market.quote ? fee : ZERO);
            quantity = quantity.plus(signed).minus(asset === market.base ? fee : ZERO);
          }
          expect(position.quantity.eq(quantity)).toBe(true);
          expect(position.realizedPnl.minus(position.cost).eq(cash)).toBe(true);
          if (position.quantity.isZero()) expect(position.cost.isZero()).toBe(true);
        }),
        { numRuns: 300 },
      );
    });
  }

  for (const market of [FINE, SWAP]) {
    it(`${market.type}: balances move by what was paid and got, and what is left of a position cost what it did before`, () => {
      fc.assert(
        fc.property(FILLS, (fills) => {
          let position = flatPosition('a', market.symbol);
          const balances = new Map<string, Decimal>();
          const fees = new Map<string, Decimal>();
          let paid = ZERO;
          for (const { side, quantity: size, price, feeRate, feeAsset } of fills) {
            const asset = feeAsset === 'BNB' ? feeAsset : feeAsset === 'base' && market.type === 'spot' ? market.base : market.quote;
            const fee = (asset === market.base ? size : size.mul(price)).mul(feeRate);
            const before = position;
            const fill = fillOf(size.toFixed(), price.toFixed(), fee.toFixed(), asset);
            const booked = bookFill(before, market, side, fill);
            position = booked.position;
            for (const { asset: name, delta } of booked.balances) balances.set(name, (balances.get(name) ?? ZERO).plus(delta));
            fees.set(asset, (fees.get(asset) ?? ZERO).plus(fee));
            const notional = (side === 'buy' ? size : size.neg()).mul(price);
            paid = paid.plus(toLedgerScale(notional));
            expect(
              position.cost
                .minus(costAfter(before, booked.entry.quantityDelta, notional))
                .abs()
                .lt('1e-9'),
            ).toBe(true);
          }
          const balance = (name: string): string => (balances.get(name) ?? ZERO).toFixed();
          const feeIn = (name: string): Decimal => fees.get(name) ?? ZERO;
          const cash = paid.plus(feeIn(market.quote)).neg();
          expect(balance('BNB')).toBe(feeIn('BNB').neg().toFixed());
          expect(balance(market.base)).toBe(market.type === 'spot' ? position.quantity.toFixed() : '0');
          expect(balance(market.quote)).toBe((market.type === 'spot' ? cash : cash.plus(position.cost)).toFixed());
        }),
        { numRuns: 300 },
      );
    });
  }
});

/** By the average price alone: what reduces leaves it as it was, what turns a position round begins with its own. */
function costAfter({ quantity, cost }: Position, delta: Decimal, notional: Decimal): Decimal {
  const after = quantity.plus(delta);
  if (quantity.isZero() || quantity.isPositive() === delta.isPositive()) return cost.plus(notional);
  if (after.isZero()) return ZERO;
  return after.mul(after.isPositive() === quantity.isPositive() ? cost.div(quantity) : notional.div(delta));
}

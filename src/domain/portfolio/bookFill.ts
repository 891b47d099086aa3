import type { Market } from '../market/market.ts';
import { type Decimal, toLedgerScale, ZERO } from '../money.ts';
import type { Fill, Side } from '../order/order.ts';
import type { BalanceDelta, LedgerEntry, Position } from './position.ts';

export interface Booking {
  readonly entry: LedgerEntry;
  readonly position: Position;
  readonly balances: readonly BalanceDelta[];
}

/**
 * What one fill does to a position, average-cost method. For every fill, exactly:
 * `−(signed notional) − (fee in quote) = realizedPnl − costDelta`, so cash, realised P&L and open cost never drift apart.
 * A fee in quote is realised at once; a fee in base shrinks the position at unchanged cost; a fee in a third asset only
 * changes that asset's balance.
 */
export function bookFill(position: Position, market: Market, side: Side, fill: Fill): Booking {
  const signedQuantity = side === 'buy' ? fill.quantity : fill.quantity.neg();
  const baseFee = fill.feeAsset === market.base && market.type === 'spot' ? fill.fee : ZERO;
  const quoteFee = fill.feeAsset === market.quote ? fill.fee : ZERO;
  const quantityDelta = signedQuantity.minus(baseFee);
  const notional = toLedgerScale(fill.price.mul(signedQuantity));
  const { costDelta, closedNotional, releasedCost } = splitCost(position, quantityDelta, notional);
  const entry: LedgerEntry = { quantityDelta, costDelta, realizedPnl: closedNotional.neg().minus(releasedCost).minus(quoteFee) };
  return {
    entry,
    position: {
      ...position,
      quantity: position.quantity.plus(entry.quantityDelta),
      cost: position.cost.plus(entry.costDelta),
      realizedPnl: position.realizedPnl.plus(entry.realizedPnl),
    },
    balances: balanceDeltas(market, fill, entry, notional, quoteFee),
  };
}

/** How much of the notional closes, how much opens, and which part of the old cost the closing part releases. */
function splitCost(
  position: Position,
  quantityDelta: Decimal,
  notional: Decimal,
): { costDelta: Decimal; closedNotional: Decimal; releasedCost: Decimal } {
  const held = position.quantity;
  const opens = held.isZero() || held.isPositive() === quantityDelta.isPositive();
  if (opens) return { costDelta: notional, closedNotional: ZERO, releasedCost: ZERO };
  if (quantityDelta.abs().lte(held.abs())) {
    const whole = quantityDelta.abs().eq(held.abs());
    const releasedCost = whole ? position.cost : toLedgerScale(position.cost.mul(quantityDelta.abs()).div(held.abs()));
    return { costDelta: releasedCost.neg(), closedNotional: notional, releasedCost };
  }
  const closedNotional = toLedgerScale(notional.mul(held.abs()).div(quantityDelta.abs()));
  return { costDelta: notional.minus(closedNotional).minus(position.cost), closedNotional, releasedCost: position.cost };
}

function balanceDeltas(market: Market, fill: Fill, entry: LedgerEntry, notional: Decimal, quoteFee: Decimal): BalanceDelta[] {
  const deltas: BalanceDelta[] =
    market.type === 'spot'
      ? [
          { asset: market.base, delta: entry.quantityDelta },
          { asset: market.quote, delta: notional.neg().minus(quoteFee) },
        ]
      : [{ asset: market.quote, delta: entry.realizedPnl }];
  const feeIsForeign = fill.feeAsset !== market.quote && !(market.type === 'spot' && fill.feeAsset === market.base);
  if (feeIsForeign && !fill.fee.isZero()) deltas.push({ asset: fill.feeAsset, delta: fill.fee.neg() });
  return deltas.filter(({ delta }) => !delta.isZero());
}

export function flatPosition(accountId: Position['accountId'], symbol: string): Position {
  return { accountId, symbol, quantity: ZERO, cost: ZERO, realizedPnl: ZERO };
}

/** Cost ÷ quantity in quote per base, or null when flat. Rounded for people, never used for booking. */
export function averagePrice(position: Pick<Position, 'quantity' | 'cost'>): Decimal | null {
  return position.quantity.isZero() ? null : position.cost.div(position.quantity).toSignificantDigits(20);
}

/** What closing at `price` would add to the realised P&L before fees, in quote. */
export function unrealizedPnl(position: Pick<Position, 'quantity' | 'cost'>, price: Decimal): Decimal {
  return position.quantity.mul(price).minus(position.cost);
}

import { floorToStep, maxDecimal, ZERO } from '../../domain/money.ts';
import { coverOf, remainingOf } from '../../domain/order/cover.ts';
import type { Order } from '../../domain/order/order.ts';
import { isFinal } from '../../domain/order/transition.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { amendOrder, cancelOrder } from '../orders.ts';
import { openOrdersOf, positionOf } from '../state.ts';

/**
 * On spot, take profits and stops hold the very balance that a partial exit wants to sell. Before it is sent they are made
 * smaller, in proportion, to what will be left to protect; the returned function gives them their size back if the exit came
 * to nothing. What would become too small to trade is canceled; a stop stands by until the exit is over (guard.ts).
 */
export async function makeRoom(place: OrderPlace, exit: Order): Promise<() => Promise<void>> {
  const { account, venue, market } = place;
  const protection = openOrdersOf(account, market.symbol).filter((order) => protects(order, exit));
  const held = positionOf(account, market.symbol).quantity.abs();
  const covered = coverOf(protection);
  const left = maxDecimal(held.minus(exit.quantity), ZERO);
  const crowded = market.type === 'spot' && venue.session.orders.capabilities(market).amend && covered.gt(left);
  if (!crowded) return async () => undefined;
  for (const order of protection) {
    const share = floorToStep(remainingOf(order).mul(left).div(covered), market.stepSize);
    if (share.lt(market.minQuantity)) await cancelOrder(place, order, order.role === 'stop_loss' ? 'STANDS_BY' : 'POSITION_CLOSED');
    else await amendOrder(place, order, { quantity: order.filledQuantity.plus(share), price: null, stopPrice: null });
  }
  return async () => {
    const outcome = account.orders.get(exit.id);
    if (!outcome || !isFinal(outcome.status) || !outcome.filledQuantity.isZero()) return;
    for (const before of protection) {
      const order = account.orders.get(before.id);
      if (order && !isFinal(order.status)) await amendOrder(place, order, { quantity: before.quantity, price: null, stopPrice: null });
    }
  };
}

function protects(order: Order, exit: Order): boolean {
  const protective = order.role === 'take_profit' || order.role === 'stop_loss';
  return protective && order.side === exit.side && (order.status === 'open' || order.status === 'partially_filled');
}

import type { Market } from '../../domain/market/market.ts';
import { type Decimal, floorToStep, maxDecimal, ZERO } from '../../domain/money.ts';
import type { TiedBy } from '../../domain/order/followUps.ts';
import type { Order } from '../../domain/order/order.ts';
import { isKeptBack } from '../../domain/order/progress.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import { isProtective } from '../wanted.ts';

/**
 * A position that is closed, or turned round, needs its protection no more, nor another exit that rests: whatever would still reduce it,
 * and could take from the next one. `held`: the signed position once `cause` has filled. What was never sent, and what `cause` itself has just called for, is not of the
 * position that is gone; the other order of its pair a venue that keeps pairs cancels by itself.
 */
export function goneWith(account: AccountState, market: Market, cause: Order, held: Decimal, tied: TiedBy): Order[] {
  return openOrdersOf(account, cause.symbol).filter((order) => {
    const sibling = order.ocoGroup !== null && order.ocoGroup === cause.ocoGroup;
    const unsent = (order.status === 'intent' && !isKeptBack(order)) || order.status === 'submitted';
    if (!(isProtective(order) || isRestingExit(order)) || unsent || (sibling && tied === 'venue') || order.id === cause.id) return false;
    return floorToStep(maxDecimal(order.side === 'sell' ? held : held.neg(), ZERO), market.stepSize).isZero();
  });
}

function isRestingExit(order: Order): boolean {
  return order.role === 'exit' && order.reduceOnly && order.sliceOf === null && !isSliced(order);
}

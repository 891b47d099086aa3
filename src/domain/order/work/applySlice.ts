import { type Decimal, ZERO } from '../../money.ts';
import type { Order, OrderStatus } from '../order.ts';
import { slicesOf } from '../sliced.ts';
import { isFinal } from '../transition.ts';
import { readProgress, writeProgress } from './progress.ts';

/** The worked order as it is once `slice` is as given: what its slices have filled, it has filled. `realized`: by the slice just now, in quote. */
export function applySlice(worked: Order, slice: Order, orders: Iterable<Order>, realized: Decimal, nowMs: number): Order {
  let [filledQuantity, filledNotional] = [ZERO, ZERO];
  const known = slicesOf(worked, orders).map((other) => (other.id === slice.id ? slice : other));
  for (const other of known) {
    filledQuantity = filledQuantity.plus(other.filledQuantity);
    filledNotional = filledNotional.plus(other.filledNotional);
  }
  const progress = readProgress(worked);
  return {
    ...worked,
    filledQuantity,
    filledNotional,
    status: statusOf(worked, filledQuantity),
    progress: progress && writeProgress({ ...progress, realized: progress.realized.plus(realized) }),
    updatedAt: nowMs,
  };
}

function statusOf({ status, quantity }: Order, filled: Decimal): OrderStatus {
  if (filled.gte(quantity)) return 'filled';
  return isFinal(status) || filled.isZero() ? status : 'partially_filled';
}

/** Whether the fills that lead from `before` to `after` are worth telling: each quarter of the quantity once, and its end. */
export function reachesQuarter(before: Order, after: Order): boolean {
  const quarters = ({ filledQuantity, quantity }: Order): number => filledQuantity.mul(4).div(quantity).floor().toNumber();
  return quarters(after) > quarters(before);
}

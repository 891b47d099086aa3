import { clientOrderIdFor, orderIdFor } from '../../ids.ts';
import type { Decimal } from '../../money.ts';
import type { Order, OrderIntent } from '../order.ts';

/** Legs of a plan are far below: an entry with ten take profits has some twenty. */
const LEGS_PER_WORK = 100_000;

/**
 * Slice `index` of a worked order: its id follows from the order and the index, so that a leader that comes to the same slice again
 * meets it instead of making another.
 */
export function sliceIntent(worked: Order, index: number, quantity: Decimal): OrderIntent {
  const leg = (worked.leg + 1) * LEGS_PER_WORK + index;
  const id = orderIdFor(worked.signalId, worked.accountId, leg);
  const { signalId, accountId, symbol, side, price, reduceOnly, postOnly, role, strategy, tag } = worked;
  const rests = worked.type === 'iceberg';
  return {
    ...{ id, signalId, leg, accountId, symbol, side, quantity, price, reduceOnly, postOnly, role, strategy, tag },
    clientOrderId: clientOrderIdFor(id),
    type: price === null ? 'market' : 'limit',
    stopPrice: null,
    timeInForce: rests || price === null ? 'GTC' : 'IOC',
    expiresAt: null,
    parentId: null,
    ocoGroup: null,
    parentShare: null,
    terms: null,
    sliceOf: worked.id,
  };
}

import { type Alert, type OrderType, WORKED_ORDER_TYPES } from '../../alert/alert.ts';
import { clientOrderIdFor, type OrderId, orderIdFor } from '../../ids.ts';
import type { Market } from '../../market/market.ts';
import { type Decimal, floorToStep } from '../../money.ts';
import type { OrderIntent, OrderRole, Side, WorkTerms } from '../../order/order.ts';
import { trailedStop } from '../../order/trail.ts';
import type { PlanFacts } from './facts.ts';

/** What distinguishes an order leg from the alert it comes from. */
export interface OrderLeg {
  readonly side: Side;
  readonly quantity: Decimal;
  readonly role: Extract<OrderRole, 'entry' | 'exit'>;
  readonly type: OrderType;
  readonly reduceOnly: boolean;
  readonly parentId: OrderId | null;
}

/** Types with a limit price; of a TWAP or VWAP it is the worst one taken, if there is one. */
const PRICED: readonly OrderType[] = ['limit', 'stop_limit', 'iceberg', 'twap', 'vwap'];

/** Leg `leg` of the signal: the alert's own terms on the leg's side. Lifetimes mean nothing to a market order: GTC. */
export function orderIntent(alert: Alert, facts: PlanFacts, leg: number, order: OrderLeg): OrderIntent {
  const market = order.type === 'market';
  const immediate = alert.timeInForce === 'IOC' || alert.timeInForce === 'FOK';
  return intentOf(alert, facts, leg, {
    side: order.side,
    type: order.type,
    quantity: order.quantity,
    price: PRICED.includes(order.type) ? alert.price : null,
    stopPrice: stopPriceOf(alert, facts, order),
    timeInForce: market || (immediate && order.type !== 'limit') ? 'GTC' : alert.timeInForce,
    expiresAt: market ? null : alert.expiresAt,
    postOnly: alert.postOnly && (order.type === 'limit' || order.type === 'iceberg'),
    reduceOnly: order.reduceOnly,
    role: order.role,
    parentId: order.parentId,
    ocoGroup: null,
    parentShare: null,
    terms: termsOf(alert, order.type, facts.market),
  });
}

/** A trailing stop begins at its distance from the price of now. */
function stopPriceOf({ stopPrice, trail }: Alert, { quote, market }: PlanFacts, { type, side }: OrderLeg): Decimal | null {
  if (type === 'trailing_stop') return trail && quote ? trailedStop(side, trail, quote.last, market) : null;
  return type === 'stop' || type === 'stop_limit' ? stopPrice : null;
}

function termsOf({ trail, display, durationMs }: Alert, type: OrderType, { stepSize }: Market): WorkTerms | null {
  const shown = display && floorToStep(display, stepSize);
  return WORKED_ORDER_TYPES.some((worked) => worked === type) ? { trail, display: shown, durationMs } : null;
}

type LegTerms = Omit<
  OrderIntent,
  'id' | 'signalId' | 'leg' | 'clientOrderId' | 'accountId' | 'symbol' | 'strategy' | 'tag' | 'terms' | 'sliceOf'
> &
  Partial<Pick<OrderIntent, 'terms'>>;

/**
 * The terms with the fields that say whose leg it is: those are the same for the same signal, account and leg, whenever it is
 * planned. Written out, not spread: an object of this size made by spreading costs microseconds on every order's way.
 */
export function intentOf(alert: Alert, facts: PlanFacts, leg: number, terms: LegTerms): OrderIntent {
  const id = orderIdFor(facts.signalId, facts.account.id, leg);
  return {
    id,
    signalId: facts.signalId,
    leg,
    clientOrderId: clientOrderIdFor(id),
    accountId: facts.account.id,
    symbol: facts.market.symbol,
    strategy: alert.strategy,
    tag: alert.tag,
    side: terms.side,
    type: terms.type,
    quantity: terms.quantity,
    price: terms.price,
    stopPrice: terms.stopPrice,
    timeInForce: terms.timeInForce,
    expiresAt: terms.expiresAt,
    postOnly: terms.postOnly,
    reduceOnly: terms.reduceOnly,
    role: terms.role,
    parentId: terms.parentId,
    ocoGroup: terms.ocoGroup,
    parentShare: terms.parentShare,
    terms: terms.terms ?? null,
    sliceOf: null,
  };
}

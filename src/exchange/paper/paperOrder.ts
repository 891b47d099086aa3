import type { TimeInForce, VenueOrderType } from '../../domain/alert/alert.ts';
import type { ReasonCode } from '../../domain/errors.ts';
import { type Decimal, ZERO } from '../../domain/money.ts';
import type { Fill, Order, Side } from '../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../domain/order/report.ts';
import { venueTypeOf } from '../../domain/order/venueType.ts';
import type { PlaceRequest } from '../exchange.ts';

/** An order in the paper venue's book. Mutable: only `Execution` and `OrderBook` change it. */
export interface PaperOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: VenueOrderType;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly ocoGroup: string | null;
  /** What was asked for. */
  quantity: Decimal;
  /** What may be executed of it: less than `quantity` where a reduce-only order was capped to the position. */
  workable: Decimal;
  price: Decimal | null;
  stopPrice: Decimal | null;
  /** Price per unit at which its funds are held. */
  reservePrice: Decimal;
  filledQuantity: Decimal;
  /** Its stop has been reached (true from the start for orders without one). */
  triggered: boolean;
  /** It has rested without matching, so that what fills it now is a taker meeting its price. */
  passive: boolean;
  status: VenueOrderStatus;
  code: ReasonCode | null;
  /** Executions since this venue session was opened. */
  readonly fills: Fill[];
}

const VENUE_ID_PREFIX = 'paper-';

/** Derived, so that it is the same after any restart and cannot belong to two orders. */
export function venueOrderIdFor(clientOrderId: string): string {
  return `${VENUE_ID_PREFIX}${clientOrderId}`;
}

/** The client order id behind one of our venue order ids, else null. */
export function clientOrderIdOf(venueOrderId: string): string | null {
  return venueOrderId.startsWith(VENUE_ID_PREFIX) ? venueOrderId.slice(VENUE_ID_PREFIX.length) : null;
}

export function hasStop(type: VenueOrderType): boolean {
  return type === 'stop' || type === 'stop_limit';
}

export function hasLimit(type: VenueOrderType): boolean {
  return type === 'limit' || type === 'stop_limit';
}

export function isOpen(order: PaperOrder): boolean {
  return order.status === 'open' || order.status === 'partially_filled';
}

/** A request as a fresh order of the book, nothing filled; the caller caps it and sets the price its funds are held at. */
export function newOrder(request: PlaceRequest): PaperOrder {
  // Written out, not spread: an object of this size made by spreading costs microseconds on every order's way.
  return {
    clientOrderId: request.clientOrderId,
    venueOrderId: venueOrderIdFor(request.clientOrderId),
    symbol: request.symbol,
    side: request.side,
    type: request.type,
    timeInForce: request.timeInForce,
    expiresAt: request.expiresAt,
    postOnly: request.postOnly,
    reduceOnly: request.reduceOnly,
    ocoGroup: request.ocoGroup,
    quantity: request.quantity,
    workable: request.quantity,
    price: hasLimit(request.type) ? request.price : null,
    stopPrice: hasStop(request.type) ? request.stopPrice : null,
    reservePrice: ZERO,
    filledQuantity: ZERO,
    triggered: !hasStop(request.type),
    passive: false,
    status: 'open',
    code: null,
    fills: [],
  };
}

/**
 * An order the ledger holds, back in the book after a restart. Whether a stop had been reached is known only from its
 * fills: without one it waits for its price again. `status` is the venue's view; the earlier fills are the ledger's already.
 */
export function restoredOrder(order: Order, status: VenueOrderStatus): PaperOrder {
  const type = venueTypeOf(order.type);
  return {
    ...newOrder({ ...order, type }),
    venueOrderId: order.venueOrderId ?? venueOrderIdFor(order.clientOrderId),
    filledQuantity: order.filledQuantity,
    triggered: !hasStop(type) || !order.filledQuantity.isZero(),
    passive: hasLimit(type),
    status,
  };
}

/** All there is to know of an order now. Fills from before a restart are not listed again: the ledger has them. */
export function reportOf(order: PaperOrder): OrderReport {
  return {
    clientOrderId: order.clientOrderId,
    venueOrderId: order.venueOrderId,
    symbol: order.symbol,
    status: order.status,
    filledQuantity: order.filledQuantity,
    fills: [...order.fills],
    fillsComplete: true,
    code: order.code,
  };
}

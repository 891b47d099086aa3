import type { Order } from './order.ts';

/** A client order id an order had before, and what the venue made of it. */
export interface Earlier {
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  /** Epoch ms at which it was known to be over. */
  readonly endedAt: number;
}

/** New terms on their way to the venue; null keeps the old one. Decimals as text. */
export interface PendingChange {
  readonly quantity: string | null;
  readonly price: string | null;
  readonly stopPrice: string | null;
  /** The quantity it had, should nothing come of it. */
  readonly was: string;
}

/**
 * How far the leader has come with an order that it keeps for a venue which cannot: plain JSON in the ledger, so that the next leader
 * goes on from there.
 */
export interface Progress {
  /** How often the order was sent anew under a further client order id. */
  readonly attempt?: number;
  /** The last ids it had, oldest first. */
  readonly earlier?: readonly Earlier[];
  /** Recorded before the order is canceled for it. */
  readonly change?: PendingChange;
  /** Epoch ms of the last time it was wanted anew: it is as young as that. */
  readonly renewedAt?: number;
  /** It makes way for its take profit: recorded before it is canceled for that. */
  readonly standsBy?: true;
  /** A take profit that stays here until its price is reached. */
  readonly watched?: true;
  /** Epoch ms of the last try to take the profit. */
  readonly triedAt?: number;
  /** How often a stop canceled at the venue was put back. */
  readonly putBack?: number;
  /** Since when the position is without this stop, epoch ms. */
  readonly bareSince?: number;
  /** People know that it is. */
  readonly bareTold?: true;
  /** The position it protected is gone: it is canceled, also when what comes next is a position on the same side. */
  readonly gone?: true;
  /** Placing it again would meet the same refusal. */
  readonly hopeless?: true;
  /** Where a stop stood before it was moved: it goes back there when the price has passed its new place. */
  readonly formerStop?: string;
  /** Epoch ms before which it is not tried again. */
  readonly retryAt?: number;
  /** Best price a trailing stop has seen, and when the stop was last moved for it (epoch ms). */
  readonly mark?: string;
  readonly movedAt?: number;
}

const EARLIER_MAX = 4;

export function progressOf({ progress }: Pick<Order, 'progress'>): Progress {
  return progress ?? {};
}

type Patch = { readonly [K in keyof Progress]: Progress[K] | undefined };

/** The progress with `patch` in it; what is undefined there goes. */
export function patched(order: Pick<Order, 'progress'>, patch: Patch): Order['progress'] {
  const entries = Object.entries({ ...progressOf(order), ...patch }).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** What is kept of the id that an order has now, for reports that come late. */
export function withEarlier(order: Pick<Order, 'progress' | 'clientOrderId' | 'venueOrderId'>, endedAt: number): readonly Earlier[] {
  const { clientOrderId, venueOrderId } = order;
  return [...(progressOf(order).earlier ?? []), { clientOrderId, venueOrderId, endedAt }].slice(-EARLIER_MAX);
}

/** Whether the id is one the order has had before. */
export function wasNamed(order: Pick<Order, 'progress'>, clientOrderId: string): boolean {
  return progressOf(order).earlier?.some((earlier) => earlier.clientOrderId === clientOrderId) ?? false;
}

/** Why an order stays with the leader although it is called for. It is not sent until that changes. */
const KEPT_BACK: ReadonlySet<string> = new Set(['WATCHED', 'STANDS_BY']);

export function isKeptBack({ status, code }: Pick<Order, 'status' | 'code'>): boolean {
  return status === 'intent' && code !== null && KEPT_BACK.has(code);
}

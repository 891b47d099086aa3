import type { OrderId } from '../../domain/ids.ts';
import type { Order } from '../../domain/order/order.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { describeOrder, notice } from '../notices.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { cancelOrder } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';

const AGAIN_MS = 2_000;
/** Tries after which people hear that an order has outlived its time. */
const TOLD_AFTER = 5;

/**
 * Ends GTD orders where the venue does not: they were sent GTC, and are canceled when their time is up. It looks at the orders
 * themselves, so a new leader goes on; an order whose time was up while nobody led is canceled as soon as somebody does.
 */
export class Expiry {
  private readonly term: Term;
  private readonly tries = new Map<OrderId, { count: number; nextAt: number }>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    const waiting = new Set<OrderId>();
    for (const account of term.state.accounts.values())
      for (const order of openOrdersOf(account)) {
        if (!isOver(order, term.now)) continue;
        waiting.add(order.id);
        this.start(account, order);
      }
    for (const id of this.tries.keys()) if (!waiting.has(id)) this.tries.delete(id);
  }

  private start(account: AccountState, { id, symbol, signalId }: Order): void {
    const { term } = this;
    const venue = term.venues.get(account.account.id);
    const market = venue?.marketOf(symbol);
    const now = term.deps.clock.monotonic();
    const before = this.tries.get(id) ?? { count: 0, nextAt: now };
    if (!venue || !market || before.nextAt > now || venue.session.orders.capabilities(market).gtdBy !== 'leader') return;
    this.tries.set(id, { count: before.count + 1, nextAt: Number.POSITIVE_INFINITY });
    const place: OrderPlace = { term, account, venue, market };
    const task = term.blaming(signalId, () => this.end(place, id, before.count + 1));
    void term.lanes.enqueue(laneKey(account.account.id, symbol), task, 'urgent').finally(() => {
      this.tries.set(id, { count: before.count + 1, nextAt: term.deps.clock.monotonic() + AGAIN_MS });
    });
  }

  /** In its lane: nothing else happens to the order meanwhile. */
  private async end(place: OrderPlace, id: OrderId, count: number): Promise<void> {
    const { term, account } = place;
    const order = account.orders.get(id);
    if (!order || !isOver(order, term.now)) return;
    await cancelOrder(place, order, 'ORDER_EXPIRED');
    const after = account.orders.get(id);
    if (!after || isFinal(after.status) || count !== TOLD_AFTER) return;
    const text = `Not ended yet: ${describeOrder(after)} (${account.account.name}) has outlived its time, and the venue could not be made to cancel it. It is tried again.`;
    await term.commit([notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: after.signalId })]);
  }
}

/** Rests although its time is up. */
function isOver(order: Order, nowMs: number): boolean {
  const { timeInForce, expiresAt, status, role } = order;
  const rests = status === 'open' || status === 'partially_filled';
  return timeInForce === 'GTD' && expiresAt !== null && nowMs >= expiresAt && rests && role !== 'external' && !isSliced(order);
}

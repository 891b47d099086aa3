import type { AccountId, OrderId } from '../domain/ids.ts';
import type { Order } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isFinal } from '../domain/order/transition.ts';
import { assessAge } from '../domain/risk/assessAge.ts';
import type { LookupOutcome } from '../exchange/exchange.ts';
import type { Change } from '../ledger/ledger.ts';
import { bookReport, doubt, giveUp, moved, type OrderPlace, refOf, releaseLane, sendOrder } from './orders.ts';
import { laneKey } from './parking.ts';
import { type AccountState, openOrdersOf } from './state.ts';
import type { Term } from './term.ts';
import type { Venue } from './venues.ts';

const FIRST_ASK_MS = 250;
const MAX_ASK_MS = 5_000;
/** Answers "not found" that must agree before they count as evidence, where a venue may lag behind itself (VENUES: A1). */
const AGREEING_ANSWERS = 3;
const BALANCES_EVERY_MS = 30_000;
const DEFAULT_MAX_AGE_SEC = 60;

interface Inquiry {
  /** Monotonic ms of the first question this leader asked: our own clock, so that a stepped wall clock proves nothing. */
  readonly since: number;
  asked: number;
  notFound: number;
  nextAt: number;
}

/**
 * Finds out what venues know about our orders. Once at the start of a term, about every order that is not final; then
 * all the time, about orders in doubt everywhere and open orders of venues that do not push.
 */
export class Reconciler {
  private readonly term: Term;
  private readonly inquiries = new Map<OrderId, Inquiry>();
  private readonly balancesAt = new Map<AccountId, number>();

  constructor(term: Term) {
    this.term = term;
  }

  /** The start path: opens every account, asks about every order that is not final. Doubts that remain block their lane only. */
  async start(): Promise<void> {
    const { term } = this;
    await Promise.all(
      [...term.state.accounts.values()].map(async (account) => {
        const opened = await term.venues.open(account);
        if (opened.ok) await Promise.all(this.sentOrders(account).map((order) => this.ask(account, opened.venue, order)));
        else await this.doubtAll(account);
      }),
    );
  }

  /** Until the term ends. */
  async run(): Promise<void> {
    const { term } = this;
    const { clock, settings } = term.deps;
    let polledAt = clock.monotonic();
    while (!term.signal.aborted) {
      await clock.sleep(FIRST_ASK_MS, term.signal);
      if (term.signal.aborted) return;
      term.parking.resumeExpired(term.now);
      const poll = clock.monotonic() - polledAt >= settings.pollMs;
      if (poll) polledAt = clock.monotonic();
      await this.round(poll);
    }
  }

  private async round(poll: boolean): Promise<void> {
    const { term } = this;
    const asks: Promise<void>[] = [];
    let unknown = 0;
    for (const account of term.state.accounts.values()) {
      const venue = term.venues.get(account.account.id);
      const orders = this.sentOrders(account);
      unknown += orders.filter((order) => order.status === 'unknown').length;
      if (!venue) {
        if (orders.length > 0) void term.venues.open(account);
        continue;
      }
      for (const order of orders) if (this.isDue(order, venue, poll)) asks.push(this.ask(account, venue, order));
      if (poll) asks.push(this.syncBalances(account, venue, orders.length > 0));
    }
    term.deps.metrics.ordersUnknown.set(unknown);
    await Promise.all(asks);
  }

  private sentOrders(account: AccountState): Order[] {
    return openOrdersOf(account).filter((order) => order.status !== 'intent');
  }

  private isDue(order: Order, venue: Venue, poll: boolean): boolean {
    if (order.status === 'unknown') return (this.inquiries.get(order.id)?.nextAt ?? 0) <= this.term.deps.clock.monotonic();
    if (order.status === 'submitted' || !poll) return false;
    const market = venue.marketOf(order.symbol);
    return market !== undefined && !venue.session.orders.capabilities(market).pushesReports;
  }

  private async ask(account: AccountState, venue: Venue, order: Order): Promise<void> {
    const outcome = await venue.session.orders.lookup(refOf(order));
    const market = venue.marketOf(order.symbol);
    if (!market || this.term.signal.aborted) return;
    const place: OrderPlace = { term: this.term, account, venue, market };
    await this.term.lanes.enqueue(laneKey(account.account.id, order.symbol), () => this.learn(place, order.id, outcome), 'urgent');
  }

  private async learn(place: OrderPlace, orderId: OrderId, outcome: LookupOutcome): Promise<void> {
    const order = place.account.orders.get(orderId);
    if (!order || isFinal(order.status)) {
      this.inquiries.delete(orderId);
      return;
    }
    if (outcome.kind === 'found') {
      this.inquiries.delete(orderId);
      return bookReport(place, order, outcome.report);
    }
    const inquiry = this.note(order, outcome.kind === 'not_found');
    if (order.status !== 'unknown') {
      if (order.status === 'submitted')
        await doubt(place, order, 'VENUE_TIMEOUT', 'Its acknowledgement was not recorded before the leader changed.');
      else if (outcome.kind === 'not_found' && inquiry.notFound >= AGREEING_ANSWERS)
        await doubt(place, order, 'VENUE_TIMEOUT', 'The venue no longer lists this open order.');
    }
    const current = place.account.orders.get(orderId);
    if (current?.status === 'unknown' && this.provenAbsent(place, inquiry)) await this.conclude(place, current);
  }

  private note(order: Order, notFound: boolean): Inquiry {
    const now = this.term.deps.clock.monotonic();
    const inquiry = this.inquiries.get(order.id) ?? { since: now, asked: 0, notFound: 0, nextAt: now };
    this.inquiries.set(order.id, inquiry);
    inquiry.asked += 1;
    inquiry.notFound = notFound ? inquiry.notFound + 1 : 0;
    inquiry.nextAt = now + Math.min(FIRST_ASK_MS * 2 ** (inquiry.asked - 1), MAX_ASK_MS);
    return inquiry;
  }

  /** "Not found" is evidence once the request can no longer be accepted and several answers agree. */
  private provenAbsent(place: OrderPlace, inquiry: Inquiry): boolean {
    const { notFoundAfterMs } = place.venue.session.orders.capabilities(place.market);
    const needed = notFoundAfterMs === 0 ? 1 : AGREEING_ANSWERS;
    return inquiry.notFound >= needed && this.term.deps.clock.monotonic() - inquiry.since >= notFoundAfterMs;
  }

  /** The venue proved not to know it: an order still wanted is sent once more under its same id, any other is given up. */
  private async conclude(place: OrderPlace, order: Order): Promise<void> {
    const { term } = this;
    this.inquiries.delete(order.id);
    const filledBefore = !order.filledQuantity.isZero() || order.venueOrderId !== null;
    const protective = order.role === 'take_profit' || order.role === 'stop_loss';
    if (!filledBefore && (protective || this.isFresh(order))) {
      await term.commit([
        moved(order, 'submitted', term.now, 'the venue does not know it: sent again under the same id', {
          sentAt: term.now,
          code: null,
          message: null,
        }),
      ]);
      const again = place.account.orders.get(order.id);
      if (again?.status === 'submitted') await sendOrder(place, again);
    } else if (filledBefore) {
      await giveUp(place, order, 'canceled', 'VENUE_CANCELED', 'The venue no longer knows this order.');
    } else {
      await giveUp(place, order, 'rejected', 'NEVER_REACHED_VENUE', 'The venue proved not to know it, and it is too old to send again.');
    }
    releaseLane(place, order.symbol);
  }

  private isFresh(order: Order): boolean {
    const signal = this.term.state.signals.get(order.signalId)?.signal;
    if (!signal) return false;
    const hook = signal.hookId === null ? undefined : this.term.state.hooks.get(signal.hookId);
    return assessAge({ time: null, receivedAt: signal.receivedAt }, hook?.maxAgeSec ?? DEFAULT_MAX_AGE_SEC, this.term.now) === null;
  }

  /** A venue that cannot be asked leaves what was sent to it in doubt. */
  private async doubtAll(account: AccountState): Promise<void> {
    const { term } = this;
    const changes: Change[] = this.sentOrders(account)
      .filter((order) => order.status === 'submitted')
      .map((order) =>
        moved(order, 'unknown', term.now, 'the venue could not be asked', {
          code: 'VENUE_TIMEOUT',
          message: 'The venue could not be asked when the leader changed.',
        }),
      );
    if (changes.length > 0) await term.commit(changes);
  }

  /** Takes the venue's own balances where nothing of ours is on the way to it. */
  private async syncBalances(account: AccountState, venue: Venue, busy: boolean): Promise<void> {
    const now = this.term.deps.clock.monotonic();
    const { id } = account.account;
    if (busy || now - (this.balancesAt.get(id) ?? Number.NEGATIVE_INFINITY) < BALANCES_EVERY_MS) return;
    this.balancesAt.set(id, now);
    await takeBalances(this.term, account, venue, () => this.sentOrders(account).length === 0);
  }
}

/** Sets our balances to the venue's where they differ. `stillQuiet` is asked again after the reply. */
export async function takeBalances(term: Term, account: AccountState, venue: Venue, stillQuiet: () => boolean): Promise<void> {
  const before = new Map(account.balances);
  const reported = await venue.session.orders.balances();
  if (!reported || term.signal.aborted || !stillQuiet()) return;
  const unchanged = [...before].every(([asset, total]) => account.balances.get(asset)?.eq(total) ?? false);
  if (!unchanged) return;
  const changes = reported
    .filter(({ asset, total }) => !(before.get(asset)?.eq(total) ?? total.isZero()))
    .map(({ asset, total }): Change => ({ kind: 'balance.set', accountId: account.account.id, asset, total, at: term.now }));
  if (changes.length > 0) await term.commit(changes);
}

/** A report the venue pushed: booked in the lane of its symbol, ahead of what alerts ask. */
export function takePushedReport(term: Term, accountId: AccountId, report: OrderReport): void {
  const account = term.state.accounts.get(accountId);
  const venue = term.venues.get(accountId);
  const market = venue?.marketOf(report.symbol);
  if (!account || !venue || !market || term.signal.aborted) return;
  void term.lanes.enqueue(
    laneKey(accountId, report.symbol),
    async () => {
      const order = [...account.orders.values()].find((candidate) => candidate.clientOrderId === report.clientOrderId);
      if (order) await bookReport({ term, account, venue, market }, order, report);
    },
    'urgent',
  );
}

import { REASONS, type ReasonCode } from '../../domain/errors.ts';
import type { AccountId, OrderId } from '../../domain/ids.ts';
import type { Order } from '../../domain/order/order.ts';
import { progressOf, wasNamed } from '../../domain/order/progress.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { isUnresolved } from '../../domain/order/unresolved.ts';
import type { LookupOutcome, VenueHint } from '../../exchange/exchange.ts';
import { expireApprovals } from '../approval/approvals.ts';
import { sweepWhitelist } from '../commands/accessCommands.ts';
import { HedgeKeeper } from '../hedging/hedges.ts';
import { doubt, releaseLane } from '../laneHolds.ts';
import { moved, refOf } from '../orderChanges.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { bookReport, sendOrder } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { Resender } from '../protection/resend.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';
import { isProtective, whyUnwanted } from '../wanted.ts';
import { takeBalances } from '../watch/balances.ts';
import { FundingKeeper } from '../watch/funding.ts';
import { LiquidationWatch } from '../watch/liquidation.ts';
import { VenueWatch } from '../watch/venueWatch.ts';
import { Expiry } from '../work/expiry.ts';
import { Worker } from '../work/work.ts';
import { giveUp } from './giveUp.ts';
import { meantBy, namesKnownOrder } from './pushed.ts';
import { askPerson, UNRESOLVED_AFTER_MS, whyNoProof } from './unresolved.ts';

const FIRST_ASK_MS = 250;
const MAX_ASK_MS = 5_000;
/** Answers "not found" that must agree before they count as evidence, where a venue may lag behind itself (docs/venues.md). */
const AGREEING_ANSWERS = 3;
const BALANCES_EVERY_MS = 30_000;
/** A venue that has not been opened and asked by then holds up nobody else: what was sent to it is in doubt until it answers. */
const START_MS = 2_000;
/** How long after an order was sent anew its former id is still asked about. */
const LATE_FILLS_MS = 60_000;
/** Venues that push are asked too, every so many polls: a report can get lost, or the answer to a cancel. */
const PUSHING_EVERY = 15;
/** How often what venues list is taken over, in polls. */
const LISTINGS_EVERY = 15;

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
  private readonly resender: Resender;
  private readonly funding: FundingKeeper;
  private readonly watch: VenueWatch;
  private readonly hedges: HedgeKeeper;
  private readonly liquidation: LiquidationWatch;
  private readonly worker: Worker;
  private readonly expiry: Expiry;
  private polls = 0;
  /** Orders a question about which is on its way. */
  private readonly asking = new Set<OrderId>();
  /** Those about which a hint has come meanwhile: the answer under way may be from before. */
  private readonly askAgain = new Set<OrderId>();
  /** Those about which one has come before the answer to their placing. */
  private readonly awaiting = new Set<OrderId>();
  /** Sessions whose orders have all been asked about since they were opened. */
  private readonly met = new WeakSet<Venue>();

  constructor(term: Term) {
    this.term = term;
    this.resender = new Resender(term);
    this.funding = new FundingKeeper(term);
    this.watch = new VenueWatch(term, (account, venue, order) => this.ask(account, venue, order));
    this.hedges = new HedgeKeeper(term);
    this.liquidation = new LiquidationWatch(term);
    term.onHint = (accountId, hint) => this.follow(accountId, hint);
    term.onForeignCancel = (accountId, symbol) => this.watch.press(accountId, symbol);
    this.worker = new Worker(term);
    this.expiry = new Expiry(term);
  }

  /** The start path: opens every account, asks about every order that is not final. Doubts that remain block their lane only. */
  async start(): Promise<void> {
    const { term } = this;
    const unasked = new Set(term.state.accounts.values());
    const asked = [...unasked].map(async (account) => {
      const opened = await term.venues.open(account);
      if (!opened.ok) return;
      await Promise.all(this.askAll(account, opened.venue));
      unasked.delete(account);
    });
    const all = Promise.all(asked).catch((error: unknown) => term.fail(error));
    await Promise.race([all, term.deps.clock.sleep(START_MS, term.signal)]);
    for (const account of unasked) this.doubtUnasked(account);
  }

  /** Until the term ends. */
  async run(): Promise<void> {
    const { term } = this;
    const { clock, settings } = term.deps;
    let polledAt = clock.monotonic();
    while (!term.signal.aborted) {
      await clock.sleep(FIRST_ASK_MS, term.signal);
      if (term.signal.aborted) return;
      this.wake();
      this.hedges.round();
      const poll = clock.monotonic() - polledAt >= settings.pollMs;
      if (poll) {
        polledAt = clock.monotonic();
        this.polls += 1;
        this.funding.round();
        this.liquidation.round();
      }
      this.round(poll);
    }
  }

  /** What waits for a venue, a price or its turn is tried again; what has become too old learns so. */
  private wake(): void {
    const { term } = this;
    const now = term.deps.clock.monotonic();
    term.venues.expire(term.now);
    expireApprovals(term);
    term.parking.resumeExpired(term.now);
    this.resender.round();
    this.worker.round();
    this.expiry.round();
    for (const accountId of term.state.accounts.keys()) {
      if (!term.reach.isDue(accountId)) continue;
      if (term.reach.isClosed(accountId)) term.parking.resumeOneDue(accountId, now);
      else term.parking.resumeDue(accountId, now);
    }
  }

  /** Starts what is due and waits for none of it: one slow venue must not hold up the others. */
  private round(poll: boolean): void {
    const { term } = this;
    const started: Promise<unknown>[] = poll ? [sweepWhitelist(term)] : [];
    if (poll && this.polls % LISTINGS_EVERY === 0) started.push(term.venues.refreshListings());
    let unknown = 0;
    for (const account of term.state.accounts.values()) {
      const venue = term.venues.get(account.account.id);
      const orders = this.sentOrders(account);
      unknown += orders.filter((order) => order.status === 'unknown').length;
      if (!venue) {
        if (orders.length > 0) void term.venues.open(account);
        continue;
      }
      if (!this.met.has(venue)) started.push(...this.askAll(account, venue));
      for (const order of orders) if (this.isDue(order, venue, poll)) started.push(this.ask(account, venue, order));
      if (poll) for (const order of orders) started.push(this.askEarlier(account, venue, order));
      if (poll) started.push(this.syncBalances(account, venue, orders.length > 0));
    }
    if (poll) started.push(...this.watch.round());
    term.deps.metrics.ordersUnknown.set(unknown);
    for (const work of started) work.catch((error: unknown) => term.fail(error));
  }

  /** What happened while nobody listened no venue tells by itself: a new session is asked about every order once. */
  private askAll(account: AccountState, venue: Venue): Promise<unknown>[] {
    this.met.add(venue);
    return this.sentOrders(account).map((order) => this.ask(account, venue, order));
  }

  /** Stops are asked about also where they are pushed, so often that one that is gone is missed in time. */
  private get stopsEvery(): number {
    const { stopGuaranteeMs, pollMs } = this.term.deps.settings;
    return Math.max(1, Math.floor(stopGuaranteeMs / 2 / pollMs));
  }

  /** Fills that a venue lists late are found under the id an order had before, for a while after it was sent anew. */
  private async askEarlier(account: AccountState, venue: Venue, order: Order): Promise<void> {
    const last = progressOf(order).earlier?.at(-1);
    const market = venue.marketOf(order.symbol);
    if (!last || !market || this.term.now - last.endedAt > LATE_FILLS_MS) return;
    const outcome = await venue.session.orders.lookup({ ...refOf(order), ...last });
    if (outcome.kind !== 'found' || outcome.report.fills.length === 0 || this.term.signal.aborted) return;
    const place: OrderPlace = { term: this.term, account, venue, market };
    const book = async (): Promise<void> => {
      const current = account.orders.get(order.id);
      if (current && wasNamed(current, last.clientOrderId))
        await bookReport(place, current, { ...outcome.report, clientOrderId: last.clientOrderId });
    };
    await this.term.lanes.enqueue(laneKey(account.account.id, order.symbol), book, 'urgent');
  }

  private sentOrders(account: AccountState): Order[] {
    return openOrdersOf(account).filter((order) => isSent(order) && order.role !== 'external' && !isSliced(order));
  }

  private isDue(order: Order, venue: Venue, poll: boolean): boolean {
    // A question that got no answer is asked again, also where reports are pushed: what it was about may have happened before.
    const inquiry = this.inquiries.get(order.id);
    if (inquiry) return inquiry.nextAt <= this.term.deps.clock.monotonic();
    if (order.status === 'unknown') return true;
    if (order.status === 'submitted' || !poll) return false;
    const market = venue.marketOf(order.symbol);
    if (!market) return false;
    if (order.role === 'stop_loss' && this.polls % this.stopsEvery === 0) return true;
    const { orders } = venue.session;
    return this.polls % PUSHING_EVERY === 0 || !(orders.capabilities(market).pushesReports || (orders.isPushing?.() ?? false));
  }

  /** Asks at once about what a venue says has changed. */
  private follow(accountId: AccountId, hint: VenueHint): void {
    const account = this.term.state.accounts.get(accountId);
    const venue = this.term.venues.get(accountId);
    if (!account || !venue) return;
    const meant = meantBy(hint, this.sentOrders(account));
    if (meant.length === 0 && hint.symbol !== null && !namesKnownOrder(account, hint)) this.watch.hurry(accountId, hint.symbol);
    for (const order of meant) {
      if (this.asking.has(order.id)) this.askAgain.add(order.id);
      else this.askOncePlaced(account, venue, order).catch((error: unknown) => this.term.fail(error));
    }
  }

  /** The answer that is on its way may tell all there is; what is asked before it has come can be booked only behind it anyway. */
  private async askOncePlaced(account: AccountState, venue: Venue, order: Order): Promise<void> {
    const placed = this.term.placing.get(order.id);
    if (!placed) return void (await this.ask(account, venue, order));
    if (this.awaiting.has(order.id)) return;
    this.awaiting.add(order.id);
    await placed.finally(() => this.awaiting.delete(order.id));
    const current = account.orders.get(order.id);
    if (current && isSent(current) && !this.term.signal.aborted) await this.ask(account, venue, current);
  }

  /** True once the venue has answered and what it said is booked. */
  private async ask(account: AccountState, venue: Venue, order: Order): Promise<boolean> {
    const market = venue.marketOf(order.symbol);
    if (!market || this.asking.has(order.id)) return false;
    this.asking.add(order.id);
    let answered = false;
    try {
      const outcome = await venue.session.orders.lookup(refOf(order));
      if (this.term.signal.aborted) return false;
      answered = outcome.kind !== 'unknown';
      const place: OrderPlace = { term: this.term, account, venue, market };
      await this.term.lanes.enqueue(laneKey(account.account.id, order.symbol), () => this.learn(place, order.id, outcome), 'urgent');
    } finally {
      this.asking.delete(order.id);
    }
    if (!this.askAgain.delete(order.id) || this.term.signal.aborted) return answered;
    const current = account.orders.get(order.id);
    return current && isSent(current) ? this.ask(account, venue, current) : answered;
  }

  private async learn(place: OrderPlace, orderId: OrderId, outcome: LookupOutcome): Promise<void> {
    const order = place.account.orders.get(orderId);
    const isAtVenue = order !== undefined && isSent(order);
    if (!isAtVenue || outcome.kind === 'found') this.inquiries.delete(orderId);
    if (!order || isFinal(order.status)) return;
    if (outcome.kind === 'found') return bookReport(place, order, outcome.report);
    // It has been taken back meanwhile, to be sent anew: that the venue does not know it is no news.
    if (!isAtVenue) return;
    const inquiry = this.note(order, outcome.kind === 'not_found');
    if (order.status !== 'unknown') {
      if (order.status === 'submitted')
        await doubt(place, order, 'VENUE_TIMEOUT', 'Its acknowledgement was not recorded before the leader changed.');
      else if (outcome.kind === 'not_found' && inquiry.notFound >= AGREEING_ANSWERS)
        await doubt(place, order, 'VENUE_TIMEOUT', 'The venue no longer lists this open order.');
    }
    const current = place.account.orders.get(orderId);
    if (current?.status !== 'unknown' || isUnresolved(current)) return;
    const noProof = whyNoProof(place, current);
    const absent = this.provenAbsent(place, inquiry);
    const askedForLong = this.term.deps.clock.monotonic() - inquiry.since >= UNRESOLVED_AFTER_MS;
    if (absent && noProof === null) await this.conclude(place, current);
    else if (absent || askedForLong) await askPerson(place, current, noProof ?? 'Nothing was to be learned about it for ten minutes.');
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
    const unwanted = filledBefore ? null : whyNotAgain(term, place.account, order);
    if (!filledBefore && unwanted === null) {
      await term.commit([
        moved(order, 'submitted', term.now, 'the venue does not know it: sent again under the same id', {
          sentAt: term.now,
          code: null,
          message: null,
        }),
      ]);
      const again = place.account.orders.get(order.id);
      if (again?.status === 'submitted') await sendOrder(place, again);
    } else if (filledBefore && (isProtective(order) || progressOf(order).change)) {
      await bookReport(place, order, { ...goneReport(order), venueOrderId: order.venueOrderId ?? '' });
    } else if (filledBefore) {
      await giveUp(place, order, 'canceled', 'VENUE_CANCELED', 'The venue no longer knows this order.');
    } else {
      const code = unwanted ?? 'NEVER_REACHED_VENUE';
      const why = code === 'NEVER_REACHED_VENUE' ? 'it is too old to send again.' : `it is no longer wanted: ${REASONS[code].means}`;
      await giveUp(place, order, isProtective(order) ? 'canceled' : 'rejected', code, `The venue proved not to know it, and ${why}`);
    }
    releaseLane(place, order.symbol);
  }

  /** A venue that cannot be asked, or not in time, leaves what was sent to it in doubt: each lane learns so before any alert joins it. */
  private doubtUnasked(account: AccountState): void {
    const { term } = this;
    const message = 'The venue could not be asked when the leader changed.';
    for (const { id, symbol } of this.sentOrders(account).filter((order) => order.status === 'submitted')) {
      const task = async (): Promise<void> => {
        const order = account.orders.get(id);
        if (order?.status !== 'submitted') return;
        await term.commit([moved(order, 'unknown', term.now, 'the venue could not be asked', { code: 'VENUE_TIMEOUT', message })]);
      };
      void term.lanes.enqueue(laneKey(account.account.id, symbol), task, 'urgent');
    }
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

/** Whether it may be at the venue. */
function isSent({ status }: Order): boolean {
  return status !== 'intent' && !isFinal(status);
}

/** What a venue that no longer knows an order has to say about it. */
function goneReport({ clientOrderId, symbol, filledQuantity }: Order): Omit<OrderReport, 'venueOrderId'> {
  return { clientOrderId, symbol, filledQuantity, status: 'canceled', fills: [], fillsComplete: true, code: 'VENUE_CANCELED' };
}

/** A slice is not sent again: the next one makes up for it. */
function whyNotAgain(term: Term, account: AccountState, order: Order): ReasonCode | null {
  if (order.sliceOf !== null) return 'NEVER_REACHED_VENUE';
  return whyUnwanted(term, account, order, 'NEVER_REACHED_VENUE')?.code ?? null;
}

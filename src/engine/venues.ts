import type { AccountId } from '../domain/ids.ts';
import type { Market } from '../domain/market/market.ts';
import { createSymbolIndex, type SymbolIndex } from '../domain/market/symbolIndex.ts';
import type { Order } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { isSliced } from '../domain/order/sliced.ts';
import { type Exchanges, type VenueHint, type VenueSession, VenueSetupError } from '../exchange/exchange.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { retryWaitMs } from './reach.ts';
import { type AccountState, openOrdersOf } from './state.ts';

/** An open session with its symbols. */
export interface Venue {
  readonly session: VenueSession;
  readonly index: SymbolIndex;
  marketOf(symbol: string): Market | undefined;
}

export interface VenueFailure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  /** It may be otherwise the next time: the venue could not be reached. Else the account is not set up rightly. */
  readonly passing: boolean;
}

/** `failures`: how often opening it failed before. */
export type VenueOrFailure = { readonly ok: true; readonly venue: Venue; readonly failures: number } | VenueFailure;
type Opened = { readonly ok: true; readonly venue: OpenVenue; readonly failures: number } | VenueFailure;

interface Waiter {
  readonly use: (result: VenueOrFailure) => unknown;
  /** Epoch ms until which it waits for a venue that cannot be reached. */
  readonly until: number;
}

/** What a venue lists. */
interface Listing {
  readonly index: SymbolIndex;
  readonly bySymbol: ReadonlyMap<string, Market>;
}

class OpenVenue implements Venue {
  readonly session: VenueSession;
  listing: Listing;

  constructor(session: VenueSession, listing: Listing) {
    this.session = session;
    this.listing = listing;
  }

  get index(): SymbolIndex {
    return this.listing.index;
  }

  marketOf(symbol: string): Market | undefined {
    return this.listing.bySymbol.get(symbol);
  }
}

interface Slot {
  venue: OpenVenue | null;
  waiters: Waiter[];
  /** An opening is under way, or the pause before the next one. */
  opening: boolean;
  attempts: number;
  failure: VenueFailure | null;
}

/** A failed opening is not tried again at once, so that a burst of alerts is not a burst of log-ins. */
const SETUP_PAUSE_MS = 3_000;
/** Failures to open that say nothing about the account. */
const PASSING: ReadonlySet<string> = new Set(['VENUE_UNREACHABLE', 'ACCOUNT_UNAVAILABLE']);
const NOT_YET: VenueFailure = { ok: false, code: 'ACCOUNT_UNAVAILABLE', message: 'The venue has not answered yet.', passing: true };
const RESTING = new Set(['open', 'partially_filled']);

/** The leader's open venue sessions, one an account; opened on first use, in the background, once at a time. */
export class Venues {
  private readonly slots = new Map<AccountId, Slot>();
  private readonly listings = new WeakMap<readonly Market[], Listing>();
  private readonly exchanges: Exchanges;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly closing = new AbortController();
  private readonly logger: Logger;
  private readonly onReport: (accountId: AccountId, report: OrderReport) => void;
  private readonly onHint: (accountId: AccountId, hint: VenueHint) => void;
  private readonly onOpened: (account: AccountState, venue: Venue) => Promise<void>;

  constructor(options: {
    exchanges: Exchanges;
    clock: Clock;
    random: () => number;
    logger: Logger;
    onReport: (accountId: AccountId, report: OrderReport) => void;
    onHint: (accountId: AccountId, hint: VenueHint) => void;
    onOpened: (account: AccountState, venue: Venue) => Promise<void>;
  }) {
    this.exchanges = options.exchanges;
    this.clock = options.clock;
    this.random = options.random;
    this.logger = options.logger;
    this.onReport = options.onReport;
    this.onHint = options.onHint;
    this.onOpened = options.onOpened;
  }

  /** The open session, or null. */
  get(accountId: AccountId): Venue | null {
    return this.slots.get(accountId)?.venue ?? null;
  }

  /** The session, or why it could not be opened the last time. */
  open(account: AccountState): Promise<VenueOrFailure> {
    return new Promise((resolve) => this.withVenue(account, resolve));
  }

  /**
   * Calls `use` with the account's session: at once when it is open, else after opening, in the order of the calls. That
   * order is what keeps two alerts of one symbol in sequence while their account is still connecting. A venue that cannot be
   * reached is tried again and again while somebody waits for it; `until` (epoch ms) is how long this one does.
   */
  withVenue(account: AccountState, use: (result: VenueOrFailure) => unknown, until = 0): unknown {
    const slot = this.slotOf(account.account.id);
    if (slot.venue && slot.waiters.length === 0) return use({ ok: true, venue: slot.venue, failures: 0 });
    const patient = until > this.clock.now();
    if (slot.failure && !(slot.failure.passing && patient)) return use(slot.failure);
    slot.waiters.push({ use, until });
    return slot.opening ? undefined : this.openSlot(account, slot);
  }

  isFailing(accountId: AccountId): boolean {
    return this.slots.get(accountId)?.failure?.passing ?? false;
  }

  /** How many wait for a venue that could not be reached. */
  get waiting(): number {
    let waiting = 0;
    for (const { waiters, failure } of this.slots.values()) if (failure) waiting += waiters.length;
    return waiting;
  }

  /** Tells those whose time is up, also while an opening hangs. */
  expire(nowMs: number): void {
    for (const slot of this.slots.values()) {
      const over = slot.waiters.filter(({ until }) => until > 0 && until <= nowMs);
      if (over.length === 0) continue;
      slot.waiters = slot.waiters.filter((waiter) => !over.includes(waiter));
      for (const { use } of over) use(slot.failure ?? NOT_YET);
    }
  }

  /** Takes over what venues list now: steps change, symbols come and go. Never rejects. */
  async refreshListings(): Promise<void> {
    const open = [...this.slots.values()].flatMap(({ venue }) => (venue ? [venue] : []));
    await Promise.all(
      open.map(async (venue) => {
        const markets = await venue.session.feed.markets().catch(() => null);
        if (markets !== null) venue.listing = this.listingOf(markets);
      }),
    );
  }

  /** One for all accounts that are given the same markets. */
  private listingOf(markets: readonly Market[]): Listing {
    const known = this.listings.get(markets);
    if (known) return known;
    const listing = { index: createSymbolIndex(markets), bySymbol: new Map(markets.map((market) => [market.symbol, market])) };
    this.listings.set(markets, listing);
    return listing;
  }

  async close(accountId: AccountId): Promise<void> {
    const slot = this.slots.get(accountId);
    this.slots.delete(accountId);
    for (const { use } of slot?.waiters.splice(0) ?? []) use({ ...NOT_YET, message: 'The account was closed.' });
    await slot?.venue?.session.orders.close();
    await this.exchanges.closeAccount(accountId);
  }

  /** Whoever still waits is not told any more: the term is over. */
  async closeAll(): Promise<void> {
    this.closing.abort();
    for (const slot of this.slots.values()) slot.waiters = [];
    await Promise.allSettled([...this.slots.keys()].map((accountId) => this.close(accountId)));
  }

  private slotOf(accountId: AccountId): Slot {
    const slot = this.slots.get(accountId) ?? { venue: null, waiters: [], opening: false, attempts: 0, failure: null };
    this.slots.set(accountId, slot);
    return slot;
  }

  private async openSlot(account: AccountState, slot: Slot): Promise<void> {
    slot.opening = true;
    for (;;) {
      const result = await this.connect(account);
      if (this.slots.get(account.account.id) !== slot || this.closing.signal.aborted) return;
      if (result.ok) {
        // The first alert must not be sized from balances that nobody has asked for yet.
        const known = account.balances.size > 0;
        const learned = this.onOpened(account, result.venue);
        if (!known) await learned;
        slot.venue = result.venue;
      }
      const failures = slot.attempts;
      slot.failure = result.ok ? null : result;
      slot.attempts = result.ok ? 0 : slot.attempts + 1;
      this.tell(slot, result.ok ? { ...result, failures } : result);
      if (result.ok) break;
      await this.clock.sleep(result.passing ? retryWaitMs(slot.attempts, this.random()) : SETUP_PAUSE_MS, this.closing.signal);
      if (this.closing.signal.aborted) return;
      if (slot.waiters.length === 0) break;
    }
    slot.failure = null;
    slot.opening = false;
  }

  /** All of them, or those who wait for no other answer. */
  private tell(slot: Slot, result: VenueOrFailure): void {
    const now = this.clock.now();
    const staying = result.ok || !result.passing ? [] : slot.waiters.filter(({ until }) => until > now);
    const told = slot.waiters.filter((waiter) => !staying.includes(waiter));
    slot.waiters = [];
    for (const { use } of told) use(result);
    slot.waiters = [...staying, ...slot.waiters];
  }

  private async connect(account: AccountState): Promise<Opened> {
    try {
      const session = await this.exchanges.open(account.account, {
        balances: [...account.balances].map(([asset, total]) => ({ asset, free: total, total })),
        openOrders: restingOrders(account),
        positions: [...account.positions.values()],
      });
      const venue = new OpenVenue(session, this.listingOf(await session.feed.markets()));
      session.orders.onReport((report) => this.onReport(account.account.id, report));
      session.orders.onHint?.((hint) => this.onHint(account.account.id, hint));
      return { ok: true, venue, failures: 0 };
    } catch (error) {
      const code = error instanceof VenueSetupError ? error.code : 'ACCOUNT_UNAVAILABLE';
      const message = error instanceof VenueSetupError ? error.message : 'The venue could not be reached.';
      this.logger.warn(
        {
          account: account.account.name,
          venue: account.account.venue,
          code,
          reason: error instanceof VenueSetupError ? message : (error as Error).name,
        },
        'account could not be opened',
      );
      return { ok: false, code, message, passing: PASSING.has(code) };
    }
  }
}

/** What rests at the venue, and what has already filled of a pair whose other order still does. */
function restingOrders(account: AccountState): Order[] {
  const resting = openOrdersOf(account).filter((order) => RESTING.has(order.status) && !isSliced(order));
  const groups = new Set(resting.flatMap((order) => (order.ocoGroup === null ? [] : [order.ocoGroup])));
  const filledPartners = [...account.orders.values()].filter(
    (order) => order.status === 'filled' && order.ocoGroup !== null && groups.has(order.ocoGroup),
  );
  return [...resting, ...filledPartners];
}

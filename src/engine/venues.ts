import type { AccountId } from '../domain/ids.ts';
import type { Market } from '../domain/market/market.ts';
import { createSymbolIndex, type SymbolIndex } from '../domain/market/symbolIndex.ts';
import type { Order } from '../domain/order/order.ts';
import type { OrderReport } from '../domain/order/report.ts';
import { type Exchanges, type VenueSession, VenueSetupError } from '../exchange/exchange.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { type AccountState, openOrdersOf } from './state.ts';

/** An open session with its symbols. */
export interface Venue {
  readonly session: VenueSession;
  readonly index: SymbolIndex;
  marketOf(symbol: string): Market | undefined;
}

export type VenueOrFailure =
  | { readonly ok: true; readonly venue: Venue }
  | { readonly ok: false; readonly code: string; readonly message: string };

interface Slot {
  venue: Venue | null;
  waiters: ((result: VenueOrFailure) => void)[];
  opening: boolean;
  failedAt: number;
  failure: VenueOrFailure | null;
}

/** A failed opening is not tried again sooner than this, so that a burst of alerts is not a burst of log-ins. */
const RETRY_AFTER_MS = 3_000;
const RESTING = new Set(['open', 'partially_filled']);

/** The leader's open venue sessions, one an account; opened on first use, in the background, once at a time. */
export class Venues {
  private readonly slots = new Map<AccountId, Slot>();
  private readonly indexes = new WeakMap<readonly Market[], SymbolIndex>();
  private readonly exchanges: Exchanges;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly onReport: (accountId: AccountId, report: OrderReport) => void;
  private readonly onOpened: (account: AccountState, venue: Venue) => Promise<void>;

  constructor(options: {
    exchanges: Exchanges;
    clock: Clock;
    logger: Logger;
    onReport: (accountId: AccountId, report: OrderReport) => void;
    onOpened: (account: AccountState, venue: Venue) => Promise<void>;
  }) {
    this.exchanges = options.exchanges;
    this.clock = options.clock;
    this.logger = options.logger;
    this.onReport = options.onReport;
    this.onOpened = options.onOpened;
  }

  /** The open session, or null. */
  get(accountId: AccountId): Venue | null {
    return this.slots.get(accountId)?.venue ?? null;
  }

  open(account: AccountState): Promise<VenueOrFailure> {
    return new Promise((resolve) => this.withVenue(account, resolve));
  }

  /**
   * Calls `use` with the account's session: at once when it is open, else after opening, in the order of the calls. That
   * order is what keeps two alerts of one symbol in sequence while their account is still connecting.
   */
  withVenue(account: AccountState, use: (result: VenueOrFailure) => void): void {
    const slot = this.slotOf(account.account.id);
    const recentFailure = slot.opening || this.clock.monotonic() - slot.failedAt >= RETRY_AFTER_MS ? null : slot.failure;
    if (slot.venue && slot.waiters.length === 0) use({ ok: true, venue: slot.venue });
    else if (recentFailure) use(recentFailure);
    else slot.waiters.push(use);
    if (slot.waiters.length > 0 && !slot.opening) void this.openSlot(account, slot);
  }

  async close(accountId: AccountId): Promise<void> {
    const slot = this.slots.get(accountId);
    this.slots.delete(accountId);
    await slot?.venue?.session.orders.close();
    await this.exchanges.closeAccount(accountId);
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.slots.keys()].map((accountId) => this.close(accountId)));
  }

  private slotOf(accountId: AccountId): Slot {
    const slot = this.slots.get(accountId) ?? { venue: null, waiters: [], opening: false, failedAt: 0, failure: null };
    this.slots.set(accountId, slot);
    return slot;
  }

  private async openSlot(account: AccountState, slot: Slot): Promise<void> {
    slot.opening = true;
    const result = await this.connect(account);
    if (result.ok) {
      // The first alert must not be sized from balances that nobody has asked for yet.
      const known = account.balances.size > 0;
      const learned = this.onOpened(account, result.venue);
      if (!known) await learned;
      slot.venue = result.venue;
      slot.failure = null;
    } else {
      slot.failure = result;
      slot.failedAt = this.clock.monotonic();
    }
    const waiters = slot.waiters;
    for (let waiter = waiters.shift(); waiter; waiter = waiters.shift()) waiter(result);
    slot.opening = false;
  }

  private async connect(account: AccountState): Promise<VenueOrFailure> {
    try {
      const session = await this.exchanges.open(account.account, {
        balances: [...account.balances].map(([asset, total]) => ({ asset, free: total, total })),
        openOrders: restingOrders(account),
        positions: [...account.positions.values()],
      });
      const markets = await session.feed.markets();
      const bySymbol = new Map(markets.map((market) => [market.symbol, market]));
      const index = this.indexes.get(markets) ?? createSymbolIndex(markets);
      this.indexes.set(markets, index);
      session.orders.onReport((report) => this.onReport(account.account.id, report));
      return { ok: true, venue: { session, index, marketOf: (symbol) => bySymbol.get(symbol) } };
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
      return { ok: false, code, message };
    }
  }
}

/** What rests at the venue, and what has already filled of a pair whose other order still does. */
function restingOrders(account: AccountState): Order[] {
  const resting = openOrdersOf(account).filter((order) => RESTING.has(order.status));
  const groups = new Set(resting.flatMap((order) => (order.ocoGroup === null ? [] : [order.ocoGroup])));
  const filledPartners = [...account.orders.values()].filter(
    (order) => order.status === 'filled' && order.ocoGroup !== null && groups.has(order.ocoGroup),
  );
  return [...resting, ...filledPartners];
}

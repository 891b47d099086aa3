import type { Capabilities } from '../../src/domain/market/capabilities.ts';
import { decimal } from '../../src/domain/money.ts';
import type { OrderReport } from '../../src/domain/order/report.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import type {
  AmendRequest,
  CancelOutcome,
  ConfigureOutcome,
  FundingPayment,
  LookupOutcome,
  MarginSettings,
  OrderEntry,
  OrderRef,
  PlaceOutcome,
  PlaceRequest,
  PositionReport,
  RestingOrder,
  VenueHint,
  VenueSession,
  VenueTrade,
} from '../../src/exchange/exchange.ts';
import { COARSE_MARKET, isOpen, type Mishap, SIM_MARKETS, SPOT_MARKETS, type VenueBook } from './simBook.ts';
import type { World } from './world.ts';

/** How long a signed request stays acceptable: what arrives later is refused, as venues with a receive window do. */
const RECEIVE_WINDOW_MS = 1_000;
const FUNDING_PAGE = 5;
const ANYTHING: VenueHint = { clientOrderId: null, venueOrderId: null, symbol: null };
const AWAY = { kind: 'rejected', code: 'VENUE_UNREACHABLE', message: 'no connection' } as const;
const DUPLICATE = { kind: 'unknown', code: 'VENUE_DUPLICATE_ID', message: 'there is one already' } as const;
const UNKNOWN = { kind: 'unknown', code: 'VENUE_TIMEOUT', message: 'no reply' } as const;

/** How an account's venue behaves. */
export interface VenueManners {
  /** It reports by itself; otherwise the market moves whenever it is asked. */
  readonly pushes: boolean;
  /** It changes orders in place; otherwise the leader does it. */
  readonly amends: boolean;
  /** It keeps pairs that cancel each other; otherwise the leader does it. */
  readonly ties: boolean;
  /** Nothing is short there, and an order that sells locks what it would sell. */
  readonly spot?: boolean;
}

/** One process's connection to the book, through a network that loses requests and replies while `faults` says so. */
export class SimOrderEntry implements OrderEntry {
  private readonly world: World;
  private readonly book: VenueBook;
  private readonly owner: number;
  private readonly manners: VenueManners;
  private readonly faults: () => boolean;

  constructor(world: World, book: VenueBook, owner: number, manners: VenueManners, faults: () => boolean) {
    this.world = world;
    this.book = book;
    this.owner = owner;
    this.manners = manners;
    this.faults = faults;
  }

  capabilities(): Capabilities {
    return {
      orderTypes: ['market', 'limit', 'stop', 'stop_limit', 'trailing_stop', 'iceberg', 'twap', 'vwap'],
      timesInForce: ['GTC', 'IOC', 'FOK', 'GTD'],
      postOnly: true,
      reduceOnly: !this.manners.spot,
      shortSelling: !this.manners.spot,
      oco: true,
      ocoBy: this.manners.ties ? 'venue' : 'leader',
      amend: true,
      amendBy: this.manners.amends ? 'venue' : 'leader',
      gtdBy: 'leader',
      pushesReports: this.manners.pushes,
      notFoundAfterMs: RECEIVE_WINDOW_MS + 500,
      hedged: this.book.hedged,
      leverage: true,
    };
  }

  async place(request: PlaceRequest): Promise<PlaceOutcome> {
    if (this.book.isAway) return AWAY;
    const signedAt = this.world.now;
    const name = request.clientOrderId.slice(0, 6);
    await this.world.step(this.owner, `place ${name} on its way`);
    if (this.fails('place', 'request lost', 0.08)) return UNKNOWN;
    if (this.world.now - signedAt > RECEIVE_WINDOW_MS)
      return { kind: 'rejected', code: 'VENUE_CLOCK', message: 'outside the receive window' };
    if (this.fails('place', 'refused', 0.05)) return { kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS', message: 'too little' };
    const refused = this.book.refusal(request);
    if (refused !== null) return { kind: 'rejected', code: refused, message: 'the book refuses it' };
    if (this.book.refusesTwice && this.book.executions.has(request.clientOrderId)) return DUPLICATE;
    const report = this.book.report(this.book.accept(request));
    await this.world.step(this.owner, `place ${name} replies`);
    return this.fails('place', 'reply lost', 0.12) ? UNKNOWN : { kind: 'accepted', report };
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    if (this.book.isAway) return AWAY;
    await this.world.step(this.owner, 'cancel');
    if (this.fails('cancel', 'request lost', 0.1)) return UNKNOWN;
    if (this.book.takeMishap('cancel', 'bug')) throw new TypeError('a bug of ours');
    const order = this.book.find(ref);
    if (order) this.book.onCancel(order);
    if (!order || !isOpen(order)) return { kind: 'not_open' };
    this.book.cancel(order);
    const report = this.book.report(order);
    await this.world.step(this.owner, 'cancel replies');
    return this.fails('cancel', 'reply lost', 0.1) ? UNKNOWN : { kind: 'canceled', report };
  }

  async amend(ref: OrderRef, request: AmendRequest): Promise<PlaceOutcome> {
    if (!this.manners.amends) return { kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED', message: 'no' };
    if (this.book.isAway) return AWAY;
    await this.world.step(this.owner, 'amend');
    if (this.fails('amend', 'request lost', 0.1)) return UNKNOWN;
    const order = this.book.find(ref);
    if (!order || !isOpen(order)) return { kind: 'rejected', code: 'ORDER_NOT_OPEN', message: 'no' };
    this.book.amend(order, request);
    const report = this.book.report(order);
    await this.world.step(this.owner, 'amend replies');
    return this.fails('amend', 'reply lost', 0.1) ? UNKNOWN : { kind: 'accepted', report };
  }

  async lookup(ref: OrderRef): Promise<LookupOutcome> {
    await this.world.step(this.owner, 'lookup');
    if (this.book.isAway) return UNKNOWN;
    if (this.book.takeMishap('lookup', 'hangs')) await new Promise(() => undefined);
    if (this.fails('lookup', 'request lost', 0.1)) return UNKNOWN;
    const order = this.book.find(ref);
    if (!order) return { kind: 'not_found' };
    if (order.invisibleFor > 0 && ref.venueOrderId !== order.venueOrderId) {
      order.invisibleFor -= 1;
      return { kind: 'not_found' };
    }
    if (!this.manners.pushes && isOpen(order)) this.book.fill(order, this.world.pick([0, 0.5, 1]));
    const report = this.book.report(order);
    await this.world.step(this.owner, 'lookup replies');
    return { kind: 'found', report };
  }

  async openOrders(symbol: string): Promise<readonly RestingOrder[] | null> {
    await this.world.step(this.owner, 'open orders');
    if (this.book.isAway || this.fails('list', 'reply lost', 0.1)) return null;
    const listed = this.book.resting().filter(({ request }) => request.symbol === symbol);
    const found = listed.map((order) => this.book.listed(order));
    await this.world.step(this.owner, 'open orders reply');
    return found;
  }

  async trades(symbol: string, sinceMs: number): Promise<readonly VenueTrade[] | null> {
    await this.world.step(this.owner, 'trades');
    if (this.book.isAway || this.fails('list', 'reply lost', 0.1)) return null;
    const found = this.book.tradesSince(symbol, sinceMs);
    await this.world.step(this.owner, 'trades reply');
    return found;
  }

  async positions(): Promise<readonly PositionReport[] | null> {
    await this.world.step(this.owner, 'positions');
    if (this.book.isAway || this.fails('list', 'reply lost', 0.1)) return null;
    const found = [...this.book.positions].filter(([, quantity]) => !quantity.isZero());
    const { price: markPrice, liquidationPrice } = this.book;
    const margin = { entryPrice: markPrice, markPrice, liquidationPrice, leverage: decimal(5), marginMode: 'isolated' } as const;
    const reports = found.map(([symbol, quantity]) => ({ symbol, quantity, ...margin }));
    if (this.book.otherSide) reports.push({ ...margin, ...this.book.otherSide });
    await this.world.step(this.owner, 'positions reply');
    return reports;
  }

  balances(): Promise<null> {
    return Promise.resolve(null);
  }

  async configure(symbol: string, { leverage }: MarginSettings): Promise<ConfigureOutcome> {
    await this.world.step(this.owner, 'configure');
    if (this.book.refusesMargin) return { kind: 'rejected', code: 'VENUE_REJECTED', message: 'there is a position' };
    this.book.margins.push({ symbol, leverage, orders: this.book.orders.length });
    return { kind: 'done' };
  }

  /** Tells what it told before as well; a page holds a few. */
  async funding(sinceMs: number): Promise<readonly FundingPayment[] | null> {
    await this.world.step(this.owner, 'funding');
    if (this.book.isAway || (this.faults() && this.world.chance(0.2))) return null;
    const told = this.book.funding.filter(({ at }) => at >= sinceMs).slice(0, FUNDING_PAGE);
    await this.world.step(this.owner, 'funding replies');
    return told;
  }

  /** Reports take their time, may overtake each other, and may come twice. */
  onReport(listener: (report: OrderReport) => void): void {
    if (!this.manners.pushes) return;
    this.book.listeners.set(this.owner, (order) => {
      const report = this.book.report(order);
      for (let copies = this.world.chance(0.1) ? 2 : 1; copies > 0; copies -= 1)
        void this.world.step(this.owner, 'push').then(() => listener(report));
    });
  }

  /** Hints get lost, overtake answers, and may name nothing. */
  onHint(listener: (hint: VenueHint) => void): void {
    if (!this.book.hints) return;
    this.book.hinted.set(this.owner, ({ request: { clientOrderId, symbol }, venueOrderId }) => {
      if (this.world.chance(0.1)) return;
      const hint = this.world.chance(0.05) ? ANYTHING : { clientOrderId, venueOrderId, symbol };
      void this.world.step(this.owner, 'hint').then(() => listener(hint));
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private fails(call: Mishap['call'], kind: Mishap['kind'], probability: number): boolean {
    return this.book.takeMishap(call, kind) || (this.faults() && this.world.chance(probability));
  }
}

export function simSession(
  world: World,
  book: VenueBook,
  owner: number,
  account: Account,
  manners: VenueManners,
  faults: () => boolean,
): VenueSession {
  return {
    account,
    orders: new SimOrderEntry(world, book, owner, manners, faults),
    takerFee: () => book.takerFee,
    feed: {
      name: 'sim',
      orderBook: async () => {
        await world.step(owner, 'book');
        return book.isAway || book.levels === null ? null : { ...book.levels, at: world.now };
      },
      markets: () => Promise.resolve(manners.spot ? SPOT_MARKETS : [...SIM_MARKETS, COARSE_MARKET]),
      quote: async (symbol) => {
        await world.step(owner, 'quote');
        if (book.isAway) return null;
        return { symbol, bid: book.price, ask: book.price, last: book.price, at: world.now, source: 'sim' };
      },
    },
  };
}

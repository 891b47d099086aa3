import { type Refusal, refuse } from '../../domain/errors.ts';
import { type Capabilities, capabilitiesOf } from '../../domain/market/capabilities.ts';
import type { Market, MarketType, Quote } from '../../domain/market/market.ts';
import { minDecimal } from '../../domain/money.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { Clock } from '../../lib/clock.ts';
import type {
  AmendRequest,
  BalanceReport,
  CancelOutcome,
  LookupOutcome,
  MarketFeed,
  OpeningState,
  OrderEntry,
  OrderRef,
  PlaceOutcome,
  PlaceRequest,
  VenueSession,
} from '../exchange.ts';
import { Execution } from './execution.ts';
import { OrderBook } from './orderBook.ts';
import { checkAgainstMarket, checkMinimum, checkRequest } from './orderRules.ts';
import { withPaperBook } from './paperBook.ts';
import { paperFeatures } from './paperFeatures.ts';
import { hasLimit, hasStop, isOpen, newOrder, type PaperOrder, reportOf } from './paperOrder.ts';
import { type PaperSettings, parsePaperSettings } from './paperSettings.ts';
import { restoreOpening } from './restoreOpening.ts';
import { Wallet } from './wallet.ts';

/** A new order is matched against a quote at most this old, milliseconds. */
const QUOTE_MAX_AGE_MS = 1000;

const CAPABILITIES: Readonly<Record<MarketType, Capabilities>> = {
  spot: capabilitiesOf(paperFeatures('spot'), [], 0),
  swap: capabilitiesOf(paperFeatures('swap'), [], 0),
};

const CLOSED = refuse('VENUE_UNREACHABLE', 'The paper venue is closed.');

export interface PaperVenueParts {
  readonly account: Account;
  readonly opening: OpeningState;
  readonly feed: MarketFeed;
  readonly clock: Clock;
}

/**
 * Opens a simulated venue for one account: real prices of `feed`, orders matched here, nothing sent anywhere. Throws
 * `VenueSetupError` when the account's settings are wrong. Resting orders begin to meet the market once someone listens
 * (`onReport`) or an order is placed.
 */
export async function createPaperVenue(parts: PaperVenueParts): Promise<VenueSession> {
  const settings = parsePaperSettings(parts.account.settings);
  const tradable = (await parts.feed.markets()).filter(({ type }) => parts.account.market === null || parts.account.market === type);
  const markets = new Map(tradable.map((market) => [market.symbol, market]));
  const feed = withPaperBook(parts.feed, settings, markets);
  return { account: parts.account, feed, takerFee: () => settings.takerFee, orders: new PaperVenue(parts, settings, markets) };
}

class PaperVenue implements OrderEntry {
  readonly #feed: MarketFeed;
  readonly #clock: Clock;
  readonly #settings: PaperSettings;
  readonly #markets: ReadonlyMap<string, Market>;
  readonly #book = new OrderBook();
  readonly #wallet = new Wallet();
  readonly #execution: Execution;
  readonly #closing = new AbortController();
  #listener: (report: OrderReport) => void = () => undefined;
  /** The ticking loop; null while nothing rests. */
  #ticking: Promise<void> | null = null;

  constructor({ account, opening, feed, clock }: PaperVenueParts, settings: PaperSettings, markets: ReadonlyMap<string, Market>) {
    this.#feed = feed;
    this.#clock = clock;
    this.#settings = settings;
    this.#markets = markets;
    this.#execution = new Execution(account.id, settings, this.#book, this.#wallet);
    restoreOpening(opening, { markets, settings, book: this.#book, wallet: this.#wallet, execution: this.#execution });
  }

  capabilities(market: Market): Capabilities {
    return CAPABILITIES[market.type];
  }

  /** Executes or rests the order. The same client order id again answers with the order there is. */
  async place(request: PlaceRequest): Promise<PlaceOutcome> {
    const known = this.#book.find(request.clientOrderId);
    if (known) return accepted(known);
    const market = this.#markets.get(request.symbol);
    if (!market) return rejected(refuse('VENUE_SYMBOL', `This account cannot trade ${request.symbol}.`));
    const refusal = checkRequest(request, market, this.#clock.now());
    if (refusal) return rejected(refusal);
    const quote = await this.#quote(request.symbol);
    return 'code' in quote ? rejected(quote) : this.#take(request, market, quote);
  }

  async amend(ref: OrderRef, request: AmendRequest): Promise<PlaceOutcome> {
    const quote = await this.#quote(ref.symbol);
    const order = this.#book.lookup(ref);
    const market = this.#markets.get(ref.symbol);
    if (!order || !market) return rejected(refuse('ORDER_NOT_FOUND'));
    if (!isOpen(order)) return rejected(refuse('ORDER_NOT_OPEN'));
    if ('code' in quote) return rejected(quote);
    const amended = this.#amended(order, request, market, quote);
    const refusal =
      refuseAmendment(order, request) ?? checkRequest(amended, market, this.#clock.now()) ?? this.#refuse(amended, market, quote);
    if (refusal) return rejected(refusal);
    const { quantity, workable, price, stopPrice, reservePrice } = amended;
    Object.assign(order, { quantity, workable, price, stopPrice, reservePrice, passive: false });
    this.#book.resized(order);
    if (order.filledQuantity.eq(order.quantity)) this.#execution.finish(order, market, 'filled', null);
    this.#work(order, market, quote);
    return accepted(order);
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    if (this.#closing.signal.aborted) return rejected(CLOSED);
    const order = this.#book.lookup(ref);
    const market = this.#markets.get(ref.symbol);
    if (!order || !market || !isOpen(order)) return { kind: 'not_open' };
    this.#execution.finish(order, market, 'canceled', 'CANCELED_BY_REQUEST');
    this.#pushChanged(order);
    return { kind: 'canceled', report: reportOf(order) };
  }

  async lookup(ref: OrderRef): Promise<LookupOutcome> {
    const order = this.#book.lookup(ref);
    return order ? { kind: 'found', report: reportOf(order) } : { kind: 'not_found' };
  }

  async balances(): Promise<readonly BalanceReport[]> {
    return this.#wallet.report();
  }

  onReport(listener: (report: OrderReport) => void): void {
    this.#listener = listener;
    this.#keepTicking();
  }

  /** A tick that waits for a price is not waited for: it finds the venue closed when the price comes. */
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #quote(symbol: string): Promise<Quote | Refusal> {
    const quote = await this.#feed.quote(symbol, QUOTE_MAX_AGE_MS);
    if (this.#closing.signal.aborted) return CLOSED;
    return quote ?? refuse('PRICE_UNAVAILABLE');
  }

  /** From here on nothing waits: what is checked still holds when it is booked. */
  #take(request: PlaceRequest, market: Market, quote: Quote): PlaceOutcome {
    const known = this.#book.find(request.clientOrderId);
    if (known) return accepted(known);
    const order = newOrder(request);
    if (order.reduceOnly) order.workable = minDecimal(order.quantity, this.#execution.reducible(order, market));
    order.reservePrice = this.#execution.reservePrice(order, market, quote);
    const refusal = this.#refuse(order, market, quote);
    if (refusal) return rejected(refusal);
    this.#book.add(order);
    this.#work(order, market, quote);
    return accepted(order);
  }

  #refuse(order: PaperOrder, market: Market, quote: Quote): Refusal | null {
    if (order.workable.isZero())
      return refuse('REDUCE_ONLY_WOULD_OPEN', `There is no ${order.symbol} position that a ${order.side} would reduce.`);
    const refusal = checkMinimum(order, market, quote) ?? checkAgainstMarket(order, quote);
    if (refusal) return refusal;
    if (this.#book.group(order).some(({ symbol }) => symbol !== order.symbol))
      return refuse('VENUE_REJECTED', 'The orders of one OCO group must be of one symbol.');
    const { need, available } = this.#execution.funding(order, market, this.#book.remaining(order), order.reservePrice);
    if (need.amount.lte(available)) return null;
    return refuse('VENUE_INSUFFICIENT_FUNDS', `It needs ${need.amount.toFixed()} ${need.asset}; ${available.toFixed()} is free.`);
  }

  #amended(order: PaperOrder, request: AmendRequest, market: Market, quote: Quote): PaperOrder {
    const quantity = request.quantity ?? order.quantity;
    const reducible = order.filledQuantity.plus(this.#execution.reducible(order, market));
    const amended: PaperOrder = {
      ...order,
      quantity,
      workable: order.reduceOnly ? minDecimal(quantity, reducible) : quantity,
      price: request.price ?? order.price,
      stopPrice: request.stopPrice ?? order.stopPrice,
    };
    return { ...amended, reservePrice: this.#execution.reservePrice(amended, market, quote) };
  }

  #work(order: PaperOrder, market: Market, quote: Quote): void {
    if (isOpen(order)) this.#execution.work(order, market, quote, this.#clock.now());
    if (isOpen(order)) this.#execution.hold(order, market);
    this.#pushChanged(order);
    this.#keepTicking();
  }

  /** Tells of all that changed but the order whose caller is answered directly. */
  #pushChanged(answered: PaperOrder | null): void {
    for (const order of this.#execution.takeChanged()) if (order !== answered) this.#listener(reportOf(order));
  }

  #keepTicking(): void {
    if (this.#ticking === null && !this.#book.isEmpty()) this.#ticking = this.#tickWhileOrdersRest();
  }

  async #tickWhileOrdersRest(): Promise<void> {
    while (!this.#book.isEmpty() && !this.#closing.signal.aborted) {
      await this.#clock.sleep(this.#settings.tickMs, this.#closing.signal);
      if (!this.#closing.signal.aborted) await Promise.all(this.#book.restingSymbols().map((symbol) => this.#tick(symbol)));
    }
    this.#ticking = null;
  }

  async #tick(symbol: string): Promise<void> {
    const market = this.#markets.get(symbol);
    const quote = await this.#feed.quote(symbol, this.#settings.tickMs);
    if (!market || this.#closing.signal.aborted) return;
    const nowMs = this.#clock.now();
    for (const order of this.#book.resting(symbol)) {
      if (!isOpen(order)) continue; // Ended by an order before it in this tick.
      if (order.timeInForce === 'GTD' && order.expiresAt !== null && order.expiresAt <= nowMs) {
        this.#execution.finish(order, market, 'expired', 'VENUE_EXPIRED');
      } else if (quote) this.#execution.work(order, market, quote, nowMs);
    }
    this.#pushChanged(null);
  }
}

function accepted(order: PaperOrder): PlaceOutcome {
  return { kind: 'accepted', report: reportOf(order) };
}

function rejected(refusal: Refusal): Extract<PlaceOutcome, { kind: 'rejected' }> {
  return { kind: 'rejected', ...refusal };
}

function refuseAmendment(order: PaperOrder, request: AmendRequest): Refusal | null {
  if (request.quantity?.lt(order.filledQuantity))
    return refuse('VENUE_REJECTED', `The order is already filled for ${order.filledQuantity.toFixed()}.`);
  if (request.price && !hasLimit(order.type)) return refuse('VENUE_REJECTED', `A ${order.type} order has no price.`);
  if (request.stopPrice && !hasStop(order.type)) return refuse('VENUE_REJECTED', `A ${order.type} order has no stop price.`);
  if (request.stopPrice && order.triggered)
    return refuse('VENUE_REJECTED', 'The stop has been reached: only its price and quantity can change.');
  return null;
}

import type { ReasonCode } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/ids.ts';
import type { Market, Quote } from '../../domain/market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, toLedgerScale, ZERO } from '../../domain/money.ts';
import type { VenueOrderStatus } from '../../domain/order/report.ts';
import { bookFill, flatPosition } from '../../domain/portfolio/bookFill.ts';
import type { Position } from '../../domain/portfolio/position.ts';
import { crosses, type Match, matchOrder, slippedPrice, stopReached } from './matching.ts';
import type { OrderBook } from './orderBook.ts';
import { isOpen, type PaperOrder } from './paperOrder.ts';
import type { PaperSettings } from './paperSettings.ts';
import { type Funds, mostPerAsset, type Wallet } from './wallet.ts';

/** The side, kind and OCO group of an order: what decides which funds it may use. */
type FundedOrder = Pick<PaperOrder, 'clientOrderId' | 'ocoGroup' | 'side' | 'reduceOnly'>;

/**
 * Lets orders meet quotes and books what follows: fills, fees, balances, swap positions, reservations, OCO siblings.
 *
 * Funds. Spot: a buy spends quote, a sell spends base; the fee is taken from what is received (as on Binance spot). Swap:
 * the part of an order that opens needs price × quantity ÷ leverage plus the taker fee, in quote; a position holds
 * cost ÷ leverage; realised P&L and fees settle in quote. There is no funding and no liquidation.
 */
export class Execution {
  readonly #accountId: AccountId;
  readonly #settings: PaperSettings;
  readonly #book: OrderBook;
  readonly #wallet: Wallet;
  readonly #positions = new Map<string, Position>();
  readonly #changed = new Set<PaperOrder>();

  constructor(accountId: AccountId, settings: PaperSettings, book: OrderBook, wallet: Wallet) {
    this.#accountId = accountId;
    this.#settings = settings;
    this.#book = book;
    this.#wallet = wallet;
  }

  /** The orders changed since the last call. */
  takeChanged(): PaperOrder[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  restorePosition(market: Market, quantity: Decimal, cost: Decimal): void {
    if (quantity.isZero()) return;
    this.#setPosition(market, { ...flatPosition(this.#accountId, market.symbol), quantity, cost });
  }

  /** How much an order on `side` can close: the opposite swap position, or the base a spot sell can reach. */
  reducible(order: FundedOrder, market: Market): Decimal {
    if (market.type === 'spot') {
      if (order.side === 'buy') return ZERO;
      return floorToStep(maxDecimal(ZERO, this.#wallet.availableTo(reservationOf(order), market.base)), market.stepSize);
    }
    const held = this.#positions.get(market.symbol)?.quantity ?? ZERO;
    return maxDecimal(ZERO, order.side === 'sell' ? held : held.neg());
  }

  /** The price at which funds are held for an order: its limit, else its stop or the market, slipped; 0 for a market order without a quote. */
  reservePrice(order: PaperOrder, market: Market, quote: Quote | null): Decimal {
    if (order.price !== null) return order.price;
    if (order.stopPrice === null) return quote === null ? ZERO : slippedPrice(order.side, quote, market, this.#settings);
    return order.side === 'buy' ? order.stopPrice.mul(this.#settings.slippageFactor.buy) : order.stopPrice;
  }

  /** What `quantity` at `price` would need, and what the order may spend. */
  funding(order: FundedOrder, market: Market, quantity: Decimal, price: Decimal): { need: Funds; available: Decimal } {
    const need = this.#needOf(order, market, quantity, price);
    return { need, available: this.#wallet.availableTo(reservationOf(order), need.asset) };
  }

  /** Holds the funds of an order, or of its OCO group once: only one of the group can come true. */
  hold(order: PaperOrder, market: Market): void {
    const open = this.#book.group(order).filter(isOpen);
    const needs = open.map((member) => this.#needOf(member, market, this.#book.remaining(member), member.reservePrice));
    this.#wallet.reserve(reservationOf(order), mostPerAsset(needs));
  }

  finish(order: PaperOrder, market: Market, status: VenueOrderStatus, code: ReasonCode | null): void {
    this.#book.finish(order, status, code);
    this.#changed.add(order);
    this.hold(order, market);
  }

  /** One look of an open order at the market: its stop may be reached, it may fill, and if it may not wait, it ends. */
  work(order: PaperOrder, market: Market, quote: Quote, nowMs: number): void {
    const remaining = this.#executable(order, market);
    if (remaining.isZero()) {
      this.finish(order, market, 'canceled', this.#book.remaining(order).isZero() ? 'OCO_SIBLING_FILLED' : 'POSITION_CLOSED');
      return;
    }
    if (!this.#trigger(order, market, quote)) return;
    const match = matchOrder(order, remaining, market, quote, this.#settings);
    const unfillable = match === null || (order.timeInForce === 'FOK' && match.quantity.lt(remaining));
    if (match !== null && !unfillable) this.#fillWhatIsFunded(order, market, match, nowMs);
    else if (order.price !== null) order.passive = true;
    if (isOpen(order) && (order.timeInForce === 'IOC' || order.timeInForce === 'FOK')) {
      this.finish(order, market, 'expired', 'VENUE_NO_LIQUIDITY');
    }
  }

  /** Whether the order is (now) at work; a post-only stop-limit order that would take when it triggers is rejected. */
  #trigger(order: PaperOrder, market: Market, quote: Quote): boolean {
    if (order.triggered) return true;
    if (order.stopPrice === null || !stopReached(order.side, order.stopPrice, quote)) return false;
    order.triggered = true;
    order.passive = false;
    if (!order.postOnly || order.price === null || !crosses(order.side, order.price, quote)) return true;
    this.finish(order, market, 'rejected', 'VENUE_WOULD_MATCH');
    return false;
  }

  #executable(order: PaperOrder, market: Market): Decimal {
    const remaining = this.#book.remaining(order);
    return order.reduceOnly ? minDecimal(remaining, this.reducible(order, market)) : remaining;
  }

  #fillWhatIsFunded(order: PaperOrder, market: Market, match: Match, nowMs: number): void {
    const funded = this.#affordable(order, market, match);
    const short = funded.lt(match.quantity);
    if (funded.gt(ZERO) && !(short && order.timeInForce === 'FOK')) this.#fill(order, market, { ...match, quantity: funded }, nowMs);
    if (short && isOpen(order)) this.finish(order, market, 'canceled', 'VENUE_INSUFFICIENT_FUNDS');
  }

  /** The part of a match that can be paid for; all of it unless the price has run away from what was held. */
  #affordable(order: PaperOrder, market: Market, match: Match): Decimal {
    const { need, available } = this.funding(order, market, match.quantity, match.price);
    if (need.amount.lte(available) || need.amount.isZero()) return match.quantity;
    const closing = this.#closing(order, market, match.quantity);
    const unit = need.amount.div(match.quantity.minus(closing));
    const affordable = floorToStep(maxDecimal(ZERO, available).div(unit), market.stepSize);
    return minDecimal(match.quantity, closing.plus(affordable));
  }

  #fill(order: PaperOrder, market: Market, match: Match, nowMs: number): void {
    this.#book.recordFill(order, match.quantity);
    const rate = match.liquidity === 'maker' ? this.#settings.makerFee : this.#settings.takerFee;
    const inBase = market.type === 'spot' && order.side === 'buy';
    const fee = toLedgerScale((inBase ? match.quantity : match.quantity.mul(match.price)).mul(rate));
    // The cumulative quantity makes the id unique, and the same when a fill lost in a crash is made again.
    const venueTradeId = `${order.clientOrderId}-${order.filledQuantity.toFixed()}`;
    const fill = { venueTradeId, ...match, fee, feeAsset: inBase ? market.base : market.quote, executedAt: nowMs };
    order.fills.push(fill);
    order.status = 'partially_filled';
    this.#changed.add(order);
    const booking = bookFill(this.#positions.get(market.symbol) ?? flatPosition(this.#accountId, market.symbol), market, order.side, fill);
    for (const { asset, delta } of booking.balances) this.#wallet.add(asset, delta);
    if (market.type === 'swap') this.#setPosition(market, booking.position);
    this.#settle(order, market);
  }

  /** After a fill: the order may be done, its siblings have less left to do, and what only reduces may have nothing to reduce. */
  #settle(order: PaperOrder, market: Market): void {
    if (order.filledQuantity.eq(order.quantity)) this.#book.finish(order, 'filled', null);
    for (const member of this.#book.group(order)) {
      if (!isOpen(member) || !this.#book.remaining(member).isZero()) continue;
      const capped = member.workable.lt(member.quantity) && member.filledQuantity.eq(member.workable);
      this.#book.finish(member, 'canceled', capped ? 'POSITION_CLOSED' : 'OCO_SIBLING_FILLED');
      this.#changed.add(member);
    }
    this.hold(order, market);
    if (market.type === 'spot') return;
    for (const resting of this.#book.resting(market.symbol)) {
      if (resting.reduceOnly && this.reducible(resting, market).isZero()) this.finish(resting, market, 'canceled', 'POSITION_CLOSED');
      else this.hold(resting, market);
    }
  }

  #setPosition(market: Market, position: Position): void {
    if (position.quantity.isZero()) this.#positions.delete(market.symbol);
    else this.#positions.set(market.symbol, position);
    const margin = toLedgerScale(position.cost.abs().div(this.#settings.leverage));
    this.#wallet.reserve(`position ${market.symbol}`, [{ asset: market.quote, amount: margin }]);
  }

  #needOf(order: FundedOrder, market: Market, quantity: Decimal, price: Decimal): Funds {
    if (market.type === 'spot') {
      return order.side === 'buy' ? { asset: market.quote, amount: quantity.mul(price) } : { asset: market.base, amount: quantity };
    }
    const opening = order.reduceOnly ? ZERO : quantity.minus(this.#closing(order, market, quantity));
    if (opening.isZero()) return { asset: market.quote, amount: ZERO };
    const notional = opening.mul(price);
    return {
      asset: market.quote,
      amount: toLedgerScale(notional.div(this.#settings.leverage).plus(notional.mul(this.#settings.takerFee))),
    };
  }

  /** The part of a swap order that reduces the position and so needs no margin. */
  #closing(order: FundedOrder, market: Market, quantity: Decimal): Decimal {
    return market.type === 'spot' ? ZERO : minDecimal(quantity, this.reducible(order, market));
  }
}

function reservationOf(order: Pick<FundedOrder, 'clientOrderId' | 'ocoGroup'>): string {
  return order.ocoGroup === null ? `order ${order.clientOrderId}` : `group ${order.ocoGroup}`;
}

import { Decimal, maxDecimal, minDecimal, ZERO } from '../../../src/domain/money.ts';
import { type BookOrder, BookRefusal, type BookTrade, type NewOrder, type SymbolRules } from './bookTypes.ts';
import type { BookWallet } from './matchingBook.ts';

export interface MarginPosition {
  /** Signed base units. */
  readonly quantity: Decimal;
  /** Quote paid for it; negative for a short. */
  readonly cost: Decimal;
}

const FLAT: MarginPosition = { quantity: ZERO, cost: ZERO };
const LEVERAGE = 20;

/** One account's futures in one quote asset: a wallet, positions that net (one-way mode), and margin held by orders and positions. */
export class MarginWallet implements BookWallet {
  readonly asset: string;
  #balance: Decimal;
  readonly #positions = new Map<string, MarginPosition>();
  readonly #held = new Map<number, Decimal>();
  readonly #leverage = new Map<string, number>();
  readonly #isolated = new Set<string>();

  constructor(asset: string, balance: string) {
    this.asset = asset;
    this.#balance = new Decimal(balance);
  }

  get balance(): Decimal {
    return this.#balance;
  }

  get available(): Decimal {
    const positions = [...this.#positions].map(([symbol, { cost }]) => cost.abs().div(this.leverage(symbol)));
    return [...positions, ...this.#held.values()].reduce((left, margin) => left.sub(margin), this.#balance);
  }

  position(symbol: string): MarginPosition {
    return this.#positions.get(symbol) ?? FLAT;
  }

  leverage(symbol: string): number {
    return this.#leverage.get(symbol) ?? LEVERAGE;
  }

  setLeverage(symbol: string, leverage: number): void {
    this.#leverage.set(symbol, leverage);
  }

  isIsolated(symbol: string): boolean {
    return this.#isolated.has(symbol);
  }

  setIsolated(symbol: string, isolated: boolean): void {
    if (isolated) this.#isolated.add(symbol);
    else this.#isolated.delete(symbol);
  }

  require(rules: SymbolRules, order: NewOrder, price: Decimal): void {
    const reducible = this.#reducible(rules.symbol, order.side);
    if (order.reduceOnly && reducible.isZero()) throw new BookRefusal('would_open');
    const opening = maxDecimal(order.quantity.sub(reducible), ZERO);
    if (opening.mul(price).div(this.leverage(rules.symbol)).gt(this.available)) throw new BookRefusal('insufficient_funds');
  }

  lock(rules: SymbolRules, order: BookOrder, price: Decimal): void {
    if (!order.reduceOnly) this.#held.set(order.orderId, order.origQty.mul(price).div(this.leverage(rules.symbol)));
  }

  settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void {
    const held = this.position(rules.symbol);
    const signed = order.side === 'BUY' ? trade.qty : trade.qty.neg();
    const reducing = minDecimal(this.#reducible(rules.symbol, order.side), trade.qty);
    const released = reducing.isZero() ? ZERO : held.cost.mul(reducing).div(held.quantity.abs());
    const signedReducing = order.side === 'BUY' ? reducing : reducing.neg();
    const opened = signed.sub(signedReducing).mul(trade.price);
    this.#balance = this.#balance.sub(signedReducing.mul(trade.price)).sub(released).sub(trade.commission);
    this.#positions.set(rules.symbol, { quantity: held.quantity.add(signed), cost: held.cost.sub(released).add(opened) });
  }

  release(order: BookOrder): void {
    this.#held.delete(order.orderId);
  }

  /** What an order on this side can close. */
  #reducible(symbol: string, side: string): Decimal {
    const { quantity } = this.position(symbol);
    return maxDecimal(side === 'BUY' ? quantity.neg() : quantity, ZERO);
  }
}

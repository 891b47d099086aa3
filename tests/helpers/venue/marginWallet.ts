import { Decimal, maxDecimal, minDecimal, ZERO } from '../../../src/domain/money.ts';
import { type BookOrder, type BookPositionSide, BookRefusal, type BookTrade, type NewOrder, type SymbolRules } from './bookTypes.ts';
import type { BookWallet } from './matchingBook.ts';

export interface MarginPosition {
  /** Signed base units. */
  readonly quantity: Decimal;
  /** Quote paid for it; negative for a short. */
  readonly cost: Decimal;
}

const FLAT: MarginPosition = { quantity: ZERO, cost: ZERO };
const LEVERAGE = 20;
/** Share of its value a position must be covered by. */
const MAINTENANCE = 0.004;

/** What of an order says which position it is of. */
interface Of {
  readonly symbol: string;
  readonly side: string;
  readonly positionSide?: BookPositionSide;
}

/**
 * One account's futures in one quote asset: a wallet, positions, and margin held by orders and positions. Positions net, unless orders
 * say of which side they are (hedge mode): then there is one of each side, and what closes more than there is is refused.
 */
export class MarginWallet implements BookWallet {
  readonly asset: string;
  #balance: Decimal;
  readonly #positions = new Map<string, MarginPosition & { readonly symbol: string }>();
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
    const positions = [...this.#positions.values()].map(({ symbol, cost }) => cost.abs().div(this.leverage(symbol)));
    return [...positions, ...this.#held.values()].reduce((left, margin) => left.sub(margin), this.#balance);
  }

  position(symbol: string, positionSide: BookPositionSide = null): MarginPosition {
    return this.#positions.get(keyOf(symbol, positionSide)) ?? FLAT;
  }

  held({ symbol }: SymbolRules): Decimal {
    const sides = [...this.#positions.values()].filter((position) => position.symbol === symbol);
    return sides.reduce((sum, { quantity }) => sum.add(quantity), ZERO);
  }

  /** Of the netted position; its price stays. */
  shift({ symbol }: SymbolRules, quantity: Decimal): void {
    const { quantity: before, cost } = this.position(symbol);
    const price = before.isZero() ? ZERO : cost.div(before);
    const after = before.add(quantity);
    this.#positions.set(keyOf(symbol, null), { symbol, quantity: after, cost: after.mul(price) });
  }

  /** Adds what is not a trade, funding for example. */
  adjust(amount: Decimal): void {
    this.#balance = this.#balance.add(amount);
  }

  /** Where its margin (isolated) or the whole wallet (cross) no longer covers a position; null when no price does that. */
  liquidationPrice(symbol: string, positionSide: BookPositionSide = null): Decimal | null {
    const { quantity, cost } = this.position(symbol, positionSide);
    if (quantity.isZero()) return null;
    const margin = this.isIsolated(symbol) ? cost.abs().div(this.leverage(symbol)) : this.#balance;
    const price = cost.sub(margin).div(quantity.sub(quantity.abs().mul(MAINTENANCE)));
    return price.gt(0) ? price : null;
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
    const reducible = this.#reducible(order);
    const closes = isClosing(order);
    if ((order.reduceOnly || closes) && reducible.isZero()) throw new BookRefusal('would_open');
    if (closes && order.quantity.gt(reducible)) throw new BookRefusal('would_open');
    const opening = maxDecimal(order.quantity.sub(reducible), ZERO);
    if (opening.mul(price).div(this.leverage(rules.symbol)).gt(this.available)) throw new BookRefusal('insufficient_funds');
  }

  lock(rules: SymbolRules, order: BookOrder, price: Decimal): void {
    if (!order.reduceOnly && !isClosing(order)) this.#held.set(order.orderId, order.origQty.mul(price).div(this.leverage(rules.symbol)));
  }

  settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void {
    const held = this.position(rules.symbol, order.positionSide);
    const signed = order.side === 'BUY' ? trade.qty : trade.qty.neg();
    const reducing = minDecimal(this.#reducible(order), trade.qty);
    const released = reducing.isZero() ? ZERO : held.cost.mul(reducing).div(held.quantity.abs());
    const signedReducing = order.side === 'BUY' ? reducing : reducing.neg();
    const opened = signed.sub(signedReducing).mul(trade.price);
    this.#balance = this.#balance.sub(signedReducing.mul(trade.price)).sub(released).sub(trade.commission);
    const position = { symbol: rules.symbol, quantity: held.quantity.add(signed), cost: held.cost.sub(released).add(opened) };
    this.#positions.set(keyOf(rules.symbol, order.positionSide), position);
  }

  release(order: BookOrder): void {
    this.#held.delete(order.orderId);
  }

  reducible(_rules: SymbolRules, order: BookOrder): Decimal | null {
    return order.reduceOnly || isClosing(order) ? this.#reducible(order) : null;
  }

  /** What an order can close. */
  #reducible({ symbol, side, positionSide = null }: Of): Decimal {
    const { quantity } = this.position(symbol, positionSide);
    return maxDecimal(side === 'BUY' ? quantity.neg() : quantity, ZERO);
  }
}

function keyOf(symbol: string, positionSide: BookPositionSide): string {
  return `${symbol} ${positionSide ?? 'BOTH'}`;
}

/** In hedge mode an order of a side can but open or close it. */
function isClosing({ side, positionSide = null }: Pick<Of, 'side' | 'positionSide'>): boolean {
  return positionSide !== null && (side === 'BUY') === (positionSide === 'SHORT');
}

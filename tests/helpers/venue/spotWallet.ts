import { Decimal, ZERO } from '../../../src/domain/money.ts';
import { type BookOrder, BookRefusal, type BookTrade, type NewOrder, type SymbolRules } from './bookTypes.ts';
import type { BookWallet, Commission } from './matchingBook.ts';

interface Lock {
  readonly asset: string;
  /** What one unit of base still to be executed keeps locked. */
  readonly perUnit: Decimal;
  left: Decimal;
}

/** Balances of one account: free, locked by open orders, and moved by trades. */
export class SpotWallet implements BookWallet {
  readonly #free = new Map<string, Decimal>();
  readonly #locks = new Map<number, Lock>();

  constructor(balances: Readonly<Record<string, string>>) {
    for (const [asset, amount] of Object.entries(balances)) this.#free.set(asset, new Decimal(amount));
  }

  free(asset: string): Decimal {
    return this.#free.get(asset) ?? ZERO;
  }

  locked(asset: string): Decimal {
    let sum = ZERO;
    for (const lock of this.#locks.values()) if (lock.asset === asset) sum = sum.add(lock.left);
    return sum;
  }

  total(asset: string): Decimal {
    return this.free(asset).add(this.locked(asset));
  }

  held({ base }: SymbolRules): Decimal {
    return this.total(base);
  }

  shift({ base }: SymbolRules, quantity: Decimal): void {
    this.#add(base, quantity);
  }

  assets(): string[] {
    return [...this.#free.keys()];
  }

  require(rules: SymbolRules, { side, quantity }: NewOrder, price: Decimal): void {
    const enough = side === 'BUY' ? this.free(rules.quote).gte(quantity.mul(price)) : this.free(rules.base).gte(quantity);
    if (!enough) throw new BookRefusal('insufficient_funds');
  }

  lock(rules: SymbolRules, order: BookOrder, price: Decimal): void {
    const asset = order.side === 'BUY' ? rules.quote : rules.base;
    const perUnit = order.side === 'BUY' ? price : new Decimal(1);
    const left = order.origQty.mul(perUnit);
    this.#locks.set(order.orderId, { asset, perUnit, left });
    this.#add(asset, left.neg());
  }

  /** Spends from the order's lock (giving back what a better price saves) and books what was received and what it cost. */
  settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void {
    const notional = trade.qty.mul(trade.price);
    const spent = order.side === 'BUY' ? notional : trade.qty;
    const received = order.side === 'BUY' ? trade.qty : notional;
    const lock = this.#locks.get(order.orderId);
    const unlocked = lock ? lock.perUnit.mul(trade.qty) : ZERO;
    if (lock) lock.left = lock.left.sub(unlocked);
    this.#add(order.side === 'BUY' ? rules.quote : rules.base, unlocked.sub(spent));
    this.#add(order.side === 'BUY' ? rules.base : rules.quote, received);
    this.#add(trade.commissionAsset, trade.commission.neg());
  }

  release(order: BookOrder): void {
    const lock = this.#locks.get(order.orderId);
    if (!lock) return;
    this.#locks.delete(order.orderId);
    this.#add(lock.asset, lock.left);
  }

  #add(asset: string, amount: Decimal): void {
    this.#free.set(asset, this.free(asset).add(amount));
  }
}

/** A commission of `rate` of whatever is received, in that asset. */
export function takenFromReceived(rate: string): Commission {
  return (rules, { side, qty, price }) =>
    side === 'BUY' ? { amount: qty.mul(rate), asset: rules.base } : { amount: qty.mul(price).mul(rate), asset: rules.quote };
}

/** A commission of `rate` of what was traded, always in the quote asset. */
export function takenFromQuote(rate: string): Commission {
  return (rules, { qty, price }) => ({ amount: qty.mul(price).mul(rate), asset: rules.quote });
}

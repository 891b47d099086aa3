import { Decimal, ZERO } from '../../../src/domain/money.ts';
import { BinanceError, type BinanceSide, type BookOrder, type BookTrade, type SymbolRules } from './spotTypes.ts';

interface Lock {
  readonly asset: string;
  /** What one unit of base still to be executed keeps locked. */
  readonly perUnit: Decimal;
  left: Decimal;
}

/** Balances of one account: free, locked by open orders, and moved by trades. */
export class SpotWallet {
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

  assets(): string[] {
    return [...this.#free.keys()];
  }

  require(rules: SymbolRules, side: BinanceSide, quantity: Decimal, price: Decimal): void {
    const enough = side === 'BUY' ? this.free(rules.quote).gte(quantity.mul(price)) : this.free(rules.base).gte(quantity);
    if (!enough) throw new BinanceError(-2010, 'Account has insufficient balance for requested action.');
  }

  lock(rules: SymbolRules, order: BookOrder, price: Decimal): void {
    const asset = order.side === 'BUY' ? rules.quote : rules.base;
    const perUnit = order.side === 'BUY' ? price : new Decimal(1);
    const left = order.origQty.mul(perUnit);
    this.#locks.set(order.orderId, { asset, perUnit, left });
    this.#add(asset, left.neg());
  }

  /** Spends from the order's lock (giving back what a better price saves) and books what was received, less commission. */
  settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void {
    const notional = trade.qty.mul(trade.price);
    const spent = order.side === 'BUY' ? notional : trade.qty;
    const received = order.side === 'BUY' ? trade.qty : notional;
    const lock = this.#locks.get(order.orderId);
    const unlocked = lock ? lock.perUnit.mul(trade.qty) : ZERO;
    if (lock) lock.left = lock.left.sub(unlocked);
    this.#add(order.side === 'BUY' ? rules.quote : rules.base, unlocked.sub(spent));
    this.#add(order.side === 'BUY' ? rules.base : rules.quote, received.sub(trade.commission));
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

import { type Decimal, ZERO } from '../../domain/money.ts';
import type { BalanceReport } from '../exchange.ts';

/** An amount of one asset. */
export interface Funds {
  readonly asset: string;
  readonly amount: Decimal;
}

/**
 * What the account owns and how much of it is spoken for. Reservations are kept by name (an order, an OCO group, a
 * position); `free` is the total less all of them.
 */
export class Wallet {
  readonly #totals = new Map<string, Decimal>();
  readonly #reserved = new Map<string, Decimal>();
  readonly #reservations = new Map<string, readonly Funds[]>();

  add(asset: string, delta: Decimal): void {
    this.#totals.set(asset, this.total(asset).plus(delta));
  }

  total(asset: string): Decimal {
    return this.#totals.get(asset) ?? ZERO;
  }

  free(asset: string): Decimal {
    return this.total(asset).minus(this.#reserved.get(asset) ?? ZERO);
  }

  /** What the holder of reservation `name` may spend: everything free and what is held for it. */
  availableTo(name: string, asset: string): Decimal {
    const held = this.#reservations.get(name)?.find((funds) => funds.asset === asset);
    return held ? this.free(asset).plus(held.amount) : this.free(asset);
  }

  /** Replaces what is held under `name`; an empty list lets it go. */
  reserve(name: string, needs: readonly Funds[]): void {
    for (const { asset, amount } of this.#reservations.get(name) ?? []) this.#hold(asset, amount.neg());
    const held = needs.filter(({ amount }) => !amount.isZero());
    for (const { asset, amount } of held) this.#hold(asset, amount);
    if (held.length > 0) this.#reservations.set(name, held);
    else this.#reservations.delete(name);
  }

  report(): BalanceReport[] {
    return [...this.#totals].map(([asset, total]) => ({ asset, total, free: this.free(asset) }));
  }

  #hold(asset: string, delta: Decimal): void {
    this.#reserved.set(asset, (this.#reserved.get(asset) ?? ZERO).plus(delta));
  }
}

/** The larger amount per asset: what covers any one of several needs, of which only one can come true. */
export function mostPerAsset(needs: readonly Funds[]): Funds[] {
  const most = new Map<string, Decimal>();
  for (const { asset, amount } of needs) {
    const known = most.get(asset);
    if (known === undefined || amount.gt(known)) most.set(asset, amount);
  }
  return [...most].map(([asset, amount]) => ({ asset, amount }));
}

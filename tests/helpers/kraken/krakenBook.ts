import { Decimal, roundToStep } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { SpotWallet } from '../venue/spotWallet.ts';
import type { KrakenTerms, RelativePrice } from './krakenContext.ts';
import { COST_DECIMALS, PAIRS } from './krakenPairs.ts';

/** Of the lowest tier. */
export const FEES = { taker: '0.004', maker: '0.0025' } as const;

/** Holds what a buy may cost with its fee, and takes the fee in base where the order asked for that (`fcib`). */
export class KrakenWallet extends SpotWallet {
  readonly #paysInBase: (order: BookOrder) => boolean;

  constructor(balances: Readonly<Record<string, string>>, paysInBase: (order: BookOrder) => boolean) {
    super(balances);
    this.#paysInBase = paysInBase;
  }

  override require(rules: SymbolRules, order: NewOrder, price: Decimal): void {
    super.require(rules, order, withFee(price));
  }

  override lock(rules: SymbolRules, order: BookOrder, price: Decimal): void {
    super.lock(rules, order, withFee(price));
  }

  override settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void {
    const inBase = { ...trade, commission: trade.commission.div(trade.price), commissionAsset: rules.base };
    super.settle(rules, order, this.#paysInBase(order) ? inBase : trade);
  }
}

const withFee = (price: Decimal): Decimal => price.mul(new Decimal(1).add(FEES.taker));

/** Longer ones fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The book of one account, with what Kraken remembers of its orders. */
export class KrakenBook extends MatchingBook<SpotWallet> {
  readonly terms: Map<BookOrder, KrakenTerms>;
  #placing: KrakenTerms | null = null;
  readonly #amendListeners = new Set<(order: BookOrder) => void>();
  readonly #now: () => number;

  constructor(options: {
    readonly symbols?: readonly SymbolRules[];
    readonly balances: Readonly<Record<string, string>>;
    readonly postOnly: 'refuse' | 'cancel';
    readonly now: () => number;
  }) {
    const terms = new Map<BookOrder, KrakenTerms>();
    super({
      symbols: options.symbols ?? PAIRS,
      wallet: new KrakenWallet(options.balances, (order) => terms.get(order)?.oflags.includes('fcib') ?? false),
      commission: (rules, { qty, price, isMaker }) => ({
        amount: qty
          .mul(price)
          .mul(isMaker ? FEES.maker : FEES.taker)
          .toDecimalPlaces(COST_DECIMALS),
        asset: rules.quote,
      }),
      postOnly: options.postOnly,
      now: options.now,
    });
    this.terms = terms;
    this.#now = options.now;
    // The first to be told of an order, so that everybody after it knows its terms.
    this.onChange((order) => {
      if (this.#placing && !terms.has(order)) terms.set(order, this.#placing);
    });
  }

  /** Places an order and remembers its terms. */
  placeWith(request: NewOrder, terms: KrakenTerms): BookOrder {
    this.#placing = terms;
    if (terms.expiresAt !== null) setTimeout(() => this.expire(), Math.min(terms.expiresAt - this.#now() + 1, TIMER_MS_MAX)).unref();
    try {
      return this.place(request);
    } finally {
      this.#placing = null;
    }
  }

  /** Told of every order that was amended. Answers how to stop that. */
  onAmend(listener: (order: BookOrder) => void): () => void {
    this.#amendListeners.add(listener);
    return () => void this.#amendListeners.delete(listener);
  }

  tellAmended(order: BookOrder): void {
    for (const listener of this.#amendListeners) listener(order);
  }

  /** Trailing stops follow a price that moves their way, before any of them triggers. */
  override setPrice(symbol: string, price: string): void {
    this.expire();
    for (const order of this.openOrders(symbol)) {
      const trail = this.terms.get(order)?.trail;
      if (!order.waiting || !trail || !order.stopPrice) continue;
      const moved = trailed(this.market(symbol).rules, order, trail, new Decimal(price));
      if (order.side === 'SELL' ? moved.stopPrice.gt(order.stopPrice) : moved.stopPrice.lt(order.stopPrice)) Object.assign(order, moved);
    }
    super.setPrice(symbol, price);
  }

  /** Ends what has reached its time. */
  expire(): void {
    for (const order of this.openOrders()) {
      const terms = this.terms.get(order);
      if (!terms || terms.expiresAt === null || terms.expiresAt > this.#now()) continue;
      terms.expired = true;
      this.cancel(order);
    }
  }
}

/** Where a trailing stop is while the price is at its best: the trigger, and the limit where it has one. */
export function trailed(
  { tickSize }: SymbolRules,
  { side }: Pick<BookOrder, 'side'>,
  trail: NonNullable<KrakenTerms['trail']>,
  price: Decimal,
): { readonly stopPrice: Decimal; readonly price?: Decimal } {
  const tick = new Decimal(tickSize);
  const stopPrice = roundToStep(offset(price, trail.stop, side === 'SELL' ? -1 : 1), tick);
  return trail.limit === null ? { stopPrice } : { stopPrice, price: roundToStep(offset(stopPrice, trail.limit, 1), tick) };
}

export function offset(price: Decimal, { amount, percent }: RelativePrice, direction: 1 | -1): Decimal {
  return price.add((percent ? price.mul(amount).div(100) : amount).mul(direction));
}

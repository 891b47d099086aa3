import { Decimal, floorToStep, minDecimal, ZERO } from '../../../src/domain/money.ts';
import { type BookOrder, BookRefusal, type BookTrade, type NewOrder, type SymbolRules } from './bookTypes.ts';

interface Market {
  readonly rules: SymbolRules;
  price: Decimal;
  /** What takers can still get at the current price; null: any amount. */
  liquidity: Decimal | null;
  readonly open: Set<BookOrder>;
}

/** Whose money an order moves. */
export interface BookWallet {
  /** Throws `BookRefusal` when the order cannot be paid, or must not be made. */
  require(rules: SymbolRules, order: NewOrder, price: Decimal): void;
  lock(rules: SymbolRules, order: BookOrder, price: Decimal): void;
  settle(rules: SymbolRules, order: BookOrder, trade: BookTrade): void;
  release(order: BookOrder): void;
  /** What the account holds of a market: its base asset, or its position. */
  held(rules: SymbolRules): Decimal;
  /** Changes that without a trade, as a transfer or the venue's own hand does. */
  shift(rules: SymbolRules, quantity: Decimal): void;
  /** How much of an order may still execute, where it may only reduce; null or absent: all of it. */
  reducible?(rules: SymbolRules, order: BookOrder): Decimal | null;
}

/** What one trade costs, and in which asset. */
export type Commission = (
  rules: SymbolRules,
  trade: { readonly side: string; readonly qty: Decimal; readonly price: Decimal; readonly isMaker: boolean },
) => {
  readonly amount: Decimal;
  readonly asset: string;
};

export interface MatchingBookOptions<W extends BookWallet> {
  readonly symbols: readonly SymbolRules[];
  readonly wallet: W;
  readonly commission: Commission;
  readonly now: () => number;
  /** What becomes of a post-only order that would match: refused, or taken and canceled at once. */
  readonly postOnly?: 'refuse' | 'cancel';
}

const isTakeProfit = (order: { type: string }): boolean => order.type.startsWith('TAKE_PROFIT');
const hasLimit = (order: { type: string }): boolean => order.type.includes('LIMIT');

/**
 * One account's exchange with a price per symbol that the test sets. It is the book of truth: which orders were accepted,
 * what they executed, what the balances are. Orders match against the set price; resting ones fill when it crosses them.
 */
export class MatchingBook<W extends BookWallet> {
  readonly orders: BookOrder[] = [];
  readonly trades: BookTrade[] = [];
  readonly wallet: W;
  readonly #markets = new Map<string, Market>();
  readonly #byOrderId = new Map<number, BookOrder>();
  readonly #byClientOrderId = new Map<string, BookOrder[]>();
  readonly #commission: Commission;
  readonly #now: () => number;
  readonly #cancelsPostOnly: boolean;
  /** Canceled as soon as they came, because they would not have rested: post-only. */
  readonly passive = new Set<BookOrder>();
  /** Orders that wait for a price are in no list and found by no look-up. */
  conditionalsHidden = false;
  #hideNewOrdersFor = 0;
  readonly #listeners = new Set<(order: BookOrder) => void>();
  #fillSlices = 1;

  constructor(options: MatchingBookOptions<W>) {
    this.#commission = options.commission;
    this.#now = options.now;
    this.wallet = options.wallet;
    this.#cancelsPostOnly = options.postOnly === 'cancel';
    for (const rules of options.symbols)
      this.#markets.set(rules.symbol, { rules, price: new Decimal(rules.price), liquidity: null, open: new Set() });
  }

  get symbols(): SymbolRules[] {
    return [...this.#markets.values()].map((market) => market.rules);
  }

  market(symbol: string): { readonly rules: SymbolRules; readonly price: Decimal } {
    return this.#market(symbol);
  }

  /** Told of every change of an order, maybe more than once. Answers how to stop that. */
  onChange(listener: (order: BookOrder) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Every acceptance under this client order id, oldest first: more than one is a double order. */
  accepted(clientOrderId: string): readonly BookOrder[] {
    return this.#byClientOrderId.get(clientOrderId) ?? [];
  }

  clientOrderIds(): string[] {
    return [...this.#byClientOrderId.keys()];
  }

  openOrders(symbol?: string): BookOrder[] {
    const markets = symbol === undefined ? [...this.#markets.values()] : [this.#market(symbol)];
    return markets.flatMap((market) => [...market.open]);
  }

  /** By order id, else the latest order of that client order id. */
  find(symbol: string, orderId: number | null, clientOrderId: string | null): BookOrder | undefined {
    this.#market(symbol);
    const order = orderId === null ? this.accepted(clientOrderId ?? '').at(-1) : this.#byOrderId.get(orderId);
    return order?.symbol === symbol ? order : undefined;
  }

  place(request: NewOrder): BookOrder {
    const market = this.#market(request.symbol);
    if (this.accepted(request.clientOrderId).some((order) => market.open.has(order))) throw new BookRefusal('duplicate');
    this.#refuseAtOnce(market, request);
    const order = this.#record(market, request);
    if (!order.waiting) this.#enter(market, order);
    return order;
  }

  cancel(order: BookOrder): void {
    this.#finish(order, 'CANCELED');
  }

  /** Moves the price: triggers stops, then fills resting orders it crosses. */
  setPrice(symbol: string, price: string): void {
    const market = this.#market(symbol);
    market.price = new Decimal(price);
    for (const order of [...market.open]) if (order.waiting && this.#triggers(market, order)) this.#trigger(market, order);
    for (const order of [...market.open]) if (!order.waiting && this.#crosses(market, order)) this.#fill(market, order, order.price, true);
  }

  /** How much takers and crossed resting orders can still get; null: any amount. */
  setLiquidity(symbol: string, quantity: string | null): void {
    this.#market(symbol).liquidity = quantity === null ? null : new Decimal(quantity);
  }

  /** Executes part of a resting order at its own price. */
  fillPart(order: BookOrder, quantity: string): void {
    this.#execute(this.#market(order.symbol), order, new Decimal(quantity), order.price, true);
  }

  /** In how many trades whatever matches is executed. */
  setFillSlices(count: number): void {
    this.#fillSlices = count;
  }

  /** Orders accepted from now on stay unknown to look-ups for that many of them. */
  hideNewOrders(polls: number): void {
    this.#hideNewOrdersFor = polls;
  }

  #market(symbol: string): Market {
    const market = this.#markets.get(symbol);
    if (!market) throw new BookRefusal('unknown_symbol');
    return market;
  }

  #refuseAtOnce(market: Market, request: NewOrder): void {
    if (
      request.type === 'LIMIT_MAKER' &&
      !this.#cancelsPostOnly &&
      this.#crosses(market, { side: request.side, price: request.price ?? ZERO })
    )
      throw new BookRefusal('would_match');
    if (request.stopPrice && this.#triggers(market, { ...request, stopPrice: request.stopPrice })) throw new BookRefusal('would_trigger');
    const price = request.price ?? request.stopPrice ?? market.price;
    this.wallet.require(market.rules, request, price);
  }

  #record(market: Market, request: NewOrder): BookOrder {
    const time = this.#now();
    const order: BookOrder = {
      orderId: this.orders.length + 1_000_001,
      clientOrderId: request.clientOrderId,
      symbol: request.symbol,
      side: request.side,
      type: request.type,
      timeInForce: request.timeInForce,
      origQty: request.quantity,
      price: request.price ?? ZERO,
      stopPrice: request.stopPrice,
      reduceOnly: request.reduceOnly ?? false,
      positionSide: request.positionSide ?? null,
      time,
      status: 'NEW',
      executedQty: ZERO,
      quoteQty: ZERO,
      updateTime: time,
      waiting: request.stopPrice !== null,
      trades: [],
      hiddenPolls: this.#hideNewOrdersFor,
    };
    this.orders.push(order);
    this.#byOrderId.set(order.orderId, order);
    this.#byClientOrderId.set(order.clientOrderId, [...this.accepted(order.clientOrderId), order]);
    market.open.add(order);
    this.wallet.lock(market.rules, order, request.price ?? request.stopPrice ?? market.price);
    this.#tell(order);
    return order;
  }

  /** Matches an order that has just reached the book. */
  #enter(market: Market, order: BookOrder): void {
    if (!hasLimit(order)) {
      this.#fill(market, order, market.price, false);
      if (market.open.has(order)) this.#finish(order, 'EXPIRED');
      return;
    }
    if (order.type === 'LIMIT_MAKER' && this.#crosses(market, order)) {
      this.passive.add(order);
      this.#finish(order, 'CANCELED');
      return;
    }
    if (this.#crosses(market, order)) {
      const short = market.liquidity?.lt(order.origQty) ?? false;
      if (order.timeInForce !== 'FOK' || !short) this.#fill(market, order, market.price, false);
    }
    if (market.open.has(order) && (order.timeInForce === 'IOC' || order.timeInForce === 'FOK')) this.#finish(order, 'EXPIRED');
  }

  #trigger(market: Market, order: BookOrder): void {
    order.waiting = false;
    order.updateTime = this.#now();
    this.#enter(market, order);
  }

  #fill(market: Market, order: BookOrder, price: Decimal, isMaker: boolean): void {
    const open = order.origQty.sub(order.executedQty);
    const reducible = this.wallet.reducible?.(market.rules, order) ?? open;
    if (reducible.isZero()) {
      this.#finish(order, 'EXPIRED');
      return;
    }
    const most = minDecimal(open, reducible);
    const quantity = market.liquidity === null ? most : minDecimal(most, market.liquidity);
    const slice = floorToStep(quantity.div(this.#fillSlices), new Decimal(market.rules.stepSize));
    let left = quantity;
    for (let rest = this.#fillSlices; rest > 1 && slice.gt(0); rest--, left = left.sub(slice))
      this.#execute(market, order, slice, price, isMaker);
    if (left.gt(0)) this.#execute(market, order, left, price, isMaker);
  }

  #execute(market: Market, order: BookOrder, qty: Decimal, price: Decimal, isMaker: boolean): void {
    const commission = this.#commission(market.rules, { side: order.side, qty, price, isMaker });
    const trade: BookTrade = {
      id: this.trades.length + 5_000_001,
      orderId: order.orderId,
      clientOrderId: order.clientOrderId,
      symbol: order.symbol,
      side: order.side,
      price,
      qty,
      commission: commission.amount,
      commissionAsset: commission.asset,
      positionSide: order.positionSide,
      isMaker,
      time: this.#now(),
    };
    if (market.liquidity !== null) market.liquidity = market.liquidity.sub(qty);
    this.trades.push(trade);
    order.trades.push(trade);
    order.executedQty = order.executedQty.add(qty);
    order.quoteQty = order.quoteQty.add(qty.mul(price));
    order.updateTime = trade.time;
    this.wallet.settle(market.rules, order, trade);
    if (order.executedQty.eq(order.origQty)) this.#finish(order, 'FILLED');
    else order.status = 'PARTIALLY_FILLED';
    this.#tell(order);
  }

  #finish(order: BookOrder, status: BookOrder['status']): void {
    order.status = status;
    order.updateTime = this.#now();
    this.#market(order.symbol).open.delete(order);
    this.wallet.release(order);
    this.#tell(order);
  }

  #tell(order: BookOrder): void {
    for (const listener of this.#listeners) listener(order);
  }

  #crosses(market: Market, order: { side: string; price: Decimal }): boolean {
    return order.side === 'BUY' ? market.price.lte(order.price) : market.price.gte(order.price);
  }

  #triggers(market: Market, order: { side: string; type: string; stopPrice: Decimal | null }): boolean {
    const rising = (order.side === 'BUY') !== isTakeProfit(order);
    const stop = order.stopPrice ?? ZERO;
    return rising ? market.price.gte(stop) : market.price.lte(stop);
  }
}

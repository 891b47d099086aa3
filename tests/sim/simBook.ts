import type { BookLevel, Market } from '../../src/domain/market/market.ts';
import { type Decimal, decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../../src/domain/money.ts';
import type { Fill, Side } from '../../src/domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../src/domain/order/report.ts';
import type { AmendRequest, FundingPayment, OrderRef, PlaceRequest, RestingOrder, VenueTrade } from '../../src/exchange/exchange.ts';
import type { World } from './world.ts';

const STEP = decimal('0.001');
export const SIM_PRICE = decimal(100);
/** The position limit the simulation sets, in quote. */
export const MAX_POSITION = decimal(300);

export const SIM_MARKETS: readonly Market[] = ['BTC/USDT:USDT', 'ETH/USDT:USDT'].map((symbol) => ({
  symbol,
  venueSymbol: symbol.replace(/\/|:.*/g, ''),
  type: 'swap',
  base: symbol.slice(0, 3),
  quote: 'USDT',
  tickSize: decimal('0.01'),
  stepSize: STEP,
  minQuantity: STEP,
  minNotional: decimal('1'),
}));

/** A market whose smallest order is several steps, so that less than it can be left. */
export const COARSE_MARKET: Market = {
  symbol: 'LTC/USDT:USDT',
  venueSymbol: 'LTCUSDT',
  type: 'swap',
  base: 'LTC',
  quote: 'USDT',
  tickSize: decimal('0.01'),
  stepSize: STEP,
  minQuantity: decimal('0.005'),
  minNotional: decimal('1'),
};

export const SPOT_MARKETS: readonly Market[] = SIM_MARKETS.map((market) => ({
  ...market,
  symbol: market.symbol.replace(/:.*/, ''),
  type: 'spot',
}));

export interface BookOrder {
  readonly request: PlaceRequest;
  readonly venueOrderId: string;
  quantity: Decimal;
  status: VenueOrderStatus;
  code: string | null;
  readonly fills: Fill[];
  /** Lookups that still answer "not found": venues lag behind themselves. */
  invisibleFor: number;
}

type Call = 'place' | 'cancel' | 'amend' | 'lookup' | 'list';
/** What is to happen to the next call of that name: the request or its reply gets lost, it is refused, it never ends, or a bug of ours throws. */
export interface Mishap {
  readonly call: Call;
  readonly kind: 'request lost' | 'reply lost' | 'refused' | 'bug' | 'hangs';
}

/** One account's book at the venue: what really happened, whatever the engine believes. It executes whatever it is sent, also twice. */
export class VenueBook {
  readonly executions = new Map<string, number>();
  readonly orders: BookOrder[] = [];
  readonly positions = new Map<string, Decimal>();
  price = SIM_PRICE;
  /** What stands on either side, best first; null: it shows no book. */
  levels: { readonly asks: readonly BookLevel[]; readonly bids: readonly BookLevel[] } | null = null;
  takerFee = ZERO;
  /** Fills that opened or increased a position, by the order's client id. */
  readonly openers = new Set<string>();
  /** Every connected process is told of every change of an order that nobody asked for. */
  readonly listeners = new Map<number, (order: BookOrder) => void>();
  /** It says by streams that an order has changed. */
  hints = false;
  /** Processes that are told that an order has changed, and not how; also when they changed it. */
  readonly hinted = new Map<number, (order: BookOrder) => void>();
  /** Taken from the front, one a call. */
  readonly mishaps: Mishap[] = [];
  /** Called when a cancel arrives, before it has an effect. */
  onCancel: (order: BookOrder) => void = () => undefined;
  /** Until then the venue cannot be reached: whatever is asked of it never leaves. */
  awayUntil = 0;
  /** So many lookups do not see the next orders. */
  hidden: number | null = null;
  /** It takes no id twice, as venues do that keep them. */
  refusesTwice = false;
  /** How many lookups may not see a new order yet. */
  lag = 2;
  /** It holds long and short positions side by side, as accounts in hedge mode do. */
  hedged = false;
  private readonly sides = new Map<string, Decimal>();
  /** What holding has cost and brought, oldest first. */
  readonly funding: FundingPayment[] = [];
  /** Where positions would be liquidated; null: nowhere. */
  liquidationPrice: Decimal | null = null;
  /** In hedge mode: what is held on the other side, by hand, and where that would be liquidated. */
  otherSide: { readonly symbol: string; readonly quantity: Decimal; readonly liquidationPrice: Decimal } | null = null;
  onFill: () => void = () => undefined;
  /** Leverage as it was set, and how many orders there were by then. */
  readonly margins: { readonly symbol: string; readonly leverage: number | null; readonly orders: number }[] = [];
  refusesMargin = false;
  /** It takes its fee of what is bought. */
  feesInBase = false;
  /** What must not happen in hedge mode. */
  readonly ambiguous: string[] = [];
  /** How much of a market order fills at once. */
  marketShare: () => number;
  private trades = 0;
  private hands = 0;
  private readonly world: World;
  private readonly name: string;
  readonly spot: boolean;
  /** How much of an immediate-or-cancel order fills. */
  iocShare = 1;

  constructor(world: World, name: string, spot = false) {
    this.world = world;
    this.name = name;
    this.spot = spot;
    this.marketShare = () => (world.chance(0.2) ? 0.5 : 1);
  }

  get isAway(): boolean {
    return this.world.now < this.awayUntil;
  }

  takeMishap(call: Call, kind: Mishap['kind']): boolean {
    const [next] = this.mishaps;
    if (next?.call !== call || next.kind !== kind) return false;
    this.mishaps.shift();
    return true;
  }

  find(ref: OrderRef): BookOrder | undefined {
    return this.orders.findLast((order) => order.request.clientOrderId === ref.clientOrderId);
  }

  resting(): BookOrder[] {
    return this.orders.filter(isOpen);
  }

  /** What is locked by resting orders cannot be sold twice, and a stop whose price is passed is none. */
  refusal({ symbol, side, type, quantity, stopPrice }: PlaceRequest): string | null {
    if (type === 'stop' && stopPrice !== null && (side === 'sell' ? stopPrice.gte(this.price) : stopPrice.lte(this.price)))
      return 'VENUE_WOULD_TRIGGER';
    if (!this.spot || side !== 'sell') return null;
    const selling = this.resting().filter(({ request }) => request.symbol === symbol && request.side === 'sell');
    const locked = selling.reduce((sum, order) => sum.plus(order.quantity.minus(filledOf(order))), ZERO);
    const free = (this.positions.get(symbol) ?? ZERO).minus(locked);
    return quantity.gt(free) ? 'VENUE_INSUFFICIENT_FUNDS' : null;
  }

  accept(request: PlaceRequest): BookOrder {
    this.executions.set(request.clientOrderId, (this.executions.get(request.clientOrderId) ?? 0) + 1);
    const order: BookOrder = {
      request,
      venueOrderId: `${this.name}-${this.orders.length + 1}`,
      quantity: request.quantity,
      status: 'open',
      code: null,
      fills: [],
      invisibleFor: this.hidden ?? (this.world.chance(0.2) ? this.lag : 0),
    };
    this.orders.push(order);
    this.stir(order);
    if (request.type === 'market') this.fill(order, this.marketShare());
    if (request.type === 'limit' && request.timeInForce === 'IOC') {
      this.fill(order, this.iocShare);
      if (isOpen(order)) order.status = 'canceled';
    }
    return order;
  }

  /** Somebody orders past us, at the venue's own site. */
  byHand(symbol: string, side: Side, quantity: Decimal, type: 'market' | 'limit' = 'market'): BookOrder {
    this.hands += 1;
    const order = this.accept({
      ...{ clientOrderId: `web_${this.name}_${this.hands}`, symbol, side, type, quantity, price: type === 'limit' ? this.price : null },
      ...{ stopPrice: null, timeInForce: 'GTC', expiresAt: null, postOnly: false, reduceOnly: false, ocoGroup: null },
    });
    if (type === 'market') this.fill(order, 1);
    return order;
  }

  /** Somebody cancels an order of ours there. */
  cancelByHand(order: BookOrder): void {
    this.cancel(order);
    this.tell(order);
  }

  listed(order: BookOrder): RestingOrder {
    const { clientOrderId, symbol, side, type, price, stopPrice, reduceOnly } = order.request;
    const { venueOrderId, quantity } = order;
    const createdAt = this.world.now;
    return {
      clientOrderId,
      venueOrderId,
      symbol,
      side,
      type,
      quantity,
      filledQuantity: filledOf(order),
      price,
      stopPrice,
      reduceOnly,
      createdAt,
    };
  }

  tradesSince(symbol: string, sinceMs: number): VenueTrade[] {
    return this.orders
      .filter(({ request }) => request.symbol === symbol)
      .flatMap(({ request: { clientOrderId, side }, venueOrderId, fills }) =>
        fills.map((fill) => ({ ...fill, venueOrderId, clientOrderId, symbol, side })),
      )
      .filter(({ executedAt }) => executedAt >= sinceMs)
      .sort((one, other) => one.executedAt - other.executedAt);
  }

  amend(order: BookOrder, { quantity }: AmendRequest): void {
    this.stir(order);
    order.quantity = maxDecimal(quantity ?? order.quantity, filledOf(order));
    if (filledOf(order).eq(order.quantity)) order.status = 'filled';
  }

  cancel(order: BookOrder): void {
    this.stir(order);
    order.status = 'canceled';
  }

  /** A part of one order fills, and everybody is told. */
  trade(order: BookOrder, share: number): void {
    this.fill(order, share);
    this.tell(order);
  }

  /** Fills a share of what is left. A reduce-only order is cut to the position, and canceled when there is none to reduce. */
  fill(order: BookOrder, share: number): void {
    const { request } = order;
    const left = order.quantity.minus(filledOf(order));
    const wanted = share >= 1 ? left : floorToStep(left.mul(String(share)), STEP);
    const held = this.positions.get(request.symbol) ?? ZERO;
    const reducible = this.hedged ? this.heldOnSide(request) : maxDecimal(request.side === 'sell' ? held : held.neg(), ZERO);
    const onlyReduces = this.hedged ? request.reduces === true : request.reduceOnly;
    const quantity = onlyReduces ? minDecimal(wanted, reducible) : wanted;
    if (onlyReduces && reducible.isZero()) this.end(order, 'POSITION_CLOSED');
    if (quantity.lte(0)) return;
    if (this.hedged) this.moveSide(request, quantity);
    if (quantity.gt(reducible)) this.openers.add(request.clientOrderId);
    this.trades += 1;
    this.stir(order);
    const inBase = this.feesInBase && request.side === 'buy';
    const baseFee = quantity.mul('0.0007');
    order.fills.push({
      venueTradeId: `${this.name}-t${this.trades}`,
      quantity,
      price: this.price,
      fee: inBase ? baseFee : decimal('0.01'),
      feeAsset: inBase ? request.symbol.slice(0, 3) : 'USDT',
      liquidity: 'taker',
      executedAt: this.world.now,
    });
    order.status = filledOf(order).eq(order.quantity) ? 'filled' : 'partially_filled';
    const next = request.side === 'buy' ? held.plus(quantity).minus(inBase ? baseFee : ZERO) : held.minus(quantity);
    this.positions.set(request.symbol, next);
    this.onFill();
    if (order.status === 'filled') for (const sibling of this.siblings(order)) this.end(sibling, 'OCO_SIBLING_FILLED');
  }

  /** The venue settles what is held of a symbol, and what is not with nothing. */
  payFunding(symbol: string, rate: string): void {
    const held = this.positions.get(symbol) ?? ZERO;
    if (held.isZero()) return;
    const amount = held.mul(this.price).mul(rate).neg();
    this.funding.push({ id: `${this.name}-f${this.funding.length + 1}`, symbol, asset: 'USDT', amount, at: this.world.now });
  }

  /** What an order that reduces may take in hedge mode; an entry reduces nothing there. */
  private heldOnSide({ symbol, side, reduces }: PlaceRequest): Decimal {
    return reduces ? (this.sides.get(`${symbol} ${side === 'sell' ? 'long' : 'short'}`) ?? ZERO) : ZERO;
  }

  private moveSide({ symbol, side, reduces, clientOrderId }: PlaceRequest, quantity: Decimal): void {
    if (reduces === undefined) this.ambiguous.push(`${clientOrderId} does not say which position it is of`);
    const key = (of: 'long' | 'short') => `${symbol} ${of}`;
    const own = key((side === 'buy') === (reduces ?? false) ? 'short' : 'long');
    this.sides.set(own, (this.sides.get(own) ?? ZERO).plus(reduces ? quantity.neg() : quantity));
    const both = (['long', 'short'] as const).every((of) => !(this.sides.get(key(of)) ?? ZERO).isZero());
    if (both) this.ambiguous.push(`${clientOrderId} left a long and a short of ${symbol} side by side`);
  }

  /** The market has moved: something that rests fills, in whole or in part. */
  move(share: number): void {
    const resting = this.resting();
    if (resting.length === 0) return;
    this.trade(this.world.pick(resting), share);
  }

  /** The price jumps there: what it passes is triggered, in some order. */
  goTo(price: Decimal): void {
    this.price = price;
    const passed = ({ request: { side, type, price: limit, stopPrice } }: BookOrder): boolean => {
      const at = type === 'stop' ? stopPrice : limit;
      if (at === null) return false;
      return (type === 'stop') === (side === 'sell') ? price.lte(at) : price.gte(at);
    };
    const due = this.resting().filter(passed);
    while (due.length > 0) {
      const [next] = due.splice(Math.floor(this.world.random() * due.length), 1);
      if (next && isOpen(next)) this.trade(next, this.world.pick([0.5, 1, 1]));
    }
  }

  report(order: BookOrder): OrderReport {
    const { request, venueOrderId, status, fills, code } = order;
    return {
      clientOrderId: request.clientOrderId,
      venueOrderId,
      symbol: request.symbol,
      status,
      filledQuantity: filledOf(order),
      fills: [...fills],
      fillsComplete: true,
      code,
    };
  }

  private end(order: BookOrder, code: string): void {
    order.status = 'canceled';
    order.code = code;
    this.stir(order);
    this.tell(order);
  }

  private stir(order: BookOrder): void {
    for (const listener of this.hinted.values()) listener(order);
  }

  private tell(order: BookOrder): void {
    for (const listener of this.listeners.values()) listener(order);
  }

  private siblings({ request, venueOrderId }: BookOrder): BookOrder[] {
    if (request.ocoGroup === null) return [];
    return this.resting().filter((other) => other.venueOrderId !== venueOrderId && other.request.ocoGroup === request.ocoGroup);
  }
}

export function isOpen(order: BookOrder): boolean {
  return order.status === 'open' || order.status === 'partially_filled';
}

function filledOf({ fills }: BookOrder): Decimal {
  return fills.reduce((total, fill) => total.plus(fill.quantity), ZERO);
}

import type { Capabilities } from '../../src/domain/market/capabilities.ts';
import type { Market } from '../../src/domain/market/market.ts';
import { type Decimal, decimal, floorToStep, ZERO } from '../../src/domain/money.ts';
import type { Fill } from '../../src/domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../src/domain/order/report.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import type {
  CancelOutcome,
  LookupOutcome,
  OrderEntry,
  OrderRef,
  PlaceOutcome,
  PlaceRequest,
  VenueSession,
} from '../../src/exchange/exchange.ts';
import type { World } from './world.ts';

/** How long a signed request stays acceptable: what arrives later is refused, as venues with a receive window do. */
const RECEIVE_WINDOW_MS = 1_000;
const SYMBOLS = ['BTC/USDT:USDT', 'ETH/USDT:USDT'];

export const SIM_MARKETS: readonly Market[] = SYMBOLS.map((symbol) => ({
  symbol,
  venueSymbol: symbol.replace(/\/|:.*/g, ''),
  type: 'swap',
  base: symbol.slice(0, 3),
  quote: 'USDT',
  tickSize: decimal('0.01'),
  stepSize: decimal('0.001'),
  minQuantity: decimal('0.001'),
  minNotional: decimal('1'),
}));

interface BookOrder {
  readonly request: PlaceRequest;
  readonly venueOrderId: string;
  status: VenueOrderStatus;
  fills: Fill[];
  /** Lookups that still answer "not found": venues lag behind themselves. */
  invisibleFor: number;
}

/** The venue's own book: what really happened, whatever the engine believes. It executes whatever it is sent, also twice. */
export class VenueBook {
  readonly executions = new Map<string, number>();
  readonly orders: BookOrder[] = [];
  readonly positions = new Map<string, Decimal>();
  largestNotional = ZERO;
  private trades = 0;
  private readonly world: World;
  readonly price = decimal(100);

  constructor(world: World) {
    this.world = world;
  }

  find(ref: OrderRef): BookOrder | undefined {
    return this.orders.findLast((order) => order.request.clientOrderId === ref.clientOrderId);
  }

  accept(request: PlaceRequest): BookOrder {
    this.executions.set(request.clientOrderId, (this.executions.get(request.clientOrderId) ?? 0) + 1);
    const order: BookOrder = {
      request,
      venueOrderId: `v${this.orders.length + 1}`,
      status: 'open',
      fills: [],
      invisibleFor: this.world.chance(0.2) ? 2 : 0,
    };
    this.orders.push(order);
    if (request.type === 'market') this.fill(order, this.world.chance(0.2) ? 0.5 : 1);
    return order;
  }

  /** Fills a share of what is left of a resting order. */
  fill(order: BookOrder, share: number): void {
    const left = order.request.quantity.minus(sum(order.fills));
    const quantity = share >= 1 ? left : floorToStep(left.mul(String(share)), decimal('0.001'));
    if (quantity.lte(0)) return;
    this.trades += 1;
    order.fills.push({
      venueTradeId: `t${this.trades}`,
      quantity,
      price: this.price,
      fee: decimal('0.01'),
      feeAsset: 'USDT',
      liquidity: 'taker',
      executedAt: this.world.now,
    });
    order.status = sum(order.fills).eq(order.request.quantity) ? 'filled' : 'partially_filled';
    const held = this.positions.get(order.request.symbol) ?? ZERO;
    const next = order.request.side === 'buy' ? held.plus(quantity) : held.minus(quantity);
    this.positions.set(order.request.symbol, next);
    const notional = next.abs().mul(this.price);
    if (notional.gt(this.largestNotional)) this.largestNotional = notional;
  }

  report(order: BookOrder): OrderReport {
    const { request, venueOrderId, status, fills } = order;
    return {
      clientOrderId: request.clientOrderId,
      venueOrderId,
      symbol: request.symbol,
      status,
      filledQuantity: sum(fills),
      fills: [...fills],
      fillsComplete: true,
      code: null,
    };
  }

  /** Everything resting fills in full: the market has moved. */
  fillAll(): void {
    for (const order of this.orders) if (order.status === 'open' || order.status === 'partially_filled') this.fill(order, 1);
  }
}

function sum(fills: readonly Fill[]): Decimal {
  return fills.reduce((total, fill) => total.plus(fill.quantity), ZERO);
}

const UNKNOWN = { kind: 'unknown', code: 'VENUE_TIMEOUT', message: 'no reply' } as const;

/** One process's connection to the book, through a network that loses requests and replies while `faults` says so. */
export class SimOrderEntry implements OrderEntry {
  private readonly world: World;
  private readonly book: VenueBook;
  private readonly owner: number;
  private readonly faults: () => boolean;

  constructor(world: World, book: VenueBook, owner: number, faults: () => boolean) {
    this.world = world;
    this.book = book;
    this.owner = owner;
    this.faults = faults;
  }

  capabilities(): Capabilities {
    return {
      orderTypes: ['market', 'limit', 'stop', 'stop_limit'],
      timesInForce: ['GTC', 'IOC', 'FOK', 'GTD'],
      postOnly: true,
      reduceOnly: true,
      shortSelling: true,
      oco: true,
      amend: false,
      pushesReports: false,
      notFoundAfterMs: RECEIVE_WINDOW_MS + 500,
    };
  }

  async place(request: PlaceRequest): Promise<PlaceOutcome> {
    const signedAt = this.world.now;
    await this.world.step(this.owner, `place ${request.clientOrderId.slice(0, 6)} on its way`);
    if (this.faults() && this.world.chance(0.08)) return UNKNOWN;
    if (this.world.now - signedAt > RECEIVE_WINDOW_MS)
      return { kind: 'rejected', code: 'VENUE_CLOCK', message: 'outside the receive window' };
    if (this.faults() && this.world.chance(0.05)) return { kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS', message: 'too little' };
    const order = this.book.accept(request);
    const report = this.book.report(order);
    await this.world.step(this.owner, `place ${request.clientOrderId.slice(0, 6)} replies`);
    return this.faults() && this.world.chance(0.12) ? UNKNOWN : { kind: 'accepted', report };
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    await this.world.step(this.owner, 'cancel');
    if (this.faults() && this.world.chance(0.1)) return UNKNOWN;
    const order = this.book.find(ref);
    if (!order || (order.status !== 'open' && order.status !== 'partially_filled')) return { kind: 'not_open' };
    order.status = 'canceled';
    const report = this.book.report(order);
    await this.world.step(this.owner, 'cancel replies');
    return this.faults() && this.world.chance(0.1) ? UNKNOWN : { kind: 'canceled', report };
  }

  amend(): Promise<PlaceOutcome> {
    return Promise.resolve({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED', message: 'no' });
  }

  async lookup(ref: OrderRef): Promise<LookupOutcome> {
    await this.world.step(this.owner, 'lookup');
    if (this.faults() && this.world.chance(0.1)) return UNKNOWN;
    const order = this.book.find(ref);
    if (!order) return { kind: 'not_found' };
    if (order.invisibleFor > 0) {
      order.invisibleFor -= 1;
      return { kind: 'not_found' };
    }
    if (order.status === 'open' || order.status === 'partially_filled') this.book.fill(order, this.world.chance(0.5) ? 1 : 0.5);
    const report = this.book.report(order);
    await this.world.step(this.owner, 'lookup replies');
    return { kind: 'found', report };
  }

  balances(): Promise<null> {
    return Promise.resolve(null);
  }

  onReport(): void {
    // This venue never reports without being asked.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function simSession(world: World, book: VenueBook, owner: number, account: Account, faults: () => boolean): VenueSession {
  return {
    account,
    orders: new SimOrderEntry(world, book, owner, faults),
    feed: {
      name: 'sim',
      markets: () => Promise.resolve(SIM_MARKETS),
      quote: async (symbol) => {
        await world.step(owner, 'quote');
        return { symbol, bid: book.price, ask: book.price, last: book.price, at: world.now, source: 'sim' };
      },
    },
  };
}

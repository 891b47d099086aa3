import type { Market } from '../../../domain/market/market.ts';
import { type Decimal, decimal } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import { isFinal } from '../../../domain/order/transition.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { venueSize } from '../contracts.ts';
import { boundOfMarketBuy, text } from '../orderParams.ts';
import type { VenueLink } from '../profile.ts';
import { withFills } from '../replies.ts';
import type { VenueApi } from '../venueApi.ts';
import { AbsentError, BrokenReplyError, NoReplyError, NotSentError, RefusedHereError } from '../venueErrors.ts';
import { type UnifiedCalls, type UnifiedExchange, unifiedCalls } from './unprovenExchange.ts';
import * as replies from './unprovenReplies.ts';

/** How many digits of our id an exchange takes, where it is not all 32: ccxt itself refuses more for Gate (gate.js, `createOrder`). */
const ID_DIGITS: Readonly<Record<string, number>> = { gate: 28, gateeu: 28 };
const TRADE_PAGES_MAX = 10;

/** Our id as an exchange is sent it; 112 bits never meet twice either. */
export function idFor(exchange: string, clientOrderId: string): string {
  return clientOrderId.slice(-(ID_DIGITS[exchange] ?? clientOrderId.length));
}

/** What every function here needs: the exchange, its calls, and markets it has loaded. */
interface Unified {
  readonly exchange: UnifiedExchange;
  readonly calls: UnifiedCalls;
  readonly link: VenueLink;
}

/** Any exchange of ccxt through its unified calls (https://docs.ccxt.com, "Unified API"), of which nothing is known but what ccxt says. */
export function connectUnproven(link: VenueLink): VenueApi {
  const exchange = link.exchange as UnifiedExchange;
  const unified = { exchange, link, calls: unifiedCalls(exchange) };
  const balances = async () => replies.readBalances(await ask(unified, () => exchange.fetchBalance()));
  return {
    place: (request, market) => placeOrder(unified, request, market),
    cancel: (ref, market) => cancelOrder(unified, ref, market),
    find: (ref, market) => findOrder(unified, ref, market),
    balances,
    rights: async () => {
      await balances(); // Whether the key is accepted; what else it may do no unified call tells.
      return { canTrade: null, canWithdraw: null };
    },
    obstacles: () => obstacles(unified),
    syncClock: async () => (exchange.has.fetchTime === true ? exchange.loadTimeDifference() : 0),
  };
}

function ask<T>({ calls, link, exchange }: Unified, run: () => Promise<T>): Promise<T> {
  link.shareMarkets(exchange);
  return calls.read(run);
}

function tell<T>({ calls, link, exchange }: Unified, run: () => Promise<T>): Promise<T> {
  link.shareMarkets(exchange);
  return calls.write(run);
}

async function placeOrder(unified: Unified, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { exchange } = unified;
  const { clientOrderId, side } = request;
  const { symbol } = market;
  const price = await priceOf(unified, request, market);
  const amount = venueSize(request.quantity, market).toFixed();
  unified.link.shareMarkets(exchange);
  const { precision } = exchange.market(symbol);
  if (precision.amount !== undefined) demandExact(amount, () => exchange.amountToPrecision(symbol, amount));
  if (precision.price !== undefined && price !== undefined) demandExact(price, () => exchange.priceToPrecision(symbol, price));
  const params = {
    clientOrderId: idFor(exchange.id, clientOrderId),
    ...(request.type === 'market' && price !== undefined && { timeInForce: 'IOC' }),
  };
  const type = price === undefined ? 'market' : 'limit';
  const placed = await tell(unified, () => exchange.createOrder(symbol, type, side, amount, price, params));
  const venueOrderId = replies.readPlacedId(placed);
  return justPlaced(request, venueOrderId, () => findOrder(unified, { clientOrderId, venueOrderId, symbol }, market));
}

/** Of a limit order, and of a market buy on spot, of which is not known whether the exchange counts it in money (docs/adr/0022). */
async function priceOf({ exchange, link }: Unified, { type, side, price }: PlaceRequest, market: Market): Promise<string | undefined> {
  if (type === 'limit') return text(price);
  if (side === 'sell' || market.type === 'swap') return undefined;
  if (!takesIoc(exchange))
    throw new RefusedHereError(
      'FEATURE_NOT_SUPPORTED',
      'a market buy may be counted in money there, and has no immediate-or-cancel limit to stand in for it. Use a limit order.',
    );
  return boundOfMarketBuy((await link.quote(market.symbol))?.ask, market).toFixed();
}

/** ccxt's `features` of spot orders. */
export function takesIoc({ features }: Pick<UnifiedExchange, 'features'>): boolean {
  const spot = features?.spot as { readonly createOrder?: { readonly timeInForce?: { readonly IOC?: unknown } } } | undefined;
  return spot?.createOrder?.timeInForce?.IOC === true;
}

/** ccxt rounds amounts on their way out; what it would change is refused. */
function demandExact(given: string, rounded: () => string): void {
  let sent: Decimal | null = null;
  try {
    sent = decimal(rounded());
  } catch {
    // It is less than the smallest step.
  }
  if (!sent?.eq(given)) throw new RefusedHereError('VENUE_PRECISION', `${given} is finer than its market allows.`);
}

/** What a refusal to cancel means is not known; what has become of the order can be asked. */
async function cancelOrder(unified: Unified, ref: OrderRef, market: Market): Promise<OrderReport> {
  const venueOrderId = ref.venueOrderId ?? (await findOrder(unified, ref, market)).venueOrderId;
  if (venueOrderId === null) throw new BrokenReplyError('the order has no id');
  const known = { ...ref, venueOrderId };
  try {
    await tell(unified, () => unified.exchange.cancelOrder(venueOrderId, market.symbol));
  } catch (error) {
    if (error instanceof NoReplyError || error instanceof NotSentError || error instanceof RefusedHereError) throw error;
    const now = await findOrder(unified, known, market).catch(() => null);
    throw now && isFinal(now.status) ? new AbsentError('the order has ended') : error;
  }
  return justCanceled(() => findOrder(unified, known, market));
}

async function findOrder(unified: Unified, ref: OrderRef, market: Market): Promise<OrderReport> {
  const state = replies.readOrder(ref.venueOrderId === null ? await search(unified, ref) : await byId(unified, ref.venueOrderId, ref));
  if (ref.venueOrderId !== null && state.id !== ref.venueOrderId) throw new BrokenReplyError('the answer is about another order');
  return withFills(replies.orderFacts(state, market, ref.clientOrderId), () => fillsOf(unified, state, market));
}

async function byId(unified: Unified, venueOrderId: string, { symbol }: OrderRef): Promise<unknown> {
  if (unified.exchange.has.fetchOrder === true) return ask(unified, () => unified.exchange.fetchOrder(venueOrderId, symbol));
  const found = await inLists(unified, symbol, ({ id }) => id === venueOrderId);
  if (found === undefined) throw new BrokenReplyError('no list holds the order, which proves nothing here');
  return found;
}

/** Exchanges may set something of their own before our id. */
async function search(unified: Unified, { clientOrderId, symbol }: OrderRef): Promise<unknown> {
  const wanted = idFor(unified.exchange.id, clientOrderId);
  const found = await inLists(unified, symbol, (one) => one.clientOrderId?.replaceAll('-', '').endsWith(wanted) === true);
  if (found === undefined) throw new AbsentError('no list holds the order');
  return found;
}

/** Whatever lists of orders there are, the open ones first; of those of ended ones as few as hold them all. */
async function inLists(unified: Unified, symbol: string, wanted: Parameters<typeof replies.findIn>[1]): Promise<unknown> {
  for (const list of listsOf(unified.exchange)) {
    const found = replies.findIn(await ask(unified, () => unified.exchange[list](symbol)), wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

const OPEN = ['fetchOpenOrders'] as const;
const ENDED = [['fetchOrders'], ['fetchCanceledAndClosedOrders'], ['fetchClosedOrders', 'fetchCanceledOrders']] as const;
type List = (typeof OPEN)[number] | (typeof ENDED)[number][number];

export function listsOf({ has }: Pick<UnifiedExchange, 'has'>): readonly List[] {
  const offered = (names: readonly List[]): List[] => names.filter((name) => has[name] === true);
  return [...offered(OPEN), ...(ENDED.map(offered).find((names) => names.length > 0) ?? [])];
}

async function fillsOf(unified: Unified, state: replies.UnifiedOrder, market: Market): Promise<readonly Fill[]> {
  const { exchange } = unified;
  if (exchange.has.fetchOrderTrades === true) {
    const rows = replies.readTrades(await ask(unified, () => exchange.fetchOrderTrades(state.id, market.symbol)));
    return rows.filter(({ order }) => order === state.id || !order).map((row) => replies.fillOf(row, market));
  }
  const rows = new Map<string, replies.UnifiedTrade>();
  let since = state.timestamp ?? undefined;
  for (let page = 1; page <= TRADE_PAGES_MAX; page += 1) {
    const known = rows.size;
    for (const row of replies.readTrades(await ask(unified, () => exchange.fetchMyTrades(market.symbol, since)))) rows.set(row.id, row);
    since = Math.max(...[...rows.values()].map(({ timestamp }) => timestamp));
    if (rows.size === known) break;
  }
  return [...rows.values()].filter(({ order }) => order === state.id).map((row) => replies.fillOf(row, market));
}

/** Orders here do not say which side of a position they are of. */
async function obstacles(unified: Unified): Promise<readonly string[]> {
  const { exchange } = unified;
  if (unified.link.market !== 'swap' || exchange.has.fetchPositionMode !== true) return [];
  const hedged = await ask(unified, () => exchange.fetchPositionMode()).then(replies.isHedged, () => false);
  return hedged ? ['The account holds long and short side by side: switch it to one-way mode.'] : [];
}

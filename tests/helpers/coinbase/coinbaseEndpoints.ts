import { Decimal, floorToStep } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import type { SentRequest } from '../venue/protocolServer.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';

export type SpotBook = MatchingBook<SpotWallet>;

/** An error of the API's own form, with a status of 4xx. */
export class CoinbaseError extends Error {
  override readonly name = 'CoinbaseError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** An order that was not made: told with HTTP 200. */
export class NotMadeError extends Error {
  override readonly name = 'NotMadeError';
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

export interface EndpointContext {
  readonly book: SpotBook;
  readonly now: () => number;
  readonly permissions: { readonly canTrade: boolean; readonly canTransfer: boolean };
}

interface Endpoint {
  readonly signed: boolean;
  readonly run: (context: EndpointContext, sent: SentRequest) => unknown;
}

const BASE = '/api/v3/brokerage';
const ORDERS = `${BASE}/orders`;
const publicly = (run: Endpoint['run']): Endpoint => ({ signed: false, run });
const signed = (run: Endpoint['run']): Endpoint => ({ signed: true, run });

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  [
    `GET ${BASE}/time`,
    publicly(({ now }) => ({ iso: iso(now()), epochSeconds: String(Math.floor(now() / 1000)), epochMillis: String(now()) })),
  ],
  [`GET ${BASE}/market/products`, publicly(products)],
  [`GET ${BASE}/market/product_book`, publicly(productBook)],
  [`GET ${BASE}/transaction_summary`, signed(() => ({ fee_tier: { taker_fee_rate: '0.006', maker_fee_rate: '0.004' } }))],
  [`POST ${ORDERS}`, signed(createOrder)],
  [`POST ${ORDERS}/batch_cancel`, signed(cancelOrders)],
  [`GET ${ORDERS}/historical/batch`, signed(listOrders)],
  [`GET ${ORDERS}/historical/fills`, signed(listFills)],
  [
    `GET ${BASE}/accounts`,
    signed(({ book }) => ({ accounts: book.wallet.assets().map((currency) => account(book, currency)), has_next: false, cursor: '' })),
  ],
  [
    `GET ${BASE}/key_permissions`,
    signed(({ permissions }) => ({
      can_view: true,
      can_trade: permissions.canTrade,
      can_transfer: permissions.canTransfer,
      portfolio_uuid: 'p',
      portfolio_type: 'DEFAULT',
    })),
  ],
]);

/** The endpoint of a request, also where its path ends in an id. */
export function endpointFor({ method, path }: SentRequest): Endpoint | undefined {
  const known = ENDPOINTS.get(`${method} ${path}`);
  if (known || method !== 'GET') return known;
  if (path.startsWith(`${ORDERS}/historical/`)) return signed(oneOrder);
  return /\/market\/products\/[^/]+\/ticker$/.test(path) ? publicly(ticker) : undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function products({ book }: EndpointContext, { params, query }: SentRequest): unknown {
  if (params.product_type === 'FUTURE') return { products: [], num_products: 0 };
  const wanted = new URLSearchParams(query).getAll('product_ids');
  const listed = book.symbols.filter(({ symbol }) => wanted.length === 0 || wanted.includes(symbol));
  return { products: listed.map((rules) => productInfo(rules, book.market(rules.symbol).price.toFixed())), num_products: listed.length };
}

function productBook({ book, now }: EndpointContext, { params }: SentRequest): unknown {
  const product_id = params.product_id ?? '';
  const { bids, asks } = shownLevels(book.market(product_id).price);
  const levels = (side: typeof bids) => side.map(([price, size]) => ({ price, size }));
  return { pricebook: { product_id, bids: levels(bids), asks: levels(asks), time: iso(now()) } };
}

function productInfo(rules: SymbolRules, price: string): unknown {
  return {
    product_id: rules.symbol,
    price,
    base_increment: rules.stepSize,
    quote_increment: rules.tickSize,
    price_increment: rules.tickSize,
    quote_min_size: rules.minNotional,
    quote_max_size: '150000000',
    base_min_size: rules.minQty,
    base_max_size: '100000',
    base_name: rules.base,
    quote_name: rules.quote,
    status: 'online',
    is_disabled: false,
    trading_disabled: false,
    cancel_only: false,
    limit_only: false,
    post_only: false,
    auction_mode: false,
    view_only: false,
    product_type: 'SPOT',
    base_currency_id: rules.base,
    quote_currency_id: rules.quote,
    alias: '',
    alias_to: [],
  };
}

function ticker({ book, now }: EndpointContext, { path }: SentRequest): unknown {
  const symbol = path.split('/').at(-2) ?? '';
  const price = book.market(symbol).price.toFixed();
  const trade = { trade_id: '1', product_id: symbol, price, size: '0.01', time: iso(now()), side: 'BUY', bid: '', ask: '' };
  return { trades: [trade], best_bid: price, best_ask: price };
}

interface Created {
  readonly client_order_id?: string;
  readonly product_id?: string;
  readonly side?: string;
  readonly order_configuration?: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
}

/** The forms of `order_configuration` this server knows, with the fields of each. */
const FORMS: Readonly<
  Record<string, { readonly type: NewOrder['type']; readonly timeInForce: NewOrder['timeInForce']; readonly fields: readonly string[] }>
> = {
  market_market_ioc: { type: 'MARKET', timeInForce: 'IOC', fields: ['base_size', 'quote_size'] },
  sor_limit_ioc: { type: 'LIMIT', timeInForce: 'IOC', fields: ['base_size', 'limit_price'] },
  limit_limit_fok: { type: 'LIMIT', timeInForce: 'FOK', fields: ['base_size', 'limit_price'] },
  limit_limit_gtc: { type: 'LIMIT', timeInForce: 'GTC', fields: ['base_size', 'limit_price', 'post_only'] },
  limit_limit_gtd: { type: 'LIMIT', timeInForce: 'GTC', fields: ['base_size', 'limit_price', 'post_only', 'end_time'] },
  stop_limit_stop_limit_gtc: {
    type: 'STOP_LOSS_LIMIT',
    timeInForce: 'GTC',
    fields: ['base_size', 'limit_price', 'stop_price', 'stop_direction'],
  },
  stop_limit_stop_limit_gtd: {
    type: 'STOP_LOSS_LIMIT',
    timeInForce: 'GTC',
    fields: ['base_size', 'limit_price', 'stop_price', 'stop_direction', 'end_time'],
  },
};

function createOrder({ book, permissions }: EndpointContext, { body }: SentRequest): unknown {
  const { client_order_id, product_id, side, order_configuration = {} } = JSON.parse(body) as Created;
  if (!client_order_id || !product_id || (side !== 'BUY' && side !== 'SELL'))
    throw new CoinbaseError(400, 'INVALID_ARGUMENT', 'a required field is missing');
  if (!permissions.canTrade) throw new CoinbaseError(403, 'PERMISSION_DENIED', 'Missing required scopes');
  const [known] = book.accepted(client_order_id);
  const order = known ?? book.place(readOrder(book, client_order_id, product_id, side, order_configuration));
  return {
    success: true,
    success_response: { order_id: orderId(order), product_id, side, client_order_id, attached_order_id: '' },
    order_configuration,
  };
}

function readOrder(
  book: SpotBook,
  clientOrderId: string,
  symbol: string,
  side: 'BUY' | 'SELL',
  configuration: NonNullable<Created['order_configuration']>,
): NewOrder {
  const { rules, price: last } = book.market(symbol);
  const [[name, terms] = ['', {}], another] = Object.entries(configuration);
  const form = FORMS[name];
  if (!form || another || Object.keys(terms).some((field) => !form.fields.includes(field)))
    throw new NotMadeError('UNSUPPORTED_ORDER_CONFIGURATION');
  const number = (field: string): Decimal | null => (typeof terms[field] === 'string' ? new Decimal(terms[field]) : null);
  const bySpending = number('quote_size')?.div(last);
  const quantity = bySpending ? floorToStep(bySpending, new Decimal(rules.stepSize)) : number('base_size');
  const stopPrice = number('stop_price');
  const price = number('limit_price');
  if (!quantity) throw new CoinbaseError(400, 'INVALID_ARGUMENT', 'base_size is missing');
  // Written out, the direction decides; this server knows only stops, not orders that wait for a better price.
  if (stopPrice && terms.stop_direction !== (side === 'BUY' ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN'))
    throw new NotMadeError('UNSUPPORTED_ORDER_CONFIGURATION');
  if (!quantity.mod(rules.stepSize).isZero()) throw new NotMadeError('INVALID_SIZE_PRECISION');
  for (const value of [price, stopPrice])
    if (value && !value.mod(rules.tickSize).isZero()) throw new NotMadeError('INVALID_PRICE_PRECISION');
  if (quantity.mul(price ?? last).lt(rules.minNotional)) throw new NotMadeError('PREVIEW_INVALID_BASE_SIZE_TOO_SMALL');
  const type = terms.post_only === true ? 'LIMIT_MAKER' : form.type;
  return { clientOrderId, symbol, side, type, timeInForce: form.timeInForce, quantity, price, stopPrice };
}

/** Ids are UUIDs. */
function orderId(order: BookOrder): string {
  return `00000000-0000-4000-8000-${String(order.orderId).padStart(12, '0')}`;
}

function cancelOrders({ book }: EndpointContext, { body }: SentRequest): unknown {
  const { order_ids } = JSON.parse(body) as { readonly order_ids: readonly string[] };
  const results = order_ids.map((order_id) => {
    const order = book.orders.find((candidate) => orderId(candidate) === order_id);
    const open = order !== undefined && book.openOrders(order.symbol).includes(order);
    if (open) book.cancel(order);
    return { success: open, failure_reason: open ? 'UNKNOWN_CANCEL_FAILURE_REASON' : 'UNKNOWN_CANCEL_ORDER', order_id };
  });
  return { results };
}

function oneOrder({ book }: EndpointContext, { path }: SentRequest): unknown {
  const order = book.orders.find((candidate) => path.endsWith(`/${orderId(candidate)}`));
  if (!order) throw new CoinbaseError(404, 'NOT_FOUND', 'order with this orderID was not found');
  return { order: shownOrder(order) };
}

/** Newest first, in pages; a young order is missing for as long as the book hides it. */
function listOrders({ book }: EndpointContext, { query }: SentRequest): unknown {
  const asked = new URLSearchParams(query);
  const wanted = asked.getAll('product_ids');
  const from = Number(asked.get('cursor') ?? 0);
  const limit = Number(asked.get('limit') ?? 100);
  const statuses = asked.getAll('order_status');
  if (statuses.includes('OPEN') && statuses.length > 1)
    throw new CoinbaseError(400, 'INVALID_ARGUMENT', 'OPEN cannot be combined with other statuses');
  const listed = book.orders
    .filter(({ symbol, status }) => (wanted.length === 0 || wanted.includes(symbol)) && isListed(STATUS[status], statuses))
    .reverse();
  const shown = listed.filter((order) => order.hiddenPolls === 0);
  for (const order of listed) if (order.hiddenPolls > 0) order.hiddenPolls--;
  const has_next = shown.length > from + limit;
  return { orders: shown.slice(from, from + limit).map(shownOrder), sequence: '0', has_next, cursor: has_next ? String(from + limit) : '' };
}

function isListed(status: string, statuses: readonly string[]): boolean {
  return statuses.length === 0 || statuses.includes(status);
}

const STATUS = {
  NEW: 'OPEN',
  PARTIALLY_FILLED: 'OPEN',
  FILLED: 'FILLED',
  CANCELED: 'CANCELLED',
  EXPIRED: 'CANCELLED',
  REJECTED: 'FAILED',
} as const;
const LIFETIME = { GTC: 'GOOD_UNTIL_CANCELLED', IOC: 'IMMEDIATE_OR_CANCEL', FOK: 'FILL_OR_KILL' } as const;

function shownOrder(order: BookOrder): unknown {
  return {
    order_id: orderId(order),
    product_id: order.symbol,
    user_id: 'u',
    order_configuration: configurationOf(order),
    side: order.side,
    client_order_id: order.clientOrderId,
    status: STATUS[order.status],
    time_in_force: LIFETIME[order.timeInForce],
    created_time: iso(order.time),
    completion_percentage: order.executedQty.div(order.origQty).mul(100).toFixed(),
    filled_size: order.executedQty.toFixed(),
    average_filled_price: order.executedQty.isZero() ? '0' : order.quoteQty.div(order.executedQty).toFixed(),
    fee: '',
    number_of_fills: String(order.trades.length),
    filled_value: order.quoteQty.toFixed(),
    size_in_quote: false,
    total_fees: order.trades.reduce((sum, trade) => sum.add(trade.commission), new Decimal(0)).toFixed(),
    trigger_status: order.stopPrice === null ? 'INVALID_ORDER_TYPE' : order.waiting ? 'STOP_PENDING' : 'STOP_TRIGGERED',
    order_type: order.type === 'MARKET' ? 'MARKET' : order.stopPrice === null ? 'LIMIT' : 'STOP_LIMIT',
    reject_reason: 'REJECT_REASON_UNSPECIFIED',
    settled: order.status === 'FILLED',
    product_type: 'SPOT',
  };
}

/** What it was made with, as far as the book keeps it. */
function configurationOf({ type, timeInForce, origQty, price, stopPrice }: BookOrder): unknown {
  const base_size = origQty.toFixed();
  if (type === 'MARKET') return { market_market_ioc: { base_size } };
  const limit = { base_size, limit_price: price.toFixed() };
  if (stopPrice !== null) return { stop_limit_stop_limit_gtc: { ...limit, stop_price: stopPrice.toFixed() } };
  if (timeInForce === 'IOC') return { sor_limit_ioc: limit };
  return timeInForce === 'FOK' ? { limit_limit_fok: limit } : { limit_limit_gtc: { ...limit, post_only: type === 'LIMIT_MAKER' } };
}

function listFills({ book }: EndpointContext, { query }: SentRequest): unknown {
  const asked = new URLSearchParams(query);
  const ids = asked.getAll('order_ids');
  const orders = book.orders.filter((order) => ids.length === 0 || ids.includes(orderId(order)));
  const products = asked.getAll('product_ids');
  const since = new Date(asked.get('start_sequence_timestamp') ?? 0).getTime();
  const fills = orders
    .flatMap((order) => order.trades.map((trade) => ({ order, trade })))
    .filter(({ trade }) => trade.time >= since && (products.length === 0 || products.includes(trade.symbol)))
    .sort((a, b) => a.trade.time - b.trade.time)
    .map(({ order, trade }) => shownFill(order, trade));
  const from = Number(asked.get('cursor') ?? 0);
  const upTo = from + Number(asked.get('limit') ?? 100);
  return { fills: fills.reverse().slice(from, upTo), cursor: upTo < fills.length ? String(upTo) : '' };
}

function shownFill(order: BookOrder, trade: BookTrade): unknown {
  return {
    entry_id: `entry-${trade.id}`,
    trade_id: `trade-${trade.id}`,
    order_id: orderId(order),
    trade_time: iso(trade.time),
    trade_type: 'FILL',
    price: trade.price.toFixed(),
    size: trade.qty.toFixed(),
    commission: trade.commission.toFixed(),
    product_id: trade.symbol,
    sequence_timestamp: iso(trade.time),
    liquidity_indicator: trade.isMaker ? 'MAKER' : 'TAKER',
    size_in_quote: false,
    user_id: 'u',
    side: trade.side,
  };
}

function account(book: SpotBook, currency: string): unknown {
  return {
    uuid: `account-${currency}`,
    name: `${currency} Wallet`,
    currency,
    available_balance: { value: book.wallet.free(currency).toFixed(), currency },
    hold: { value: book.wallet.locked(currency).toFixed(), currency },
    default: true,
    active: true,
    type: 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
  };
}

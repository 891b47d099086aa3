import { createHmac, randomBytes } from 'node:crypto';
import { Decimal } from '../../../src/domain/money.ts';
import { type BookOrderType, type NewOrder, ORDER_TYPES, type SymbolRules } from '../venue/bookTypes.ts';
import { BinanceError } from './binanceError.ts';

export type Params = Readonly<Record<string, string>>;

const NEW_ORDER_PARAMS = new Set([
  'symbol',
  'side',
  'type',
  'timeInForce',
  'quantity',
  'quoteOrderQty',
  'price',
  'newClientOrderId',
  'stopPrice',
  'newOrderRespType',
  'recvWindow',
  'timestamp',
  'signature',
]);

/** What each type must and must not carry besides symbol, side and quantity (rest-api.md, "New order"). */
const REQUIRED: Readonly<Record<BookOrderType, readonly string[]>> = {
  LIMIT: ['timeInForce', 'price'],
  LIMIT_MAKER: ['price'],
  MARKET: [],
  STOP_LOSS: ['stopPrice'],
  STOP_LOSS_LIMIT: ['timeInForce', 'price', 'stopPrice'],
  TAKE_PROFIT: ['stopPrice'],
  TAKE_PROFIT_LIMIT: ['timeInForce', 'price', 'stopPrice'],
};

/** Signed endpoints: key known, signature over everything sent, time within the window. */
export function checkSignature(
  keys: { readonly apiKey: string; readonly secret: string },
  sent: { readonly apiKey: string | undefined; readonly query: string; readonly body: string; readonly params: Params },
  serverTime: number,
): void {
  if (!sent.apiKey) throw new BinanceError(-2014, 'API-key format invalid.', 401);
  if (sent.apiKey !== keys.apiKey) throw new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
  const timestamp = Number(required(sent.params, 'timestamp'));
  const recvWindow = Number(sent.params.recvWindow ?? 5000);
  if (recvWindow > 60_000) throw new BinanceError(-1131, 'recvWindow must be less than 60000');
  if (timestamp >= serverTime + 1000) throw new BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  if (serverTime - timestamp > recvWindow) throw new BinanceError(-1021, 'Timestamp for this request is outside of the recvWindow.');
  const signed = (sent.query + sent.body).replace(/&?signature=[0-9a-f]*/, '');
  const expected = createHmac('sha256', keys.secret).update(signed).digest('hex');
  if (sent.params.signature !== expected) throw new BinanceError(-1022, 'Signature for this request is not valid.');
}

/** Reads and checks POST /order in the order the venue does: parameters, then precision, then filters. */
export function readNewOrder(params: Params, rules: SymbolRules, lastPrice: Decimal): NewOrder {
  const unread = Object.keys(params).filter((name) => !NEW_ORDER_PARAMS.has(name));
  if (unread.length > 0) {
    const sent = Object.keys(params).length;
    throw new BinanceError(-1104, `Not all sent parameters were read; read '${sent - unread.length}' parameter(s) but was sent '${sent}'.`);
  }
  const side = oneOf(required(params, 'side'), ['BUY', 'SELL'] as const, () => new BinanceError(-1117, 'Invalid side.'));
  const type = oneOf(required(params, 'type'), ORDER_TYPES, () => new BinanceError(-1116, 'Invalid orderType.'));
  checkFields(params, type);
  const timeInForce = oneOf(
    params.timeInForce ?? 'GTC',
    ['GTC', 'IOC', 'FOK'] as const,
    () => new BinanceError(-1115, 'Invalid timeInForce.'),
  );
  const order: NewOrder = {
    clientOrderId: clientOrderId(params),
    symbol: rules.symbol,
    side,
    type,
    timeInForce,
    quantity: number(params, 'quantity', rules.basePrecision),
    price: params.price === undefined ? null : number(params, 'price', 8),
    stopPrice: params.stopPrice === undefined ? null : number(params, 'stopPrice', 8),
  };
  checkFilters(order, rules, lastPrice);
  return order;
}

export function required(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === '')
    throw new BinanceError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  return value;
}

/** The id the venue makes up when the caller sends none. */
export function inventedId(): string {
  return randomBytes(11).toString('hex');
}

function checkFields(params: Params, type: BookOrderType): void {
  for (const name of REQUIRED[type]) required(params, name);
  for (const name of ['timeInForce', 'price', 'stopPrice'])
    if (params[name] !== undefined && !REQUIRED[type].includes(name))
      throw new BinanceError(-1106, `Parameter '${name}' sent when not required.`);
  if (params.quoteOrderQty !== undefined) throw new BinanceError(-1106, "Parameter 'quoteOrderQty' sent when not required.");
}

function clientOrderId(params: Params): string {
  const id = params.newClientOrderId;
  if (id === undefined) return inventedId();
  if (!/^[a-zA-Z0-9-_]{1,36}$/.test(id))
    throw new BinanceError(-1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.");
  return id;
}

function number(params: Params, name: string, precision: number): Decimal {
  const text = required(params, name);
  if (!/^[0-9]{1,20}(\.[0-9]{1,20})?$/.test(text))
    throw new BinanceError(-1100, `Illegal characters found in parameter '${name}'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.`);
  const value = new Decimal(text);
  if (value.decimalPlaces() > precision) throw new BinanceError(-1111, `Parameter '${name}' has too much precision.`);
  return value;
}

function checkFilters(order: NewOrder, rules: SymbolRules, lastPrice: Decimal): void {
  for (const price of [order.price, order.stopPrice])
    if (price && (price.lte(0) || !price.mod(rules.tickSize).isZero())) throw new BinanceError(-1013, 'Filter failure: PRICE_FILTER');
  if (order.quantity.lte(0)) throw new BinanceError(-1013, 'Invalid quantity.');
  if (order.quantity.lt(rules.minQty) || !order.quantity.mod(rules.stepSize).isZero())
    throw new BinanceError(-1013, 'Filter failure: LOT_SIZE');
  const price = order.price ?? order.stopPrice ?? lastPrice;
  if (order.quantity.mul(price).lt(rules.minNotional)) throw new BinanceError(-1013, 'Filter failure: NOTIONAL');
}

function oneOf<const T extends string>(value: string, allowed: readonly T[], error: () => BinanceError): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw error();
  return found;
}

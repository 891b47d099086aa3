import { Decimal, floorToStep } from '../../../src/domain/money.ts';
import type { BookOrderType, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { trailed } from './krakenBook.ts';
import { type KrakenContext, type KrakenTerms, oneOf, type Params, param, required, whole } from './krakenContext.ts';
import { invalid } from './krakenError.ts';
import { readPrice, relativeOf } from './krakenPrices.ts';

const ORDER_TYPES = {
  ...{ market: 'MARKET', limit: 'LIMIT', iceberg: 'LIMIT' },
  ...{ 'stop-loss': 'STOP_LOSS', 'stop-loss-limit': 'STOP_LOSS_LIMIT' },
  ...{ 'take-profit': 'TAKE_PROFIT', 'take-profit-limit': 'TAKE_PROFIT_LIMIT' },
  ...{ 'trailing-stop': 'STOP_LOSS', 'trailing-stop-limit': 'STOP_LOSS_LIMIT' },
} as const satisfies Readonly<Record<string, BookOrderType>>;
type OrderType = keyof typeof ORDER_TYPES;
const TYPE_NAMES = Object.keys(ORDER_TYPES) as readonly OrderType[];
const OFLAGS = ['post', 'fcib', 'fciq', 'nompp', 'viqc'];
const MONTH_MS = 31 * 24 * 3_600_000;

/** An order as the book takes it, and what Kraken remembers of it besides. */
interface Read {
  readonly request: NewOrder;
  readonly terms: KrakenTerms;
}

/** Reads what AddOrder was sent. */
export function readOrder(context: KrakenContext, params: Params, rules: SymbolRules): Read {
  const { book } = context;
  const last = book.market(rules.symbol).price;
  const side = oneOf(params, 'type', ['buy', 'sell']) === 'buy' ? 'BUY' : 'SELL';
  const ordertype = oneOf(params, 'ordertype', TYPE_NAMES);
  const oflags = readFlags(params, ordertype, side);
  const prices = readPrices(params, rules, ordertype, side, last);
  const timeinforce = oneOf(params, 'timeinforce', ['GTC', 'IOC', 'GTD', 'FOK'], 'GTC');
  if (ordertype === 'market' && timeinforce !== 'GTC' && timeinforce !== 'IOC') throw invalid('timeinforce');
  const volume = readVolume(params);
  const cost = oflags.includes('viqc') ? volume : null;
  const terms: KrakenTerms = {
    ...{ ordertype, timeinforce, cost, trail: prices.trail, reason: null, expired: false, amended: false },
    oflags: oflags.includes('fcib') || oflags.includes('fciq') ? oflags : ['fciq', ...oflags],
    price: prices.shown ?? '0',
    price2: prices.shown2 ?? '0',
    userref: param(params, 'userref') === undefined ? null : whole(params, 'userref', 0),
    trigger: prices.stopPrice ? oneOf(params, 'trigger', ['last', 'index'], 'last') : null,
    displayvol: readDisplay(params, ordertype, volume),
    expiresAt: readExpiry(context, params, timeinforce),
  };
  const request: NewOrder = {
    clientOrderId: param(params, 'cl_ord_id') ?? `own-${book.orders.length + 1}`,
    symbol: rules.symbol,
    side,
    type: oflags.includes('post') ? 'LIMIT_MAKER' : ORDER_TYPES[ordertype],
    timeInForce: timeinforce === 'GTD' ? 'GTC' : timeinforce,
    quantity: cost ? floorToStep(volume.div(last), new Decimal(rules.stepSize)) : volume,
    price: prices.price,
    stopPrice: prices.stopPrice,
  };
  return { request, terms };
}

function readVolume(params: Params): Decimal {
  const text = required(params, 'volume');
  if (!/^\d{1,12}(\.\d{1,12})?$/.test(text)) throw invalid('volume');
  return new Decimal(text);
}

function readFlags(params: Params, ordertype: OrderType, side: NewOrder['side']): readonly string[] {
  const flags = param(params, 'oflags')?.split(',') ?? [];
  if (flags.some((name) => !OFLAGS.includes(name))) throw invalid('oflags');
  if (flags.includes('post') && ordertype !== 'limit' && ordertype !== 'iceberg') throw invalid('oflags');
  if (flags.includes('viqc') && (ordertype !== 'market' || side === 'SELL')) throw invalid('oflags');
  if (flags.includes('fcib') && flags.includes('fciq')) throw invalid('oflags');
  return flags;
}

interface ReadPrices {
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly trail: KrakenTerms['trail'];
  readonly shown?: string;
  readonly shown2?: string;
}

/** `price` is the limit of a limit order and the trigger of any other, whose limit is `price2`. */
function readPrices(params: Params, rules: SymbolRules, ordertype: OrderType, side: NewOrder['side'], last: Decimal): ReadPrices {
  if (ordertype === 'market') return { price: null, stopPrice: null, trail: null };
  const first = required(params, 'price');
  if (ordertype.startsWith('trailing-stop')) return readTrail(params, rules, ordertype, side, last);
  const price = readPrice(rules, 'price', first, side, last);
  if (ordertype === 'limit' || ordertype === 'iceberg') return { price, stopPrice: null, trail: null, shown: price.toFixed() };
  const limit = ordertype.endsWith('-limit') ? readPrice(rules, 'price2', required(params, 'price2'), side, price) : null;
  return { price: limit, stopPrice: price, trail: null, shown: price.toFixed(), ...(limit && { shown2: limit.toFixed() }) };
}

/** Always told with a `+`, whichever way it follows; the limit with either sign. */
function readTrail(params: Params, rules: SymbolRules, ordertype: OrderType, side: NewOrder['side'], last: Decimal): ReadPrices {
  const stop = relativeOf(required(params, 'price'), side);
  if (!params.price?.startsWith('+') || !stop?.amount.gt(0)) throw invalid('price');
  const limit = ordertype.endsWith('-limit') ? relativeOf(required(params, 'price2'), side) : null;
  if (ordertype.endsWith('-limit') && !limit) throw invalid('price2');
  const trail = { stop, limit };
  const at = trailed(rules, { side }, trail, last);
  return {
    ...{ price: at.price ?? null, stopPrice: at.stopPrice, trail, shown: required(params, 'price') },
    ...(limit && { shown2: required(params, 'price2') }),
  };
}

function readDisplay(params: Params, ordertype: OrderType, volume: Decimal): string | null {
  const text = param(params, 'displayvol');
  if ((text !== undefined) !== (ordertype === 'iceberg')) throw invalid('displayvol');
  if (text === undefined) return null;
  const shown = /^\d{1,12}(\.\d{1,12})?$/.test(text) ? new Decimal(text) : new Decimal(0);
  if (shown.mul(15).lt(volume) || shown.gt(volume)) throw invalid('displayvol');
  return shown.toFixed(8);
}

/** Seconds from now after a `+`, five at least, else a Unix time; only with GTD, which needs it. */
function readExpiry({ now }: KrakenContext, params: Params, timeinforce: string): number | null {
  const text = param(params, 'expiretm');
  if (text === undefined || text === '0') {
    if (timeinforce === 'GTD') throw invalid('expiretm');
    return null;
  }
  const [, plus, digits] = /^(\+?)(\d{1,12})$/.exec(text) ?? [];
  if (digits === undefined || timeinforce !== 'GTD') throw invalid('expiretm');
  const at = plus === '+' ? now() + Number(digits) * 1000 : Number(digits) * 1000;
  if (at <= now() || at > now() + MONTH_MS || (plus === '+' && Number(digits) < 5)) throw invalid('expiretm');
  return at;
}

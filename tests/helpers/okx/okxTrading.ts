import { Decimal } from '../../../src/domain/money.ts';
import { type BookOrder, type BookOrderType, BookRefusal, type BookRefusalReason, type NewOrder } from '../venue/bookTypes.ts';
import {
  contractValue,
  marketOf,
  type OkxContext,
  OkxError,
  OrderRefusal,
  type Params,
  pageOf,
  param,
  required,
  shownSize,
} from './okxTypes.ts';

const COMMON = ['instId', 'tdMode', 'side', 'posSide', 'ordType', 'sz', 'tgtCcy', 'reduceOnly'];
const ORDER_PARAMS = new Set([...COMMON, 'clOrdId', 'px', 'banAmend', 'tag']);
const ALGO_PARAMS = new Set([...COMMON, 'algoClOrdId', 'slTriggerPx', 'slTriggerPxType', 'slOrdPx']);
const UNFILLED_KEPT_MS = 2 * 60 * 60_000;

type Terms = Pick<NewOrder, 'type' | 'timeInForce' | 'price' | 'stopPrice'>;
const FORCES = { limit: 'GTC', post_only: 'GTC', ioc: 'IOC', fok: 'FOK' } as const;

export function placeOrder(context: OkxContext, params: Params): readonly unknown[] {
  const names = { clOrdId: param(params, 'clOrdId') ?? '', ordId: '', tag: '' };
  return refusing(names, { duplicate: ['51016', 'Client order ID already exists.'] }, params, () => {
    checkParams(params, ORDER_PARAMS);
    const ordType = oneOf(params, 'ordType', ['market', 'limit', 'post_only', 'ioc', 'fok']);
    const terms: Terms =
      ordType === 'market'
        ? { type: 'MARKET', timeInForce: 'GTC', price: null, stopPrice: null }
        : {
            type: ordType === 'post_only' ? 'LIMIT_MAKER' : 'LIMIT',
            timeInForce: FORCES[ordType],
            price: new Decimal(required(params, 'px')),
            stopPrice: null,
          };
    const order = accept(context, params, names.clOrdId, terms);
    return [{ ...names, ordId: String(order.orderId), ts: String(context.now()), sCode: '0', sMsg: 'Order placed', subCode: '' }];
  });
}

/** A stop-loss: refused when its price has been passed. */
export function placeAlgo(context: OkxContext, params: Params): readonly unknown[] {
  const names = { algoClOrdId: param(params, 'algoClOrdId') ?? '', algoId: '', clOrdId: '', tag: '' };
  return refusing(names, { duplicate: ['51065', 'algoClOrdId already exists.'] }, params, () => {
    checkParams(params, ALGO_PARAMS);
    oneOf(params, 'ordType', ['conditional']);
    oneOf({ type: 'last', ...(param(params, 'slTriggerPxType') !== undefined && { type: params.slTriggerPxType }) }, 'type', ['last']);
    const limit = required(params, 'slOrdPx');
    const type: BookOrderType = limit === '-1' ? 'STOP_LOSS' : 'STOP_LOSS_LIMIT';
    const price = limit === '-1' ? null : new Decimal(limit);
    const stopPrice = new Decimal(required(params, 'slTriggerPx'));
    const order = accept(context, params, names.algoClOrdId, { type, timeInForce: 'GTC', price, stopPrice });
    return [{ ...names, algoId: algoId(order), sCode: '0', sMsg: '' }];
  });
}

/** The book's refusals in OKX's words, as the refusal of one order. */
function refusing<T>(
  names: Readonly<Record<string, string>>,
  own: Partial<Record<BookRefusalReason, readonly [code: string, msg: string]>>,
  params: Params,
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BookRefusal) {
      const [code, msg] = own[error.reason] ?? refusalOf(error.reason, params);
      throw new OrderRefusal(code, msg, names);
    }
    if (error instanceof OkxError) throw new OrderRefusal(error.code, error.message, names);
    throw error;
  }
}

function refusalOf(reason: BookRefusalReason, { side }: Params): readonly [code: string, msg: string] {
  switch (reason) {
    case 'unknown_symbol':
      return ['51001', "Instrument ID, Instrument ID code or Spread ID doesn't exist."];
    case 'insufficient_funds':
      return ['51008', 'Order failed. Insufficient USDT balance in account'];
    case 'would_trigger':
      return side === 'buy'
        ? ['51278', 'SL trigger price cannot be lower than the last price.']
        : ['51280', 'SL trigger price cannot be higher than the last price.'];
    case 'would_open':
      return ['51169', "Order failed because you don't have any positions in this direction for this contract to reduce or close."];
    case 'would_match':
    case 'duplicate':
      return ['51000', 'Parameter error'];
  }
}

function accept(context: OkxContext, params: Params, name: string, terms: Terms): BookOrder {
  const { book, account, instType } = context;
  const { rules, price: last } = marketOf(context, required(params, 'instId'));
  if (!account.perm.split(',').includes('trade'))
    throw new OkxError('50120', "This API key doesn't have permission to use this function", 401);
  if (instType === 'SWAP' && account.acctLv === '1') throw new OkxError('51010', 'Request unsupported under current account mode');
  oneOf(params, 'tdMode', instType === 'SPOT' ? ['cash'] : ['cross', 'isolated']);
  if (!/^[A-Za-z0-9]{0,32}$/.test(name)) throw new OkxError('51000', 'Parameter clOrdId error');
  const side = oneOf(params, 'side', ['buy', 'sell']) === 'buy' ? 'BUY' : 'SELL';
  const sz = new Decimal(required(params, 'sz'));
  const lot = new Decimal(shownSize(context, rules.symbol, new Decimal(rules.stepSize)));
  if (sz.lt(shownSize(context, rules.symbol, new Decimal(rules.minQty))))
    throw new OkxError('51020', 'Your order should meet or exceed the minimum order amount.');
  if (!sz.mod(lot).isZero()) throw new OkxError('51121', 'Order quantity must be a multiple of the lot size.');
  for (const price of [terms.price, terms.stopPrice])
    if (price && !price.mod(rules.tickSize).isZero())
      throw new OkxError('51150', 'The precision of the number of trades or the price exceeds the limit.');
  const inMoney = instType === 'SPOT' && side === 'BUY' && terms.price === null && (param(params, 'tgtCcy') ?? 'quote_ccy') === 'quote_ccy';
  const quantity = inMoney ? sz.div(last) : sz.mul(contractValue(context, rules.symbol));
  const request = { ...terms, clientOrderId: name, symbol: rules.symbol, side, quantity } as const;
  return book.place({ ...request, ...positionTerms(context, params) });
}

/** In net mode `reduceOnly`, in long/short mode `posSide`, which must be said. */
function positionTerms({ instType, account }: OkxContext, params: Params): Pick<NewOrder, 'reduceOnly' | 'positionSide'> {
  if (instType === 'SPOT') {
    if (param(params, 'posSide') !== undefined || params.reduceOnly === true) throw new OkxError('51000', 'Parameter posSide error');
    return {};
  }
  if (account.posMode === 'net_mode') {
    if (param(params, 'posSide') !== undefined) oneOf(params, 'posSide', ['net']);
    return { reduceOnly: String(params.reduceOnly) === 'true' };
  }
  return { positionSide: oneOf(params, 'posSide', ['long', 'short']) === 'long' ? 'LONG' : 'SHORT' };
}

function checkParams(params: Params, known: ReadonlySet<string>): void {
  for (const name of Object.keys(params)) if (!known.has(name)) throw new OkxError('51000', `Parameter ${name} error`);
}

function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === required(params, name));
  if (found === undefined) throw new OkxError('51000', `Parameter ${name} error`);
  return found;
}

export const isAlgo = (order: BookOrder): boolean => order.stopPrice !== null;
/** What an algo order has become is an order like any other. */
const isPlain = (order: BookOrder): boolean => !isAlgo(order) || !order.waiting;
const algoId = (order: BookOrder): string => `9${order.orderId}`;
const shownName = (order: BookOrder): string => (isAlgo(order) ? '' : order.clientOrderId);
const newestFirst = (orders: readonly BookOrder[]): BookOrder[] => orders.toReversed();

function isOpen({ book }: OkxContext, order: BookOrder): boolean {
  return book.openOrders(order.symbol).includes(order);
}

/** Canceled with nothing filled, an order is forgotten two hours later. */
function isKept({ now }: OkxContext, order: BookOrder): boolean {
  const ended = order.status === 'CANCELED' || order.status === 'EXPIRED';
  return !ended || !order.executedQty.isZero() || now() - order.updateTime <= UNFILLED_KEPT_MS;
}

function ordersOf(context: OkxContext, params: Params): BookOrder[] {
  const instId = param(params, 'instId');
  return context.book.orders.filter((order) => (instId === undefined || order.symbol === instId) && order.hiddenPolls === 0);
}

function findPlain(context: OkxContext, params: Params): BookOrder | undefined {
  const instId = required(params, 'instId');
  const ordId = param(params, 'ordId');
  const clOrdId = ordId === undefined ? required(params, 'clOrdId') : undefined;
  return context.book.orders
    .filter((order) => isPlain(order) && order.symbol === instId && isKept(context, order))
    .findLast((order) => (ordId === undefined ? shownName(order) === clOrdId : String(order.orderId) === ordId));
}

function findAlgo({ book }: OkxContext, params: Params): BookOrder | undefined {
  const id = param(params, 'algoId');
  const name = id === undefined ? required(params, 'algoClOrdId') : undefined;
  return book.orders.filter(isAlgo).findLast((order) => (id === undefined ? order.clientOrderId === name : algoId(order) === id));
}

export function queryOrder(context: OkxContext, params: Params): readonly unknown[] {
  const order = findPlain(context, params);
  if (order && order.hiddenPolls === 0) return [shownOrder(context, order)];
  if (order) order.hiddenPolls--;
  throw new OkxError('51603', 'Order does not exist');
}

export function queryAlgo(context: OkxContext, params: Params): readonly unknown[] {
  const order = findAlgo(context, params);
  if (!order) throw new OkxError('51603', 'Order does not exist');
  return [shownAlgo(context, order)];
}

export function pendingOrders(context: OkxContext, params: Params): readonly unknown[] {
  const open = newestFirst(ordersOf(context, params).filter((order) => isPlain(order) && isOpen(context, order)));
  return pageOf(open, params, ({ orderId }) => String(orderId)).map((order) => shownOrder(context, order));
}

export function pastOrders(context: OkxContext, params: Params): readonly unknown[] {
  const past = ordersOf(context, params).filter((order) => isPlain(order) && !isOpen(context, order) && isKept(context, order));
  return pageOf(newestFirst(past), params, ({ orderId }) => String(orderId)).map((order) => shownOrder(context, order));
}

export function pendingAlgos(context: OkxContext, params: Params): readonly unknown[] {
  if (!required(params, 'ordType').split(',').includes('conditional')) return [];
  const waiting = newestFirst(ordersOf(context, params).filter((order) => order.waiting && isOpen(context, order)));
  return pageOf(waiting, params, algoId).map((order) => shownAlgo(context, order));
}

export function cancelOrder(context: OkxContext, params: Params): readonly unknown[] {
  const order = findPlain(context, params);
  const names = { clOrdId: param(params, 'clOrdId') ?? '', ordId: param(params, 'ordId') ?? '' };
  const refuse = (code: string, why: string): OrderRefusal => new OrderRefusal(code, `Order cancellation failed as ${why}.`, names);
  if (!order) throw refuse('51400', 'the order has been filled, canceled or does not exist');
  if (order.status === 'FILLED') throw refuse('51402', 'the order has already been completed');
  if (!isOpen(context, order)) throw refuse('51401', 'the order has already been canceled');
  context.book.cancel(order);
  return [{ clOrdId: shownName(order), ordId: String(order.orderId), ts: String(context.now()), sCode: '0', sMsg: '' }];
}

/** Takes a list of one here. */
export function cancelAlgos(context: OkxContext, list: unknown): readonly unknown[] {
  const params = onlyOf(list);
  required(params, 'instId');
  const order = findAlgo(context, params);
  const names = { algoId: param(params, 'algoId') ?? '', algoClOrdId: '', clOrdId: '', tag: '' };
  if (!order?.waiting || !isOpen(context, order))
    throw new OrderRefusal('51400', 'Order cancellation failed as the order has been filled, canceled or does not exist.', names);
  context.book.cancel(order);
  return [{ ...names, algoId: algoId(order), sCode: '0', sMsg: '' }];
}

/** The same for new orders, which is where ccxt sends them when left to itself. */
export function placeBatch(context: OkxContext, list: unknown): readonly unknown[] {
  return placeOrder(context, onlyOf(list));
}

function onlyOf(list: unknown): Params {
  if (!Array.isArray(list) || list.length !== 1) throw new OkxError('50002', 'JSON syntax error', 400);
  return list[0] as Params;
}

const STATES = {
  NEW: 'live',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'canceled',
  REJECTED: 'canceled',
} as const;

function ordTypeOf(order: BookOrder): string {
  if (!order.type.includes('LIMIT')) return 'market';
  if (order.type === 'LIMIT_MAKER') return 'post_only';
  return order.timeInForce === 'GTC' ? 'limit' : order.timeInForce.toLowerCase();
}

/** Why it was canceled: 31 as post-only, 13 and 14 as fill-or-kill and immediate-or-cancel, 1 by the account. */
function cancelSource({ book }: OkxContext, order: BookOrder): string {
  if (order.status === 'EXPIRED') return order.timeInForce === 'FOK' ? '13' : '14';
  if (order.status !== 'CANCELED') return '';
  return book.passive.has(order) ? '31' : '1';
}

const posSideOf = ({ instType }: OkxContext, order: BookOrder): string =>
  instType === 'SPOT' ? '' : (order.positionSide?.toLowerCase() ?? 'net');

export function shownOrder(context: OkxContext, order: BookOrder): unknown {
  const size = (quantity: Decimal): string => shownSize(context, order.symbol, quantity);
  return {
    instType: context.instType,
    instId: order.symbol,
    ordId: String(order.orderId),
    clOrdId: shownName(order),
    algoId: isAlgo(order) ? algoId(order) : '',
    algoClOrdId: isAlgo(order) ? order.clientOrderId : '',
    tag: '',
    px: order.type.includes('LIMIT') ? order.price.toFixed() : '',
    sz: size(order.origQty),
    ordType: ordTypeOf(order),
    side: order.side.toLowerCase(),
    posSide: posSideOf(context, order),
    tdMode: context.instType === 'SPOT' ? 'cash' : 'cross',
    accFillSz: size(order.executedQty),
    avgPx: order.executedQty.isZero() ? '' : order.quoteQty.div(order.executedQty).toFixed(),
    state: STATES[order.status],
    reduceOnly: String(order.reduceOnly),
    category: 'normal',
    cancelSource: cancelSource(context, order),
    cancelSourceReason: '',
    fee: '0',
    feeCcy: '',
    tgtCcy: order.type.includes('LIMIT') ? '' : 'base_ccy',
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

export function shownAlgo(context: OkxContext, order: BookOrder): unknown {
  return {
    instType: context.instType,
    instId: order.symbol,
    algoId: algoId(order),
    algoClOrdId: order.clientOrderId,
    clOrdId: '',
    ordType: 'conditional',
    side: order.side.toLowerCase(),
    posSide: posSideOf(context, order),
    sz: shownSize(context, order.symbol, order.origQty),
    slTriggerPx: order.stopPrice?.toFixed() ?? '',
    slTriggerPxType: 'last',
    slOrdPx: order.type === 'STOP_LOSS' ? '-1' : order.price.toFixed(),
    tpTriggerPx: '',
    tpOrdPx: '',
    triggerPx: '',
    state: !order.waiting ? 'effective' : order.status === 'CANCELED' ? 'canceled' : 'live',
    ordId: order.waiting ? '' : String(order.orderId),
    ordIdList: order.waiting ? [] : [String(order.orderId)],
    actualSide: order.waiting ? '' : 'sl',
    failCode: '',
    reduceOnly: String(order.reduceOnly),
    cTime: String(order.time),
    uTime: String(order.updateTime),
  };
}

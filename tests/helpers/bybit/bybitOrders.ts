import { Decimal, floorToStep } from '../../../src/domain/money.ts';
import type { BookOrder, BookOrderType, BookPositionSide, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { type BybitContext, checkCategory, idOf, isOpen, oneOf, required, rulesOf, type Terms } from './bybitContext.ts';
import { BybitError } from './bybitError.ts';

const COMMON = ['category', 'symbol', 'side', 'orderType', 'qty', 'price', 'timeInForce', 'orderLinkId', 'triggerPrice'];
const FUTURES_ONLY = ['triggerDirection', 'triggerBy', 'positionIdx', 'reduceOnly'];
/** Spot reads over what is for futures only. */
const KNOWN = {
  spot: new Set([...COMMON, 'marketUnit', 'orderFilter', 'isLeverage', ...FUTURES_ONLY]),
  linear: new Set([...COMMON, ...FUTURES_ONLY]),
} as const;

/** POST /v5/order/create. The answer says that the order is queued, and no more. */
export function createOrder(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  countCreate(context);
  const unknown = Object.keys(terms).find((name) => !KNOWN[context.category].has(name));
  if (unknown !== undefined) throw new BybitError(10001, `params error: ${unknown} is not known`);
  const rules = rulesOf(context, terms);
  const orderLinkId = terms.orderLinkId === undefined ? `own-${context.book.orders.length + 1}` : required(terms, 'orderLinkId');
  checkName(context, orderLinkId);
  const request = { ...readTerms(context, terms, rules), clientOrderId: orderLinkId, symbol: rules.symbol };
  checkSize(context, rules, request);
  const order = accept(context, request);
  return { orderId: idOf(context, order.orderId), orderLinkId };
}

/** Counted by the second (docs/v5/rate-limit). */
function countCreate(context: BybitContext): void {
  const now = context.now();
  while ((context.creates[0] ?? now) <= now - 1_000) context.creates.shift();
  if (context.creates.length >= context.createsPerSecond)
    throw new BybitError(10006, 'Too many visits. Exceeded the API Rate Limit.', {
      'x-bapi-limit-status': '0',
      'x-bapi-limit-reset-timestamp': String(now + 1_000),
    });
  context.creates.push(now);
}

function checkName({ book, category }: BybitContext, name: string): void {
  if (!/^[A-Za-z0-9_-]{1,36}$/.test(name)) throw new BybitError(10001, 'params error: orderLinkId invalid');
  if (book.accepted(name).length === 0) return;
  throw category === 'spot' ? new BybitError(170141, 'Duplicate clientOrderId.') : new BybitError(110072, 'OrderLinkedID is duplicate');
}

function readTerms(context: BybitContext, terms: Terms, rules: SymbolRules): Omit<NewOrder, 'clientOrderId' | 'symbol'> {
  const side = oneOf(terms, 'side', ['Buy', 'Sell']) === 'Buy' ? 'BUY' : 'SELL';
  const limited = oneOf(terms, 'orderType', ['Limit', 'Market']) === 'Limit';
  const force = limited ? oneOf({ timeInForce: 'GTC', ...terms }, 'timeInForce', ['GTC', 'IOC', 'FOK', 'PostOnly']) : 'IOC';
  const price = limited ? new Decimal(required(terms, 'price')) : null;
  const stopPrice = terms.triggerPrice === undefined ? null : new Decimal(required(terms, 'triggerPrice'));
  const type = stopPrice ? triggerType(context, terms, rules, side, stopPrice, limited) : plainType(limited, force);
  const timeInForce = limited && (force === 'IOC' || force === 'FOK') ? force : 'GTC';
  const quantity = context.category === 'spot' ? spotQuantity(context, terms, rules) : new Decimal(required(terms, 'qty'));
  const positionSide = context.category === 'spot' ? null : readPositionSide(context, terms);
  return {
    side,
    type,
    timeInForce,
    quantity,
    price,
    stopPrice,
    reduceOnly: readReduceOnly(context, terms),
    ...(positionSide && { positionSide }),
  };
}

/** 0: one-way; 1 and 2: the long and the short side. It must fit the mode of the symbol; what opens cannot be said to reduce. */
function readPositionSide({ account }: BybitContext, { positionIdx = 0, side, reduceOnly }: Terms): BookPositionSide {
  if (positionIdx !== 0 && positionIdx !== 1 && positionIdx !== 2) throw new BybitError(10001, 'params error: positionIdx invalid');
  if ((positionIdx !== 0) !== account.hedgeMode) throw new BybitError(10001, 'position idx not match position mode');
  if (positionIdx === 0) return null;
  const closes = (side === 'Buy') === (positionIdx === 2);
  if (reduceOnly === true && !closes) throw new BybitError(110017, 'current position is zero, cannot fix reduce-only order qty');
  return positionIdx === 1 ? 'LONG' : 'SHORT';
}

function plainType(limited: boolean, force: string): BookOrderType {
  return force === 'PostOnly' ? 'LIMIT_MAKER' : limited ? 'LIMIT' : 'MARKET';
}

function readReduceOnly({ category }: BybitContext, { reduceOnly = false }: Terms): boolean {
  if (category === 'spot') return false;
  if (typeof reduceOnly !== 'boolean') throw new BybitError(10001, 'params error: reduceOnly is of a wrong type');
  return reduceOnly;
}

/** Spot triggers when the price comes to it from wherever it is; futures are told from which side, and believe no other. */
function triggerType(
  context: BybitContext,
  terms: Terms,
  { symbol }: SymbolRules,
  side: NewOrder['side'],
  stopPrice: Decimal,
  limited: boolean,
): BookOrderType {
  const last = context.book.market(symbol).price;
  const rising = context.category === 'spot' ? spotRises(terms, stopPrice, last) : futuresRise(terms, stopPrice, last);
  const name = rising === (side === 'BUY') ? 'STOP_LOSS' : 'TAKE_PROFIT';
  return limited ? `${name}_LIMIT` : name;
}

function spotRises(terms: Terms, stopPrice: Decimal, last: Decimal): boolean {
  if (oneOf({ orderFilter: 'Order', ...terms }, 'orderFilter', ['Order', 'tpslOrder', 'StopOrder']) === 'Order')
    throw new BybitError(170202, 'Invalid orderFilter parameter.');
  return stopPrice.gt(last);
}

function futuresRise({ triggerDirection, triggerBy = 'LastPrice' }: Terms, stopPrice: Decimal, last: Decimal): boolean {
  if ((triggerDirection !== 1 && triggerDirection !== 2) || triggerBy !== 'LastPrice')
    throw new BybitError(10001, 'params error: TriggerDirection invalid');
  if (triggerDirection === 1 && stopPrice.lte(last))
    throw new BybitError(110092, `expect Rising, but trigger_price[${stopPrice}] <= current[${last}]??LastPrice`);
  if (triggerDirection === 2 && stopPrice.gte(last))
    throw new BybitError(110093, `expect Falling, but trigger_price[${stopPrice}] >= current[${last}]??LastPrice`);
  return triggerDirection === 1;
}

/** A market buy is counted in money unless it says otherwise. */
function spotQuantity({ book }: BybitContext, terms: Terms, rules: SymbolRules): Decimal {
  const qty = new Decimal(required(terms, 'qty'));
  if (terms.orderType !== 'Market') return qty;
  const unit = oneOf({ marketUnit: terms.side === 'Buy' ? 'quoteCoin' : 'baseCoin', ...terms }, 'marketUnit', ['baseCoin', 'quoteCoin']);
  return unit === 'baseCoin' ? qty : floorToStep(qty.div(book.market(rules.symbol).price), new Decimal(rules.stepSize));
}

function checkSize({ book, category }: BybitContext, rules: SymbolRules, { quantity, price, stopPrice, reduceOnly }: NewOrder): void {
  const fits = (value: Decimal, step: string): boolean => value.gt(0) && value.mod(step).isZero();
  const spot = category === 'spot';
  if (!fits(quantity, rules.stepSize))
    throw spot ? new BybitError(170137, 'Order volume decimal too long.') : new BybitError(10001, 'Qty invalid');
  for (const value of [price, stopPrice])
    if (value && !fits(value, rules.tickSize))
      throw spot ? new BybitError(170134, 'Order price decimal too long.') : new BybitError(10001, 'Price invalid');
  if (reduceOnly || quantity.mul(price ?? stopPrice ?? book.market(rules.symbol).price).gte(rules.minNotional)) return;
  throw spot
    ? new BybitError(170140, 'Order value exceeded lower limit.')
    : new BybitError(110094, `Order does not meet minimum order value ${rules.minNotional}${rules.quote}`);
}

function accept(context: BybitContext, request: NewOrder): BookOrder {
  const { book } = context;
  const reason = context.rejections.shift();
  if (reason !== undefined) return rejectLater(context, request, reason);
  return book.place(request);
}

/** It never reaches the book, but it was an order. */
function rejectLater(context: BybitContext, request: NewOrder, reason: string): BookOrder {
  const order: BookOrder = {
    ...{ orderId: 9_000_001 + context.rejected.size, clientOrderId: request.clientOrderId, symbol: request.symbol },
    ...{ side: request.side, type: request.type, timeInForce: request.timeInForce, origQty: request.quantity },
    ...{ price: request.price ?? new Decimal(0), stopPrice: request.stopPrice, reduceOnly: request.reduceOnly ?? false },
    ...{ time: context.now(), status: 'REJECTED', executedQty: new Decimal(0), quoteQty: new Decimal(0), updateTime: context.now() },
    ...{ waiting: false, trades: [], hiddenPolls: 0, positionSide: request.positionSide ?? null },
  };
  context.rejected.set(order, reason);
  return order;
}

/** POST /v5/order/cancel. */
export function cancelOrder(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const { symbol } = rulesOf(context, terms);
  if (typeof terms.orderId !== 'string' && typeof terms.orderLinkId !== 'string')
    throw new BybitError(10001, 'params error: orderId or orderLinkId is required');
  const order = context.book.orders.find(
    (candidate) => candidate.symbol === symbol && isNamed(context, candidate, terms) && isShelved(context, candidate, terms),
  );
  if (!order || !isOpen(context, order))
    throw context.category === 'spot'
      ? new BybitError(170213, 'Order does not exist.')
      : new BybitError(110001, 'order not exists or too late to cancel');
  context.book.cancel(order);
  return { orderId: idOf(context, order.orderId), orderLinkId: order.clientOrderId };
}

/** If both are given, `orderId` counts. */
export function isNamed(context: BybitContext, order: BookOrder, terms: Terms): boolean {
  return terms.orderId === undefined ? order.clientOrderId === terms.orderLinkId : idOf(context, order.orderId) === terms.orderId;
}

/** On spot an order that waits is found only under its own filter, and one that has triggered only as an order. */
function isShelved({ category }: BybitContext, { waiting }: BookOrder, { orderFilter = 'Order' }: Terms): boolean {
  return category === 'linear' || (orderFilter === 'Order') !== waiting;
}

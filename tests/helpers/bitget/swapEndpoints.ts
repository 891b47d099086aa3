import { Decimal, ZERO } from '../../../src/domain/money.ts';
import type { BookOrder, BookOrderType, BookPositionSide, NewOrder, SymbolRules } from '../venue/bookTypes.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import { accountInfo, BitgetError, checkParams, type Endpoint, oneOf, type Params, page, required, within } from './bitgetProtocol.ts';
import * as replies from './swapReplies.ts';
import { isPlan, planId, type SwapBook, shownId } from './swapReplies.ts';

export interface SwapContext {
  readonly book: SwapBook;
  readonly now: () => number;
  readonly authorities: readonly string[];
  /** Changes when somebody changes it by hand. */
  hedgeMode: boolean;
  /** Account bills, oldest first. */
  readonly bills: Bill[];
}

export interface Bill {
  readonly billId: string;
  readonly symbol: string;
  readonly amount: string;
  readonly businessType: string;
  readonly coin: string;
  readonly cTime: string;
}

const publicly = (run: Endpoint<SwapContext>['run']): Endpoint<SwapContext> => ({ signed: false, run });
const signed = (run: Endpoint<SwapContext>['run']): Endpoint<SwapContext> => ({ signed: true, run });
/** Every other endpoint is asked about one kind of contracts. */
const ofProduct = (run: Endpoint<SwapContext>['run']): Endpoint<SwapContext> =>
  signed((context, params) => {
    if (required(params, 'productType') !== PRODUCT) throw new BitgetError('40017', 'Parameter verification failed productType');
    return run(context, params);
  });

const PRODUCT = 'USDT-FUTURES';

/** Every endpoint the server knows, by method and path. */
export const SWAP_ENDPOINTS: ReadonlyMap<string, Endpoint<SwapContext>> = new Map([
  ['GET /api/v2/public/time', publicly(({ now }) => ({ serverTime: String(now()) }))],
  [
    'GET /api/v2/mix/market/contracts',
    publicly(({ book }, params) => (params.productType === PRODUCT ? book.symbols.map(replies.contract) : [])),
  ],
  [
    'GET /api/v2/mix/market/merge-depth',
    publicly(({ book, now }, params) => ({ ...shownLevels(book.market(required(params, 'symbol')).price), ts: String(now()) })),
  ],
  ['GET /api/v2/mix/market/tickers', publicly(({ book, now }) => book.symbols.map(({ symbol }) => replies.ticker(book, symbol, now())))],
  ['GET /api/v2/mix/market/ticker', publicly(({ book, now }, params) => [replies.ticker(book, required(params, 'symbol'), now())])],
  ['POST /api/v2/mix/order/place-order', ofProduct(placeOrder)],
  ['POST /api/v2/mix/order/cancel-order', ofProduct(cancelOrder)],
  ['GET /api/v2/mix/order/detail', ofProduct(orderDetail)],
  [
    'GET /api/v2/mix/order/orders-pending',
    ofProduct((context, params) => orderList(context, params, (order) => isOpen(context.book, order))),
  ],
  [
    'GET /api/v2/mix/order/orders-history',
    ofProduct((context, params) => orderList(context, params, (order) => !isOpen(context.book, order))),
  ],
  ['GET /api/v2/mix/order/fills', ofProduct((context, params) => fills(context, params))],
  ['GET /api/v2/mix/order/fill-history', ofProduct((context, params) => fills(context, params))],
  ['POST /api/v2/mix/order/place-plan-order', ofProduct(placePlan)],
  ['POST /api/v2/mix/order/cancel-plan-order', ofProduct(cancelPlans)],
  ['GET /api/v2/mix/order/orders-plan-pending', ofProduct((context, params) => planList(context, params, true))],
  ['GET /api/v2/mix/order/orders-plan-history', ofProduct((context, params) => planList(context, params, false))],
  ['GET /api/v2/mix/account/accounts', ofProduct(({ book }) => [replies.shownAccount(book.wallet)])],
  ['GET /api/v2/mix/account/account', ofProduct(symbolAccount)],
  ['POST /api/v2/mix/account/set-leverage', ofProduct(setLeverage)],
  ['POST /api/v2/mix/account/set-margin-mode', ofProduct(setMarginMode)],
  ['GET /api/v2/mix/account/bill', ofProduct(bills)],
  ['GET /api/v2/mix/position/all-position', ofProduct(({ book }) => book.symbols.flatMap((rules) => replies.shownPositions(book, rules)))],
  ['GET /api/v2/spot/account/info', signed(({ authorities }) => accountInfo(authorities))],
]);

const FORCES = { gtc: 'GTC', ioc: 'IOC', fok: 'FOK', post_only: 'GTC' } as const;
const COMMON = [
  'symbol',
  'productType',
  'marginMode',
  'marginCoin',
  'side',
  'tradeSide',
  'orderType',
  'price',
  'size',
  'clientOid',
  'reduceOnly',
];
const ORDER_PARAMS = new Set([...COMMON, 'force']);
const PLAN_PARAMS = new Set([...COMMON, 'planType', 'triggerPrice', 'triggerType']);

/** A reduce-only order for which there is not enough position left cancels the older ones, and is answered without its id. */
function placeOrder(context: SwapContext, params: Params): unknown {
  checkParams(params, ORDER_PARAMS);
  const limited = oneOf(params, 'orderType', ['limit', 'market']) === 'limit';
  const force = limited ? oneOf({ force: required(params, 'force').toLowerCase() }, 'force', ['gtc', 'ioc', 'fok', 'post_only']) : 'gtc';
  const price = limited ? new Decimal(required(params, 'price')) : null;
  const type: BookOrderType = !limited ? 'MARKET' : force === 'post_only' ? 'LIMIT_MAKER' : 'LIMIT';
  const made = terms(context, params, { type, timeInForce: FORCES[force], price, stopPrice: null });
  const gaveWay = made.reduceOnly === true && makeRoom(context.book, made);
  const order = context.book.place(made);
  return gaveWay ? { clientOid: order.clientOrderId } : { orderId: String(order.orderId), clientOid: order.clientOrderId };
}

function makeRoom(book: SwapBook, { symbol, side, quantity }: NewOrder): boolean {
  const held = book.wallet.position(symbol).quantity.abs();
  const older = book.openOrders(symbol).filter((order) => order.reduceOnly && order.side === side && !order.waiting);
  const left = (order: BookOrder): Decimal => order.origQty.sub(order.executedQty);
  let total = older.reduce((sum, order) => sum.add(left(order)), quantity);
  const canceled = older.filter((order) => {
    if (total.lte(held)) return false;
    total = total.sub(left(order));
    book.cancel(order);
    return true;
  });
  return canceled.length > 0;
}

/** A plan order triggers when the price comes to it from wherever it is now, up or down. */
function placePlan(context: SwapContext, params: Params): unknown {
  checkParams(params, PLAN_PARAMS);
  oneOf(params, 'planType', ['normal_plan']);
  oneOf(params, 'triggerType', ['fill_price', 'mark_price']);
  const limited = oneOf(params, 'orderType', ['limit', 'market']) === 'limit';
  if (!limited && params.price !== undefined) throw new BitgetError('40017', 'Parameter verification failed price');
  const stopPrice = new Decimal(required(params, 'triggerPrice'));
  const price = limited ? new Decimal(required(params, 'price')) : null;
  const { side } = sides(context, params);
  const rising = stopPrice.gt(context.book.market(required(params, 'symbol')).price);
  const name = rising === (side === 'BUY') ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const type = limited ? (`${name}_LIMIT` as const) : name;
  const order = context.book.place(terms(context, params, { type, timeInForce: 'GTC', price, stopPrice }));
  return { orderId: planId(order), clientOid: order.clientOrderId };
}

/** In hedge mode the side of the position; in one-way mode `tradeSide` is ignored, whatever it says. */
function sides({ hedgeMode }: SwapContext, params: Params): { readonly side: 'BUY' | 'SELL'; readonly positionSide: BookPositionSide } {
  const side = oneOf(params, 'side', ['buy', 'sell']) === 'buy' ? 'BUY' : 'SELL';
  if (!hedgeMode) return { side, positionSide: null };
  if (params.tradeSide === undefined)
    throw new BitgetError('40774', 'The order type for unilateral position must also be the unilateral position type.');
  const opens = oneOf(params, 'tradeSide', ['open', 'close']) === 'open';
  return { side: opens ? side : side === 'BUY' ? 'SELL' : 'BUY', positionSide: side === 'BUY' ? 'LONG' : 'SHORT' };
}

function terms(context: SwapContext, params: Params, given: Pick<NewOrder, 'type' | 'timeInForce' | 'price' | 'stopPrice'>): NewOrder {
  const { book, hedgeMode } = context;
  const { rules, price: last } = book.market(required(params, 'symbol'));
  oneOf(params, 'marginCoin', ['USDT']);
  switchMarginMode(book, rules.symbol, oneOf(params, 'marginMode', ['crossed', 'isolated']) === 'isolated');
  const clientOrderId = params.clientOid ?? `bg${book.orders.length + 1}`;
  if (!/^[\w-]{1,50}$/.test(clientOrderId))
    throw new BitgetError('40305', 'Client_oid length is not greater than 50, and cannot be Martian characters');
  if (book.accepted(clientOrderId).length > 0) throw new BitgetError('40786', 'Duplicate clientOid');
  const quantity = new Decimal(required(params, 'size'));
  const reduceOnly = !hedgeMode && params.reduceOnly === 'YES';
  const closes = reduceOnly || (hedgeMode && params.tradeSide === 'close');
  checkRules(rules, quantity, given, closes ? null : last);
  return { ...given, ...sides(context, params), clientOrderId, symbol: rules.symbol, quantity, reduceOnly };
}

/** `last`: null where a small order is let through, because it closes. */
function checkRules(
  rules: SymbolRules,
  quantity: Decimal,
  { price, stopPrice }: Pick<NewOrder, 'price' | 'stopPrice'>,
  last: Decimal | null,
): void {
  if (quantity.lte(ZERO)) throw new BitgetError('40108', 'Wrong order quantity');
  if (!quantity.mod(rules.stepSize).isZero())
    throw new BitgetError('40808', `Parameter verification exception size checkBDScale error value=${quantity.toFixed()} checkScale=4`);
  for (const value of [price, stopPrice])
    if (value && !value.mod(rules.tickSize).isZero())
      throw new BitgetError('45115', `The price you enter should be a multiple of ${rules.tickSize}`);
  if (last && quantity.mul(price ?? stopPrice ?? last).lt(rules.minNotional))
    throw new BitgetError('45110', `less than the minimum amount ${rules.minNotional} USDT`);
}

/** An order in another margin mode than is set sets it, if nothing is in the way. */
function switchMarginMode(book: SwapBook, symbol: string, isolated: boolean): void {
  if (book.wallet.isIsolated(symbol) === isolated) return;
  const held = ([null, 'LONG', 'SHORT'] as const).some((side) => !book.wallet.position(symbol, side).quantity.isZero());
  if (held || book.openOrders(symbol).length > 0)
    throw new BitgetError('45117', 'Currently holding positions or orders, the margin mode cannot be adjusted');
  book.wallet.setIsolated(symbol, isolated);
}

const isOpen = (book: SwapBook, order: BookOrder): boolean => book.openOrders(order.symbol).includes(order);
const isPlain = (order: BookOrder): boolean => !isPlan(order) || !order.waiting;

/** By id, by client id, or whatever there is. */
function fits(params: Params, orderId: string, clientOid: string): boolean {
  if (params.orderId !== undefined) return params.orderId === orderId;
  return params.clientOid === undefined || params.clientOid === clientOid;
}

function plainOrders({ book }: SwapContext, params: Params): BookOrder[] {
  return book.orders
    .filter((order) => isPlain(order) && (params.symbol === undefined || order.symbol === params.symbol))
    .filter((order) => fits(params, String(order.orderId), shownId(order)));
}

function orderDetail(context: SwapContext, params: Params): unknown {
  required(params, 'symbol');
  const [order] = plainOrders(context, params);
  if (order && order.hiddenPolls === 0) return replies.shownOrder(order, 'state');
  if (order) order.hiddenPolls--;
  throw new BitgetError('40109', 'The data of the order cannot be found, please confirm the order number');
}

function orderList(context: SwapContext, params: Params, wanted: (order: BookOrder) => boolean): unknown {
  const found = plainOrders(context, params).filter((order) => order.hiddenPolls === 0 && wanted(order));
  const { rows, endId } = page(found, ({ orderId }) => orderId, params);
  return { entrustedList: rows.length === 0 ? null : rows.map((order) => replies.shownOrder(order, 'status')), endId };
}

function cancelOrder(context: SwapContext, params: Params): unknown {
  const [order] = plainOrders(context, params);
  if (!order || !isOpen(context.book, order)) throw new BitgetError('22001', 'No order to cancel');
  context.book.cancel(order);
  return { orderId: String(order.orderId), clientOid: shownId(order) };
}

/** A young plan order is listed late too. */
function planList({ book }: SwapContext, params: Params, open: boolean): unknown {
  if (required(params, 'planType') !== 'normal_plan') return { entrustedList: null, endId: null };
  const inTime = within(params, 90);
  const found = book.orders.filter((order) => isPlan(order) && inTime(order.time) && fits(params, planId(order), order.clientOrderId));
  const listed = found.filter((order) => (order.waiting && isOpen(book, order)) === open);
  const ripe = listed.filter((order) => {
    if (order.hiddenPolls === 0) return true;
    order.hiddenPolls--;
    return false;
  });
  const ofSymbol = ripe.filter((order) => params.symbol === undefined || order.symbol === params.symbol);
  const { rows, endId } = page(ofSymbol, (order) => Number(planId(order)), params);
  return { entrustedList: rows.length === 0 ? null : rows.map(replies.shownPlan), endId };
}

/** Says which of them it canceled, and never refuses for one that it did not. */
function cancelPlans({ book }: SwapContext, params: Params): unknown {
  const names = (params as unknown as { readonly orderIdList: readonly Params[] }).orderIdList;
  const result = { successList: [] as unknown[], failureList: [] as unknown[] };
  for (const name of names) {
    const order = book.orders.find((candidate) => isPlan(candidate) && fits(name, planId(candidate), candidate.clientOrderId));
    if (order?.waiting && isOpen(book, order)) {
      book.cancel(order);
      result.successList.push({ orderId: planId(order), clientOid: order.clientOrderId });
    } else result.failureList.push({ ...name, errorMsg: 'The order does not exist' });
  }
  return result;
}

function fills({ book }: SwapContext, params: Params): unknown {
  const inTime = within(params, 7);
  const found = book.trades.filter(
    (trade) =>
      (params.symbol === undefined || trade.symbol === params.symbol) &&
      (params.orderId === undefined || String(trade.orderId) === params.orderId) &&
      inTime(trade.time),
  );
  const { rows, endId } = page(found, ({ id }) => id, params);
  const shown = rows.map((trade) => replies.shownFill(trade, book.find(trade.symbol, trade.orderId, null)));
  return { fillList: shown.length === 0 ? null : shown, endId };
}

function bills({ bills: all }: SwapContext, params: Params): unknown {
  const inTime = within(params, 30);
  const found = all.filter(
    ({ businessType, cTime }) => (params.businessType === undefined || businessType === params.businessType) && inTime(Number(cTime)),
  );
  const { rows, endId } = page(found, ({ billId }) => Number(billId), params);
  return { bills: rows.map((bill) => ({ ...bill, fee: '0', feeByCoupon: '', balance: '1' })), endId };
}

function symbolAccount({ book, hedgeMode }: SwapContext, params: Params): unknown {
  const { rules } = book.market(required(params, 'symbol'));
  oneOf(params, 'marginCoin', ['USDT']);
  const posMode = hedgeMode ? 'hedge_mode' : 'one_way_mode';
  return { ...replies.shownAccount(book.wallet), ...replies.shownSettings(book.wallet, rules.symbol), posMode };
}

function setLeverage({ book }: SwapContext, params: Params): unknown {
  const { rules } = book.market(required(params, 'symbol'));
  const leverage = Number(params.longLeverage ?? required(params, 'leverage'));
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > 125)
    throw new BitgetError('40797', 'Exceeded the maximum settable leverage');
  book.wallet.setLeverage(rules.symbol, leverage);
  return leverages(book, rules.symbol);
}

function setMarginMode({ book }: SwapContext, params: Params): unknown {
  const { rules } = book.market(required(params, 'symbol'));
  switchMarginMode(book, rules.symbol, oneOf(params, 'marginMode', ['crossed', 'isolated']) === 'isolated');
  return leverages(book, rules.symbol);
}

function leverages(book: SwapBook, symbol: string): unknown {
  const isolated = book.wallet.isIsolated(symbol);
  const leverage = String(book.wallet.leverage(symbol));
  return {
    symbol,
    marginCoin: 'USDT',
    longLeverage: leverage,
    shortLeverage: leverage,
    crossMarginLeverage: isolated ? null : leverage,
    marginMode: isolated ? 'isolated' : 'crossed',
  };
}

/** Pays `rate` of the value of every position (of nothing else when `symbol` is told): one bill for each. */
export function payFunding({ book, bills: all, now }: SwapContext, rate: string, symbol?: string): void {
  for (const rules of book.symbols.filter((one) => symbol === undefined || one.symbol === symbol))
    for (const side of [null, 'LONG', 'SHORT'] as const) {
      const { quantity } = book.wallet.position(rules.symbol, side);
      if (quantity.isZero()) continue;
      const amount = quantity.mul(book.market(rules.symbol).price).mul(rate).neg();
      book.wallet.adjust(amount);
      const what = { symbol: rules.symbol, amount: amount.toFixed(), businessType: 'contract_settle_fee', coin: 'USDT' };
      all.push({ billId: String(1_000_001 + all.length), ...what, cTime: String(now()) });
    }
}

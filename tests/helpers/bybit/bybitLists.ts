import { Decimal, ZERO } from '../../../src/domain/money.ts';
import type { BookOrder, BookPositionSide, BookTrade, SymbolRules } from '../venue/bookTypes.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { type BybitContext, checkCategory, idOf, isOpen, pageOf, required, rulesOf, type Settlement, type Terms } from './bybitContext.ts';
import { BybitError } from './bybitError.ts';
import { isNamed } from './bybitOrders.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** GET /v5/order/realtime: what is open; asked by name also what has ended, until the venue restarts. */
export function realtime(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  if (isByName(terms)) {
    const named = everyOrder(context).filter((order) => isNamed(context, order, terms));
    const seen = named.filter(
      (order) => isVisible(order) && !isKeptBack(context, order) && (isOpen(context, order) || order.updateTime >= context.restartedAt),
    );
    return listed(context, seen, terms);
  }
  const { symbol } = rulesOf(context, terms);
  const open = context.book.openOrders(symbol).filter((order) => order.hiddenPolls === 0 && !isKeptBack(context, order));
  return listed(context, open, terms);
}

/** GET /v5/order/history: what has ended. */
export function history(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const ended = everyOrder(context).filter((order) => order.hiddenPolls === 0 && !isOpen(context, order));
  const wanted = ended.filter((order) => (isByName(terms) ? isNamed(context, order, terms) : order.symbol === terms.symbol));
  return listed(context, wanted, terms);
}

function isByName({ orderId, orderLinkId }: Terms): boolean {
  return orderId !== undefined || orderLinkId !== undefined;
}

function everyOrder({ book, rejected }: BybitContext): readonly BookOrder[] {
  return [...book.orders, ...rejected.keys()];
}

function isKeptBack({ book }: BybitContext, order: BookOrder): boolean {
  return book.conditionalsHidden && order.waiting;
}

/** A young order becomes visible after it was asked for so often. */
function isVisible(order: BookOrder): boolean {
  if (order.hiddenPolls === 0) return true;
  order.hiddenPolls -= 1;
  return false;
}

function listed(context: BybitContext, orders: readonly BookOrder[], terms: Terms): unknown {
  const newestFirst = [...orders].reverse().map((order) => shownOrder(context, order));
  return { category: context.category, ...pageOf(newestFirst, terms, 50, 20) };
}

function statusOf({ category }: BybitContext, order: BookOrder): string {
  const part = category === 'spot' && !order.executedQty.isZero();
  switch (order.status) {
    case 'NEW':
      return order.waiting ? 'Untriggered' : 'New';
    case 'PARTIALLY_FILLED':
      return 'PartiallyFilled';
    case 'FILLED':
      return 'Filled';
    case 'REJECTED':
      return 'Rejected';
    default:
      return order.waiting ? 'Deactivated' : part ? 'PartiallyFilledCanceled' : 'Cancelled';
  }
}

function rejectReasonOf({ book, rejected }: BybitContext, order: BookOrder): string {
  if (book.passive.has(order)) return 'EC_PostOnlyWillTakeLiquidity';
  if (order.status === 'EXPIRED') return 'EC_NoImmediateQtyToFill';
  return rejected.get(order) ?? (order.status === 'CANCELED' ? 'EC_PerCancelRequest' : 'EC_NoError');
}

export function shownOrder(context: BybitContext, order: BookOrder): unknown {
  const { category } = context;
  const limited = order.type.includes('LIMIT');
  const rises = (order.side === 'BUY') !== order.type.startsWith('TAKE_PROFIT');
  const swap = category === 'linear';
  return {
    orderId: idOf(context, order.orderId),
    orderLinkId: order.clientOrderId,
    blockTradeId: '',
    symbol: order.symbol,
    price: limited ? order.price.toFixed() : '0',
    qty: order.origQty.toFixed(),
    side: order.side === 'BUY' ? 'Buy' : 'Sell',
    isLeverage: swap ? '' : '0',
    positionIdx: indexOf(order.positionSide),
    orderStatus: statusOf(context, order),
    cancelType: order.status === 'CANCELED' ? 'CancelByUser' : 'UNKNOWN',
    rejectReason: rejectReasonOf(context, order),
    avgPrice: order.executedQty.isZero() ? '' : order.quoteQty.div(order.executedQty).toFixed(),
    leavesQty: order.origQty.minus(order.executedQty).toFixed(),
    cumExecQty: order.executedQty.toFixed(),
    cumExecValue: order.quoteQty.toFixed(),
    cumExecFee: order.trades.reduce((sum, trade) => sum.plus(trade.commission), ZERO).toFixed(),
    timeInForce: order.type === 'LIMIT_MAKER' ? 'PostOnly' : limited ? order.timeInForce : 'IOC',
    orderType: limited ? 'Limit' : 'Market',
    stopOrderType: order.stopPrice === null ? '' : swap ? 'Stop' : 'tpslOrder',
    marketUnit: swap || limited ? '' : 'baseCoin',
    triggerPrice: order.stopPrice?.toFixed() ?? (swap ? '' : '0.00'),
    triggerDirection: swap && order.stopPrice ? (rises ? 1 : 2) : 0,
    triggerBy: swap && order.stopPrice ? 'LastPrice' : '',
    reduceOnly: order.reduceOnly,
    closeOnTrigger: false,
    createdTime: String(order.time),
    updatedTime: String(order.updateTime),
  };
}

/** GET /v5/execution/list: newest first, of a week at most, and of the last one when no time is told. */
export function executions(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const of = (orderId: string, symbol: string): boolean =>
    terms.orderId === undefined ? symbol === terms.symbol : orderId === terms.orderId;
  const [from, to] = spanOf(context, terms);
  const traded = context.book.trades
    .filter((trade) => of(idOf(context, trade.orderId), trade.symbol))
    .map((trade) => ({ at: trade.time, row: shownTrade(context, trade) }));
  const funded = context.settlements.filter(({ id, symbol }) => of(id, symbol)).map((one) => ({ at: one.at, row: shownFunding(one) }));
  const wanted = (execType: string): boolean => terms.execType === undefined || terms.execType === execType;
  const rows = [...traded, ...funded].filter(({ at, row }) => at >= from && at <= to && wanted(row.execType));
  const newestFirst = rows.reverse().toSorted((one, other) => other.at - one.at);
  return {
    category: context.category,
    ...pageOf(
      newestFirst.map(({ row }) => row),
      terms,
      100,
      50,
    ),
  };
}

function spanOf({ now }: BybitContext, { startTime, endTime }: Terms): readonly [from: number, to: number] {
  const from = startTime === undefined ? (endTime === undefined ? now() : Number(endTime)) - WEEK_MS : Number(startTime);
  const to = endTime === undefined ? from + WEEK_MS : Number(endTime);
  if (to - from > WEEK_MS) throw new BybitError(10001, 'params error: the time range cannot exceed 7 days');
  return [from, to];
}

function shownTrade(context: BybitContext, trade: BookTrade) {
  return {
    symbol: trade.symbol,
    orderType: 'Limit',
    orderId: idOf(context, trade.orderId),
    orderLinkId: context.byVenue.has(trade.orderId) ? '' : trade.clientOrderId,
    side: trade.side === 'BUY' ? 'Buy' : 'Sell',
    execId: idOf(context, trade.id),
    execType: context.byVenue.get(trade.orderId) ?? 'Trade',
    execPrice: trade.price.toFixed(),
    execQty: trade.qty.toFixed(),
    execValue: trade.qty.mul(trade.price).toFixed(),
    execFee: trade.commission.toFixed(),
    feeCurrency: context.category === 'spot' ? trade.commissionAsset : '',
    feeRate: '0.001',
    isMaker: trade.isMaker,
    leavesQty: '0',
    stopOrderType: 'UNKNOWN',
    execTime: String(trade.time),
  };
}

/** Funding is listed among executions too: positive is what was paid. */
function shownFunding({ id, symbol, amount, at }: Settlement) {
  return {
    ...{ symbol, orderType: 'UNKNOWN', orderId: id, orderLinkId: '', side: 'Buy', execId: `fee-${id}`, execType: 'Funding' },
    ...{ execPrice: '50000', execQty: '0.01', execValue: '500', execFee: new Decimal(amount).neg().toFixed(), feeCurrency: '' },
    ...{ feeRate: '0.0001', isMaker: false, leavesQty: '0', stopOrderType: 'UNKNOWN', execTime: String(at) },
  };
}

/** GET /v5/account/transaction-log. */
export function transactionLog(context: BybitContext, terms: Terms): unknown {
  if (terms.type !== 'SETTLEMENT' || terms.category !== 'linear' || terms.accountType !== 'UNIFIED')
    throw new BybitError(10001, 'params error: only settlements are kept here');
  const [from, to] = spanOf(context, terms);
  const rows = context.settlements.filter(({ at }) => at >= from && at <= to).map((one) => shownSettlement(one));
  return pageOf(rows.reverse(), terms, 50, 20);
}

function shownSettlement({ id, symbol, amount, at }: Settlement): unknown {
  return {
    ...{ id: `log_${id}`, symbol, side: 'Buy', funding: amount, orderLinkId: '', orderId: id, fee: '0', change: amount, cashFlow: '0' },
    ...{ transactionTime: String(at), type: 'SETTLEMENT', feeRate: '0.0001', size: '0.01', qty: '0.01', cashBalance: '1' },
    ...{ currency: 'USDT', category: 'linear', tradePrice: '50000', tradeId: id },
  };
}

/** Closes what is held of a symbol the way the venue does: by an order that is nobody's. */
export function closeByVenue(context: BybitContext, symbol: string, how: 'BustTrade' | 'AdlTrade'): void {
  const { book, byVenue } = context;
  const { wallet } = book;
  if (!(wallet instanceof MarginWallet)) return;
  for (const side of sidesOf(context)) {
    const { quantity } = wallet.position(symbol, side);
    if (quantity.isZero()) continue;
    const order = book.place({
      ...{ clientOrderId: `venue-${book.orders.length + 1}`, symbol, side: quantity.isNegative() ? 'BUY' : 'SELL', type: 'MARKET' },
      ...{
        timeInForce: 'GTC',
        quantity: quantity.abs(),
        price: null,
        stopPrice: null,
        reduceOnly: true,
        ...(side && { positionSide: side }),
      },
    });
    byVenue.set(order.orderId, how);
  }
}

/** Each side of a symbol pays or is paid by itself. */
export function payFunding(context: BybitContext, rate: string, only?: string): void {
  const { book, settlements, now } = context;
  const { wallet } = book;
  if (!(wallet instanceof MarginWallet)) return;
  for (const { symbol } of book.symbols)
    for (const side of sidesOf(context)) {
      const { quantity } = wallet.position(symbol, side);
      if (quantity.isZero() || (only !== undefined && only !== symbol)) continue;
      const amount = quantity.mul(book.market(symbol).price).mul(rate).neg();
      wallet.adjust(amount);
      settlements.push({ id: `funding-${settlements.length + 1}`, symbol, amount: amount.toFixed(), at: now() });
    }
}

function sidesOf({ account }: BybitContext): readonly BookPositionSide[] {
  return account.hedgeMode ? ['LONG', 'SHORT'] : [null];
}

/** GET /v5/position/list: by symbol whether or not there is one, by coin only what is held. */
export function positions(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const sides = sidesOf(context);
  if (terms.symbol !== undefined) {
    const rules = rulesOf(context, terms);
    return {
      category: 'linear',
      ...pageOf(
        sides.map((side) => shownPosition(context, rules, side)),
        terms,
        200,
        20,
      ),
    };
  }
  const coin = required(terms, 'settleCoin');
  const rows = context.book.symbols
    .filter(({ quote }) => quote === coin)
    .flatMap((rules) => sides.map((side) => shownPosition(context, rules, side)))
    .filter(({ size }) => size !== '0');
  return { category: 'linear', ...pageOf(rows, terms, 200, 20) };
}

function indexOf(side: BookPositionSide): 0 | 1 | 2 {
  return side === 'LONG' ? 1 : side === 'SHORT' ? 2 : 0;
}

function shownPosition({ book }: BybitContext, rules: SymbolRules, side: BookPositionSide) {
  const { symbol } = rules;
  if (!(book.wallet instanceof MarginWallet)) throw new BybitError(10001, 'params error: category invalid');
  const { quantity, cost } = book.wallet.position(symbol, side);
  const leverage = book.wallet.leverage(symbol);
  const entry = quantity.isZero() ? null : cost.div(quantity);
  const room = entry?.div(leverage).mul(quantity.isNegative() ? -1 : 1);
  return {
    positionIdx: indexOf(side),
    symbol,
    side: quantity.isZero() ? '' : quantity.isNegative() ? 'Sell' : 'Buy',
    size: quantity.abs().toFixed(),
    avgPrice: entry?.toFixed() ?? '0',
    positionValue: cost.abs().toFixed(),
    tradeMode: 0,
    positionStatus: 'Normal',
    leverage: String(leverage),
    markPrice: book.market(symbol).price.toFixed(),
    liqPrice: entry && room ? entry.minus(room).toFixed(2) : '',
    unrealisedPnl: '0',
    createdTime: '1676538056258',
    updatedTime: '1697673600012',
  };
}

/** GET /v5/account/wallet-balance. */
export function walletBalance({ book: { wallet } }: BybitContext, terms: Terms): unknown {
  if (terms.accountType !== 'UNIFIED') throw new BybitError(10001, 'accountType only support UNIFIED.');
  const coins =
    wallet instanceof MarginWallet
      ? [coinRow(wallet.asset, wallet.balance, ZERO, wallet.balance.minus(wallet.available))]
      : wallet.assets().map((asset) => coinRow(asset, wallet.total(asset), wallet.locked(asset), ZERO));
  return { list: [{ accountType: 'UNIFIED', totalEquity: '1', totalAvailableBalance: '1', coin: coins }] };
}

function coinRow(coin: string, total: Decimal, locked: Decimal, margin: Decimal): unknown {
  return {
    ...{ coin, equity: total.toFixed(), walletBalance: total.toFixed(), locked: locked.toFixed(), totalOrderIM: margin.toFixed() },
    ...{ totalPositionIM: '0', availableToWithdraw: '', borrowAmount: '0', unrealisedPnl: '0', usdValue: '1', bonus: '0' },
  };
}

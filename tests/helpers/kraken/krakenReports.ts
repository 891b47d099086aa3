import { type Decimal, ZERO } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade } from '../venue/bookTypes.ts';
import { isOpen, type KrakenContext } from './krakenContext.ts';
import { orderTxid, tradeTxid } from './krakenIds.ts';
import { modernAssetOf, modernNameOf } from './krakenPairs.ts';
import { reasonOf, statusOf, termsOf } from './krakenShown.ts';

/** One event of the channel `executions`. Amounts are JSON numbers there. */
export type Report = Readonly<Record<string, unknown>>;

const iso = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
const number = (value: Decimal | null): number => value?.toNumber() ?? 0;

function names(context: KrakenContext, order: BookOrder): Report {
  const { userref, oflags } = termsOf(context, order);
  return {
    order_id: orderTxid(order),
    ...(order.clientOrderId.startsWith('own-') ? { order_userref: userref ?? 0 } : { cl_ord_id: order.clientOrderId }),
    ...(oflags.includes('post') ? { post_only: true } : {}),
  };
}

/** An order with all there is to say of it: when it is new, and in snapshots. */
export function fullReport(context: KrakenContext, order: BookOrder, snapshot: boolean): Report {
  const terms = termsOf(context, order);
  const live = snapshot && !order.waiting;
  const status = !live ? 'pending_new' : order.executedQty.isZero() ? 'new' : 'partially_filled';
  return {
    ...names(context, order),
    symbol: modernNameOf(context.book.market(order.symbol).rules),
    order_qty: number(order.origQty),
    ...(terms.cost && { cash_order_qty: number(terms.cost) }),
    ...(live ? { cum_qty: number(order.executedQty), avg_price: averageOf(order) } : {}),
    cum_cost: snapshot ? number(order.quoteQty) : 0,
    time_in_force: terms.timeinforce,
    ...(terms.expiresAt === null ? {} : { expire_time: iso(terms.expiresAt) }),
    exec_type: live ? 'new' : 'pending_new',
    side: order.side.toLowerCase(),
    order_type: terms.ordertype,
    limit_price_type: 'static',
    limit_price: number(order.price),
    stop_price: number(order.stopPrice),
    ...(order.stopPrice && { triggers: triggersOf(context, order, order.stopPrice) }),
    ...(terms.amended ? { amended: true } : {}),
    order_status: status,
    fee_usd_equiv: snapshot ? feesOf(order) : 0,
    fee_ccy_pref: terms.oflags.includes('fcib') ? 'fcib' : 'fciq',
    timestamp: iso(order.time),
  };
}

function triggersOf(context: KrakenContext, order: BookOrder, stop: Decimal): Report {
  const { trigger, trail } = termsOf(context, order);
  const reference = { reference: trigger ?? 'last', price_type: trail?.stop.percent ? 'pct' : trail ? 'quote' : 'static' };
  return {
    ...{ ...reference, price: number(trail?.stop.amount ?? stop), actual_price: number(stop) },
    ...(order.waiting ? { status: 'untriggered' } : { status: 'triggered', timestamp: iso(order.updateTime) }),
  };
}

export function newReport(context: KrakenContext, order: BookOrder): Report {
  return { timestamp: iso(order.updateTime), order_status: 'new', exec_type: 'new', ...names(context, order) };
}

/** A stop whose price has come. */
export function triggeredReport(context: KrakenContext, order: BookOrder): Report {
  return {
    ...{ timestamp: iso(order.updateTime), order_status: 'new', exec_type: 'status', ...names(context, order) },
    ...(order.stopPrice && { triggers: triggersOf(context, order, order.stopPrice) }),
  };
}

export function amendedReport(context: KrakenContext, order: BookOrder, now: number): Report {
  return {
    ...{ timestamp: iso(now), exec_type: 'amended', order_status: order.executedQty.isZero() ? 'new' : 'partially_filled' },
    ...{ cum_qty: number(order.executedQty), reason: 'User requested', amended: true, order_qty: number(order.origQty) },
    ...{ limit_price: number(order.price), limit_price_type: 'static', ...names(context, order) },
  };
}

/** A trade says `partially_filled` also when nothing is left: that is told after it. */
export function tradeReport(context: KrakenContext, order: BookOrder, trade: BookTrade): Report {
  const { rules } = context.book.market(trade.symbol);
  const inBase = termsOf(context, order).oflags.includes('fcib');
  const before = order.trades.slice(0, order.trades.indexOf(trade) + 1);
  const quantity = before.reduce((sum, { qty }) => sum.add(qty), ZERO);
  const cost = before.reduce((sum, { qty, price }) => sum.add(qty.mul(price)), ZERO);
  return {
    ...names(context, order),
    ...{ exec_id: tradeTxid(trade), exec_type: 'trade', trade_id: trade.id, symbol: modernNameOf(rules), side: trade.side.toLowerCase() },
    ...{ last_qty: number(trade.qty), last_price: number(trade.price), liquidity_ind: trade.isMaker ? 'm' : 't' },
    ...{ cost: number(trade.qty.mul(trade.price)), order_type: termsOf(context, order).ordertype, timestamp: iso(trade.time) },
    ...{ order_status: 'partially_filled', cum_qty: number(quantity), cum_cost: number(cost), avg_price: number(cost.div(quantity)) },
    fee_usd_equiv: number(trade.commission),
    fees: inBase
      ? [{ asset: modernAssetOf(rules.base), qty: number(trade.commission.div(trade.price)) }]
      : [{ asset: modernAssetOf(trade.commissionAsset), qty: number(trade.commission) }],
  };
}

/** How an order ended; without its symbol. Null while it is open. */
export function endReport(context: KrakenContext, order: BookOrder): Report | null {
  if (isOpen(context, order)) return null;
  const status = statusOf(context, order);
  const word = status === 'closed' ? 'filled' : status;
  const reason = reasonOf(context, order);
  return {
    ...{ timestamp: iso(order.updateTime), order_status: word, exec_type: word, ...names(context, order) },
    ...{ cum_qty: number(order.executedQty), cum_cost: number(order.quoteQty), fee_usd_equiv: feesOf(order), avg_price: averageOf(order) },
    ...(reason === null ? {} : { cancel_reason: reason, reason }),
  };
}

const averageOf = ({ executedQty, quoteQty }: BookOrder): number => (executedQty.isZero() ? 0 : number(quoteQty.div(executedQty)));
const feesOf = ({ trades }: BookOrder): number => number(trades.reduce((sum, { commission }) => sum.add(commission), ZERO));

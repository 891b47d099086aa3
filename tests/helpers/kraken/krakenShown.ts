import { type Decimal, ZERO } from '../../../src/domain/money.ts';
import type { BookOrder, BookTrade, SymbolRules } from '../venue/bookTypes.ts';
import { isOpen, type KrakenContext, type KrakenTerms } from './krakenContext.ts';
import { orderTxid, tradeTxid } from './krakenIds.ts';
import { altnameOf, COST_DECIMALS, priceDecimals } from './krakenPairs.ts';

const TYPES = {
  ...{ MARKET: 'market', LIMIT: 'limit', LIMIT_MAKER: 'limit' },
  ...{ STOP_LOSS: 'stop-loss', STOP_LOSS_LIMIT: 'stop-loss-limit', TAKE_PROFIT: 'take-profit', TAKE_PROFIT_LIMIT: 'take-profit-limit' },
} as const;

/** Of an order the test put into the book by itself: what can be seen of it. */
function guessed(order: BookOrder): KrakenTerms {
  const limit = order.price.isZero() ? '0' : order.price.toFixed();
  return {
    ...{ ordertype: TYPES[order.type], price: order.stopPrice?.toFixed() ?? limit, price2: order.stopPrice ? limit : '0' },
    ...{ oflags: order.type === 'LIMIT_MAKER' ? ['fciq', 'post'] : ['fciq'], timeinforce: order.timeInForce, userref: null },
    ...{ trigger: order.stopPrice ? 'last' : null, displayvol: null, cost: null, expiresAt: null, trail: null },
    ...{ reason: null, expired: false, amended: false },
  };
}

export function termsOf({ book }: Pick<KrakenContext, 'book'>, order: BookOrder): KrakenTerms {
  const known = book.terms.get(order);
  if (known) return known;
  const terms = guessed(order);
  book.terms.set(order, terms);
  return terms;
}

/** `buy 0.01000000 XBTUSD @ stop loss 45000.0 -> limit 44000.0`. */
export function describe(rules: SymbolRules, side: BookOrder['side'], volume: Decimal, terms: KrakenTerms): string {
  const { ordertype } = terms;
  const [price, price2] = [shownPrice(rules, terms.price), shownPrice(rules, terms.price2)];
  const words = ordertype.replace(/-limit$/, '').replaceAll('-', ' ');
  const how =
    ordertype === 'market' ? 'market' : ordertype.endsWith('-limit') ? `${words} ${price} -> limit ${price2}` : `${words} ${price}`;
  return `${side.toLowerCase()} ${volume.toFixed(8)} ${altnameOf(rules)} @ ${how}`;
}

/** Distances stay as they were sent. */
function shownPrice(rules: SymbolRules, text: string): string {
  if (!/^\d/.test(text) || text === '0') return text;
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(priceDecimals(rules), '0')}`;
}

export const costText = (amount: Decimal): string => amount.toFixed(COST_DECIMALS);
/** Seconds, with what of a second is known behind the point. */
export const seconds = (ms: number): number => ms / 1000;

export function statusOf(context: KrakenContext, order: BookOrder): 'open' | 'closed' | 'canceled' | 'expired' {
  if (isOpen(context, order)) return 'open';
  if (order.status === 'FILLED') return 'closed';
  return termsOf(context, order).expired ? 'expired' : 'canceled';
}

export function reasonOf(context: KrakenContext, order: BookOrder): string | null {
  if (order.status !== 'CANCELED' && order.status !== 'EXPIRED') return null;
  if (context.book.passive.has(order)) return 'Post only order';
  return termsOf(context, order).reason;
}

function miscOf(context: KrakenContext, order: BookOrder): string {
  const terms = termsOf(context, order);
  const triggered = terms.trigger !== null && !order.waiting && order.stopPrice !== null;
  return [
    ...(triggered ? [terms.ordertype.startsWith('take-profit') ? 'touched' : 'stopped'] : []),
    ...(order.status === 'PARTIALLY_FILLED' ? ['partial'] : []),
    ...(terms.amended ? ['amended'] : []),
  ].join(',');
}

/** Average prices have the digits of the pair, costs five: both are cut, not exact. */
export function shownOrder(context: KrakenContext, order: BookOrder, trades: readonly string[] | null): unknown {
  const { rules } = context.book.market(order.symbol);
  const terms = termsOf(context, order);
  const price = (value: Decimal | null): string => value?.toFixed(priceDecimals(rules)) ?? costText(ZERO);
  const open = isOpen(context, order);
  const volume = terms.cost ?? order.origQty;
  const live = order.stopPrice !== null && !order.waiting;
  return {
    refid: null,
    userref: terms.userref,
    ...(order.clientOrderId.startsWith('own-') ? {} : { cl_ord_id: order.clientOrderId }),
    status: statusOf(context, order),
    ...(open ? {} : { reason: reasonOf(context, order), closetm: seconds(order.updateTime) }),
    opentm: seconds(order.time),
    starttm: 0,
    expiretm: terms.expiresAt === null ? 0 : seconds(terms.expiresAt),
    descr: {
      ...{ pair: altnameOf(rules), aclass: 'forex', type: order.side.toLowerCase(), ordertype: terms.ordertype },
      ...{ price: shownPrice(rules, terms.price), price2: shownPrice(rules, terms.price2), leverage: 'none' },
      ...{ order: describe(rules, order.side, volume, terms), close: '' },
    },
    vol: volume.toFixed(8),
    vol_exec: order.executedQty.toFixed(8),
    ...(terms.displayvol === null ? {} : { display_volume: terms.displayvol }),
    cost: costText(order.quoteQty),
    fee: costText(order.trades.reduce((sum, { commission }) => sum.add(commission), ZERO)),
    price: order.executedQty.isZero() ? price(null) : price(order.quoteQty.div(order.executedQty)),
    stopprice: price(order.stopPrice),
    limitprice: price(live && !order.price.isZero() ? order.price : null),
    misc: miscOf(context, order),
    oflags: terms.oflags.join(','),
    ...(terms.trigger === null ? {} : { trigger: terms.trigger }),
    ...(trades === null || trades.length === 0 ? {} : { trades }),
  };
}

/** What one order took at one go is told as one trade unless it is asked otherwise (`consolidate_taker`, true by default). */
export function consolidated(trades: readonly BookTrade[], consolidate: boolean): readonly BookTrade[] {
  if (!consolidate) return trades;
  const merged = new Map<string, BookTrade>();
  for (const trade of trades) {
    const key = trade.isMaker ? `trade ${trade.id}` : `order ${trade.orderId}`;
    const before = merged.get(key);
    merged.set(key, before ? sum(before, trade) : trade);
  }
  return [...merged.values()];
}

/** What is told as one trade has an id of its own. */
const MERGED_IDS = 1_000_000_000;

function sum(first: BookTrade, second: BookTrade): BookTrade {
  const qty = first.qty.add(second.qty);
  const price = first.qty.mul(first.price).add(second.qty.mul(second.price)).div(qty);
  const id = first.id < MERGED_IDS ? first.id + MERGED_IDS : first.id;
  return { ...first, id, qty, price, commission: first.commission.add(second.commission) };
}

/** `fee` is in quote currency whatever it was paid in. */
export function shownTrade(context: KrakenContext, trade: BookTrade): unknown {
  const { rules } = context.book.market(trade.symbol);
  const order = context.book.orders.find(({ orderId }) => orderId === trade.orderId);
  return {
    ordertxid: orderTxid(trade),
    postxid: `TKH2SE-M7IF5-${String(trade.id).slice(-6)}`,
    pair: rules.symbol,
    aclass: 'forex',
    time: seconds(trade.time),
    type: trade.side.toLowerCase(),
    ordertype: order ? termsOf(context, order).ordertype : 'market',
    price: trade.price.toFixed(Math.max(priceDecimals(rules), 5)),
    cost: costText(trade.qty.mul(trade.price)),
    fee: costText(trade.commission),
    vol: trade.qty.toFixed(8),
    margin: '0.00000',
    leverage: '0',
    misc: '',
    trade_id: trade.id,
    maker: trade.isMaker,
  };
}

export function tradeIds(order: BookOrder, consolidate: boolean): readonly string[] {
  return consolidated(order.trades, consolidate).map(tradeTxid);
}

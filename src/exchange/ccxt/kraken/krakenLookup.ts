import type { Market } from '../../../domain/market/market.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef } from '../../exchange.ts';
import { withFills } from '../replies.ts';
import { AbsentError, BrokenReplyError } from '../venueErrors.ts';
import { ask, type KrakenExchange, orNull, SINGLE_TRADES } from './krakenExchange.ts';
import * as replies from './krakenReplies.ts';

/** get-trades-info: "20 maximum". */
const TRADES_PER_QUESTION = 20;
const WITH_TRADES = { trades: 'true', ...SINGLE_TRADES };

/** The order with its fills; throws what `judge` calls `absent` when nothing lists it. */
export async function findOrder(exchange: KrakenExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  const { clientOrderId, venueOrderId } = ref;
  const known = venueOrderId === null ? null : await byId(exchange, venueOrderId);
  const state = known ?? (await byName(exchange, clientOrderId));
  if (!state) throw new AbsentError('no list holds the order');
  return withFills(replies.orderFacts(state, market.symbol, clientOrderId), () => fillsOf(exchange, state, market));
}

/** Whatever has become of it. */
async function byId(exchange: KrakenExchange, txid: string): Promise<replies.KrakenOrder | null> {
  const question = async () => replies.readOrders(await exchange.privatePostQueryOrders({ txid, ...WITH_TRADES }));
  return (await orNull(question))?.find((order) => order.txid === txid) ?? null;
}

/**
 * Among the open orders and then among those that have ended, so that one that ends meanwhile is in the second. ccxt would ask by
 * `userref`, which is another name. One of an open order is free again when that has ended, and is never used twice by us.
 */
async function byName(exchange: KrakenExchange, clientOrderId: string): Promise<replies.KrakenOrder | null> {
  const form = { cl_ord_id: clientOrderId };
  const sources = [
    async () => replies.readOpenOrders(await exchange.privatePostOpenOrders(form)),
    async () => replies.readClosedOrders(await exchange.privatePostClosedOrders({ ...form, without_count: 'true', ...WITH_TRADES })),
  ];
  for (const source of sources) {
    const [found, ...more] = (await ask(source)).filter(({ cl_ord_id }) => isSame(cl_ord_id, clientOrderId));
    if (more.length > 0) throw new BrokenReplyError('more than one order has this name');
    if (found) return found;
  }
  return null;
}

/** A UUID with or without its dashes (guides, "Client Order Identifiers"). */
function isSame(theirs: string | null | undefined, ours: string): boolean {
  return theirs?.replaceAll('-', '').toLowerCase() === ours;
}

/** All of them, by their ids: an order whose fills are not all listed never ends. */
async function fillsOf(exchange: KrakenExchange, { txid, trades }: replies.KrakenOrder, market: Market): Promise<readonly Fill[]> {
  const ids = trades ?? (await byId(exchange, txid))?.trades ?? [];
  const fills: Fill[] = [];
  for (let start = 0; start < ids.length; start += TRADES_PER_QUESTION) {
    const form = { txid: ids.slice(start, start + TRADES_PER_QUESTION).join(',') };
    const rows = await ask(async () => replies.readTrades(await exchange.privatePostQueryTrades(form)));
    fills.push(...rows.filter(({ ordertxid }) => ordertxid === txid).map((row) => replies.fillOf(row, market)));
  }
  return fills;
}

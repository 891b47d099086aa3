import type { Market } from '../../../domain/market/market.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef } from '../../exchange.ts';
import { decimalOf, withFills } from '../replies.ts';
import { AbsentError, BrokenReplyError } from '../venueErrors.ts';
import { takeChanged, unlessChanged } from './krakenChanged.ts';
import type { KrakenDesk } from './krakenDesk.ts';
import { ask, type KrakenExchange, SINGLE_TRADES } from './krakenExchange.ts';
import * as replies from './krakenReplies.ts';

/** get-trades-info: "20 maximum". */
const TRADES_PER_QUESTION = 20;

/** The order with its fills; throws what `judge` calls `absent` when nothing lists it. `changed`: it was just placed or canceled. */
export async function findOrder(desk: KrakenDesk, ref: OrderRef, market: Market, why?: 'changed'): Promise<OrderReport> {
  const { clientOrderId } = ref;
  const txid = ref.venueOrderId ?? (await desk.ids.of(clientOrderId));
  const known = txid === null ? null : await byId(desk, txid, why === 'changed');
  const state = known ?? (await byName(desk.exchange, clientOrderId));
  if (!state) throw new AbsentError('no list holds the order');
  return withFills(replies.orderFacts(state, market.symbol, clientOrderId), () => fillsOf(desk, state, market));
}

/** One that may well rest untouched is looked for among all that do, which is one question for all of them. */
async function byId({ exchange, resting, orderById }: KrakenDesk, txid: string, isNew: boolean): Promise<replies.KrakenOrder | null> {
  const { apiKey = '' } = exchange;
  if (isNew || takeChanged(apiKey, txid)) return orderById(txid);
  const untouched = await unlessChanged(apiKey, txid, resting());
  takeChanged(apiKey, txid);
  return untouched?.find((order) => order.txid === txid && decimalOf(order.vol_exec).isZero()) ?? orderById(txid);
}

/**
 * Among the open orders and then among those that have ended, so that one that ends meanwhile is in the second. ccxt would ask by
 * `userref`, which is another name. One of an open order is free again when that has ended, and is never used twice by us.
 */
async function byName(exchange: KrakenExchange, clientOrderId: string): Promise<replies.KrakenOrder | null> {
  const form = { cl_ord_id: clientOrderId };
  const sources = [
    async () => replies.readOpenOrders(await exchange.privatePostOpenOrders(form)),
    async () =>
      replies.readClosedOrders(
        await exchange.privatePostClosedOrders({ ...form, without_count: 'true', trades: 'true', ...SINGLE_TRADES }),
      ),
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
async function fillsOf(
  { exchange, orderById }: KrakenDesk,
  { txid, trades }: replies.KrakenOrder,
  market: Market,
): Promise<readonly Fill[]> {
  const ids = trades ?? (await orderById(txid))?.trades ?? [];
  const fills: Fill[] = [];
  for (let start = 0; start < ids.length; start += TRADES_PER_QUESTION) {
    const form = { txid: ids.slice(start, start + TRADES_PER_QUESTION).join(',') };
    const rows = await ask(async () => replies.readTrades(await exchange.privatePostQueryTrades(form)));
    fills.push(...rows.filter(({ ordertxid }) => ordertxid === txid).map((row) => replies.fillOf(row, market)));
  }
  return fills;
}

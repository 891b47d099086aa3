import type { Market } from '../../../domain/market/market.ts';
import { ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import { isFinal } from '../../../domain/order/transition.ts';
import type { OrderRef } from '../../exchange.ts';
import { baseUnits } from '../contracts.ts';
import { hasStopPrice } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import { decimalOf, type OrderFacts, withFills } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';
import { everyPage, type OkxExchange, type OkxParams, PER_PAGE } from './okxExchange.ts';
import { OKX_REFUSALS } from './okxRefusals.ts';
import * as replies from './okxReplies.ts';

const DAY_MS = 24 * 60 * 60_000;
/** `fills` reaches back three days, `fills-history` three months. */
const RECENT_MS = 3 * DAY_MS - 60 * 60_000;
/** An order that was canceled before anything filled is kept this long (docs-v5, "Order history"). */
const CANCELED_KEPT_MS = 2 * 60 * 60_000;
/** What OKX says of an order it does not have. */
const ABSENT = JSON.stringify({ code: '51603', data: [], msg: 'Order does not exist' });

export type Named = Pick<OrderRef, 'clientOrderId' | 'venueOrderId'>;

/** Where an order may be kept. */
export function kindsOf({ type }: OrderRef): readonly ('order' | 'algo')[] {
  if (type === undefined) return ['order', 'algo'];
  return hasStopPrice(type) ? ['algo'] : ['order'];
}

export function orderName({ venueOrderId, clientOrderId }: Named): OkxParams {
  return venueOrderId === null ? { clOrdId: clientOrderId } : { ordId: venueOrderId };
}

export function algoName({ venueOrderId, clientOrderId }: Named): OkxParams {
  return venueOrderId === null ? { algoClOrdId: clientOrderId } : { algoId: venueOrderId };
}

export function listOf(market: Market): OkxParams {
  return { instType: market.type === 'spot' ? 'SPOT' : 'SWAP', instId: market.venueSymbol };
}

/** The order with its fills; throws what `judge` calls `absent` when nothing lists it. */
export async function findOrder(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<OrderReport> {
  for (const kind of kindsOf(ref)) {
    const report = kind === 'algo' ? await findAlgo(exchange, ref, market) : await findPlain(exchange, ref, market);
    if (report) return report;
  }
  throw new VenueReplyError(200, ABSENT, null);
}

/** By name, and where that knows nothing in the lists of open and of past orders: a young order may be missing from one of them. */
async function findPlain(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const listed = { ...listOf(market), limit: String(PER_PAGE) };
  const sources = [
    () => exchange.privateGetTradeOrder({ instId: market.venueSymbol, ...orderName(ref) }),
    () => exchange.privateGetTradeOrdersPending(listed),
    () => exchange.privateGetTradeOrdersHistory(listed),
  ];
  for (const ask of sources) {
    const state = (await orNothing(async () => replies.readOrders(await ask()))).find((order) => isNamed(order, ref));
    if (state) return reportOn(exchange, state, ref.clientOrderId, market);
  }
  return null;
}

function isNamed(order: replies.OkxOrder, ref: Named): boolean {
  return ref.venueOrderId === null ? order.clOrdId === ref.clientOrderId : order.ordId === ref.venueOrderId;
}

function reportOn(exchange: OkxExchange, state: replies.OkxOrder, name: string, market: Market): Promise<OrderReport> {
  return withFills(replies.orderFacts(state, market, name), () => fillsOf(exchange, state, market));
}

export async function readAlgo(exchange: OkxExchange, ref: Named): Promise<replies.OkxAlgoOrder | undefined> {
  const [algo] = await orNothing(async () => replies.readAlgoOrders(await exchange.privateGetTradeOrderAlgo(algoName(ref))));
  return algo;
}

async function findAlgo(exchange: OkxExchange, ref: OrderRef, market: Market): Promise<OrderReport | null> {
  const algo = await readAlgo(exchange, ref);
  return algo ? algoReport(exchange, algo, ref.clientOrderId, market) : null;
}

/** Nothing of an algo order fills: what it triggered does, under the name we gave the algo order. */
async function algoReport(exchange: OkxExchange, algo: replies.OkxAlgoOrder, name: string, market: Market): Promise<OrderReport> {
  const facts = { clientOrderId: name, venueOrderId: algo.algoId, symbol: market.symbol, filledQuantity: ZERO };
  const status = replies.algoStatus(algo);
  if (status !== 'triggered') {
    const code = status === 'canceled' ? 'VENUE_CANCELED' : status === 'rejected' ? failureOf(algo) : null;
    return withFills({ ...facts, status, code }, async () => []);
  }
  const children = await childrenOf(exchange, algo, market);
  if (children.length === 0) return withFills({ ...facts, ...withoutChildren(exchange, algo) }, async () => []);
  return withFills(sumOf(children, algo, facts, market), async () =>
    (await Promise.all(children.map((child) => fillsOf(exchange, child, market)))).flat(),
  );
}

/** `failCode` is the refusal of the order it would have become. */
function failureOf({ failCode }: replies.OkxAlgoOrder): OrderReport['code'] {
  const rule = OKX_REFUSALS.rules.find(({ code }) => code === failCode);
  const reason = rule?.reason ?? 'unknown';
  return reason === 'unknown' || reason === 'absent' || reason === 'duplicate' ? 'VENUE_REJECTED' : reason;
}

/** Triggered a moment ago, or so long ago that what it became, canceled with nothing filled, is forgotten. */
function withoutChildren(exchange: OkxExchange, { uTime, state }: replies.OkxAlgoOrder): Pick<OrderFacts, 'status' | 'code'> {
  if (state === 'partially_failed') return { status: 'rejected', code: 'VENUE_REJECTED' };
  return exchange.nonce() - uTime > CANCELED_KEPT_MS ? { status: 'canceled', code: 'VENUE_CANCELED' } : { status: 'open', code: null };
}

export async function childrenOf(exchange: OkxExchange, algo: replies.OkxAlgoOrder, market: Market): Promise<readonly replies.OkxOrder[]> {
  const asked = replies.childIds(algo).map((ordId) => {
    const params = { instId: market.venueSymbol, ordId };
    return orNothing(async () => replies.readOrders(await exchange.privateGetTradeOrder(params)));
  });
  return (await Promise.all(asked)).flat();
}

/** All that was triggered, as one order. Short of money OKX triggers less than was asked for: what ended then has not filled. */
function sumOf(
  children: readonly replies.OkxOrder[],
  algo: replies.OkxAlgoOrder,
  facts: Omit<OrderFacts, 'status' | 'code'>,
  market: Market,
): OrderFacts {
  const parts = children.map((child) => replies.orderFacts(child, market, facts.clientOrderId, facts.venueOrderId));
  const filledQuantity = parts.reduce((sum, part) => sum.add(part.filledQuantity), ZERO);
  const open = parts.some(({ status }) => !isFinal(status));
  if (open) return { ...facts, filledQuantity, status: filledQuantity.isZero() ? 'open' : 'partially_filled', code: null };
  if (filledQuantity.gte(baseUnits(decimalOf(algo.sz), market))) return { ...facts, filledQuantity, status: 'filled', code: null };
  const code = parts.find((part) => part.code !== null)?.code ?? 'VENUE_INSUFFICIENT_FUNDS';
  return { ...facts, filledQuantity, status: 'canceled', code };
}

/** All of them, page by page: an order whose fills are not all listed never ends. */
async function fillsOf(exchange: OkxExchange, { ordId, cTime }: replies.OkxOrder, market: Market): Promise<readonly Fill[]> {
  const rows = await listFills(exchange, { ...listOf(market), ordId }, exchange.nonce() - cTime);
  return rows.map((row) => replies.fillOf(row, market));
}

/** Newest first, as far back as `reachMs`. */
export function listFills(exchange: OkxExchange, which: OkxParams, reachMs: number): Promise<readonly replies.OkxFill[]> {
  const ask = (params: OkxParams) =>
    reachMs < RECENT_MS ? exchange.privateGetTradeFills(params) : exchange.privateGetTradeFillsHistory(params);
  return everyPage(
    async (page) => replies.readFills(await ask({ ...which, ...page })),
    ({ billId }) => billId,
    () => new BrokenReplyError('there are more fills than can be read'),
  );
}

/** An empty list where the venue says it has no such order; other errors pass. */
async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (judge(OKX_REFUSALS, error).kind !== 'absent') throw error;
    return [];
  }
}

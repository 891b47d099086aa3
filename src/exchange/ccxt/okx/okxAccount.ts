import type { Market } from '../../../domain/market/market.ts';
import type { FundingPayment, MarginSettings, RestingOrder, VenueTrade } from '../../exchange.ts';
import { baseUnits } from '../contracts.ts';
import { decimalOf } from '../replies.ts';
import type { AccountRights } from '../venueApi.ts';
import { BrokenReplyError, RefusedHereError } from '../venueErrors.ts';
import * as account from './okxAccountReplies.ts';
import { everyPage, marginModeOf, type OkxExchange, type OkxParams } from './okxExchange.ts';
import { listFills, listOf } from './okxLookup.ts';
import * as replies from './okxReplies.ts';

/** `bills` reaches back seven days, `bills-archive` three months. */
const RECENT_BILLS_MS = 7 * 24 * 60 * 60_000 - 60 * 60_000;
const FUNDING = '8';
/** What waits apart from orders, by the kinds that may be asked for at once. */
const WAITING = ['conditional,oco', 'trigger', 'move_order_stop'];

const tooMany = (): Error => new BrokenReplyError('there is more than can be read');

export async function readRights(exchange: OkxExchange): Promise<AccountRights> {
  const { perm, ip } = account.readConfig(await exchange.privateGetAccountConfig());
  const addressBound = typeof ip === 'string' ? ip !== '' : null;
  if (!perm) return { canTrade: null, canWithdraw: null, addressBound };
  const may = perm.split(',');
  const lacks = 'the key lacks the permission Trade: allow it where keys are made at OKX';
  return { canTrade: may.includes('trade'), canWithdraw: may.includes('withdraw'), addressBound, lacks };
}

/** docs-v5, "Account mode": which of them takes which orders. */
export async function spotObstacles(exchange: OkxExchange): Promise<readonly string[]> {
  const { acctLv, enableSpotBorrow } = account.readConfig(await exchange.privateGetAccountConfig());
  if (acctLv === '3' || acctLv === '4')
    return ['the account is in a margin mode in which spot orders may borrow. Set its account mode to Spot or Futures (Trade, Settings).'];
  return acctLv === '1' && enableSpotBorrow === true
    ? ['borrowing is switched on for spot, so an order may buy or sell what is not owned. Switch it off (Trade, Settings).']
    : [];
}

export async function swapObstacles(exchange: OkxExchange): Promise<readonly string[]> {
  const { acctLv } = account.readConfig(await exchange.privateGetAccountConfig());
  if (acctLv === '1') return ['the account is in spot mode, which has no swaps. Set its account mode to Futures (Trade, Settings).'];
  if (acctLv === '2' || marginModeOf(exchange) === 'cross') return [];
  return ['isolated margin is set (CCXT_CONFIG, okx.options.defaultMarginMode), which only the account mode Futures has.'];
}

export async function positionMode(exchange: OkxExchange): Promise<'one_way' | 'hedge'> {
  const { posMode } = account.readConfig(await exchange.privateGetAccountConfig());
  return posMode === 'long_short_mode' ? 'hedge' : 'one_way';
}

/** Margin is said with each order, so only the one that orders are sent with can be asked for. */
export async function configure(exchange: OkxExchange, { leverage, marginMode }: MarginSettings, market: Market): Promise<void> {
  const mgnMode = marginModeOf(exchange);
  if (marginMode !== null && marginMode !== mgnMode)
    throw new RefusedHereError(
      'FEATURE_NOT_SUPPORTED',
      `orders are sent with ${mgnMode} margin here; set "defaultMarginMode" in the options of okx in CCXT_CONFIG to change that.`,
    );
  if (leverage === null) return;
  const sided = mgnMode === 'isolated' && (await positionMode(exchange)) === 'hedge';
  for (const posSide of sided ? ['long', 'short'] : [null]) {
    const params = { instId: market.venueSymbol, lever: String(leverage), mgnMode, ...(posSide !== null && { posSide }) };
    const set = account.readLeverage(await exchange.privatePostAccountSetLeverage(params));
    if (set !== leverage) throw new BrokenReplyError('another leverage is set than was asked for');
  }
}

/** Orders and what waits to become one. What an algo order triggered goes by the algo order's names, as everywhere here. */
export async function openOrders(exchange: OkxExchange, market: Market): Promise<readonly RestingOrder[]> {
  const plain = await everyPage(
    async (page) => replies.readOrders(await exchange.privateGetTradeOrdersPending({ ...listOf(market), ...page })),
    ({ ordId }) => ordId,
    tooMany,
  );
  const waiting: replies.OkxAlgoOrder[] = [];
  for (const ordType of WAITING) {
    const ask = (page: OkxParams) => exchange.privateGetTradeOrdersAlgoPending({ ordType, ...listOf(market), ...page });
    waiting.push(
      ...(await everyPage(
        async (page) => replies.readAlgoOrders(await ask(page)),
        ({ algoId }) => algoId,
        tooMany,
      )),
    );
  }
  return [...plain.map((order) => restingOrder(order, market)), ...waiting.map((algo) => waitingOrder(algo, market))];
}

const PLAIN_TYPES: Readonly<Record<string, RestingOrder['type']>> = { limit: 'limit', post_only: 'limit', market: 'market' };

function restingOrder(order: replies.OkxOrder, market: Market): RestingOrder {
  const triggered = Boolean(order.algoId);
  return {
    clientOrderId: (triggered ? order.algoClOrdId : order.clOrdId) || null,
    venueOrderId: order.algoId || order.ordId,
    symbol: market.symbol,
    side: order.side,
    type: PLAIN_TYPES[order.ordType] ?? 'other',
    quantity: baseUnits(decimalOf(order.sz), market),
    filledQuantity: baseUnits(decimalOf(order.accFillSz), market),
    price: priceOf(order.px),
    stopPrice: null,
    reduceOnly: order.reduceOnly === 'true',
    createdAt: order.cTime,
  };
}

function waitingOrder(algo: replies.OkxAlgoOrder, market: Market): RestingOrder {
  const isStop = algo.ordType === 'conditional' && Boolean(algo.slTriggerPx) && !algo.tpTriggerPx;
  const price = algo.slOrdPx === '-1' ? null : priceOf(algo.slOrdPx);
  return {
    clientOrderId: algo.algoClOrdId || null,
    venueOrderId: algo.algoId,
    symbol: market.symbol,
    side: algo.side,
    type: !isStop ? 'other' : price === null ? 'stop' : 'stop_limit',
    quantity: baseUnits(decimalOf(algo.sz), market),
    filledQuantity: decimalOf('0'),
    price,
    stopPrice: priceOf(algo.slTriggerPx) ?? priceOf(algo.tpTriggerPx) ?? priceOf(algo.triggerPx),
    reduceOnly: algo.reduceOnly === 'true',
    createdAt: algo.cTime,
  };
}

function priceOf(price: string | null | undefined): RestingOrder['price'] {
  return price && /^\d+(\.\d+)?$/.test(price) && Number(price) > 0 ? decimalOf(price) : null;
}

/** Fills of what an algo order triggered go by the algo order's names, which only the orders tell. */
export async function trades(exchange: OkxExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const which = { ...listOf(market), begin: String(sinceMs) };
  const rows = (await listFills(exchange, which, exchange.nonce() - sinceMs)).filter(({ ordId }) => ordId !== '');
  const parents = rows.some(({ clOrdId }) => !clOrdId) ? await parentsOf(exchange, market) : new Map<string, replies.OkxOrder>();
  return rows.toReversed().map((row) => {
    const parent = parents.get(row.ordId);
    return {
      ...replies.fillOf(row, market),
      venueOrderId: parent?.algoId || row.ordId,
      clientOrderId: (parent?.algoId ? parent.algoClOrdId : row.clOrdId) || null,
      symbol: market.symbol,
      side: row.side,
    };
  });
}

async function parentsOf(exchange: OkxExchange, market: Market): Promise<ReadonlyMap<string, replies.OkxOrder>> {
  const open = replies.readOrders(await exchange.privateGetTradeOrdersPending(listOf(market)));
  const past = replies.readOrders(await exchange.privateGetTradeOrdersHistory(listOf(market)));
  return new Map([...past, ...open].map((order) => [order.ordId, order]));
}

export async function funding(
  exchange: OkxExchange,
  marketOf: (venueSymbol: string) => Market | undefined,
  sinceMs: number,
): Promise<readonly FundingPayment[]> {
  const recent = exchange.nonce() - sinceMs < RECENT_BILLS_MS;
  const ask = (params: OkxParams) => (recent ? exchange.privateGetAccountBills(params) : exchange.privateGetAccountBillsArchive(params));
  const which = { instType: 'SWAP', type: FUNDING, begin: String(sinceMs) };
  const rows = await everyPage(
    async (page) => account.readFundingBills(await ask({ ...which, ...page })),
    ({ billId }) => billId,
    tooMany,
  );
  return rows.toReversed().flatMap((row) => {
    const market = marketOf(row.instId);
    return market ? [account.fundingOf(row, market)] : [];
  });
}

import { z } from 'zod';
import type { Market } from '../../../domain/market/market.ts';
import { type Decimal, ZERO } from '../../../domain/money.ts';
import type { BalanceReport, RestingOrder, VenueTrade } from '../../exchange.ts';
import { amount, signed } from '../replies.ts';
import type { AccountRights } from '../venueApi.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import { ask, isNameOf, type KrakenExchange, SINGLE_TRADES } from './krakenExchange.ts';
import * as replies from './krakenReplies.ts';

const TRADES_PER_PAGE = 50;
const PAGES_MAX = 50;

const balances = z.record(z.string(), z.object({ balance: signed, hold_trade: amount.default('0') }));
const key = z.object({ permissions: z.array(z.string()), ipAllowlist: z.array(z.string()).nullish() });
const time = z.object({ unixtime: z.number().int().positive() });

/**
 * What is lent out in "Kraken Rewards" (`USDT.F`) is the base asset's to trade with; other extensions are staked or bonded, and are not
 * (get-extended-balance, "Symbol Extensions"). Credit is left out.
 */
export async function readBalances(exchange: KrakenExchange): Promise<readonly BalanceReport[]> {
  const rows = await ask(async () => replies.resultOf('the balances', balances, await exchange.privatePostBalanceEx({})));
  const sums = new Map<string, { free: Decimal; total: Decimal }>();
  for (const [assetId, { balance, hold_trade }] of Object.entries(rows)) {
    const [name = '', extension = 'F'] = assetId.split('.');
    if (extension !== 'F') continue;
    const asset = exchange.safeCurrencyCode(name);
    const { free, total } = sums.get(asset) ?? { free: ZERO, total: ZERO };
    sums.set(asset, { free: free.plus(balance).minus(hold_trade), total: total.plus(balance) });
  }
  return [...sums].map(([asset, { free, total }]) => ({ asset, free: free.gt(0) ? free : ZERO, total }));
}

/** get-api-key-info, "permissions", and how Kraken's page of the key calls them. Who may make orders may cancel them. */
const NEEDED = {
  'query-funds': 'Query funds',
  'query-open-trades': 'Query open orders & trades',
  'query-closed-trades': 'Query closed orders & trades',
  'modify-trades': 'Create & modify orders',
} as const;

export async function readRights(exchange: KrakenExchange): Promise<AccountRights> {
  const { permissions, ipAllowlist } = await ask(async () => replies.resultOf('the key', key, await exchange.privatePostGetApiKeyInfo({})));
  const missing = Object.entries(NEEDED).flatMap(([permission, called]) => (permissions.includes(permission) ? [] : [`"${called}"`]));
  return {
    canTrade: missing.length === 0,
    canWithdraw: permissions.includes('withdraw-funds'),
    addressBound: ipAllowlist ? ipAllowlist.length > 0 : null,
    lacks: `the key lacks ${missing.join(', ')}: allow it where keys are made at Kraken`,
  };
}

/** Kraken lists those of all markets at once. */
export async function openOrders(exchange: KrakenExchange, market: Market): Promise<readonly RestingOrder[]> {
  const rows = await ask(async () => replies.readOpenOrders(await exchange.privatePostOpenOrders({})));
  return rows.filter(({ descr }) => isNameOf(exchange, descr.pair, market)).map((row) => replies.restingOrder(row, market.symbol));
}

/** Of all markets, the newest first; what happens meanwhile pushes the others on, so that some are listed twice. */
export async function trades(exchange: KrakenExchange, market: Market, sinceMs: number): Promise<readonly VenueTrade[]> {
  const form = { start: String(Math.floor(sinceMs / 1000) - 1), without_count: 'true', ...SINGLE_TRADES };
  const found = new Map<string, replies.KrakenTrade>();
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const ofs = String(page * TRADES_PER_PAGE);
    const rows = await ask(async () => replies.readTradePage(await exchange.privatePostTradesHistory({ ...form, ofs })));
    for (const row of rows) found.set(row.txid, row);
    if (rows.length < TRADES_PER_PAGE) return tradesOf(exchange, [...found.values()], market, sinceMs);
  }
  throw new BrokenReplyError('there are more trades than can be read');
}

function tradesOf(exchange: KrakenExchange, rows: readonly replies.KrakenTrade[], market: Market, sinceMs: number): readonly VenueTrade[] {
  return rows
    .filter((row) => row.time >= sinceMs && isNameOf(exchange, row.pair, market))
    .toSorted((one, other) => one.time - other.time)
    .map((row) => ({
      ...replies.fillOf(row, market),
      venueOrderId: row.ordertxid,
      clientOrderId: null,
      symbol: market.symbol,
      side: row.type,
    }));
}

/** Kraken tells whole seconds: a difference is taken over only where they prove one. */
export async function syncClock(exchange: KrakenExchange): Promise<number> {
  const before = exchange.milliseconds();
  const venueMs = replies.resultOf('the time', time, await exchange.publicGetTime()).unixtime * 1000;
  const aheadMs = aheadOf(venueMs, before, exchange.milliseconds());
  exchange.options.timeDifference = aheadMs;
  return aheadMs;
}

/** `venueMs`, and less than a second more, was the venue's time at some moment between the two of ours. */
export function aheadOf(venueMs: number, beforeMs: number, afterMs: number): number {
  const least = beforeMs - venueMs - 999;
  const most = afterMs - venueMs;
  return least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2);
}

import { apiKeyInfo, balanceEx, balances, ledgers, tradeBalance, tradeVolume, webSocketsToken } from './krakenAccount.ts';
import { amendOrder, cancelAll, cancelOrder } from './krakenCancels.ts';
import type { KrakenContext, Params, Permission } from './krakenContext.ts';
import { closedOrders, openOrders, queryOrders, queryTrades, tradesHistory } from './krakenLists.ts';
import { assetPairs, assets, depth, ohlc, systemStatus, ticker, time, trades } from './krakenMarketData.ts';
import { addOrder } from './krakenOrders.ts';

type Run = (context: KrakenContext, params: Params) => unknown;

export interface Endpoint {
  readonly run: Run;
  /** Parameters it reads; others are read over. */
  readonly known: ReadonlySet<string>;
  /** Any of these rights will do; null: it is public. */
  readonly rights: readonly Permission[] | null;
  /** What it adds to the counter of calls (docs, "Spot REST Rate Limits"). */
  readonly cost: number;
}

const publicly = (run: Run, ...known: string[]): Endpoint => ({ run, known: new Set(known), rights: null, cost: 0 });
const signed = (run: Run, rights: readonly Permission[], known: readonly string[] = [], cost = 1): Endpoint => ({
  ...{ run, rights, cost },
  known: new Set(['nonce', 'otp', ...known]),
});

const OPEN: readonly Permission[] = ['query-open-trades'];
const CLOSED: readonly Permission[] = ['query-closed-trades'];
const EITHER: readonly Permission[] = [...OPEN, ...CLOSED];
const SPAN = ['start', 'end', 'ofs', 'without_count'];
const ADD = [
  ...['pair', 'type', 'ordertype', 'volume', 'displayvol', 'price', 'price2', 'trigger', 'leverage', 'reduce_only', 'stptype', 'oflags'],
  ...['timeinforce', 'starttm', 'expiretm', 'deadline', 'validate', 'userref', 'cl_ord_id', 'broker', 'asset_class'],
];

/** Every endpoint the server knows, by method and path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /0/public/Time', publicly(time)],
  ['GET /0/public/SystemStatus', publicly(systemStatus)],
  ['GET /0/public/Assets', publicly(assets, 'asset', 'aclass')],
  ['GET /0/public/AssetPairs', publicly(assetPairs, 'pair', 'info', 'country_code', 'aclass_base', 'execution_venue')],
  ['GET /0/public/Ticker', publicly(ticker, 'pair', 'asset_class')],
  ['GET /0/public/Depth', publicly(depth, 'pair', 'count', 'asset_class')],
  ['GET /0/public/OHLC', publicly(ohlc, 'pair', 'interval', 'since', 'asset_class')],
  ['GET /0/public/Trades', publicly(trades, 'pair', 'since', 'count', 'asset_class')],
  ['POST /0/private/Balance', signed(balances, ['query-funds'])],
  ['POST /0/private/BalanceEx', signed(balanceEx, ['query-funds'])],
  ['POST /0/private/TradeBalance', signed(tradeBalance, ['query-funds'], ['asset'])],
  ['POST /0/private/TradeVolume', signed(tradeVolume, ['query-funds'], ['pair', 'fee-info', 'fee_schedule'])],
  ['POST /0/private/Ledgers', signed(ledgers, ['query-ledger'], ['asset', 'aclass', 'type', ...SPAN], 2)],
  ['POST /0/private/OpenOrders', signed(openOrders, OPEN, ['trades', 'userref', 'cl_ord_id', 'consolidate_taker'])],
  [
    'POST /0/private/ClosedOrders',
    signed(closedOrders, CLOSED, ['trades', 'userref', 'cl_ord_id', 'closetime', 'consolidate_taker', ...SPAN]),
  ],
  ['POST /0/private/QueryOrders', signed(queryOrders, EITHER, ['trades', 'userref', 'cl_ord_id', 'txid', 'consolidate_taker'])],
  ['POST /0/private/QueryTrades', signed(queryTrades, EITHER, ['txid', 'trades'])],
  ['POST /0/private/TradesHistory', signed(tradesHistory, CLOSED, ['type', 'trades', 'consolidate_taker', 'ledgers', ...SPAN], 2)],
  ['POST /0/private/AddOrder', signed(addOrder, ['modify-trades'], ADD, 0)],
  [
    'POST /0/private/AmendOrder',
    signed(
      amendOrder,
      ['modify-trades', 'close-trades'],
      ['txid', 'cl_ord_id', 'order_qty', 'display_qty', 'limit_price', 'trigger_price', 'post_only', 'deadline'],
      0,
    ),
  ],
  ['POST /0/private/CancelOrder', signed(cancelOrder, ['modify-trades', 'close-trades'], ['txid', 'cl_ord_id'], 0)],
  ['POST /0/private/CancelAll', signed(cancelAll, ['modify-trades', 'close-trades'])],
  ['POST /0/private/GetApiKeyInfo', signed(apiKeyInfo, [])],
  ['POST /0/private/GetWebSocketsToken', signed(webSocketsToken, ['create-ws-token'])],
]);

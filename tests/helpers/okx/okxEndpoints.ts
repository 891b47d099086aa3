import { Decimal } from '../../../src/domain/money.ts';
import type { BookTrade, SymbolRules } from '../venue/bookTypes.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';
import * as trading from './okxTrading.ts';
import { contractValue, marketOf, type OkxContext, OkxError, type Params, pageOf, param, required, shownSize } from './okxTypes.ts';

interface Endpoint {
  readonly signed: boolean;
  readonly run: (context: OkxContext, params: Params) => readonly unknown[];
}

const publicly = (run: Endpoint['run']): Endpoint => ({ signed: false, run });
const signed = (run: Endpoint['run']): Endpoint => ({ signed: true, run });
const DAY_MS = 24 * 60 * 60_000;

/** Every endpoint the server knows, by method and path; each answers with the rows of `data`. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /api/v5/public/time', publicly(({ now }) => [{ ts: String(now()) }])],
  ['GET /api/v5/public/instruments', publicly(instruments)],
  ['GET /api/v5/market/ticker', publicly((context, params) => [ticker(context, required(params, 'instId'))])],
  ['GET /api/v5/market/books', publicly((context, params) => [books(context, required(params, 'instId'))])],
  ['GET /api/v5/market/tickers', publicly((context) => context.book.symbols.map(({ symbol }) => ticker(context, symbol)))],
  ['GET /api/v5/asset/currencies', signed(() => [])],
  ['POST /api/v5/trade/order', signed(trading.placeOrder)],
  ['POST /api/v5/trade/batch-orders', signed(trading.placeBatch)],
  ['GET /api/v5/trade/order', signed(trading.queryOrder)],
  ['POST /api/v5/trade/cancel-order', signed(trading.cancelOrder)],
  ['POST /api/v5/trade/order-algo', signed(trading.placeAlgo)],
  ['GET /api/v5/trade/order-algo', signed(trading.queryAlgo)],
  ['POST /api/v5/trade/cancel-algos', signed(trading.cancelAlgos)],
  ['GET /api/v5/trade/orders-pending', signed(trading.pendingOrders)],
  ['GET /api/v5/trade/orders-history', signed(trading.pastOrders)],
  ['GET /api/v5/trade/orders-algo-pending', signed(trading.pendingAlgos)],
  ['GET /api/v5/trade/fills', signed((context, params) => fills(context, params, 3 * DAY_MS))],
  ['GET /api/v5/trade/fills-history', signed((context, params) => fills(context, params, 90 * DAY_MS))],
  ['GET /api/v5/account/balance', signed(balance)],
  ['GET /api/v5/account/config', signed(config)],
  ['GET /api/v5/account/positions', signed(positions)],
  ['GET /api/v5/account/bills', signed((context, params) => bills(context, params, 7 * DAY_MS))],
  ['GET /api/v5/account/bills-archive', signed((context, params) => bills(context, params, 90 * DAY_MS))],
  ['POST /api/v5/account/set-leverage', signed(setLeverage)],
]);

function instruments(context: OkxContext, params: Params): readonly unknown[] {
  return required(params, 'instType') === context.instType ? context.book.symbols.map((rules) => instrument(context, rules)) : [];
}

function instrument(context: OkxContext, rules: SymbolRules): unknown {
  const swap = context.instType === 'SWAP';
  return {
    instType: context.instType,
    instId: rules.symbol,
    instFamily: swap ? `${rules.base}-${rules.quote}` : '',
    uly: swap ? `${rules.base}-${rules.quote}` : '',
    baseCcy: swap ? '' : rules.base,
    quoteCcy: swap ? '' : rules.quote,
    settleCcy: swap ? rules.quote : '',
    ctVal: swap ? contractValue(context, rules.symbol).toFixed() : '',
    ctMult: swap ? '1' : '',
    ctValCcy: swap ? rules.base : '',
    ctType: swap ? 'linear' : '',
    lotSz: shownSize(context, rules.symbol, new Decimal(rules.stepSize)),
    minSz: shownSize(context, rules.symbol, new Decimal(rules.minQty)),
    tickSz: rules.tickSize,
    lever: swap ? '100' : '10',
    maxLmtSz: '100000000',
    maxMktSz: '1000000',
    listTime: '1548133413000',
    expTime: '',
    state: 'live',
  };
}

/** Swaps count contracts. Each level says besides how many orders make it up. */
function books(context: OkxContext, instId: string): unknown {
  const { bids, asks } = shownLevels(marketOf(context, instId).price);
  const levels = (side: typeof bids) => side.map(([price, size]) => [price, size, '0', '1']);
  return { bids: levels(bids), asks: levels(asks), ts: String(context.now()) };
}

function ticker(context: OkxContext, instId: string): unknown {
  const price = marketOf(context, instId).price.toFixed();
  return {
    instType: context.instType,
    instId,
    last: price,
    lastSz: '1',
    askPx: price,
    askSz: '1',
    bidPx: price,
    bidSz: '1',
    open24h: price,
    high24h: price,
    low24h: price,
    volCcy24h: '1',
    vol24h: '1',
    sodUtc0: price,
    sodUtc8: price,
    ts: String(context.now()),
  };
}

function fills(context: OkxContext, params: Params, reachMs: number): readonly unknown[] {
  const ordId = param(params, 'ordId');
  const since = Math.max(Number(param(params, 'begin') ?? 0), context.now() - reachMs);
  const listed = context.book.trades
    .filter(({ symbol }) => param(params, 'instId') === undefined || symbol === params.instId)
    .filter((trade) => trade.time >= since && (ordId === undefined || String(trade.orderId) === ordId));
  return pageOf(listed.toReversed(), params, billId).map((trade) => shownFill(context, trade));
}

const billId = ({ id }: BookTrade): string => `62${id}`;

function shownFill(context: OkxContext, trade: BookTrade): unknown {
  const { stopPrice } = context.book.orders.find(({ orderId }) => orderId === trade.orderId) ?? {};
  return {
    instType: context.instType,
    instId: trade.symbol,
    tradeId: String(trade.id),
    ordId: String(trade.orderId),
    clOrdId: stopPrice ? '' : trade.clientOrderId,
    billId: billId(trade),
    tag: '',
    side: trade.side.toLowerCase(),
    posSide: 'net',
    fillPx: trade.price.toFixed(),
    fillSz: shownSize(context, trade.symbol, trade.qty),
    execType: trade.isMaker ? 'M' : 'T',
    fee: trade.commission.neg().toFixed(),
    feeCcy: trade.commissionAsset,
    ts: String(trade.time),
    fillTime: String(trade.time),
  };
}

function balance({ book, now }: OkxContext): readonly unknown[] {
  const { wallet } = book;
  const details = wallet instanceof MarginWallet ? [marginDetail(wallet)] : wallet.assets().map((ccy) => spotDetail(wallet, ccy));
  return [{ uTime: String(now()), totalEq: '1', details }];
}

function marginDetail(wallet: MarginWallet): unknown {
  const [cashBal, available] = [wallet.balance.toFixed(), wallet.available.toFixed()];
  return { ccy: wallet.asset, cashBal, eq: cashBal, availBal: available, availEq: available, frozenBal: '0', upl: '0' };
}

function spotDetail(wallet: SpotWallet, ccy: string): unknown {
  const total = wallet.total(ccy).toFixed();
  return { ccy, cashBal: total, eq: total, availBal: wallet.free(ccy).toFixed(), availEq: '', frozenBal: wallet.locked(ccy).toFixed() };
}

function config({ account }: OkxContext): readonly unknown[] {
  const { demo: _, ...shown } = account;
  return [{ uid: '1', mainUid: '1', ...shown, autoLoan: false, greeksType: 'PA', level: 'Lv1', kycLv: '3', label: 'key', ip: '127.0.0.1' }];
}

function positions(context: OkxContext): readonly unknown[] {
  const { book, leverage } = context;
  const { wallet } = book;
  if (!(wallet instanceof MarginWallet)) return [];
  return book.symbols.flatMap(({ symbol }) =>
    ([null, 'LONG', 'SHORT'] as const).flatMap((side) => {
      const { quantity, cost } = wallet.position(symbol, side);
      if (quantity.isZero()) return [];
      return [
        {
          instType: 'SWAP',
          instId: symbol,
          mgnMode: 'cross',
          posId: '1',
          posSide: side?.toLowerCase() ?? 'net',
          pos: shownSize(context, symbol, side === null ? quantity : quantity.abs()),
          avgPx: cost.div(quantity).abs().toFixed(),
          markPx: book.market(symbol).price.toFixed(),
          liqPx: '',
          lever: leverage.get(`${symbol} cross`) ?? '20',
          upl: '0',
          ccy: 'USDT',
        },
      ];
    }),
  );
}

function bills(context: OkxContext, params: Params, reachMs: number): readonly unknown[] {
  if (param(params, 'type') !== '8') return [];
  const since = Math.max(Number(param(params, 'begin') ?? 0), context.now() - reachMs);
  const listed = context.bills.filter(({ ts }) => ts >= since).toReversed();
  return pageOf(listed, params, (bill) => bill.billId).map(({ billId: id, instId, pnl, ts }) => ({
    instType: 'SWAP',
    billId: id,
    instId,
    type: '8',
    subType: pnl.startsWith('-') ? '173' : '174',
    ccy: 'USDT',
    pnl,
    balChg: pnl,
    ts: String(ts),
  }));
}

function setLeverage(context: OkxContext, params: Params): readonly unknown[] {
  const { book, account, leverage } = context;
  const instId = required(params, 'instId');
  const mgnMode = required(params, 'mgnMode');
  const posSide = param(params, 'posSide') ?? '';
  const lever = new Decimal(required(params, 'lever'));
  marketOf(context, instId);
  if (account.acctLv === '1') throw new OkxError('51010', 'Request unsupported under current account mode');
  if (lever.lt('0.01') || lever.gt(100)) throw new OkxError('59102', 'Leverage exceeds the maximum limit. Please lower the leverage.');
  if (mgnMode === 'isolated' && account.posMode === 'long_short_mode' && posSide === '')
    throw new OkxError('51000', 'Parameter posSide error', 400);
  leverage.set(`${instId} ${mgnMode}${posSide === '' ? '' : ` ${posSide}`}`, lever.toFixed());
  if (book.wallet instanceof MarginWallet) book.wallet.setLeverage(instId, lever.toNumber());
  return [{ lever: lever.toFixed(), mgnMode, instId, posSide: posSide === '' ? 'net' : posSide }];
}

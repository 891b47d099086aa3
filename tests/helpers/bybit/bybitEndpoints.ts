import type { SymbolRules } from '../venue/bookTypes.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import { type BybitContext, checkCategory, required, rulesOf, type Terms } from './bybitContext.ts';
import { BybitError } from './bybitError.ts';
import { executions, history, positions, realtime, transactionLog, walletBalance } from './bybitLists.ts';
import { cancelOrder, createOrder } from './bybitOrders.ts';

interface Endpoint {
  readonly signed: boolean;
  readonly run: (context: BybitContext, terms: Terms) => unknown;
}

const publicly = (run: Endpoint['run']): Endpoint => ({ signed: false, run });
const signed = (run: Endpoint['run']): Endpoint => ({ signed: true, run });

/** Every endpoint the server knows, by method and path. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['GET /v5/market/time', publicly(({ now }) => ({ timeSecond: String(Math.floor(now() / 1000)), timeNano: `${now()}000000` }))],
  ['GET /v5/market/instruments-info', publicly(instruments)],
  ['GET /v5/market/tickers', publicly(tickers)],
  ['GET /v5/market/orderbook', publicly(orderbook)],
  ['POST /v5/order/create', signed(createOrder)],
  ['POST /v5/order/cancel', signed(cancelOrder)],
  ['GET /v5/order/realtime', signed(realtime)],
  ['GET /v5/order/history', signed(history)],
  ['GET /v5/execution/list', signed(executions)],
  ['GET /v5/position/list', signed(positions)],
  ['POST /v5/position/set-leverage', signed(setLeverage)],
  ['GET /v5/account/wallet-balance', signed(walletBalance)],
  ['GET /v5/account/transaction-log', signed(transactionLog)],
  [
    'GET /v5/account/info',
    signed(({ account: { unifiedMarginStatus, marginMode } }) => ({
      ...{ unifiedMarginStatus, marginMode, isMasterTrader: false, spotHedgingStatus: 'OFF', updatedTime: '1697078946000' },
      ...{ dcpStatus: 'OFF', timeWindow: 10, smpGroup: 0 },
    })),
  ],
  [
    'GET /v5/user/query-api',
    signed(({ account: { readOnly, permissions, ips, unifiedMarginStatus } }) => ({
      ...{ id: '13770661', note: 'test', readOnly: readOnly ? 1 : 0, secret: '', permissions, ips, type: 1 },
      ...{ unified: 0, uta: unifiedMarginStatus === 1 ? 0 : 1, userID: 1, isMaster: true, vipLevel: 'No VIP' },
    })),
  ],
]);

function instruments(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const listed = terms.status === undefined && terms.cursor === undefined ? context.book.symbols : [];
  const list = listed.map((rules) => (context.category === 'spot' ? spotInstrument(rules) : perpetual(rules)));
  return { category: context.category, list, nextPageCursor: '' };
}

function spotInstrument(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    baseCoin: rules.base,
    quoteCoin: rules.quote,
    innovation: '0',
    status: 'Trading',
    marginTrading: 'utaOnly',
    lotSizeFilter: {
      ...{ basePrecision: rules.stepSize, quotePrecision: '0.0000001', minOrderQty: rules.minQty, maxOrderQty: '83' },
      ...{ minOrderAmt: rules.minNotional, maxOrderAmt: '4000000' },
    },
    priceFilter: { tickSize: rules.tickSize },
  };
}

function perpetual(rules: SymbolRules): unknown {
  return {
    symbol: rules.symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: rules.base,
    quoteCoin: rules.quote,
    settleCoin: rules.quote,
    launchTime: '1584230400000',
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: '2',
    leverageFilter: { minLeverage: '1', maxLeverage: '100.00', leverageStep: '0.01' },
    priceFilter: { minPrice: rules.tickSize, maxPrice: '1999999.80', tickSize: rules.tickSize },
    lotSizeFilter: {
      ...{ maxOrderQty: '1190.000', minOrderQty: rules.minQty, qtyStep: rules.stepSize, postOnlyMaxOrderQty: '1190.000' },
      ...{ maxMktOrderQty: '500.000', minNotionalValue: rules.minNotional },
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    copyTrading: 'both',
  };
}

function orderbook(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const { symbol } = rulesOf(context, terms);
  const { bids, asks } = shownLevels(context.book.market(symbol).price);
  return { s: symbol, b: bids, a: asks, ts: context.now(), u: 1 };
}

function tickers(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const { book, category } = context;
  const markets = terms.symbol === undefined ? book.symbols : [rulesOf(context, terms)];
  const list = markets.map(({ symbol }) => {
    const price = book.market(symbol).price.toFixed();
    const common = { symbol, lastPrice: price, bid1Price: price, bid1Size: '1', ask1Price: price, ask1Size: '1', prevPrice24h: price };
    const day = { price24hPcnt: '0', highPrice24h: price, lowPrice24h: price, turnover24h: '1', volume24h: '1' };
    return category === 'spot' ? { ...common, ...day } : { ...common, ...day, markPrice: price, indexPrice: price, openInterestValue: '1' };
  });
  return { category, list };
}

const LEVERAGE_MAX = 100;

function setLeverage(context: BybitContext, terms: Terms): unknown {
  checkCategory(context, terms);
  const { symbol } = rulesOf(context, terms);
  const [buy, sell] = [Number(required(terms, 'buyLeverage')), Number(required(terms, 'sellLeverage'))];
  const { wallet } = context.book;
  if (!(wallet instanceof MarginWallet) || !(buy >= 1) || buy !== sell) throw new BybitError(10001, 'params error: leverage invalid');
  if (context.account.marginMode === 'PORTFOLIO_MARGIN')
    throw new BybitError(110038, 'Portfolio margin mode is not allowed to change leverage');
  if (buy > LEVERAGE_MAX) throw new BybitError(110013, `Cannot set leverage [${buy}00] gt maxLeverage [10000] by risk limit`);
  if (wallet.leverage(symbol) === buy) throw new BybitError(110043, 'leverage not modified');
  wallet.setLeverage(symbol, buy);
  return {};
}

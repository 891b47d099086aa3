import { ZERO } from '../../../src/domain/money.ts';
import type { BookOrder, BookPositionSide } from '../venue/bookTypes.ts';
import type { MarginWallet } from '../venue/marginWallet.ts';
import { BinanceError } from './binanceError.ts';
import { type Params, required } from './spotRequests.ts';
import { oneOf, type SwapContext } from './swapContext.ts';
import { isAlgo, shownAlgo, shownTrade } from './swapShown.ts';

const WEEK_MS = 7 * 24 * 3_600_000;
const ROWS_MAX = 1000;

export function userTrades({ book, now }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const trades = book.trades.filter(
    (trade) => trade.symbol === symbol && (params.orderId === undefined || String(trade.orderId) === params.orderId),
  );
  if (params.fromId !== undefined) {
    if (params.startTime !== undefined || params.endTime !== undefined)
      throw new BinanceError(-1128, "Combination of optional parameters invalid. 'fromId' cannot be sent with a time.");
    return trades
      .filter(({ id }) => id >= Number(params.fromId))
      .slice(0, limitOf(params))
      .map(shownTrade);
  }
  return ofTime(trades, params, now()).map(shownTrade);
}

export function income({ income: rows, now }: SwapContext, params: Params): unknown {
  const wanted = rows.filter(
    (row) =>
      (params.symbol === undefined || row.symbol === params.symbol) &&
      (params.incomeType === undefined || row.incomeType === params.incomeType),
  );
  return ofTime(wanted, params, now());
}

export function allAlgoOrders({ book, now }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  return ofTime(book.orders.filter((order) => order.symbol === symbol && isAlgo(order)).filter(seen(book)), params, now()).map(shownAlgo);
}

export function openAlgoOrders({ book }: SwapContext, params: Params): unknown {
  return book
    .openOrders(params.symbol)
    .filter((order) => order.waiting)
    .filter(seen(book))
    .map(shownAlgo);
}

/** Conditional orders may be unknown for a while, or as long as the test wants. */
export const seen =
  (book: SwapContext['book']) =>
  (order: BookOrder): boolean =>
    order.hiddenPolls === 0 && !book.conditionalsHidden;

/** Without times the newest rows of the last week, with them the oldest ones of what must not be longer. */
function ofTime<T extends { readonly time: number }>(rows: readonly T[], params: Params, now: number): readonly T[] {
  const limit = limitOf(params);
  if (params.startTime === undefined) return rows.filter(({ time }) => time >= now - WEEK_MS).slice(-limit);
  const start = Number(params.startTime);
  const end = Number(params.endTime ?? start + WEEK_MS);
  if (end - start > WEEK_MS) throw new BinanceError(-1127, 'More than 168 hours between startTime and endTime.');
  return rows.filter(({ time }) => time >= start && time <= end).slice(0, limit);
}

function limitOf(params: Params): number {
  const limit = Number(params.limit ?? 500);
  if (limit > ROWS_MAX) throw new BinanceError(-1130, "Data sent for parameter 'limit' is not valid.");
  return limit;
}

export function balance(wallet: MarginWallet): unknown {
  return {
    accountAlias: 'a',
    asset: wallet.asset,
    balance: wallet.balance.toFixed(),
    crossWalletBalance: wallet.balance.toFixed(),
    crossUnPnl: '0',
    availableBalance: wallet.available.toFixed(),
    maxWithdrawAmount: wallet.available.toFixed(),
    marginAvailable: true,
    updateTime: 1,
  };
}

const sidesOf = (hedgeMode: boolean): readonly BookPositionSide[] => (hedgeMode ? ['LONG', 'SHORT'] : [null]);

/** V3: only what is held or ordered. */
export function positionRisk({ book, hedgeMode, now }: SwapContext, params: Params): unknown {
  return book.symbols
    .filter(({ symbol }) => params.symbol === undefined || symbol === params.symbol)
    .flatMap(({ symbol }) => sidesOf(hedgeMode).map((side) => ({ symbol, side, ...book.wallet.position(symbol, side) })))
    .filter(({ symbol, quantity }) => !quantity.isZero() || book.openOrders(symbol).length > 0)
    .map(({ symbol, side, quantity, cost }) => {
      const mark = book.market(symbol).price;
      return {
        symbol,
        positionSide: side ?? 'BOTH',
        positionAmt: quantity.toFixed(),
        entryPrice: quantity.isZero() ? '0.0' : cost.div(quantity).toDecimalPlaces(11).toFixed(),
        breakEvenPrice: '0',
        markPrice: mark.toFixed(8),
        unRealizedProfit: quantity.mul(mark).sub(cost).toFixed(8),
        liquidationPrice: (book.wallet.liquidationPrice(symbol, side) ?? ZERO).toDecimalPlaces(8).toFixed(),
        isolatedMargin: '0',
        notional: quantity.mul(mark).toFixed(8),
        marginAsset: book.wallet.asset,
        adl: 0,
        updateTime: now(),
      };
    });
}

/** One bracket for all sizes. */
export function leverageBrackets({ book }: SwapContext): unknown {
  const bracket = { bracket: 1, initialLeverage: 125, notionalCap: 1_000_000, notionalFloor: 0, maintMarginRatio: 0.004, cum: 0 };
  return book.symbols.map(({ symbol }) => ({ symbol, brackets: [bracket] }));
}

export function symbolConfig({ book }: SwapContext, params: Params): unknown {
  return book.symbols
    .filter(({ symbol }) => params.symbol === undefined || symbol === params.symbol)
    .map(({ symbol }) => ({
      symbol,
      marginType: book.wallet.isIsolated(symbol) ? 'ISOLATED' : 'CROSSED',
      isAutoAddMargin: false,
      leverage: book.wallet.leverage(symbol),
      maxNotionalValue: '1000000',
    }));
}

/** Pays `rate` of the value of every position (of nothing else when `symbol` is told), under one transaction's id. */
export function payFunding({ book, hedgeMode, income: rows, now }: SwapContext, rate: string, symbol?: string): void {
  const tranId = 9_689_322_392 + rows.length;
  for (const rules of book.symbols.filter((one) => symbol === undefined || one.symbol === symbol))
    for (const side of sidesOf(hedgeMode)) {
      const { quantity } = book.wallet.position(rules.symbol, side);
      if (quantity.isZero()) continue;
      const amount = quantity.mul(book.market(rules.symbol).price).mul(rate).neg().toDecimalPlaces(8);
      book.wallet.adjust(amount);
      rows.push({
        symbol: rules.symbol,
        incomeType: 'FUNDING_FEE',
        income: amount.toFixed(8),
        asset: book.wallet.asset,
        info: 'FUNDING_FEE',
        time: now(),
        tranId,
        tradeId: '',
      });
    }
}

/** The venue closes a position by an order of its own: `autoclose-…` when it is liquidated, `adl_autoclose` when others are. */
export function closeByVenue({ book, hedgeMode, now }: SwapContext, symbol: string, cause: 'liquidation' | 'adl'): void {
  for (const side of sidesOf(hedgeMode)) {
    const { quantity } = book.wallet.position(symbol, side);
    if (quantity.isZero()) continue;
    book.place({
      clientOrderId: cause === 'liquidation' ? `autoclose-${now()}` : 'adl_autoclose',
      symbol,
      side: quantity.gt(0) ? 'SELL' : 'BUY',
      type: 'MARKET',
      timeInForce: 'GTC',
      quantity: quantity.abs(),
      price: null,
      stopPrice: null,
      reduceOnly: true,
      positionSide: side,
    });
  }
}

export function setLeverage({ book }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const leverage = Number(required(params, 'leverage'));
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > 125) throw new BinanceError(-4028, `Leverage ${leverage} is not valid`);
  book.market(symbol);
  book.wallet.setLeverage(symbol, leverage);
  return { leverage, maxNotionalValue: '1000000', symbol };
}

export function setMarginType({ book }: SwapContext, params: Params): unknown {
  const symbol = required(params, 'symbol');
  const isolated = oneOf(params, 'marginType', ['ISOLATED', 'CROSSED']) === 'ISOLATED';
  if (book.wallet.isIsolated(symbol) === isolated) throw new BinanceError(-4046, 'No need to change margin type.');
  if (book.openOrders(symbol).length > 0) throw new BinanceError(-4047, 'Margin type cannot be changed if there exists open orders.');
  if (!book.wallet.position(symbol).quantity.isZero())
    throw new BinanceError(-4048, 'Margin type cannot be changed if there exists position.');
  book.wallet.setIsolated(symbol, isolated);
  return { code: 200, msg: 'success' };
}

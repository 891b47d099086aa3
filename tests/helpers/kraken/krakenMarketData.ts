import { Decimal } from '../../../src/domain/money.ts';
import type { SymbolRules } from '../venue/bookTypes.ts';
import { shownLevels } from '../venue/shownLevels.ts';
import { FEES } from './krakenBook.ts';
import { type KrakenContext, type Params, param, required, whole } from './krakenContext.ts';
import { invalid, KrakenError } from './krakenError.ts';
import { ASSETS, altnameOf, COST_DECIMALS, priceDecimals, rulesOf, rulesOfAll, wsnameOf } from './krakenPairs.ts';
import { seconds } from './krakenShown.ts';

/** In whole seconds. */
export function time({ now }: KrakenContext): unknown {
  return { unixtime: Math.floor(seconds(now())), rfc1123: new Date(now()).toUTCString().replace('GMT', '+0000') };
}

export function systemStatus({ system, now }: KrakenContext): unknown {
  return { status: system.status, timestamp: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z') };
}

export function assets(_: KrakenContext, params: Params): unknown {
  const wanted = param(params, 'asset')?.split(',');
  const listed = Object.entries(ASSETS).filter(([id, { altname }]) => !wanted || wanted.includes(id) || wanted.includes(altname));
  if (wanted && listed.length < wanted.length) throw new KrakenError('EQuery:Unknown asset');
  return Object.fromEntries(
    listed.map(([id, { altname, decimals, display }]) => [
      id,
      { aclass: 'currency', altname, decimals, display_decimals: display, collateral_value: 1, status: 'enabled', margin_rate: 0.02 },
    ]),
  );
}

export function assetPairs(context: KrakenContext, params: Params): unknown {
  const listed = rulesOfAll(context, param(params, 'pair'));
  return Object.fromEntries(listed.map((rules) => [rules.symbol, assetPair(context, rules)]));
}

function assetPair({ system }: KrakenContext, rules: SymbolRules): unknown {
  const tiers = (rate: string, next: number) => [
    [0, Number(new Decimal(rate).mul(100))],
    [10_000, next],
  ];
  return {
    ...{ altname: altnameOf(rules), wsname: wsnameOf(rules), aclass_base: 'currency', base: rules.base },
    ...{ aclass_quote: 'currency', quote: rules.quote, lot: 'unit', cost_decimals: COST_DECIMALS },
    ...{ pair_decimals: priceDecimals(rules), lot_decimals: rules.basePrecision, lot_multiplier: 1 },
    ...{ leverage_buy: [2, 3, 4, 5], leverage_sell: [2, 3, 4, 5], fees: tiers(FEES.taker, 0.35), fees_maker: tiers(FEES.maker, 0.2) },
    ...{ fee_volume_currency: 'ZUSD', margin_call: 80, margin_stop: 40, ordermin: rules.minQty, costmin: rules.minNotional },
    ...{ tick_size: rules.tickSize, status: system.status === 'maintenance' ? 'online' : system.status, execution_venue: 'international' },
    ...{ long_position_limit: 300, short_position_limit: 240 },
  };
}

/** Of the pairs asked for, of all of them without `pair`; under their ids, whatever they were called. */
export function ticker(context: KrakenContext, params: Params): unknown {
  return Object.fromEntries(rulesOfAll(context, param(params, 'pair')).map((rules) => [rules.symbol, tickerOf(context, rules)]));
}

function tickerOf({ book }: KrakenContext, rules: SymbolRules): unknown {
  const price = book.market(rules.symbol).price.toFixed(Math.max(priceDecimals(rules), 5));
  const level = [price, '1', '1.000'];
  const pair = [price, price];
  return { a: level, b: level, c: [price, '0.10000000'], v: ['1.00000000', '2.00000000'], p: pair, t: [1, 2], l: pair, h: pair, o: price };
}

export function depth(context: KrakenContext, params: Params): unknown {
  const rules = rulesOf(context, required(params, 'pair'));
  const count = whole(params, 'count', 100);
  if (count < 1 || count > 500) throw invalid('count');
  const at = Math.floor(seconds(context.now()));
  const { asks, bids } = shownLevels(context.book.market(rules.symbol).price);
  const levels = (side: typeof bids) => side.slice(0, count).map((level) => [...level, at]);
  return { [rules.symbol]: { asks: levels(asks), bids: levels(bids) } };
}

const INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10080, 21600];

/** The last 720 candles at most, the last one still growing: flat at the price of now. */
export function ohlc(context: KrakenContext, params: Params): unknown {
  const rules = rulesOf(context, required(params, 'pair'));
  const interval = whole(params, 'interval', 1);
  if (!INTERVALS.includes(interval)) throw invalid('interval');
  const since = whole(params, 'since', 0);
  const length = interval * 60;
  const current = Math.floor(seconds(context.now()) / length) * length;
  const price = context.book.market(rules.symbol).price.toFixed(priceDecimals(rules));
  const opened = Array.from({ length: 720 }, (_, index) => current - (719 - index) * length).filter((at) => at > since);
  const candles = opened.map((at) => [at, price, price, price, price, price, '1.00000000', 1]);
  return { [rules.symbol]: candles, last: current - length };
}

export function trades(context: KrakenContext, params: Params): unknown {
  const rules = rulesOf(context, required(params, 'pair'));
  const since = Number(param(params, 'since') ?? 0);
  const made = context.book.trades.filter(({ symbol, time: at }) => symbol === rules.symbol && seconds(at) > since);
  const rows = made.slice(0, whole(params, 'count', 1000)).map((trade) => {
    const kind = trade.isMaker ? 'l' : 'm';
    return [trade.price.toFixed(5), trade.qty.toFixed(8), seconds(trade.time), trade.side === 'BUY' ? 'b' : 's', kind, '', trade.id];
  });
  return { [rules.symbol]: rows, last: String((made.at(-1)?.time ?? context.now()) * 1_000_000) };
}

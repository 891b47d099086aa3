import { Decimal } from '../../../src/domain/money.ts';
import type { SymbolRules } from '../venue/bookTypes.ts';
import type { KrakenContext } from './krakenContext.ts';
import { KrakenError } from './krakenError.ts';

/** What AssetPairs and Assets name in several ways. The book's symbol is the id of the pair, its assets are the ids of assets. */
export interface AssetRules {
  readonly altname: string;
  /** As the WebSocket v2 has it. */
  readonly modern: string;
  readonly decimals: number;
  readonly display: number;
}

const asset = (altname: string, decimals: number, display: number, modern = altname): AssetRules => ({
  altname,
  modern,
  decimals,
  display,
});

export const ASSETS: Readonly<Record<string, AssetRules>> = {
  XXBT: asset('XBT', 10, 5, 'BTC'),
  XETH: asset('ETH', 10, 5),
  SOL: asset('SOL', 10, 5),
  XXDG: asset('XDG', 8, 2, 'DOGE'),
  ZUSD: asset('USD', 4, 2),
  ZEUR: asset('EUR', 4, 2),
  USDT: asset('USDT', 8, 4),
  KFEE: asset('FEE', 2, 2),
};

function pair(symbol: string, base: string, quote: string, price: string, tickSize: string, minQty: string): SymbolRules {
  return { symbol, base, quote, tickSize, stepSize: '0.00000001', minQty, minNotional: '0.5', basePrecision: 8, price };
}

export const PAIRS: readonly SymbolRules[] = [
  pair('XXBTZUSD', 'XXBT', 'ZUSD', '50000', '0.1', '0.00005'),
  pair('XBTUSDT', 'XXBT', 'USDT', '50000', '0.1', '0.00005'),
  pair('XETHZUSD', 'XETH', 'ZUSD', '2500', '0.01', '0.002'),
  pair('ETHUSDT', 'XETH', 'USDT', '2500', '0.01', '0.002'),
  pair('SOLUSD', 'SOL', 'ZUSD', '150', '0.01', '0.02'),
  pair('XDGUSD', 'XXDG', 'ZUSD', '0.15', '0.00001', '13'),
];

/** Digits of a cost and of a fee (`cost_decimals`). */
export const COST_DECIMALS = 5;

const assetOf = (id: string): AssetRules => ASSETS[id] ?? asset(id, 8, 4);

export const altnameOf = ({ base, quote }: SymbolRules): string => `${assetOf(base).altname}${assetOf(quote).altname}`;
export const wsnameOf = ({ base, quote }: SymbolRules): string => `${assetOf(base).altname}/${assetOf(quote).altname}`;
export const modernNameOf = ({ base, quote }: SymbolRules): string => `${assetOf(base).modern}/${assetOf(quote).modern}`;
export const modernAssetOf = (id: string): string => assetOf(id).modern;
export const priceDecimals = ({ tickSize }: SymbolRules): number => new Decimal(tickSize).decimalPlaces();

export function balanceText(id: string, amount: Decimal): string {
  return amount.toFixed(assetOf(id).decimals);
}

/** By its id, its altname or the name of the WebSocket v1. */
export function rulesOf({ book }: Pick<KrakenContext, 'book'>, name: string): SymbolRules {
  const found = book.symbols.find((rules) => [rules.symbol, altnameOf(rules), wsnameOf(rules)].includes(name));
  if (!found) throw new KrakenError('EQuery:Unknown asset pair');
  return found;
}

/** Of a list by commas; all when there is none. */
export function rulesOfAll(context: Pick<KrakenContext, 'book'>, names: string | undefined): readonly SymbolRules[] {
  return names === undefined ? context.book.symbols : names.split(',').map((name) => rulesOf(context, name));
}

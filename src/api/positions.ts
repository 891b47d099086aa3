import { Decimal, decimal, ZERO } from '../domain/money.ts';
import type { StoredPosition } from '../ledger/readModel.ts';
import type { Quotes } from './deps.ts';

/** Fraction digits of what is worked out here for people to read; the ledger keeps more. */
const SHOWN_SCALE = 12;

export interface PositionView {
  readonly account: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly averagePrice: string | null;
  readonly markPrice: string | null;
  /** When `markPrice` was the price, ISO 8601. */
  readonly markedAt: string | null;
  readonly unrealizedPnl: string | null;
  readonly realizedPnl: string;
  readonly funding: string;
  readonly liquidationPrice: string | null;
  readonly leverage: string | null;
  readonly marginMode: string | null;
}

export function isFlat(quantity: string): boolean {
  return decimal(quantity).isZero();
}

/** Positions valued at the current price; a flat one has nothing to value. */
export function markedPositions(quotes: Pick<Quotes, 'ticker' | 'margin'>, stored: readonly StoredPosition[]): Promise<PositionView[]> {
  return Promise.all(
    stored.map(async ({ account, accountId, symbol, quantity, averagePrice, realizedPnl, funding }) => {
      const quote = isFlat(quantity) ? null : await quotes.ticker(accountId, symbol);
      const markPrice = quote?.last.toFixed() ?? null;
      const markedAt = quote && new Date(quote.at).toISOString();
      const unrealizedPnl = unrealized(quantity, averagePrice, markPrice);
      const margin = isFlat(quantity) ? null : (quotes.margin?.(accountId, symbol) ?? null);
      return {
        ...{ account, symbol, quantity, averagePrice, markPrice, markedAt, unrealizedPnl, realizedPnl, funding },
        liquidationPrice: margin?.liquidationPrice?.toFixed() ?? null,
        leverage: margin?.leverage?.toFixed() ?? null,
        marginMode: margin?.marginMode ?? null,
      };
    }),
  );
}

/** quantity × (mark − average), in quote; the sign of the quantity makes it right for shorts. Null while there is no price. */
function unrealized(quantity: string, averagePrice: string | null, markPrice: string | null): string | null {
  if (isFlat(quantity)) return '0';
  if (averagePrice === null || markPrice === null) return null;
  return shown(decimal(quantity).mul(decimal(markPrice).sub(averagePrice)));
}

/** Sums per quote asset; null where a price is missing, because a partial sum would lie. */
export function totalsPerAsset(positions: readonly PositionView[]) {
  const assets = [...new Set(positions.map(({ symbol }) => quoteAssetOf(symbol)))].sort();
  return assets.map((asset) => {
    const own = positions.filter(({ symbol }) => quoteAssetOf(symbol) === asset);
    return {
      asset,
      realizedPnl: Decimal.sum(ZERO, ...own.map(({ realizedPnl }) => realizedPnl)).toFixed(),
      funding: Decimal.sum(ZERO, ...own.map(({ funding }) => funding)).toFixed(),
      unrealizedPnl: sumKnown(own.map(({ unrealizedPnl }) => unrealizedPnl)),
      positionValue: sumKnown(own.map(positionValue)),
    };
  });
}

function positionValue({ quantity, markPrice }: PositionView): string | null {
  if (isFlat(quantity)) return '0';
  return markPrice === null ? null : shown(decimal(quantity).mul(markPrice));
}

function shown(amount: Decimal): string {
  return amount.toDecimalPlaces(SHOWN_SCALE).toFixed();
}

function sumKnown(amounts: readonly (string | null)[]): string | null {
  let sum = ZERO;
  for (const amount of amounts) {
    if (amount === null) return null;
    sum = sum.add(amount);
  }
  return sum.toFixed();
}

/** `BTC/USDT` and `BTC/USDT:USDT` are both counted in USDT. */
function quoteAssetOf(symbol: string): string {
  return symbol.split('/')[1]?.split(':')[0] ?? symbol;
}

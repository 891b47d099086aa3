import { nearestNames } from '../alert/nearestName.ts';
import { type Refusal, refuse } from '../errors.ts';
import type { Market, MarketType } from './market.ts';

/** A venue's markets by every way of writing them. Built once per market list; a lookup is a hash lookup. */
export interface SymbolIndex {
  /** By unified symbol: `BTC/USDT`, `BTC/USDT:USDT`. */
  readonly unified: ReadonlyMap<string, Market>;
  /** By market type, then by ticker: `BTCUSDT`, the venue's id, and the unified symbol. */
  readonly tickers: Readonly<Record<MarketType, ReadonlyMap<string, readonly Market[]>>>;
  readonly markets: readonly Market[];
}

export type SymbolResolution = { readonly ok: true; readonly market: Market } | { readonly ok: false; readonly refusal: Refusal };

/** TradingView marks perpetual swaps with `.P`; some venues and bots write PERP. */
const SWAP_SUFFIX = /(?:\.P|[-_.]?PERP)$/;
/** `BINANCE:`, `BINANCE_DLY:` and the like: which venue it is, the account says. */
const EXCHANGE_PREFIX = /^[A-Z0-9_]+:/;
const NAMED_MAX = 3;

export function createSymbolIndex(markets: readonly Market[]): SymbolIndex {
  const unified = new Map<string, Market>();
  const tickers = { spot: new Map<string, Market[]>(), swap: new Map<string, Market[]>() };
  for (const market of markets) {
    unified.set(upperAscii(market.symbol), market);
    const names = new Set([market.venueSymbol, `${market.base}${market.quote}`, market.altName ?? market.venueSymbol].map(upperAscii));
    for (const name of names) {
      const known = tickers[market.type].get(name);
      if (known) known.push(market);
      else tickers[market.type].set(name, [market]);
    }
  }
  return { unified, tickers, markets };
}

/**
 * The market an alert's symbol means. `preferred` is the account's market type; null (both): a plain ticker is spot and a
 * `.P` ticker the swap. The exchange prefix is informational. Refuses with SYMBOL_UNKNOWN (naming the nearest symbols) or
 * SYMBOL_AMBIGUOUS (listing the candidates).
 */
export function resolveSymbol(index: SymbolIndex, text: string, preferred: MarketType | null): SymbolResolution {
  const written = text.trim();
  const upper = upperAscii(written);
  const unified = index.unified.get(upper) ?? index.unified.get(upper.replace(EXCHANGE_PREFIX, ''));
  if (unified && upper.includes('/')) return fitting(index, unified, written, preferred);
  const ticker = upper.replace(EXCHANGE_PREFIX, '');
  const plain = ticker.replace(SWAP_SUFFIX, '');
  const marked = plain !== ticker;
  const type = marked ? 'swap' : (preferred ?? 'spot');
  const found = index.tickers[type].get(ticker) ?? (marked ? index.tickers.swap.get(plain) : undefined) ?? [];
  const [market, another] = found;
  if (!market) return unknown(index, written, preferred, otherType(index, marked ? plain : ticker, type));
  if (another) return ambiguous(written, found);
  return fitting(index, market, written, preferred);
}

/** Only a–z: the general rule would turn 'ſ' into S and 'ı' into I, and a look-alike into a symbol. */
function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Refuses a market of a type the account does not trade. */
function fitting(index: SymbolIndex, market: Market, written: string, preferred: MarketType | null): SymbolResolution {
  if (preferred === null || market.type === preferred) return { ok: true, market };
  const instead = index.tickers[preferred].get(upperAscii(`${market.base}${market.quote}`))?.[0];
  const hint = instead ? ` Write ${instead.symbol}, or send it to a ${market.type} account.` : ` Send it to a ${market.type} account.`;
  return {
    ok: false,
    refusal: refuse('SYMBOL_UNKNOWN', `"${written}" is a ${market.type} symbol and the account trades ${preferred}.${hint}`),
  };
}

function ambiguous(written: string, candidates: readonly Market[]): SymbolResolution {
  const names = candidates.map((market) => market.symbol).join(', ');
  return { ok: false, refusal: refuse('SYMBOL_AMBIGUOUS', `"${written}" fits ${names}.`) };
}

function otherType(index: SymbolIndex, ticker: string, type: MarketType): string {
  const other = index.tickers[type === 'spot' ? 'swap' : 'spot'].get(ticker)?.[0];
  return other ? `There is only the ${other.type} ${other.symbol}.` : '';
}

function unknown(index: SymbolIndex, written: string, preferred: MarketType | null, hint: string): SymbolResolution {
  const near = nearestMarkets(index, upperAscii(written), preferred);
  const nearest = near.length > 0 ? `Nearest are ${near.join(', ')}.` : 'Nothing here is written like it.';
  const shown = written.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd').slice(0, 64);
  return {
    ok: false,
    refusal: refuse('SYMBOL_UNKNOWN', [`The venue has no "${shown}".`, hint, nearest].filter((part) => part !== '').join(' ')),
  };
}

/** Unified symbols written alike, compared with and without an exchange prefix. Only on the way to a refusal. */
function nearestMarkets(index: SymbolIndex, written: string, preferred: MarketType | null): string[] {
  const ticker = written.replace(EXCHANGE_PREFIX, '').replace(SWAP_SUFFIX, '').replaceAll('/', '').replace(/:.*$/, '');
  const symbols = new Map<string, string[]>();
  for (const market of index.markets) {
    if (preferred !== null && market.type !== preferred) continue;
    const key = upperAscii(`${market.base}${market.quote}`);
    symbols.set(key, [...(symbols.get(key) ?? []), market.symbol]);
  }
  const keys = nearestNames(ticker, symbols.keys(), NAMED_MAX);
  return keys.flatMap((key) => symbols.get(key) ?? []).slice(0, NAMED_MAX);
}

import type { Market, MarketType, Quote } from '../../domain/market/market.ts';
import { Decimal } from '../../domain/money.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import { type MarketFeed, VenueSetupError } from '../exchange.ts';
import type { Backoff } from './backoff.ts';
import type { CcxtExchange, CcxtMarket, CcxtTicker } from './loadCcxt.ts';
import type { MarketCache } from './marketCache.ts';
import { judge, type Refusals } from './outcomes.ts';
import type { VenueProfile } from './profile.ts';
import { readMarket } from './readMarkets.ts';
import { createWarmQuotes } from './warmQuotes.ts';

export interface CcxtFeed extends MarketFeed {
  /** One of the markets loaded last; undefined before `markets()` has answered. */
  market(symbol: string): Market | undefined;
  /** The same by the venue's own id of it. */
  marketOf(venueSymbol: string): Market | undefined;
  /** Ends the refreshing of quotes. */
  close(): void;
}

export interface CcxtFeedOptions {
  readonly exchange: CcxtExchange;
  /** Null: spot and swap. */
  readonly marketType: MarketType | null;
  readonly refusals: Refusals;
  /** How the venue tells prices; null: as ccxt reads them. */
  readonly prices: Pick<VenueProfile, 'ticker' | 'quotes'> | null;
  readonly cache: MarketCache;
  readonly quiet: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Listings and steps change rarely; older than this they are loaded again behind the answer. */
const MARKETS_MS_MAX = 60 * 60_000;

/** Public data of one venue: its markets, loaded once, and quotes from its ticker. One per venue and market type, shared by all accounts. */
export function createCcxtFeed({ exchange, marketType, refusals, prices, cache, quiet, clock, logger }: CcxtFeedOptions): CcxtFeed {
  let markets: ReadonlyMap<string, Market> = new Map();
  let listing: readonly Market[] = [];
  let byVenueSymbol: ReadonlyMap<string, Market> = new Map();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | null = null;

  const adopt = (listed: Readonly<Record<string, CcxtMarket>>): void => {
    const readable = Object.values(listed)
      .map((market) => readMarket(market, exchange.precisionMode))
      .filter((market) => market !== null);
    markets = new Map(readable.filter(({ type }) => marketType === null || type === marketType).map((market) => [market.symbol, market]));
    listing = [...markets.values()];
    byVenueSymbol = new Map(listing.map((market) => [market.venueSymbol, market]));
  };
  const load = async (): Promise<void> => {
    const listed = await exchange.loadMarkets(markets.size > 0);
    adopt(listed);
    loadedAt = clock.monotonic();
    await cache.write(Object.values(listed));
  };
  /** What was listed when this venue was last open is good enough to begin with; it is loaded again behind the answer. */
  const begin = async (): Promise<void> => {
    const kept = await cache.read();
    if (kept === null) return reload();
    adopt(exchange.setMarkets(kept));
  };
  const reload = (): Promise<void> => {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  };
  const complain = (error: unknown): void => {
    const { code, backOff } = judge(refusals, error);
    if (backOff) quiet.begin(backOff.ms);
    logger.warn({ venue: exchange.id, code }, 'could not read public data of the venue');
  };

  const quotes = createWarmQuotes({ fetch: (symbols) => fetchQuotes(exchange, prices, symbols, clock), quiet, clock, complain });

  return {
    name: exchange.id,
    market: (symbol) => markets.get(symbol),
    marketOf: (venueSymbol) => byVenueSymbol.get(venueSymbol),
    markets: async () => {
      if (markets.size === 0) await begin().catch((error: unknown) => unreachable(refusals, error));
      if (clock.monotonic() - loadedAt > MARKETS_MS_MAX) reload().catch(complain);
      return listing;
    },
    quote: (symbol, maxAgeMs) => (markets.size > 0 && !markets.has(symbol) ? Promise.resolve(null) : quotes.quote(symbol, maxAgeMs)),
    close: () => quotes.close(),
  };
}

function unreachable(refusals: Refusals, error: unknown): never {
  throw new VenueSetupError('VENUE_UNREACHABLE', `The markets of ${refusals.venue} could not be loaded. ${judge(refusals, error).message}`);
}

async function fetchQuotes(
  exchange: CcxtExchange,
  prices: CcxtFeedOptions['prices'],
  symbols: readonly string[],
  clock: Clock,
): Promise<Quote[]> {
  const tickers = await fetchTickers(exchange, prices?.quotes ?? 'tickers', symbols);
  const at = clock.now();
  const quotes = tickers.map(([symbol, ticker]) => readQuote(exchange.id, prices?.ticker ?? null, symbol, ticker, at));
  return quotes.filter((quote) => quote !== null);
}

async function fetchTickers(
  exchange: CcxtExchange,
  by: VenueProfile['quotes'],
  symbols: readonly string[],
): Promise<readonly (readonly [symbol: string, ticker: CcxtTicker])[]> {
  if (symbols.length === 0) return [];
  if (by === 'bidsAsks') return Object.entries(await exchange.fetchBidsAsks(symbols));
  if (symbols.length > 1 && exchange.has.fetchTickers === true) return Object.entries(await exchange.fetchTickers(symbols));
  return Promise.all(symbols.map(async (symbol) => [symbol, await exchange.fetchTicker(symbol)] as const));
}

function readQuote(venue: string, fields: VenueProfile['ticker'], symbol: string, ticker: CcxtTicker, at: number): Quote | null {
  const raw = (ticker.info ?? {}) as Readonly<Record<string, unknown>>;
  const price = (field: 'bid' | 'ask' | 'last'): Decimal | null => positive(fields && raw[fields[field]]) ?? positive(ticker[field]);
  const last = price('last') ?? price('bid') ?? price('ask');
  if (last === null) return null;
  return { symbol, bid: price('bid') ?? last, ask: price('ask') ?? last, last, at, source: venue };
}

function positive(value: unknown): Decimal | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return null;
  const price = new Decimal(text);
  return price.gt(0) ? price : null;
}

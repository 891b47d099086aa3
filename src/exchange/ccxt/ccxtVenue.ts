import type { MarketType } from '../../domain/market/market.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Breaker } from '../../ops/breaker.ts';
import type { Logger } from '../../ops/logger.ts';
import { type CandleSource, type VenueSession, VenueSetupError } from '../exchange.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { type BinanceExchange, binanceSpotCapabilities, createBinanceSpotApi } from './binanceSpot.ts';
import { createCcxtCandles } from './ccxtCandles.ts';
import { type CcxtFeed, createCcxtFeed } from './ccxtFeed.ts';
import { createCcxtOrderEntry } from './ccxtOrderEntry.ts';
import { createTransport, type Transport } from './fetchImplementation.ts';
import { type CcxtExchange, loadExchangeClass } from './loadCcxt.ts';
import { judge } from './outcomes.ts';
import type { VenueApi } from './venueApi.ts';
import { readVenueConfig, type VenueConfig, type VenueSettings } from './venueConfig.ts';
import { withBreaker } from './withBreaker.ts';

/** One exchange as this process is connected to it: its sockets, markets and quotes are shared by all accounts there. */
export interface CcxtVenue {
  readonly id: string;
  readonly feed: CcxtFeed;
  readonly candles: CandleSource;
  readonly settings: VenueSettings;
  readonly quiet: Backoff;
  /** A ccxt object for one account. ccxt instances are cheap once the class is loaded; they share the sockets. */
  exchangeFor(credentials: Readonly<Record<string, string>>): CcxtExchange;
  close(): void;
}

export interface CcxtVenueOptions {
  /** ccxt exchange id. */
  readonly id: string;
  readonly marketType: MarketType | null;
  readonly sandbox: boolean;
  readonly config: VenueConfig | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The circuit breaker of that name; absent: none. Prices and orders have one each: a venue may serve the one and not the other. */
  readonly breakerOf?: ((name: string) => Breaker) | undefined;
}

/** Throws `VenueSetupError` for an unknown id, a wrong configuration, or a venue without a sandbox when one is wanted. */
export async function connectCcxtVenue(options: CcxtVenueOptions): Promise<CcxtVenue> {
  const { id, marketType, sandbox, config, clock, logger, breakerOf } = options;
  const settings = readVenueConfig(id, config);
  const Exchange = await loadExchangeClass(id);
  const transport = createTransport({ origins: settings.origins });
  const fetchFor = (purpose: 'prices' | 'orders', fetch = transport.fetch): Transport['fetch'] =>
    breakerOf ? withBreaker(fetch, breakerOf(`${id}${sandbox ? ' sandbox' : ''} ${purpose}`)) : fetch;
  const build = (credentials: Readonly<Record<string, string>>, purpose: 'prices' | 'orders'): CcxtExchange => {
    const exchange = new Exchange({ ...constructorOptions(id, marketType, settings), ...credentials });
    exchange.fetchImplementation = fetchFor(purpose);
    if (sandbox) enterSandbox(exchange);
    return exchange;
  };
  const quiet = createBackoff(clock);
  const listed = build({}, 'prices');
  const feed = createCcxtFeed({ exchange: listed, marketType, quiet, clock, logger });
  const guard = (fetch: Transport['fetch']): Transport['fetch'] => fetchFor('prices', fetch);
  const candles = createCcxtCandles({ exchange: build({}, 'prices'), listed, feed, quiet, fetch: transport.fetch, guard });
  const close = (): void => {
    feed.close();
    transport.close();
  };
  return { id, feed, candles, settings, quiet, exchangeFor: (credentials) => build(credentials, 'orders'), close };
}

function constructorOptions(id: string, marketType: MarketType | null, settings: VenueSettings): Record<string, unknown> {
  const types = [...(marketType === 'swap' ? [] : ['spot']), ...(marketType === 'spot' ? [] : ['linear'])];
  return {
    ...settings.extra,
    timeout: settings.timeoutMs,
    enableRateLimit: false, // It would queue orders behind quotes; the venue's own 429 is obeyed instead (backoff.ts).
    options: {
      fetchCurrencies: false,
      ...(id === 'binance' ? { fetchMarkets: { types } } : {}),
      defaultType: marketType ?? 'spot',
      ...settings.options,
      recvWindow: settings.recvWindowMs,
    },
  };
}

function enterSandbox(exchange: CcxtExchange): void {
  try {
    exchange.setSandboxMode(true);
  } catch {
    throw new VenueSetupError('VENUE_NO_SANDBOX', `${exchange.id} has no sandbox that ccxt knows; open the account without "sandbox".`);
  }
}

/** Credentials a Binance key consists of. */
export const BINANCE_CREDENTIALS = ['apiKey', 'secret'] as const;

/** The trading calls for one account. Throws `VenueSetupError` when credentials are missing. */
export function createVenueApi(venue: CcxtVenue, credentials: Readonly<Record<string, string>>): VenueApi {
  const missing = BINANCE_CREDENTIALS.filter((name) => !credentials[name]);
  if (missing.length > 0) throw new VenueSetupError('VENUE_CREDENTIALS', `An account at ${venue.id} needs ${missing.join(' and ')}.`);
  const { recvWindowMs, timeoutMs, notFoundAfterMs } = venue.settings;
  const capabilities = binanceSpotCapabilities(notFoundAfterMs ?? recvWindowMs + timeoutMs);
  return createBinanceSpotApi(venue.exchangeFor(credentials) as BinanceExchange, capabilities);
}

export interface CcxtSessionOptions {
  readonly account: Account;
  readonly venue: CcxtVenue;
  /** Opened credentials by ccxt's names. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens one account: markets loaded, the venue's clock taken over. Throws `VenueSetupError` when the markets cannot be had; a
 * clock that cannot be read is only logged, the first -1021 asks again.
 */
export async function createCcxtSession({ account, venue, credentials, clock, logger }: CcxtSessionOptions): Promise<VenueSession> {
  const api = createVenueApi(venue, credentials);
  const sync = api.syncClock().catch((error: unknown) => {
    logger.warn({ venue: venue.id, code: judge(venue.id, error).code }, 'could not read the clock of the venue');
  });
  await Promise.all([venue.feed.markets(), sync]);
  const quiet = { venue: venue.quiet, account: createBackoff(clock) };
  return { account, feed: venue.feed, orders: createCcxtOrderEntry({ api, feed: venue.feed, quiet, logger }) };
}

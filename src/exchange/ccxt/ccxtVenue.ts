import { capabilitiesOf } from '../../domain/market/capabilities.ts';
import type { MarketType } from '../../domain/market/market.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import { takerFeeOf } from '../../domain/portfolio/takerFee.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Breaker } from '../../ops/breaker.ts';
import type { Logger } from '../../ops/logger.ts';
import { type CandleSource, type VenueSession, VenueSetupError } from '../exchange.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { type Budget, type BudgetRule, createBudget, type Purpose, type RequestFacts, withBudgets } from './budget.ts';
import { createCcxtBooks } from './ccxtBooks.ts';
import { createCcxtCandles } from './ccxtCandles.ts';
import { type CcxtFeed, createCcxtFeed } from './ccxtFeed.ts';
import { createCcxtOrderEntry, type OrderEntryOptions } from './ccxtOrderEntry.ts';
import { createTransport, type Transport } from './fetchImplementation.ts';
import { type CcxtExchange, type CcxtStream, loadExchangeClass, loadStreamClass, surviveLosses } from './loadCcxt.ts';
import { createMarketCache } from './marketCache.ts';
import { judge, noRefusals } from './outcomes.ts';
import type { SandboxName, VenueProfile } from './profile.ts';
import { anyProfileOf } from './profiles.ts';
import { createPush, type Push } from './push.ts';
import { redirectStreams } from './streamOrigins.ts';
import type { VenueApi } from './venueApi.ts';
import { readVenueConfig, type VenueConfig, type VenueSettings } from './venueConfig.ts';
import { createVenueLine } from './venueLine.ts';
import { withBreaker } from './withBreaker.ts';

/** One exchange as this process is connected to it: its sockets, markets and quotes are shared by all accounts there. */
export interface CcxtVenue {
  readonly id: string;
  readonly feed: CcxtFeed;
  readonly candles: CandleSource;
  readonly settings: VenueSettings;
  readonly quiet: Backoff;
  /** For one account's own limits; people are told of its pauses too. */
  newBackoff(): Backoff;
  /** A ccxt object for one account, by its name: what fails for one says nothing of another, and each has limits of its own. ccxt instances are cheap once the class is loaded; they share the sockets. */
  exchangeFor(account: string, credentials: Readonly<Record<string, string>>): CcxtExchange;
  /** The streaming twin of `exchangeFor`; null where the venue's streams cannot be had. */
  streamFor(account: string, credentials: Readonly<Record<string, string>>): Promise<CcxtStream | null>;
  /** Gives an object of `exchangeFor` the markets that `feed` has loaded. */
  shareMarkets(exchange: CcxtExchange): void;
  close(): void;
}

export interface CcxtVenueOptions {
  /** ccxt exchange id. */
  readonly id: string;
  readonly marketType: MarketType | null;
  /** Null: real money. */
  readonly sandbox: SandboxName | null;
  readonly config: VenueConfig | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where markets are kept for the next start; null: nowhere. */
  readonly cacheDirectory: string | null;
  /** The circuit breaker of that name; absent: none. Prices and orders have one each: a venue may serve the one and not the other. */
  readonly breakerOf?: ((name: string) => Breaker) | undefined;
  /** Told when the venue asks to slow down: nothing is sent there for so long. */
  readonly onSlowDown?: ((venue: string, ms: number) => void) | undefined;
}

/** Throws `VenueSetupError` for an unknown id, a wrong configuration, or a venue without a sandbox when one is wanted. */
export async function connectCcxtVenue(options: CcxtVenueOptions): Promise<CcxtVenue> {
  const { id, marketType, sandbox, config, clock, logger, cacheDirectory, breakerOf, onSlowDown } = options;
  const settings = readVenueConfig(id, config);
  const Exchange = await loadExchangeClass(id);
  const profile = anyProfileOf(id, marketType);
  const refusals = profile?.refusals ?? noRefusals(id);
  const transport = createTransport({ origins: settings.origins });
  const rules = profile ? (profile.budget ?? []) : [asCcxtSays(new Exchange({}))];
  const budgetOf = (scope: BudgetRule['scope']): Budget =>
    createBudget(settings.budgetScale === null ? [] : rules.filter((rule) => rule.scope === scope), settings.budgetScale ?? 1, clock);
  const shared = budgetOf('venue');
  const breakerFor = (what: string, fetch: Transport['fetch']): Transport['fetch'] =>
    breakerOf ? withBreaker(fetch, breakerOf(`${id}${sandbox ? ` ${sandbox}` : ''} ${what}`)) : fetch;
  const pricesBy = (fetch: Transport['fetch']): Transport['fetch'] => withBudgets(breakerFor('prices', fetch), [shared], () => 'prices');
  const purposeOf = profile?.purposeOf ?? (({ method }: RequestFacts): Purpose => (method === 'GET' ? 'asks' : 'orders'));
  const sealed = new Map<string, Transport['fetch']>();
  /** One for all that use the same key. */
  const sealFor = (credentials: Readonly<Record<string, string>>): Transport['fetch'] => {
    const { apiKey = '' } = credentials;
    const send = sealed.get(apiKey) ?? profile?.seal?.(transport.fetch, credentials, clock) ?? transport.fetch;
    sealed.set(apiKey, send);
    return send;
  };
  const ordersBy = (account: string, credentials: Readonly<Record<string, string>>): Transport['fetch'] =>
    withBudgets(breakerFor(`orders of ${account}`, sealFor(credentials)), [budgetOf('account'), shared], purposeOf);
  const build = <T extends CcxtExchange>(
    Class: new (options: Readonly<Record<string, unknown>>) => T,
    credentials: Readonly<Record<string, string>>,
    fetch: Transport['fetch'],
  ): T => {
    const exchange = new Class({ ...constructorOptions(profile, marketType, settings), ...credentials });
    exchange.fetchImplementation = fetch;
    exchange.has.fetchCurrencies = false; // Networks and fees of withdrawals are of no use here, and up to three large requests.
    if (sandbox) enterSandbox(exchange, sandbox);
    return exchange;
  };
  const newBackoff = (): Backoff => createBackoff(clock, { onPause: (ms) => onSlowDown?.(id, ms) });
  const quiet = newBackoff();
  const listed = build(Exchange, {}, pricesBy(transport.fetch));
  const variant = [marketType, sandbox, settings.origins, settings.options];
  const cache = createMarketCache({ directory: cacheDirectory, clock, venue: id, variant });
  const prices = createCcxtFeed({ exchange: listed, marketType, refusals, prices: profile ?? null, cache, quiet, clock, logger });
  const books = createCcxtBooks({
    ...{ open: () => build(Exchange, {}, pricesBy(transport.fetch)), listed },
    ...{ market: prices.market, refusals, quiet, clock, logger },
  });
  const feed: CcxtFeed = { ...prices, orderBook: books };
  const candles = createCcxtCandles({
    ...{ exchange: build(Exchange, {}, pricesBy(transport.fetch)), listed, feed, refusals, quiet },
    ...{ fetch: transport.fetch, guard: pricesBy },
  });
  const close = (): void => {
    feed.close();
    transport.close();
  };
  const exchangeFor: CcxtVenue['exchangeFor'] = (account, credentials) => {
    const exchange = build(Exchange, credentials, ordersBy(account, credentials));
    exchange.handleErrors = () => undefined; // What an answer means is judged by us (outcomes.ts).
    return exchange;
  };
  const streamFor: CcxtVenue['streamFor'] = async (account, credentials) => {
    const Stream = await loadStreamClass(id);
    const stream = build(Stream, credentials, ordersBy(account, credentials));
    const urls = redirectStreams(stream.urls.api, settings.origins, stream.hostname);
    if (urls === null) return null;
    stream.urls.api = urls;
    await stream.loadHttpProxyAgent(); // Without it ccxt opens no `ws://` address, such as one of this machine.
    surviveLosses(stream);
    stream.setMarketsFromExchange(listed);
    return stream;
  };
  const shareMarkets = (exchange: CcxtExchange): void => {
    exchange.setMarketsFromExchange(listed);
  };
  return { id, feed, candles, settings, quiet, newBackoff, exchangeFor, streamFor, shareMarkets, close };
}

const COUNTED_MS = 10_000;

/** ccxt knows how far apart an exchange wants requests, milliseconds; it is not known which of them count more than others. */
function asCcxtSays({ rateLimit }: CcxtExchange): BudgetRule {
  return { scope: 'venue', weight: () => 1, max: Math.max(1, Math.floor(COUNTED_MS / Math.max(1, rateLimit))), windowMs: COUNTED_MS };
}

function constructorOptions(
  profile: VenueProfile | undefined,
  marketType: MarketType | null,
  settings: VenueSettings,
): Record<string, unknown> {
  return {
    ...settings.extra,
    timeout: settings.timeoutMs,
    enableRateLimit: false, // It would queue orders behind quotes; the venue's own 429 is obeyed instead (backoff.ts).
    options: {
      fetchCurrencies: false,
      ...profile?.options(marketType === null ? ['spot', 'swap'] : [marketType]),
      defaultType: marketType ?? 'spot',
      ...settings.options,
      recvWindow: settings.recvWindowMs,
    },
  };
}

function enterSandbox(exchange: CcxtExchange, sandbox: SandboxName): void {
  try {
    if (sandbox === 'demo') exchange.enableDemoTrading(true);
    else exchange.setSandboxMode(true);
  } catch {
    throw new VenueSetupError('VENUE_NO_SANDBOX', `${exchange.id} has no ${sandbox} that ccxt knows; open the account without "sandbox".`);
  }
}

/** Throws `VenueSetupError` when credentials are missing. */
export function needCredentials(profile: VenueProfile, credentials: Readonly<Record<string, string>>): void {
  const missing = profile.credentials.filter((name) => !credentials[name]);
  if (missing.length > 0) throw new VenueSetupError('VENUE_CREDENTIALS', `An account at ${profile.title} needs ${missing.join(' and ')}.`);
}

/** The trading calls for one account. Throws `VenueSetupError` when credentials are missing. */
export function createVenueApi(
  venue: CcxtVenue,
  profile: VenueProfile,
  account: Pick<Account, 'name'>,
  credentials: Readonly<Record<string, string>>,
): VenueApi {
  needCredentials(profile, credentials);
  const exchange = venue.exchangeFor(account.name, credentials);
  return profile.connect({
    exchange,
    market: profile.market,
    shareMarkets: venue.shareMarkets,
    budgetScale: venue.settings.budgetScale,
    quote: (symbol) => venue.feed.quote(symbol, QUOTE_MAX_AGE_MS),
  });
}

/** A price that bounds an order may be this old, milliseconds; the same as sizes one (engine/facts.ts). */
const QUOTE_MAX_AGE_MS = 2_000;

export interface CcxtSessionOptions {
  readonly account: Account;
  readonly venue: CcxtVenue;
  readonly profile: VenueProfile;
  /** Opened credentials by ccxt's names. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Opens one account: markets loaded, the venue's clock taken over. Throws `VenueSetupError` when the markets cannot be had; a
 * clock that cannot be read is only logged, the first request refused for its time asks again.
 */
export async function createCcxtSession(options: CcxtSessionOptions): Promise<VenueSession> {
  const { account, venue, profile, credentials, logger } = options;
  const api = createVenueApi(venue, profile, account, credentials);
  const sync = api.syncClock().catch((error: unknown) => {
    logger.warn({ venue: venue.id, code: judge(profile.refusals, error).code }, 'could not read the clock of the venue');
  });
  await Promise.all([venue.feed.markets(), sync]);
  await refuseObstacles(api, profile, logger);
  const quiet = { venue: venue.quiet, account: venue.newBackoff() };
  const line = createVenueLine({ api, refusals: profile.refusals, quiet, logger });
  const hedged = (await positionMode(api, profile)) === 'hedge';
  const features = { ...profile.features, ...(hedged ? profile.inHedgeMode : {}) };
  const offered = capabilitiesOf(features, profile.clashes, notFoundAfterMs(profile, venue.settings));
  const ownFee = takerFeeOf(account.settings.takerFee);
  const capabilities = { ...offered, hedged, pushesReports: false }; // What is pushed here are hints, not reports.
  return {
    account,
    feed: venue.feed,
    takerFee: (market) => ownFee ?? market.takerFee ?? null,
    orders: createCcxtOrderEntry({ venue: venue.id, capabilities, api, line, feed: venue.feed, logger, openPush: openPush(options) }),
  };
}

/** Opened when somebody listens. Null: the venue has no streams that are used here, or not from here. */
function openPush({ account, venue, profile, credentials, logger, clock }: CcxtSessionOptions): OrderEntryOptions['openPush'] {
  const { push } = profile;
  if (!push) return null;
  return async (onHint): Promise<Push | null> => {
    const stream = await venue.streamFor(account.name, credentials);
    return stream && createPush({ venue: venue.id, stream, watches: push, onHint, clock, logger });
  };
}

/**
 * Settings of the account that would make our orders something else stop it from being opened. Whether there are any must not depend on
 * one more request: where that fails the venue itself refuses such orders (Binance: -4061).
 */
async function refuseObstacles(api: VenueApi, profile: VenueProfile, logger: Logger): Promise<void> {
  const obstacles = await api.obstacles().catch((error: unknown) => {
    logger.warn({ venue: profile.venue, code: judge(profile.refusals, error).code }, 'could not read the settings of the account');
    return [];
  });
  if (obstacles.length > 0) throw new VenueSetupError('VENUE_SETTINGS', `${profile.title}: ${obstacles.join(' ')}`);
}

/** What orders must say depends on it, so an account whose mode cannot be read is not opened. Throws `VenueSetupError`. */
async function positionMode(api: VenueApi, profile: VenueProfile): Promise<'one_way' | 'hedge'> {
  if (!api.positionMode) return 'one_way';
  try {
    return await api.positionMode();
  } catch (error) {
    const { code, message } = judge(profile.refusals, error);
    throw new VenueSetupError(code === 'VENUE_AUTH' ? code : 'VENUE_UNREACHABLE', `The position mode could not be read. ${message}`);
  }
}

function notFoundAfterMs(profile: VenueProfile, settings: VenueSettings): number {
  return settings.notFoundAfterMs ?? profile.requestLifeMs(settings);
}

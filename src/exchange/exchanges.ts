import type { AccountId } from '../domain/ids.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { Clock } from '../lib/clock.ts';
import type { Breaker } from '../ops/breaker.ts';
import type { Logger } from '../ops/logger.ts';
import { type CcxtVenue, createCcxtSession, needCredentials } from './ccxt/ccxtVenue.ts';
import { checkCcxtAccount } from './ccxt/checkAccount.ts';
import { exchangeIds, loadExchangeClass } from './ccxt/loadCcxt.ts';
import type { SandboxName, VenueProfile } from './ccxt/profile.ts';
import { PROFILES, profileOf } from './ccxt/profiles.ts';
import { createSharedVenues } from './ccxt/sharedVenues.ts';
import { unprovenProfile } from './ccxt/unproven/unprovenProfile.ts';
import { readVenueConfig, type VenueConfig } from './ccxt/venueConfig.ts';
import {
  type AccountCheck,
  type CandleSources,
  type Exchanges,
  type MarketFeed,
  type OpeningState,
  type VenueSession,
  VenueSetupError,
} from './exchange.ts';
import { parsePaperSettings } from './paper/paperSettings.ts';
import { createPaperVenue } from './paper/paperVenue.ts';
import { createSyntheticCandles } from './paper/syntheticCandles.ts';
import { createSyntheticFeed } from './paper/syntheticFeed.ts';

export interface ExchangesOptions {
  /** `CCXT_CONFIG`, by exchange id. */
  readonly venues: Readonly<Record<string, VenueConfig>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Decrypts an account's credentials; by ccxt's names (`apiKey`, `secret`). */
  readonly openCredentials: (account: Account) => Readonly<Record<string, string>>;
  /** Circuit breaker by name (`binance orders`), one for all connections of that name; absent: none. */
  readonly breakerOf?: (name: string) => Breaker;
  /** Where the markets of venues are kept for the next start; absent: nowhere. */
  readonly cacheDirectory?: string;
  /** Told when a venue asks to slow down: nothing is sent there for so long, milliseconds. */
  readonly onSlowDown?: (venue: string, ms: number) => void;
}

/** Who holds a venue open for its candles. */
const CANDLES = 'candles';

/** Opens accounts and histories; what those of one venue can share is shared. */
export function createExchanges(options: ExchangesOptions): Exchanges & { readonly candleSources: CandleSources } {
  const { venues, clock, logger, cacheDirectory = null, openCredentials, breakerOf, onSlowDown } = options;
  // A setting that would make orders unsafe stops the start, not the first order.
  for (const [id, config] of Object.entries(venues)) readVenueConfig(id, config);
  const shared = createSharedVenues({ venues, clock, logger, cacheDirectory, breakerOf, onSlowDown });
  const sessions = new Map<AccountId, VenueSession>();
  const synthetic = createSyntheticFeed(clock);
  const candleSources: CandleSources = {
    open: async (venue, marketType) => {
      if (venue === 'synthetic') return createSyntheticCandles(clock);
      return (await shared.join(CANDLES, { id: venue, marketType, sandbox: null })).candles;
    },
    close: () => shared.leave(CANDLES),
  };

  const paperFeed = async (account: Account, user: string): Promise<MarketFeed> => {
    const { feed = 'synthetic' } = account.settings;
    if (feed === 'synthetic') return synthetic;
    if (typeof feed !== 'string') throw new VenueSetupError('PAPER_SETTINGS', 'feed must be "synthetic" or the id of an exchange of ccxt.');
    return (await shared.join(user, { id: feed, marketType: account.market, sandbox: null })).feed;
  };
  const joinTradable = async (account: Account, user: string): Promise<{ venue: CcxtVenue; profile: VenueProfile }> => {
    const profile = await tradableProfile(account);
    const sandbox = sandboxOf(account, profile);
    return { profile, venue: await shared.join(user, { id: profile.venue, marketType: profile.market, sandbox }) };
  };
  const openSession = async (account: Account, opening: OpeningState): Promise<VenueSession> => {
    if (account.venue === 'paper') return createPaperVenue({ account, opening, feed: await paperFeed(account, account.id), clock });
    const joined = await joinTradable(account, account.id);
    return createCcxtSession({ account, ...joined, credentials: openCredentials(account), logger, clock });
  };
  const check = async (account: Account, user: string): Promise<AccountCheck> => {
    if (account.venue === 'paper') return checkPaper(account, await paperFeed(account, user));
    const { venue, profile } = await joinTradable(account, user);
    return checkCcxtAccount(venue, profile, account, openCredentials(account));
  };
  const closeAccount = async (accountId: AccountId): Promise<void> => {
    const session = sessions.get(accountId);
    sessions.delete(accountId);
    await session?.orders.close();
    await shared.leave(accountId);
  };

  return {
    candleSources,
    venues: ['paper', ...exchangeIds()],
    open: async (account, opening) => {
      await closeAccount(account.id);
      try {
        const session = await openSession(account, opening);
        sessions.set(account.id, session);
        return session;
      } catch (error) {
        await shared.leave(account.id);
        throw error;
      }
    },
    test: async (account) => {
      const user = `test of ${account.id}`; // Holds the venue open beside, and not instead of, the account's own session.
      try {
        return await check(account, user);
      } catch (error) {
        if (!(error instanceof VenueSetupError)) throw error;
        return { ok: false, checks: [{ name: 'setup', ok: false, detail: error.message }] };
      } finally {
        await shared.leave(user);
      }
    },
    problemWith: async (account) => {
      try {
        await checkSetup(account, openCredentials);
        return null;
      } catch (error) {
        if (error instanceof VenueSetupError) return { code: error.code, message: error.message };
        throw error;
      }
    },
    cautionAbout: async (account) => {
      if (account.venue === 'paper') return null;
      const { title, caution } = await tradableProfile(account);
      return caution === undefined ? null : `${title}: ${caution}.`;
    },
    closeAccount,
  };
}

async function checkSetup(account: Account, openCredentials: ExchangesOptions['openCredentials']): Promise<void> {
  if (account.venue !== 'paper') return needCredentials(await tradableProfile(account), openCredentials(account));
  parsePaperSettings(account.settings);
  const { feed = 'synthetic' } = account.settings;
  if (typeof feed === 'string' && feed !== 'synthetic') await loadExchangeClass(feed);
}

/** What an account trades by. Throws `VenueSetupError` with what would work for a venue, market or sandbox that is not to be had. */
async function tradableProfile(account: Account): Promise<VenueProfile> {
  const { venue, market } = account;
  const profile = profileOf(venue, market ?? 'spot');
  if (profile) {
    sandboxOf(account, profile);
    return profile;
  }
  const offered = PROFILES.filter((other) => other.venue === venue).map((other) => `"market":"${other.market}"`);
  if (offered.length > 0)
    throw new VenueSetupError('VENUE_NOT_SUPPORTED', `${venue} can be traded here with ${offered.join(' or ')} only.`);
  const unproven = await unprovenProfile(venue, market ?? 'spot');
  sandboxOf(account, unproven);
  return unproven;
}

/** Where an account trades without money; null: it does not. Throws `VenueSetupError` for what is not to be had. */
function sandboxOf({ sandbox, settings }: Account, { title, sandbox: words, sandboxes = ['testnet'] }: VenueProfile): SandboxName | null {
  const wanted = settings.sandbox ?? sandboxes[0];
  if (!sandbox) {
    if (settings.sandbox === undefined) return null;
    throw new VenueSetupError('VENUE_NO_SANDBOX', 'The settings name a sandbox, and the account is none: add "sandbox":true.');
  }
  if (words === null)
    throw new VenueSetupError('VENUE_NO_SANDBOX', `${title} has no sandbox; leave "sandbox" out, or use a paper account.`);
  const found = sandboxes.find((name) => name === wanted);
  if (found === undefined)
    throw new VenueSetupError('VENUE_NO_SANDBOX', `The sandbox of ${title} in the settings can be ${sandboxes.join(' or ')}.`);
  return found;
}

async function checkPaper(account: Account, feed: MarketFeed): Promise<AccountCheck> {
  parsePaperSettings(account.settings);
  const markets = await feed.markets();
  const [first] = markets;
  const quote = first ? await feed.quote(first.symbol, 10_000) : null;
  return {
    ok: quote !== null,
    checks: [
      { name: 'settings', ok: true, detail: 'paper trading: no order leaves this machine' },
      { name: 'feed', ok: quote !== null, detail: quote ? `${feed.name} lists ${markets.length} markets` : `${feed.name} gives no price` },
    ],
  };
}

import type { Account } from '../../../src/domain/portfolio/account.ts';
import type { Exchanges, OpeningState, VenueSession } from '../../../src/exchange/exchange.ts';
import { createExchanges } from '../../../src/exchange/exchanges.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type Logger, silentLogger } from '../../../src/ops/logger.ts';
import { type BinanceServer, type BinanceServerOptions, startBinanceServer } from './binanceServer.ts';

export const NO_OPENING: OpeningState = { balances: [], openOrders: [], positions: [] };

export function binanceAccount(overrides: Partial<Account> = {}): Account {
  return {
    id: 'account-1',
    name: 'main',
    venue: 'binance',
    market: 'spot',
    sandbox: false,
    sealedCredentials: null,
    settings: {},
    ownerId: null,
    enabled: true,
    createdAt: 0,
    ...overrides,
  };
}

export interface BinanceFixtureOptions {
  readonly server?: BinanceServerOptions;
  /** Goes to the ccxt part of the venue's configuration. */
  readonly ccxt?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
}

export interface BinanceFixture {
  readonly server: BinanceServer;
  readonly exchanges: Exchanges;
  close(): Promise<void>;
}

/** The protocol server and `Exchanges` that reach it wherever ccxt wants to go. */
export async function startBinance(options: BinanceFixtureOptions = {}): Promise<BinanceFixture> {
  const server = await startBinanceServer(options.server);
  const exchanges = createExchanges({
    venues: { binance: { origins: { '*': server.origin }, ccxt: options.ccxt ?? {} } },
    clock: systemClock,
    logger: options.logger ?? silentLogger,
    openCredentials: () => server.credentials,
  });
  return { server, exchanges, close: () => server.close() };
}

/** The same with one account opened. */
export async function openBinance(options: BinanceFixtureOptions = {}): Promise<BinanceFixture & { readonly session: VenueSession }> {
  const fixture = await startBinance(options);
  const account = binanceAccount();
  const session = await fixture.exchanges.open(account, NO_OPENING);
  const close = async (): Promise<void> => {
    await fixture.exchanges.closeAccount(account.id);
    await fixture.close();
  };
  return { ...fixture, session, close };
}

import type { Account } from '../../../src/domain/portfolio/account.ts';
import type { Exchanges, OpeningState, VenueSession } from '../../../src/exchange/exchange.ts';
import { createExchanges } from '../../../src/exchange/exchanges.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type Logger, silentLogger } from '../../../src/ops/logger.ts';
import type { FaultScope } from './faults.ts';
import type { BookWallet, MatchingBook } from './matchingBook.ts';
import type { ProtocolServer } from './protocolServer.ts';

/** A protocol server with its book: what every venue's has. */
export interface VenueServer extends ProtocolServer {
  readonly book: MatchingBook<BookWallet>;
  readonly credentials: Readonly<Record<string, string>>;
  /** How far this server's clock runs ahead of the machine's. */
  setClockOffset(ms: number): void;
  /** Pays `rate` of what each position is worth, longs to shorts; absent on spot. */
  payFunding?(rate: string, symbol?: string): void;
}

/** How a venue is set up for tests that are the same for all of them. */
export interface VenueKind {
  readonly title: string;
  readonly account: Pick<Account, 'venue' | 'market'>;
  /** Where ccxt would go, to be redirected. */
  readonly origin: string;
  /** Port 0, or none: any that is free. */
  readonly start: (options?: { readonly port?: number }) => Promise<VenueServer>;
  /** The market tests trade, by our name and by the book's; its price is 50,000 and the account can buy and sell 0.03 of it often. */
  readonly symbol: string;
  readonly bookSymbol: string;
  /** Where new orders go, and where they are asked about. */
  readonly place: { readonly method: string; readonly path: string };
  readonly look: { readonly method: string; readonly path: string };
  readonly cancel: { readonly method: string; readonly path: string };
  readonly fillPaths: readonly string[];
  /** How a request of the wrong time is refused. */
  readonly outOfTime: string;
  readonly wrongCredentials: Readonly<Record<string, string>>;
  /** Where its streams would be connected to, likewise. */
  readonly streamOrigins?: readonly string[];
  /** Its streams are listened to. */
  readonly pushes?: boolean;
  /** A refusal of the venue that proves nothing. */
  readonly doubtful: { readonly code: number | string; readonly msg: string; readonly status?: number };
  /** What a venue that shows its account is held to besides (accountViewContract.ts); absent: it is not asked for it. */
  readonly view?: {
    /** How many trades fill a page. */
    readonly tradesPerPage: number;
    /** What the book counts in, as base units; absent: base units. */
    readonly contractSize?: string;
    /** The venue's id of an order; absent: what the book counts is part of it. */
    readonly idOf?: (order: { readonly orderId: number }) => string;
  };
  /** The requests that ask about the account; absent: GET. */
  readonly asks?: FaultScope;
  /** Of its file in tests/golden; absent: `<venue>-<market>`. */
  readonly golden?: string;
}

export interface OpenVenue {
  readonly server: VenueServer;
  readonly exchanges: Exchanges;
  readonly account: Account;
  readonly session: VenueSession;
  close(): Promise<void>;
}

export const NO_OPENING: OpeningState = { balances: [], openOrders: [], positions: [] };

export interface OpenVenueOptions {
  /** Goes to the ccxt part of the venue's configuration. */
  readonly ccxt?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
  readonly credentials?: Readonly<Record<string, string>>;
}

/** The protocol server and exchanges that reach it wherever ccxt wants to go. */
export async function reachVenue(kind: VenueKind, options: OpenVenueOptions = {}): Promise<Omit<OpenVenue, 'session'>> {
  const server = await kind.start();
  const exchanges = createExchanges({
    venues: { [kind.account.venue]: { origins: { '*': server.origin }, ccxt: options.ccxt ?? {} } },
    clock: systemClock,
    logger: options.logger ?? silentLogger,
    openCredentials: () => options.credentials ?? server.credentials,
  });
  const account: Account = {
    ...kind.account,
    id: 'account-1',
    name: 'main',
    sandbox: false,
    sealedCredentials: null,
    settings: {},
    ownerId: null,
    enabled: true,
    createdAt: 0,
  };
  const close = async (): Promise<void> => {
    await exchanges.closeAccount(account.id);
    await server.close();
  };
  return { server, exchanges, account, close };
}

/** The same with its account opened. */
export async function openVenue(kind: VenueKind, options: OpenVenueOptions = {}): Promise<OpenVenue> {
  const reached = await reachVenue(kind, options);
  return { ...reached, session: await reached.exchanges.open(reached.account, NO_OPENING) };
}

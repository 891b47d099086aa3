import { readdirSync } from 'node:fs';
import { VenueSetupError } from '../exchange.ts';
import type { Transport } from './fetchImplementation.ts';

/** The part of a ccxt exchange object that is used here. Amounts in `precision` and `limits` are JS numbers. */
export interface CcxtExchange {
  readonly id: string;
  readonly name: string;
  readonly apiKey?: string | undefined;
  readonly precisionMode: number;
  /** How many milliseconds ccxt would leave between two requests. */
  readonly rateLimit: number;
  readonly has: Record<string, unknown>;
  fetchImplementation: Transport['fetch'] | undefined;
  /** Turns an answer into ccxt's exceptions; replaced where the answer itself is wanted. */
  handleErrors: (...answer: unknown[]) => unknown;
  setSandboxMode(enabled: boolean): void;
  enableDemoTrading(enabled: boolean): void;
  loadMarkets(reload?: boolean): Promise<Readonly<Record<string, CcxtMarket>>>;
  /** Takes markets listed before in place of loading them; answers them by symbol. */
  setMarkets(markets: readonly CcxtMarket[]): Readonly<Record<string, CcxtMarket>>;
  fetchTicker(symbol: string): Promise<CcxtTicker>;
  fetchBidsAsks(symbols: readonly string[]): Promise<Readonly<Record<string, CcxtTicker>>>;
  fetchTickers(symbols: readonly string[]): Promise<Readonly<Record<string, CcxtTicker>>>;
  /** How it reads one level of a book; replaced where the text itself is wanted. */
  parseOrderBookBidAsk(level: unknown, priceKey?: string | number, amountKey?: string | number): unknown[];
  fetchOrderBook(symbol: string, limit: number): Promise<{ readonly bids: unknown; readonly asks: unknown }>;
  /** Timeframes by our name, and the venue's word for each; undefined where it has no candles. */
  readonly timeframes: Readonly<Record<string, unknown>> | undefined;
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number): Promise<readonly (readonly unknown[])[]>;
  setMarketsFromExchange(loaded: CcxtExchange): unknown;
  /** How ccxt makes a number of a venue's text; replaced where the text itself is wanted. */
  parseNumber(value: unknown, fallback?: unknown): unknown;
  /** ccxt's name of an asset, by the venue's. */
  safeCurrencyCode(assetId: string): string;
  /** Sets by how much the venue's clock differs from ours; signed requests then carry the venue's time. */
  loadTimeDifference(): Promise<number>;
}

export interface CcxtMarket {
  readonly id: string;
  readonly symbol: string;
  /** Kraken's other name of it. */
  readonly altname?: string | undefined;
  readonly base: string;
  readonly quote: string;
  readonly active: boolean | undefined;
  readonly spot: boolean;
  readonly swap: boolean;
  readonly linear: boolean | undefined;
  readonly contractSize: number | undefined;
  /** Its fee for takers, as a fraction; of the lowest tier, mostly. */
  readonly taker?: number | undefined;
  readonly precision: { readonly amount: number | undefined; readonly price: number | undefined };
  readonly limits: {
    readonly amount: { readonly min: number | undefined } | undefined;
    readonly cost: { readonly min: number | undefined } | undefined;
  };
}

export interface CcxtTicker {
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly last: number | undefined;
  /** The venue's own object. */
  readonly info: unknown;
}

/** What a stream says of an order; only its names are of use here. */
export interface PushedOrder {
  readonly id?: unknown;
  readonly clientOrderId?: unknown;
  readonly symbol?: unknown;
  /** The venue's own object. */
  readonly info?: unknown;
}

/** The same of an execution. */
export interface PushedTrade {
  readonly order?: unknown;
  readonly symbol?: unknown;
  readonly info?: unknown;
}

export interface CcxtSocket {
  future(hash: string): Promise<unknown>;
  connect(backoffMs?: number): Promise<unknown>;
}

/** The part of ccxt's streaming objects that is used here: the same exchange with `watch…` methods. */
export interface CcxtStream extends CcxtExchange {
  readonly urls: { api: unknown };
  readonly hostname: string | undefined;
  loadHttpProxyAgent(): Promise<unknown>;
  /** The connection to an address, made when first asked for. */
  client(url: string): CcxtSocket;
  watchOrders(symbol?: string, since?: number, limit?: number, params?: Readonly<Record<string, unknown>>): Promise<readonly PushedOrder[]>;
  watchMyTrades(): Promise<readonly PushedTrade[]>;
  close(): Promise<unknown>;
}

export type CcxtClass = new (options: Readonly<Record<string, unknown>>) => CcxtExchange;

const classes = new Map<string, Promise<CcxtClass>>();

/**
 * Loads one exchange class and nothing else of ccxt: 35 MB and 120 ms instead of 79 MB and 380 ms. ccxt's `exports` do not list
 * these files, a file URL reaches them. Throws `VenueSetupError` for an id ccxt does not have, with the nearest ones.
 */
export function loadExchangeClass(id: string): Promise<CcxtClass> {
  const known = classes.get(id);
  if (known !== undefined) return known;
  const loading = importExchange(id);
  classes.set(id, loading);
  loading.catch(() => classes.delete(id));
  return loading;
}

/** The streaming twin of an exchange, loaded when the first account there wants it: some 10 MB. */
export async function loadStreamClass(id: string): Promise<new (options: Readonly<Record<string, unknown>>) => CcxtStream> {
  const module = (await import(new URL(`./src/pro/${id}.js`, import.meta.resolve('ccxt')).href)) as {
    default: new (options: Readonly<Record<string, unknown>>) => CcxtStream;
  };
  return module.default;
}

/**
 * A connection that ends rejects every promise ccxt has made for it, also those that nobody waits for: each would end this process as an
 * unhandled rejection. Whoever does wait is told all the same.
 */
export function surviveLosses(stream: CcxtStream): void {
  const clientOf = stream.client.bind(stream);
  const known = new WeakSet<CcxtSocket>();
  const handled = <A extends unknown[]>(make: (...args: A) => Promise<unknown>) => {
    return (...args: A): Promise<unknown> => {
      const made = make(...args);
      made.catch(() => undefined);
      return made;
    };
  };
  stream.client = (url) => {
    const socket = clientOf(url);
    if (known.has(socket)) return socket;
    known.add(socket);
    socket.future = handled(socket.future.bind(socket));
    socket.connect = handled(socket.connect.bind(socket));
    return socket;
  };
}

let ids: readonly string[] | null = null;

/** Every exchange ccxt has. */
export function exchangeIds(): readonly string[] {
  ids ??= readdirSync(folder())
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3));
  return ids;
}

function folder(): URL {
  return new URL('./src/', import.meta.resolve('ccxt'));
}

async function importExchange(id: string): Promise<CcxtClass> {
  if (!exchangeIds().includes(id)) {
    const near = nearest(id, exchangeIds());
    const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    throw new VenueSetupError('VENUE_UNKNOWN', `There is no exchange "${id.slice(0, 40)}".${hint}`);
  }
  const module = (await import(new URL(`${id}.js`, folder()).href)) as { default: CcxtClass };
  return module.default;
}

/** Up to three names that start alike or are two edits away. */
export function nearest(name: string, candidates: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, distance: candidate.startsWith(wanted.slice(0, 4)) ? 1 : editDistance(wanted, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance || a.candidate.length - b.candidate.length)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance; names longer than 32 are not compared. */
function editDistance(a: string, b: string): number {
  if (a.length > 32 || b.length > 32) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

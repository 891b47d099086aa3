import { AsyncLocalStorage } from 'node:async_hooks';
import type { FetchRequest } from '../fetchImplementation.ts';
import type { CcxtExchange, CcxtMarket } from '../loadCcxt.ts';
import { BrokenReplyError, RefusedHereError } from '../venueErrors.ts';

type Params = Readonly<Record<string, string>>;

/** ccxt's unified calls. What they answer is read by our own schemas. */
export interface UnifiedExchange extends CcxtExchange {
  readonly features: Readonly<Record<string, unknown>> | undefined;
  readonly urls: Readonly<Record<string, unknown>>;
  readonly requiredCredentials: Readonly<Record<string, boolean>>;
  /** What private requests are numbered with; at most exchanges a time in milliseconds. */
  nonce(): number;
  numberToString(value: unknown): string | undefined;
  market(symbol: string): CcxtMarket;
  amountToPrecision(symbol: string, amount: string): string;
  priceToPrecision(symbol: string, price: string): string;
  createOrder(symbol: string, type: string, side: string, amount: string, price: string | undefined, params: Params): Promise<unknown>;
  cancelOrder(id: string, symbol: string): Promise<unknown>;
  fetchOrder(id: string, symbol: string): Promise<unknown>;
  fetchOpenOrders(symbol: string): Promise<unknown>;
  fetchOrders(symbol: string): Promise<unknown>;
  fetchCanceledAndClosedOrders(symbol: string): Promise<unknown>;
  fetchClosedOrders(symbol: string): Promise<unknown>;
  fetchCanceledOrders(symbol: string): Promise<unknown>;
  fetchOrderTrades(id: string, symbol: string): Promise<unknown>;
  fetchMyTrades(symbol: string, since: number | undefined): Promise<unknown>;
  fetchBalance(): Promise<unknown>;
  fetchPositionMode(): Promise<unknown>;
}

/** One call of ccxt's, however many requests it makes. */
interface Call {
  readonly exact: boolean;
  requests: number;
}

export interface UnifiedCalls {
  /** A call that changes something. */
  write<T>(run: () => Promise<T>): Promise<T>;
  /** A call that only asks: the amounts it answers with are the venue's own text. */
  read<T>(run: () => Promise<T>): Promise<T>;
}

/**
 * Makes ccxt's own calls fit to be judged. Its reading of refusals is switched on again: without it the unified calls take a refusal with
 * HTTP 200 for an empty list. Amounts stay text where answers are read, and only there: some requests are made with `parseNumber` too.
 */
export function unifiedCalls(exchange: UnifiedExchange): UnifiedCalls {
  const calls = new AsyncLocalStorage<Call>();
  Reflect.deleteProperty(exchange, 'handleErrors');
  const [number, fetch] = [exchange.parseNumber.bind(exchange), exchange.fetchImplementation];
  if (!fetch) throw new TypeError('the exchange has no transport');
  exchange.parseNumber = (value, fallback) => (calls.getStore()?.exact ? textOf(exchange, value, fallback) : number(value, fallback));
  exchange.fetchImplementation = (url: string, request: FetchRequest) => {
    const call = calls.getStore();
    if (call) call.requests += 1;
    return fetch(url, request);
  };
  numberUpwards(exchange);
  return {
    read: (run) => calls.run({ exact: true, requests: 0 }, run),
    write: async (run) => {
      const call: Call = { exact: false, requests: 0 };
      try {
        return await calls.run(call, run);
      } catch (error) {
        throw judged(error, call.requests);
      }
    },
  };
}

/** Some exchanges (Kraken) refuse a number that is not above the last one, and ccxt's is the same for requests of one millisecond. */
function numberUpwards(exchange: UnifiedExchange): void {
  const next = exchange.nonce.bind(exchange);
  let last = 0;
  exchange.nonce = () => {
    const now = next();
    last = now > last || last - now > NONCE_AHEAD_MAX ? now : last + 1;
    return last;
  };
}

/** A clock that was set back goes on from where it is: far ahead of it signed times would be refused. */
const NONCE_AHEAD_MAX = 1_000;

/** What the last of several requests met says nothing about those before it. */
function judged(error: unknown, requests: number): unknown {
  if (requests === 0) return new RefusedHereError('VENUE_REJECTED', 'ccxt makes no request of this order; nothing was sent.');
  return requests === 1 ? error : new BrokenReplyError('one of several requests failed');
}

function textOf(exchange: UnifiedExchange, value: unknown, fallback: unknown): unknown {
  return value === undefined || value === null ? fallback : exchange.numberToString(value);
}

import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import {
  type LoggedRequest,
  type ProtocolReply,
  type ProtocolServer,
  type SentRequest,
  startProtocolServer,
} from '../venue/protocolServer.ts';
import { SpotWallet, takenFromReceived } from '../venue/spotWallet.ts';
import { BinanceError } from './binanceError.ts';
import { spotStreams } from './binanceStreams.ts';
import { withLongIds, withShortIds } from './longIds.ts';
import { ENDPOINTS, type EndpointContext, type SpotBook } from './spotEndpoints.ts';
import { SpotKlines } from './spotKlines.ts';
import { checkSignature } from './spotRequests.ts';

export type { LoggedRequest };

export interface BinanceServerOptions {
  readonly port?: number;
  readonly apiKey?: string;
  readonly secret?: string;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  /** Share of what is received, default 0.1 %. */
  readonly commissionRate?: string;
  readonly permissions?: EndpointContext['permissions'];
  /** Ids beyond 2^53. */
  readonly longIds?: boolean;
}

export interface BinanceServer extends ProtocolServer {
  readonly book: SpotBook;
  /** Its candles: leave some out, correct some. */
  readonly klines: SpotKlines;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  /** How far this server's clock runs ahead of the machine's. */
  setClockOffset(ms: number): void;
  /** Client order ids accepted more than once. */
  duplicates(): string[];
}

export function spotSymbol(base: string, quote: string, price: string, rules: Partial<SymbolRules> = {}): SymbolRules {
  return {
    symbol: `${base}${quote}`,
    base,
    quote,
    tickSize: '0.01000000',
    stepSize: '0.00001000',
    minQty: '0.00001000',
    minNotional: '5.00000000',
    basePrecision: 8,
    price,
    ...rules,
  };
}

export const DEFAULT_SYMBOLS: readonly SymbolRules[] = [
  spotSymbol('BTC', 'USDT', '50000'),
  spotSymbol('ETH', 'USDT', '2500', { stepSize: '0.00010000', minQty: '0.00010000' }),
  spotSymbol('SOL', 'USDT', '150', { stepSize: '0.00100000', minQty: '0.00100000' }),
];

/** `count` symbols A000USDT, A001USDT, …, each at a price of 10. */
export function manySymbols(count: number): SymbolRules[] {
  return Array.from({ length: count }, (_, index) => spotSymbol(`A${String(index).padStart(3, '0')}`, 'USDT', '10'));
}

export const BINANCE_VOICE: Voice = {
  slowDown: '{"code":-1003,"msg":"Too much request weight used; current limit is 6000 request weight per 1 MINUTE."}',
  refusal: (code, msg) => JSON.stringify({ code, msg }),
};

/** A real HTTP server that speaks Binance's spot REST protocol and can be told to fail. One account, one price per symbol. */
export async function startBinanceServer(options: BinanceServerOptions = {}): Promise<BinanceServer> {
  const credentials = { apiKey: options.apiKey ?? 'test-api-key', secret: options.secret ?? 'test-api-secret' };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new MatchingBook({
    symbols: options.symbols ?? DEFAULT_SYMBOLS,
    wallet: new SpotWallet(options.balances ?? { USDT: '100000000', BTC: '1000' }),
    commission: takenFromReceived(options.commissionRate ?? '0.001'),
    now,
  });
  const klines = new SpotKlines(now);
  const permissions = options.permissions ?? { canTrade: true, canWithdraw: false, ipRestricted: true };
  const context = { book, klines, now, permissions, longIds: options.longIds ?? false };
  const server = await startProtocolServer(
    { voice: BINANCE_VOICE, answer: (sent) => answer(context, credentials, sent), streams: spotStreams(book, credentials) },
    options.port,
  );
  return {
    ...server,
    book,
    klines,
    credentials,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    duplicates: () => book.clientOrderIds().filter((id) => book.accepted(id).length > 1),
  };
}

/** The book's refusals in Binance's words. */
const REFUSALS: Readonly<Record<BookRefusalReason, readonly [code: number, msg: string]>> = {
  unknown_symbol: [-1121, 'Invalid symbol.'],
  duplicate: [-2010, 'Duplicate order sent.'],
  would_match: [-2010, 'Order would immediately match and take.'],
  would_trigger: [-2010, 'Stop price would trigger immediately.'],
  insufficient_funds: [-2010, 'Account has insufficient balance for requested action.'],
  would_open: [-2010, 'This action is disabled on this account.'],
};

function answer(context: EndpointContext, credentials: BinanceServer['credentials'], sent: SentRequest): ProtocolReply {
  try {
    const endpoint = ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return { status: 404, text: '{"code":-1099,"msg":"Not found, authenticated, or authorized"}' };
    const header = sent.headers['x-mbx-apikey'];
    if (endpoint.signed) checkSignature(credentials, { ...sent, apiKey: typeof header === 'string' ? header : undefined }, context.now());
    const text = JSON.stringify(endpoint.run(context, context.longIds ? withShortIds(sent.params) : sent.params));
    return { status: 200, text: context.longIds ? withLongIds(text) : text };
  } catch (error) {
    if (error instanceof BinanceError) return refusal(error.status, error.code, error.message);
    if (error instanceof BookRefusal) return refusal(400, ...REFUSALS[error.reason]);
    throw error;
  }
}

function refusal(status: number, code: number, msg: string): ProtocolReply {
  return { status, text: JSON.stringify({ code, msg }) };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerBadly, executes, type Fault, type FaultScope, Faults } from './faults.ts';
import { SpotBook } from './spotBook.ts';
import { ENDPOINTS, type EndpointContext } from './spotEndpoints.ts';
import { SpotKlines } from './spotKlines.ts';
import { checkSignature, type Params } from './spotRequests.ts';
import { BinanceError, type SymbolRules } from './spotTypes.ts';

export interface BinanceServerOptions {
  readonly port?: number;
  readonly apiKey?: string;
  readonly secret?: string;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  /** Share of what is received, default 0.1 %. */
  readonly commissionRate?: string;
  readonly permissions?: EndpointContext['permissions'];
}

/** One request as it arrived. `at` is `performance.now()` of this process; `params` are without the signature. */
export interface LoggedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly params: Params;
  /** Header names and values as sent, without the API key. */
  readonly userAgent: string | undefined;
  status: number;
}

export interface BinanceServer {
  readonly origin: string;
  readonly book: SpotBook;
  /** Its candles: leave some out, correct some. */
  readonly klines: SpotKlines;
  readonly requests: LoggedRequest[];
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  fail(fault: Fault, scope?: FaultScope): void;
  /** Ends all faults. */
  heal(): void;
  /** How far this server's clock runs ahead of the machine's. */
  setClockOffset(ms: number): void;
  /** Client order ids accepted more than once. */
  duplicates(): string[];
  /** Requests of one endpoint, for example `POST /api/v3/order`. */
  requestsTo(endpoint: string): LoggedRequest[];
  close(): Promise<void>;
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

const REQUESTS_KEPT = 200_000;

/** A real HTTP server that speaks Binance's spot REST protocol and can be told to fail. One account, one price per symbol. */
export async function startBinanceServer(options: BinanceServerOptions = {}): Promise<BinanceServer> {
  const credentials = { apiKey: options.apiKey ?? 'test-api-key', secret: options.secret ?? 'test-api-secret' };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new SpotBook({
    symbols: options.symbols ?? DEFAULT_SYMBOLS,
    balances: options.balances ?? { USDT: '100000000', BTC: '1000' },
    commissionRate: options.commissionRate ?? '0.001',
    now,
  });
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const klines = new SpotKlines(now);
  const context = { book, klines, now, permissions: options.permissions ?? { canTrade: true, canWithdraw: false, ipRestricted: true } };
  const server = createServer((request, response) => {
    handle({ context, credentials, faults, requests }, request, response).catch((error: unknown) => {
      if (request.complete) throw error; // Else the caller went away while sending.
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    book,
    klines,
    requests,
    credentials,
    fail: (fault, scope = {}) => faults.add(fault, scope),
    heal: () => faults.clear(),
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    duplicates: () => book.clientOrderIds().filter((id) => book.accepted(id).length > 1),
    requestsTo: (endpoint) => requests.filter((request) => `${request.method} ${request.path}` === endpoint),
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

interface Served {
  readonly context: EndpointContext;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const params: Params = Object.fromEntries(new URLSearchParams(query && body ? `${query}&${body}` : query || body));
  const logged = log(served.requests, request, path, params);
  const faults = served.faults.take(logged.method, path);
  for (const fault of faults) if (fault.kind === 'latency') await delay(fault.ms);
  const fault = faults.find(({ kind }) => kind !== 'latency');
  if (fault && !executes(fault)) {
    logged.status = answerBadly(fault, '', response);
    return;
  }
  const { status, text } = run(served, request, { path, query, body, params });
  if (fault) {
    logged.status = answerBadly(fault, text, response);
    return;
  }
  logged.status = status;
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', 'content-length': Buffer.byteLength(text) }).end(text);
}

function run(
  served: Served,
  request: IncomingMessage,
  sent: { path: string; query: string; body: string; params: Params },
): { status: number; text: string } {
  try {
    const endpoint = ENDPOINTS.get(`${request.method} ${sent.path}`);
    if (!endpoint) return { status: 404, text: '{"code":-1099,"msg":"Not found, authenticated, or authorized"}' };
    const header = request.headers['x-mbx-apikey'];
    if (endpoint.signed)
      checkSignature(served.credentials, { ...sent, apiKey: typeof header === 'string' ? header : undefined }, served.context.now());
    return { status: 200, text: JSON.stringify(endpoint.run(served.context, sent.params)) };
  } catch (error) {
    if (error instanceof BinanceError) return { status: error.status, text: JSON.stringify({ code: error.code, msg: error.message }) };
    throw error;
  }
}

function log(requests: LoggedRequest[], request: IncomingMessage, path: string, params: Params): LoggedRequest {
  const { signature: _, ...shown } = params;
  const logged = {
    at: performance.now(),
    method: request.method ?? 'GET',
    path,
    params: shown,
    userAgent: request.headers['user-agent'],
    status: 0,
  };
  if (requests.length < REQUESTS_KEPT) requests.push(logged);
  return logged;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

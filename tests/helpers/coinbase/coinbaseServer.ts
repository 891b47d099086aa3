import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { SpotWallet, takenFromQuote } from '../venue/spotWallet.ts';
import { CoinbaseError, type EndpointContext, endpointFor, NotMadeError, type SpotBook } from './coinbaseEndpoints.ts';
import { coinbaseStreams } from './coinbaseStreams.ts';

export interface CoinbaseServerOptions {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  readonly permissions?: EndpointContext['permissions'];
  /** The API key's private half, PEM; left out: a new one. */
  readonly secret?: string;
}

export interface CoinbaseServer extends ProtocolServer {
  readonly book: SpotBook;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  setClockOffset(ms: number): void;
}

function product(base: string, price: string): SymbolRules {
  return {
    symbol: `${base}-USD`,
    base,
    quote: 'USD',
    tickSize: '0.01',
    stepSize: '0.00000001',
    minQty: '0.00000001',
    minNotional: '1',
    basePrecision: 8,
    price,
  };
}

const DEFAULT_PRODUCTS = [product('BTC', '50000'), product('ETH', '2500'), product('SOL', '150')];

const VOICE: Voice = {
  slowDown: '{"error":"RESOURCE_EXHAUSTED","code":8,"message":"too many requests","details":[]}',
  refusal: (code, message) => JSON.stringify({ error: code, message, error_details: message }),
};

/** A real HTTP server that speaks Coinbase Advanced's v3 REST protocol and can be told to fail. Its key pair is new each time. */
export async function startCoinbaseServer(options: CoinbaseServerOptions = {}): Promise<CoinbaseServer> {
  const secret = options.secret ?? newSecret();
  const credentials = {
    apiKey: 'organizations/0a1b2c3d-0000-4000-8000-000000000001/apiKeys/0a1b2c3d-0000-4000-8000-000000000002',
    secret,
  };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new MatchingBook({
    symbols: options.symbols ?? DEFAULT_PRODUCTS,
    wallet: new SpotWallet(options.balances ?? { USD: '100000000', BTC: '1000' }),
    commission: takenFromQuote('0.006'),
    now,
  });
  const context = { book, now, permissions: options.permissions ?? { canTrade: true, canTransfer: false } };
  const key = createPublicKey(secret);
  const server = await startProtocolServer(
    {
      voice: VOICE,
      answer: (sent) => answer(context, { key, name: credentials.apiKey }, sent),
      streams: coinbaseStreams(book, (jwt) => isToken({ key, name: credentials.apiKey }, jwt, null, now())),
    },
    options.port,
  );
  return {
    ...server,
    book,
    credentials,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
  };
}

/** The private half of an API key, as Coinbase hands it out. */
export function newSecret(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** The book's refusals as reasons of an order that was not made. */
const REASONS: Readonly<Record<BookRefusalReason, string>> = {
  unknown_symbol: 'INVALID_PRODUCT_ID',
  duplicate: 'UNKNOWN_FAILURE_REASON',
  would_match: 'INVALID_LIMIT_PRICE_POST_ONLY',
  would_trigger: 'PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE',
  insufficient_funds: 'INSUFFICIENT_FUND',
  would_open: 'INVALID_REQUEST',
};

function answer(context: EndpointContext, keys: Keys, sent: SentRequest): ProtocolReply {
  try {
    const endpoint = endpointFor(sent);
    if (!endpoint) return say(404, { error: 'NOT_FOUND', message: 'no such resource', error_details: '' });
    if (endpoint.signed && !isAuthentic(keys, sent, context.now())) return { status: 401, text: 'Unauthorized\n' };
    return say(200, endpoint.run(context, sent));
  } catch (error) {
    if (error instanceof CoinbaseError)
      return say(error.status, { error: error.code, message: error.message, error_details: error.message });
    if (error instanceof NotMadeError) return say(200, notMade(error.reason));
    if (error instanceof BookRefusal) return say(200, notMade(REASONS[error.reason]));
    throw error;
  }
}

function say(status: number, body: unknown): ProtocolReply {
  return { status, text: JSON.stringify(body) };
}

/** What was not made is told with HTTP 200. Reasons that come of the preview are told in a field of their own. */
function notMade(reason: string): unknown {
  const preview = reason.startsWith('PREVIEW_');
  const error_response = {
    error: preview ? 'UNKNOWN_FAILURE_REASON' : reason,
    message: '',
    error_details: '',
    preview_failure_reason: preview ? reason : 'UNKNOWN_PREVIEW_FAILURE_REASON',
  };
  return { success: false, error_response, order_configuration: {} };
}

interface Keys {
  readonly key: KeyObject;
  /** Name of the API key, which a token's subject must be. */
  readonly name: string;
}

/** A bearer token signed with ES256, for this very method and path, within its time. */
function isAuthentic(keys: Keys, { method, path, headers }: SentRequest, nowMs: number): boolean {
  return isToken(keys, (headers.authorization ?? '').replace('Bearer ', ''), `${method} api.coinbase.com${path}`, nowMs);
}

/** `wantedUri` null: of a stream, which names none. */
function isToken({ key, name }: Keys, token: string, wantedUri: string | null, nowMs: number): boolean {
  const [head, payload, signature] = token.split('.');
  if (!head || !payload || !signature) return false;
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${payload}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const { sub, uri, nbf, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
  const seconds = nowMs / 1000;
  return signed && sub === name && (wantedUri === null || uri === wantedUri) && Number(nbf) <= seconds + 1 && Number(exp) > seconds;
}

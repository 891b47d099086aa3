import { createHmac } from 'node:crypto';
import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { SpotWallet, takenFromReceived } from '../venue/spotWallet.ts';
import { BitgetError, ENDPOINTS, type EndpointContext, type SpotBook } from './bitgetEndpoints.ts';

export interface BitgetServerOptions {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  /** What the API key may do, in the venue's words. */
  readonly authorities?: readonly string[];
}

export interface BitgetServer extends ProtocolServer {
  readonly book: SpotBook;
  readonly credentials: { readonly apiKey: string; readonly secret: string; readonly password: string };
  setClockOffset(ms: number): void;
}

function symbol(base: string, price: string, stepSize: string): SymbolRules {
  const digits = stepSize.length - 2;
  return {
    symbol: `${base}USDT`,
    base,
    quote: 'USDT',
    tickSize: '0.01',
    stepSize,
    minQty: '0',
    minNotional: '5',
    basePrecision: digits,
    price,
  };
}

const DEFAULT_SYMBOLS = [symbol('BTC', '50000', '0.000001'), symbol('ETH', '2500', '0.0001'), symbol('SOL', '150', '0.001')];
/** api-doc/common/signature: further away from the server's time a request is refused. */
const WINDOW_MS = 30_000;

const VOICE: Voice = {
  slowDown: '{"code":"429","msg":"Too Many Requests","requestTime":0,"data":null}',
  refusal: (code, msg) => JSON.stringify({ code: String(code), msg, requestTime: 0, data: null }),
};

/** A real HTTP server that speaks Bitget's v2 spot REST protocol (classic account) and can be told to fail. */
export async function startBitgetServer(options: BitgetServerOptions = {}): Promise<BitgetServer> {
  const credentials = { apiKey: 'bg_test-api-key', secret: 'test-api-secret', password: 'test-passphrase' };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new MatchingBook({
    symbols: options.symbols ?? DEFAULT_SYMBOLS,
    wallet: new SpotWallet(options.balances ?? { USDT: '100000000', BTC: '1000' }),
    commission: takenFromReceived('0.001'),
    postOnly: 'cancel',
    now,
  });
  const context = { book, now, authorities: options.authorities ?? ['stow', 'stor'] };
  const server = await startProtocolServer({ voice: VOICE, answer: (sent) => answer(context, credentials, sent) }, options.port);
  return {
    ...server,
    book,
    credentials,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
  };
}

/** The book's refusals in Bitget's words. */
const REFUSALS: Readonly<Record<BookRefusalReason, readonly [code: string, msg: string]>> = {
  unknown_symbol: ['40034', 'Parameter symbol does not exist'],
  duplicate: ['40786', 'Duplicate clientOid'],
  would_match: ['40017', 'post only'],
  would_trigger: ['40017', 'trigger price'],
  insufficient_funds: ['43012', 'Insufficient balance'],
  would_open: ['22002', 'No position to close'],
};

function answer(context: EndpointContext, credentials: BitgetServer['credentials'], sent: SentRequest): ProtocolReply {
  const requestTime = context.now();
  const say = (status: number, code: string, msg: string, data: unknown): ProtocolReply => ({
    status,
    text: JSON.stringify({ code, msg, requestTime, data }),
  });
  try {
    const endpoint = ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return say(404, '40404', 'Request URL NOT FOUND', null);
    if (endpoint.signed) checkSignature(credentials, sent, requestTime);
    const params = sent.body === '' ? sent.params : (JSON.parse(sent.body) as Record<string, string>);
    return say(200, '00000', 'success', endpoint.run(context, params));
  } catch (error) {
    if (error instanceof BitgetError) return say(error.status, error.code, error.message, null);
    if (error instanceof BookRefusal) return say(400, ...REFUSALS[error.reason], null);
    throw error;
  }
}

/** base64(HMAC-SHA256(timestamp + METHOD + path + query + body)), within 30 s. */
function checkSignature(keys: BitgetServer['credentials'], { method, path, query, body, headers }: SentRequest, serverTime: number): void {
  if (headers['access-key'] !== keys.apiKey) throw new BitgetError('40006', 'Invalid ACCESS_KEY');
  if (headers['access-passphrase'] !== keys.password) throw new BitgetError('40012', 'apikey/password is incorrect');
  const timestamp = String(headers['access-timestamp']);
  if (Math.abs(serverTime - Number(timestamp)) > WINDOW_MS) throw new BitgetError('40008', 'Request timestamp expired');
  const payload = `${timestamp}${method}${path}${query === '' ? '' : `?${decodeURIComponent(query)}`}${body}`;
  const expected = createHmac('sha256', keys.secret).update(payload).digest('base64');
  if (headers['access-sign'] !== expected) throw new BitgetError('40009', 'sign signature error');
}

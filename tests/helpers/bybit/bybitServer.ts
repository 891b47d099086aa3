import { createHmac } from 'node:crypto';
import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { SpotWallet, takenFromQuote, takenFromReceived } from '../venue/spotWallet.ts';
import type { BybitAccountSettings, BybitBook, BybitContext, Settlement, Terms } from './bybitContext.ts';
import { ENDPOINTS } from './bybitEndpoints.ts';
import { BybitError } from './bybitError.ts';
import { closeByVenue, payFunding } from './bybitLists.ts';
import { bybitStreams } from './bybitStreams.ts';

export interface BybitServerOptions {
  readonly port?: number;
  /** Which half of the account is played. */
  readonly category?: 'spot' | 'linear';
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  readonly account?: Partial<BybitAccountSettings>;
  /** Orders a second before 10006; none unless told. */
  readonly createsPerSecond?: number;
}

export interface BybitServer extends ProtocolServer {
  readonly book: BybitBook;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  /** May be changed while it runs, as at the venue's own pages. */
  readonly account: BybitAccountSettings;
  setClockOffset(ms: number): void;
  /** The next order is taken, and rejected a moment later for this reason (`EC_…`). */
  rejectNext(reason: string): void;
  /** Orders that have ended are told by their history alone from now on. */
  restart(): void;
  /** A funding payment, whatever is held; positive is received. */
  settle(payment: Settlement): void;
  /** Closes what is held of a symbol: a liquidation, or auto-deleveraging. */
  closeByVenue(symbol: string, how: 'BustTrade' | 'AdlTrade'): void;
  /** Pays `rate` of what each position is worth: longs pay when it is positive. */
  payFunding(rate: string, symbol?: string): void;
}

const DEFAULT_ACCOUNT: BybitAccountSettings = {
  unifiedMarginStatus: 5,
  marginMode: 'REGULAR_MARGIN',
  hedgeMode: false,
  readOnly: false,
  ips: ['127.0.0.1'],
  permissions: {
    ...{ ContractTrade: ['Order', 'Position'], Spot: ['SpotTrade'], Wallet: ['AccountTransfer'], Options: ['OptionsTrade'] },
    ...{ Derivatives: ['DerivativesTrade'], CopyTrading: [], BlockTrade: [], Exchange: ['ExchangeHistory'], NFT: [] },
  },
};

function symbol(base: string, price: string, rules: Partial<SymbolRules>): SymbolRules {
  const common = { symbol: `${base}USDT`, base, quote: 'USDT', tickSize: '0.01', minNotional: '5', basePrecision: 8, price };
  return { ...common, stepSize: '0.000001', minQty: '0.000001', ...rules };
}

const SYMBOLS = {
  spot: [symbol('BTC', '50000', {}), symbol('ETH', '2500', {}), symbol('SOL', '150', { stepSize: '0.001', minQty: '0.001' })],
  linear: [
    symbol('BTC', '50000', { tickSize: '0.10', stepSize: '0.001', minQty: '0.001' }),
    symbol('ETH', '2500', { stepSize: '0.01', minQty: '0.01' }),
  ],
} as const;

const reply = (retCode: number, retMsg: string, result: unknown, time: number): string =>
  JSON.stringify({ retCode, retMsg, result, retExtInfo: {}, time });

const VOICE: Voice = {
  slowDown: reply(429, 'The trading service is experiencing a high server load.', {}, 0),
  refusal: (code, msg) => reply(Number(code), msg, {}, 0),
};

/** A real HTTP server that speaks Bybit's v5 REST protocol for one half of a unified trading account, and can be told to fail. */
export async function startBybitServer(options: BybitServerOptions = {}): Promise<BybitServer> {
  const { category = 'spot', balances = { USDT: '100000000', BTC: '1000' } } = options;
  const credentials = { apiKey: 'bybit-test-api-key', secret: 'bybit-test-api-secret' };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book: BybitBook = new MatchingBook<SpotWallet | MarginWallet>({
    symbols: options.symbols ?? SYMBOLS[category],
    wallet: category === 'spot' ? new SpotWallet(balances) : new MarginWallet('USDT', balances.USDT ?? '0'),
    commission: category === 'spot' ? takenFromReceived('0.001') : takenFromQuote('0.00055'),
    postOnly: 'cancel',
    now,
  });
  const account = { ...DEFAULT_ACCOUNT, ...options.account };
  const context: BybitContext = {
    ...{ category, book, now, account, rejections: [], rejected: new Map(), settlements: [], byVenue: new Map() },
    ...{ restartedAt: 0, createsPerSecond: options.createsPerSecond ?? Number.POSITIVE_INFINITY, creates: [] },
  };
  const server = await startProtocolServer(
    { voice: VOICE, answer: (sent) => answer(context, credentials, sent), streams: bybitStreams(context, credentials) },
    options.port,
  );
  return {
    ...server,
    book,
    credentials,
    account,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    rejectNext: (reason) => void context.rejections.push(reason),
    restart: () => {
      context.restartedAt = now() + 1;
    },
    settle: (payment) => void context.settlements.push(payment),
    closeByVenue: (symbol, how) => closeByVenue(context, symbol, how),
    payFunding: (rate, symbol) => payFunding(context, rate, symbol),
  };
}

/** The same for perpetuals, one-way unless told. */
export function startBybitSwapServer(options: BybitServerOptions = {}): Promise<BybitServer> {
  return startBybitServer({ ...options, category: 'linear' });
}

/** The book's refusals in Bybit's words, spot's and perpetuals'. */
const REFUSALS: Readonly<Record<BookRefusalReason, Readonly<Record<'spot' | 'linear', readonly [code: number, msg: string]>>>> = {
  unknown_symbol: { spot: [170121, 'Invalid symbol.'], linear: [10001, 'params error: symbol invalid'] },
  duplicate: { spot: [170141, 'Duplicate clientOrderId.'], linear: [110072, 'OrderLinkedID is duplicate'] },
  would_match: { spot: [170218, 'The LIMIT-MAKER order is rejected due to invalid price.'], linear: [10001, 'post only'] },
  would_trigger: { spot: [170130, "Data sent for parameter 'triggerPrice' is not valid."], linear: [110092, 'expect Rising'] },
  insufficient_funds: { spot: [170131, 'Insufficient balance.'], linear: [110007, 'ab not enough for new order'] },
  would_open: {
    spot: [170130, 'reduceOnly'],
    linear: [110017, 'current position is zero, cannot fix reduce-only order qty'],
  },
};

function answer(context: BybitContext, credentials: BybitServer['credentials'], sent: SentRequest): ProtocolReply {
  const time = context.now();
  const headers = { 'x-bapi-limit': '20', 'x-bapi-limit-status': '19', 'x-bapi-limit-reset-timestamp': String(time) };
  const say = (code: number, msg: string, result: unknown, more = {}): ProtocolReply => ({
    ...{ status: 200, headers: { ...headers, ...more }, text: reply(code, msg, result, time) },
  });
  try {
    const endpoint = ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return { status: 404, text: '404 page not found' };
    if (endpoint.signed) checkSignature(credentials, sent, time);
    const terms = sent.method === 'POST' ? (JSON.parse(sent.body) as Terms) : sent.params;
    return say(0, 'OK', endpoint.run(context, terms));
  } catch (error) {
    if (error instanceof BybitError) return say(error.code, error.message, {}, error.headers);
    if (error instanceof BookRefusal) return say(...REFUSALS[error.reason][context.category], {});
    throw error;
  }
}

/** docs/v5/guide: hex of HMAC-SHA256(timestamp + key + recv_window + query or body), and a time neither too old nor a second ahead. */
function checkSignature(keys: BybitServer['credentials'], { query, body, headers }: SentRequest, serverTime: number): void {
  const header = (name: string): string => String(headers[`x-bapi-${name}`] ?? '');
  if (header('api-key') !== keys.apiKey) throw new BybitError(10003, 'API key is invalid.');
  const timestamp = Number(header('timestamp'));
  const window = Number(header('recv-window') || '5000');
  if (!(serverTime - window <= timestamp && timestamp < serverTime + 1_000))
    throw new BybitError(
      10002,
      `invalid request, please check your server timestamp or recv_window param. req_timestamp[${timestamp}],server_timestamp[${serverTime}],recv_window[${window}]`,
    );
  const signedText = `${header('timestamp')}${keys.apiKey}${header('recv-window')}${query}${body}`;
  const expected = createHmac('sha256', keys.secret).update(signedText).digest('hex');
  if (header('sign') !== expected) throw new BybitError(10004, 'error sign! please check your signature generation algorithm.');
}

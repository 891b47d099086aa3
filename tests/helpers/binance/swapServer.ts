import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { takenFromQuote } from '../venue/spotWallet.ts';
import { BinanceError } from './binanceError.ts';
import { BINANCE_VOICE, spotSymbol } from './binanceServer.ts';
import { swapStreams } from './binanceStreams.ts';
import { withLongIds, withShortIds } from './longIds.ts';
import { checkSignature } from './spotRequests.ts';
import { closeByVenue, payFunding } from './swapAccount.ts';
import type { SwapBook, SwapContext } from './swapContext.ts';
import { SWAP_ENDPOINTS } from './swapEndpoints.ts';

export interface BinanceSwapServerOptions {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balance?: string;
  /** Long and short side by side. */
  readonly hedgeMode?: boolean;
  readonly canTrade?: boolean;
  /** Ids beyond 2^53. */
  readonly longIds?: boolean;
  /** What of GET /sapi/v1/account/apiRestrictions is not as it should be. */
  readonly key?: Partial<SwapContext['key']>;
}

export interface BinanceSwapServer extends ProtocolServer {
  readonly book: SwapBook;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  setClockOffset(ms: number): void;
  /** Pays `rate` of what each position is worth (longs pay when it is positive), all of them in one transaction. */
  payFunding(rate: string, symbol?: string): void;
  /** The owner switches the account; what is open stays what it is. */
  setHedgeMode(on: boolean): void;
  /** Closes the positions of a symbol the way the venue does. */
  closeByVenue(symbol: string, cause: 'liquidation' | 'adl'): void;
}

const swapRules = { tickSize: '0.10', stepSize: '0.001', minQty: '0.001', minNotional: '5', basePrecision: 8 };
const DEFAULT_SYMBOLS: readonly SymbolRules[] = [
  spotSymbol('BTC', 'USDT', '50000', swapRules),
  spotSymbol('ETH', 'USDT', '2500', { ...swapRules, tickSize: '0.01' }),
];

const GOOD_KEY = { ipRestrict: true, enableReading: true, enableFutures: true, enableWithdrawals: false };

/** A real HTTP server that speaks the REST protocol of Binance's USDⓈ-M futures and can be told to fail. One account, one-way unless told. */
export async function startBinanceSwapServer(options: BinanceSwapServerOptions = {}): Promise<BinanceSwapServer> {
  const credentials = { apiKey: 'test-api-key', secret: 'test-api-secret' };
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new MatchingBook({
    symbols: options.symbols ?? DEFAULT_SYMBOLS,
    wallet: new MarginWallet('USDT', options.balance ?? '100000000'),
    commission: takenFromQuote('0.0005'),
    now,
  });
  const context: SwapContext = {
    book,
    now,
    hedgeMode: options.hedgeMode ?? false,
    canTrade: options.canTrade ?? true,
    longIds: options.longIds ?? false,
    income: [],
    key: { ...GOOD_KEY, ...options.key },
  };
  const server = await startProtocolServer(
    { voice: BINANCE_VOICE, answer: (sent) => answer(context, credentials, sent), streams: swapStreams(book) },
    options.port,
  );
  return {
    ...server,
    book,
    credentials,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    setHedgeMode: (on) => {
      context.hedgeMode = on;
    },
    payFunding: (rate, symbol) => payFunding(context, rate, symbol),
    closeByVenue: (symbol, cause) => closeByVenue(context, symbol, cause),
  };
}

/** The book's refusals in Binance's words. */
const REFUSALS: Readonly<Record<BookRefusalReason, readonly [code: number, msg: string]>> = {
  unknown_symbol: [-1121, 'Invalid symbol.'],
  duplicate: [-4116, 'ClientOrderId is duplicated.'],
  would_match: [-5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected.'],
  would_trigger: [-2021, 'Order would immediately trigger.'],
  insufficient_funds: [-2019, 'Margin is insufficient.'],
  would_open: [-2022, 'ReduceOnly Order is rejected.'],
};

function answer(context: SwapContext, credentials: BinanceSwapServer['credentials'], sent: SentRequest): ProtocolReply {
  const refusal = (status: number, code: number, msg: string): ProtocolReply => ({ status, text: JSON.stringify({ code, msg }) });
  try {
    const endpoint = SWAP_ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return refusal(404, -1099, 'Not found, authenticated, or authorized');
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

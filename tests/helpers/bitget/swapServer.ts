import type { SymbolRules } from '../venue/bookTypes.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolServer, startProtocolServer } from '../venue/protocolServer.ts';
import { takenFromQuote } from '../venue/spotWallet.ts';
import { answer, type BitgetAccess, CREDENTIALS, VOICE } from './bitgetAccess.ts';
import { bitgetStreams } from './bitgetStreams.ts';
import { pushedOrder } from './pushedOrders.ts';
import { payFunding, SWAP_ENDPOINTS, type SwapContext } from './swapEndpoints.ts';
import type { SwapBook } from './swapReplies.ts';

export interface BitgetSwapServerOptions extends Partial<Pick<BitgetAccess, 'unified' | 'demo'>> {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balance?: string;
  /** Long and short side by side. */
  readonly hedgeMode?: boolean;
  /** What the API key may do, in the venue's words. */
  readonly authorities?: readonly string[];
}

export interface BitgetSwapServer extends ProtocolServer {
  readonly book: SwapBook;
  readonly credentials: typeof CREDENTIALS;
  setClockOffset(ms: number): void;
  /** Somebody switches it by hand. */
  setHedgeMode(hedged: boolean): void;
  /** Pays `rate` of what each position is worth, longs to shorts. */
  payFunding(rate: string, symbol?: string): void;
}

function symbol(base: string, price: string, tickSize: string, stepSize: string): SymbolRules {
  const digits = stepSize.length - 2;
  return {
    symbol: `${base}USDT`,
    base,
    quote: 'USDT',
    tickSize,
    stepSize,
    minQty: stepSize,
    minNotional: '5',
    basePrecision: digits,
    price,
  };
}

const DEFAULT_SYMBOLS = [
  symbol('BTC', '50000', '0.1', '0.0001'),
  symbol('ETH', '2500', '0.01', '0.01'),
  symbol('SOL', '150', '0.001', '0.1'),
];

/**
 * A real HTTP server that speaks Bitget's v2 REST protocol of perpetuals margined in USDT (classic account) and can be told to fail. One
 * account, one-way unless told.
 */
export async function startBitgetSwapServer(options: BitgetSwapServerOptions = {}): Promise<BitgetSwapServer> {
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const book = new MatchingBook({
    symbols: options.symbols ?? DEFAULT_SYMBOLS,
    wallet: new MarginWallet('USDT', options.balance ?? '100000000'),
    commission: takenFromQuote('0.0006'),
    postOnly: 'cancel',
    now,
  });
  const authorities = options.authorities ?? ['coow', 'cpow', 'stor'];
  const context: SwapContext = { book, now, authorities, hedgeMode: options.hedgeMode ?? false, bills: [] };
  const access = { now, unified: options.unified ?? false, demo: options.demo ?? false };
  const server = await startProtocolServer(
    {
      voice: VOICE,
      answer: (sent) => answer(SWAP_ENDPOINTS, context, access, sent),
      streams: bitgetStreams(book, CREDENTIALS, 'USDT-FUTURES', pushedOrder),
    },
    options.port,
  );
  return {
    ...server,
    book,
    credentials: CREDENTIALS,
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    setHedgeMode: (hedged) => {
      context.hedgeMode = hedged;
    },
    payFunding: (rate, symbol) => payFunding(context, rate, symbol),
  };
}

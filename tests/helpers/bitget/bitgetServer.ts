import type { SymbolRules } from '../venue/bookTypes.ts';
import { MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolServer, startProtocolServer } from '../venue/protocolServer.ts';
import { SpotWallet, takenFromReceived } from '../venue/spotWallet.ts';
import { answer, type BitgetAccess, CREDENTIALS, VOICE } from './bitgetAccess.ts';
import { ENDPOINTS } from './bitgetEndpoints.ts';
import { bitgetStreams } from './bitgetStreams.ts';
import { pushedOrder } from './pushedOrders.ts';
import type { SpotBook } from './spotReplies.ts';

export interface BitgetServerOptions extends Partial<Pick<BitgetAccess, 'unified' | 'demo'>> {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
  /** What the API key may do, in the venue's words. */
  readonly authorities?: readonly string[];
}

export interface BitgetServer extends ProtocolServer {
  readonly book: SpotBook;
  readonly credentials: typeof CREDENTIALS;
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

/** A real HTTP server that speaks Bitget's v2 spot REST protocol (classic account) and can be told to fail. */
export async function startBitgetServer(options: BitgetServerOptions = {}): Promise<BitgetServer> {
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
  const access = { now, unified: options.unified ?? false, demo: options.demo ?? false };
  const server = await startProtocolServer(
    {
      voice: VOICE,
      answer: (sent) => answer(ENDPOINTS, context, access, sent),
      streams: bitgetStreams(book, CREDENTIALS, 'SPOT', pushedOrder),
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
  };
}

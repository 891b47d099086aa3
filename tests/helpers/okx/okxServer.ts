import { createHmac } from 'node:crypto';
import { type Decimal, ZERO } from '../../../src/domain/money.ts';
import type { SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { MarginWallet } from '../venue/marginWallet.ts';
import { type BookWallet, MatchingBook } from '../venue/matchingBook.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { SpotWallet, takenFromQuote, takenFromReceived } from '../venue/spotWallet.ts';
import { ENDPOINTS } from './okxEndpoints.ts';
import { okxStreams } from './okxStreams.ts';
import { type FundingBill, type OkxAccount, type OkxContext, OkxError, OrderRefusal, type Params } from './okxTypes.ts';

export interface OkxServerOptions extends Partial<OkxAccount> {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  readonly balances?: Readonly<Record<string, string>>;
}

export interface OkxServer extends ProtocolServer {
  readonly book: MatchingBook<BookWallet>;
  readonly credentials: { readonly apiKey: string; readonly secret: string; readonly password: string };
  /** What was set, by instrument, margin mode and, where it was said, side. */
  readonly leverage: ReadonlyMap<string, string>;
  setClockOffset(ms: number): void;
  /** Books a funding fee of what is held: longs pay a positive rate, shorts get it. */
  payFunding(rate: string): void;
}

const rules = (symbol: string, base: string, price: string, stepSize: string, minQty: string): SymbolRules => {
  const basePrecision = stepSize.length - 2;
  return { symbol, base, quote: 'USDT', tickSize: '0.1', stepSize, minQty, minNotional: '0', basePrecision, price };
};
const SPOT = [rules('BTC-USDT', 'BTC', '50000', '0.00000001', '0.00001'), rules('ETH-USDT', 'ETH', '2500', '0.000001', '0.0001')];
/** A hundredth of a contract is the least, which is 0.01 BTC or 0.1 ETH. */
const SWAP = [rules('BTC-USDT-SWAP', 'BTC', '50000', '0.0001', '0.0001'), rules('ETH-USDT-SWAP', 'ETH', '2500', '0.001', '0.001')];
/** docs-v5, "Authentication": further away from the server's time a request is refused. */
const WINDOW_MS = 30_000;

const VOICE: Voice = {
  slowDown: '{"msg":"Too Many Requests","code":"50011","data":[]}',
  refusal: (code, msg) => JSON.stringify({ code: String(code), data: [], msg }),
};

/** A real HTTP server that speaks OKX's v5 REST protocol and can be told to fail. One account, of spot or of swaps in USDT. */
function startOkxServer(instType: OkxContext['instType'], options: OkxServerOptions): Promise<OkxServer> {
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const balances = options.balances ?? { USDT: '100000000', BTC: '1000' };
  const common = { now, postOnly: 'cancel' } as const;
  const book =
    instType === 'SPOT'
      ? new MatchingBook({
          ...common,
          symbols: options.symbols ?? SPOT,
          wallet: new SpotWallet(balances),
          commission: takenFromReceived('0.001'),
        })
      : new MatchingBook({
          ...common,
          symbols: options.symbols ?? SWAP,
          wallet: new MarginWallet('USDT', balances.USDT ?? '0'),
          commission: takenFromQuote('0.0005'),
        });
  const account: OkxAccount = {
    acctLv: options.acctLv ?? (instType === 'SPOT' ? '1' : '2'),
    posMode: options.posMode ?? 'net_mode',
    perm: options.perm ?? 'read_only,trade',
    enableSpotBorrow: options.enableSpotBorrow ?? false,
    demo: options.demo ?? false,
  };
  const bills: FundingBill[] = [];
  const context = { instType, book, account, bills, leverage: new Map<string, string>(), now };
  return serve(context, options.port, {
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    payFunding: (rate) => {
      for (const { symbol } of book.symbols) {
        const value = heldOf(book.wallet, symbol).mul(book.market(symbol).price);
        const pnl = value.mul(rate).neg().toFixed();
        if (!value.isZero()) bills.push({ billId: String(62_300_000 + bills.length), instId: symbol, pnl, ts: now() });
      }
    },
  });
}

export const startOkxSpotServer = (options: OkxServerOptions = {}): Promise<OkxServer> => startOkxServer('SPOT', options);
export const startOkxSwapServer = (options: OkxServerOptions = {}): Promise<OkxServer> => startOkxServer('SWAP', options);

function heldOf(wallet: BookWallet, symbol: string): Decimal {
  if (!(wallet instanceof MarginWallet)) return ZERO;
  return ([null, 'LONG', 'SHORT'] as const).reduce((sum, side) => sum.add(wallet.position(symbol, side).quantity), ZERO);
}

async function serve(
  context: OkxContext,
  port: number | undefined,
  hands: Pick<OkxServer, 'setClockOffset' | 'payFunding'>,
): Promise<OkxServer> {
  const credentials = { apiKey: 'okx-test-api-key', secret: 'test-api-secret', password: 'test-passphrase' };
  const server = await startProtocolServer(
    { voice: VOICE, answer: (sent) => answer(context, credentials, sent), streams: okxStreams(context, credentials) },
    port,
  );
  return { ...server, ...hands, book: context.book as MatchingBook<BookWallet>, credentials, leverage: context.leverage };
}

function answer(context: OkxContext, credentials: OkxServer['credentials'], sent: SentRequest): ProtocolReply {
  const inTime = String(context.now() * 1000);
  const say = (status: number, code: string, msg: string, data: readonly unknown[]): ProtocolReply => ({
    status,
    text: JSON.stringify({ code, data, msg, inTime, outTime: inTime }),
  });
  try {
    const endpoint = ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return say(404, '404', 'Invalid URL', []);
    if (endpoint.signed) checkAccess(context, credentials, sent);
    if (sent.method === 'POST' && sent.path === '/api/v5/trade/order') checkDeadline(context, sent);
    const params = sent.body === '' ? sent.params : (JSON.parse(sent.body) as Params);
    return say(200, '0', '', endpoint.run(context, params));
  } catch (error) {
    if (error instanceof OrderRefusal)
      return say(200, '1', 'All operations failed', [{ ...error.row, sCode: error.code, sMsg: error.message }]);
    if (error instanceof OkxError) return say(error.status, error.code, error.message, []);
    throw error;
  }
}

/** base64(HMAC-SHA256(timestamp + METHOD + path + query + body)), within 30 s; demo keys only for demo trading. */
function checkAccess({ account, now }: OkxContext, keys: OkxServer['credentials'], sent: SentRequest): void {
  const { method, path, query, body, headers } = sent;
  if (headers['ok-access-key'] !== keys.apiKey) throw new OkxError('50111', 'Invalid OK-ACCESS-KEY.', 401);
  if (headers['ok-access-passphrase'] !== keys.password)
    throw new OkxError('50105', 'Request header "OK-ACCESS-PASSPHRASE" incorrect.', 401);
  if ((headers['x-simulated-trading'] === '1') !== account.demo)
    throw new OkxError('50101', 'APIKey does not match current environment.', 401);
  const timestamp = String(headers['ok-access-timestamp']);
  const at = Date.parse(timestamp);
  if (Number.isNaN(at)) throw new OkxError('50112', 'Invalid OK-ACCESS-TIMESTAMP.', 401);
  if (Math.abs(now() - at) > WINDOW_MS) throw new OkxError('50102', 'Timestamp request expired.', 401);
  const payload = `${timestamp}${method}${path}${query === '' ? '' : `?${query}`}${body}`;
  if (headers['ok-access-sign'] !== createHmac('sha256', keys.secret).update(payload).digest('base64'))
    throw new OkxError('50113', 'Invalid signature.', 401);
}

/** docs-v5, "Transaction timeouts": past its `expTime` an order is not processed. */
function checkDeadline({ now }: OkxContext, { headers }: SentRequest): void {
  const deadline = headers.exptime;
  if (deadline !== undefined && Number(deadline) < now())
    throw new OkxError('50036', "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.");
}

import { BookRefusal, type BookRefusalReason, type SymbolRules } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import { type ProtocolReply, type ProtocolServer, type SentRequest, startProtocolServer } from '../venue/protocolServer.ts';
import { checkAccess, readParams } from './krakenAccess.ts';
import { KrakenBook } from './krakenBook.ts';
import { endPending } from './krakenCancels.ts';
import { type KrakenAccount, type KrakenContext, type Params, PERMISSIONS } from './krakenContext.ts';
import { ENDPOINTS, type Endpoint } from './krakenEndpoints.ts';
import { KrakenError } from './krakenError.ts';
import { createLimits, type LimitOptions } from './krakenLimits.ts';
import { krakenStreams } from './krakenStreams.ts';

export interface KrakenServerOptions {
  readonly port?: number;
  readonly symbols?: readonly SymbolRules[];
  /** By ids of assets: `ZUSD`, `XXBT`. */
  readonly balances?: Readonly<Record<string, string>>;
  readonly account?: Partial<KrakenAccount>;
  readonly limits?: LimitOptions;
  /** What becomes of a post-only order that would take: taken and canceled, unless told. */
  readonly postOnly?: 'refuse' | 'cancel';
}

export interface KrakenServer extends ProtocolServer {
  readonly book: KrakenBook;
  readonly credentials: { readonly apiKey: string; readonly secret: string };
  /** May be changed while it runs, as at the venue's own pages. */
  readonly account: KrakenAccount;
  readonly system: KrakenContext['system'];
  /** Parameters that were sent and read over, as `AddOrder.name`. */
  readonly junk: readonly string[];
  setClockOffset(ms: number): void;
  /** The next so many answers of the histories (ClosedOrders, TradesHistory) come without what they are asked for. */
  lagHistory(answers: number): void;
  /** Cancels are taken from now on but wait, so that orders may fill meanwhile; `false` carries them out. */
  holdCancels(on: boolean): void;
  /** Says `W…` beside the next answer, which is none the worse for it. */
  warnNext(words: string): void;
}

const reply = (error: readonly string[], result?: unknown): string =>
  JSON.stringify({ error, ...(result === undefined ? {} : { result }) });

/** A refusal may be told whole, or as its class and its words. */
const VOICE: Voice = {
  slowDown: reply(['EAPI:Rate limit exceeded']),
  refusal: (code, words) => reply([words === '' ? String(code) : `${code}:${words}`]),
};

/** Money, names and rights an account begins with. */
const BALANCES = { ZUSD: '100000000', USDT: '100000000', XXBT: '1000' };
const RIGHTS = PERMISSIONS.filter((right) => !['withdraw-funds', 'add-funds', 'earn-funds', 'export-data'].includes(right));

/** A real HTTP server that speaks Kraken's spot REST protocol and its WebSocket v2, and can be told to fail. */
export async function startKrakenServer(options: KrakenServerOptions = {}): Promise<KrakenServer> {
  let clockOffset = 0;
  const now = (): number => Date.now() + clockOffset;
  const { symbols, balances = BALANCES, postOnly = 'cancel' } = options;
  const book = new KrakenBook({ ...(symbols && { symbols }), balances, postOnly, now });
  const credentials = { apiKey: 'kraken-test-api-key', secret: Buffer.from('kraken-test-api-secret').toString('base64') };
  const account: KrakenAccount = { permissions: RIGHTS, ipAllowlist: ['127.0.0.1'], nonceWindow: 0, validUntil: 0, ...options.account };
  const context: KrakenContext = {
    ...{
      book,
      now,
      account,
      apiKey: credentials.apiKey,
      system: { status: 'online' },
      tokens: new Map(),
      junk: [],
      historyLag: 0,
      pendingCancels: null,
      warnings: [],
    },
    limits: createLimits(options.limits ?? {}, now),
    nonces: { last: -1n, used: new Set() },
  };
  const server = await startProtocolServer(
    { voice: VOICE, answer: (sent) => answer(context, credentials.secret, sent), streams: krakenStreams(context) },
    options.port,
  );
  return {
    ...{ ...server, book, credentials, account, system: context.system, junk: context.junk },
    setClockOffset: (ms) => {
      clockOffset = ms;
    },
    lagHistory: (answers) => {
      context.historyLag = answers;
    },
    warnNext: (words) => void context.warnings.push(words),
    holdCancels: (on) => {
      if (on) context.pendingCancels ??= [];
      else endPending(context);
    },
  };
}

/** The book's refusals in Kraken's words. */
const REFUSALS: Readonly<Record<BookRefusalReason, string>> = {
  unknown_symbol: 'EQuery:Unknown asset pair',
  duplicate: 'EGeneral:Invalid arguments:cl_ord_id not unique',
  would_match: 'EOrder:Post only order',
  would_trigger: 'EOrder:Invalid price',
  insufficient_funds: 'EOrder:Insufficient funds',
  would_open: 'EOrder:Reduce only:No position exists',
};

/** Every refusal comes with HTTP 200. */
function answer(context: KrakenContext, secret: string, sent: SentRequest): ProtocolReply {
  try {
    const endpoint = ENDPOINTS.get(`${sent.method} ${sent.path}`);
    if (!endpoint) throw new KrakenError('EGeneral:Unknown method');
    const params = readParams(sent);
    if (endpoint.rights) checkAccess(context, secret, endpoint, sent, params);
    context.limits.spendCall(endpoint.cost);
    noteJunk(context, endpoint, sent.path, params);
    context.book.expire();
    const result = endpoint.run(context, params);
    return { status: 200, text: reply(context.warnings.splice(0, 1), result) };
  } catch (error) {
    if (error instanceof KrakenError) return { status: 200, text: reply([error.message]) };
    if (error instanceof BookRefusal) return { status: 200, text: reply([REFUSALS[error.reason]]) };
    throw error;
  }
}

function noteJunk({ junk }: KrakenContext, { known }: Endpoint, path: string, params: Params): void {
  for (const name of Object.keys(params))
    if (!known.has(name) && !name.startsWith('close[')) junk.push(`${path.split('/').at(-1)}.${name}`);
}

import { createHmac } from 'node:crypto';
import { BookRefusal, type BookRefusalReason } from '../venue/bookTypes.ts';
import type { Voice } from '../venue/faults.ts';
import type { ProtocolReply, SentRequest } from '../venue/protocolServer.ts';
import { BitgetError, type Endpoint } from './bitgetProtocol.ts';

export const CREDENTIALS = { apiKey: 'bg_test-api-key', secret: 'test-api-secret', password: 'test-passphrase' } as const;

export const VOICE: Voice = {
  slowDown: '{"code":"429","msg":"Too Many Requests","requestTime":0,"data":null}',
  refusal: (code, msg) => JSON.stringify({ code: String(code), msg, requestTime: 0, data: null }),
};

/** What kind of account the key is of. */
export interface BitgetAccess {
  readonly now: () => number;
  /** A unified trading account: no classic endpoint serves it. */
  readonly unified: boolean;
  /** A key of demo trading: it fits only requests that say so. */
  readonly demo: boolean;
}

/** api-doc/common/signature: further away from the server's time a request is refused. */
const WINDOW_MS = 30_000;

/** The book's refusals in Bitget's words. */
const REFUSALS: Readonly<Record<BookRefusalReason, readonly [code: string, msg: string]>> = {
  unknown_symbol: ['40034', 'Parameter symbol does not exist'],
  duplicate: ['40786', 'Duplicate clientOid'],
  would_match: ['40017', 'post only'],
  would_trigger: ['40017', 'trigger price'],
  insufficient_funds: ['43012', 'Insufficient balance'],
  would_open: ['22002', 'No position to close'],
};

/** Either market's answer to a request, in the envelope both share. */
export function answer<C>(endpoints: ReadonlyMap<string, Endpoint<C>>, context: C, access: BitgetAccess, sent: SentRequest): ProtocolReply {
  const requestTime = access.now();
  const say = (status: number, code: string, msg: string, data: unknown): ProtocolReply => ({
    status,
    text: JSON.stringify({ code, msg, requestTime, data }),
  });
  try {
    const endpoint = endpoints.get(`${sent.method} ${sent.path}`);
    if (!endpoint) return say(404, '40404', 'Request URL NOT FOUND', null);
    if (endpoint.signed) checkAccess(access, sent);
    const params = sent.body === '' ? sent.params : (JSON.parse(sent.body) as Record<string, string>);
    return say(200, '00000', 'success', endpoint.run(context, params));
  } catch (error) {
    if (error instanceof BitgetError) return say(error.status, error.code, error.message, null);
    if (error instanceof BookRefusal) return say(400, ...REFUSALS[error.reason], null);
    throw error;
  }
}

/** A unified account is told so before its signature is looked at. */
function checkAccess({ unified, demo, now }: BitgetAccess, sent: SentRequest): void {
  if (unified && !sent.path.startsWith('/api/v3/'))
    throw new BitgetError('40085', 'You are in Unified Account mode, and the Classic Account API is not supported at this time');
  checkSignature(sent, now());
  if ((sent.headers.paptrading === '1') !== demo) throw new BitgetError('40099', 'exchange environment is incorrect');
}

/** base64(HMAC-SHA256(timestamp + METHOD + path + query + body)), within 30 s. */
function checkSignature({ method, path, query, body, headers }: SentRequest, serverTime: number): void {
  if (headers['access-key'] !== CREDENTIALS.apiKey) throw new BitgetError('40006', 'Invalid ACCESS_KEY');
  if (headers['access-passphrase'] !== CREDENTIALS.password) throw new BitgetError('40012', 'apikey/password is incorrect');
  const timestamp = String(headers['access-timestamp']);
  if (Math.abs(serverTime - Number(timestamp)) > WINDOW_MS) throw new BitgetError('40008', 'Request timestamp expired');
  const payload = `${timestamp}${method}${path}${query === '' ? '' : `?${decodeURIComponent(query)}`}${body}`;
  const expected = createHmac('sha256', CREDENTIALS.secret).update(payload).digest('base64');
  if (headers['access-sign'] !== expected) throw new BitgetError('40009', 'sign signature error');
}

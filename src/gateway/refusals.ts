import type { SignalId } from '../domain/ids.ts';
import { PROBLEM_JSON, type ProblemMistake, problem } from '../ops/problem.ts';
import type { HookAnswer } from './hookRequest.ts';
import type { BudgetState } from './requestBudget.ts';

/**
 * What a refusal costs a sender that has not authenticated. `violation`: counts towards a ban. `budget`: spends the
 * address's budget as well, and becomes a 429 when that is gone.
 */
type Cost = 'nothing' | 'violation' | 'budget';

interface RefusalRow {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly cost: Cost;
  readonly retryAfterSec?: number;
}

/** TradingView resends five seconds after a 5xx, up to three times (support article 43000735201). */
const RESEND_SEC = 5;

/** Every way a request at the door can be turned away. Codes are stable. */
export const REFUSALS = {
  BANNED: { status: 403, title: 'Banned', detail: 'Too many refused requests; Retry-After says until when.', cost: 'nothing' },
  ADDRESS_NOT_ALLOWED: {
    status: 403,
    title: 'Address not allowed',
    detail: 'Requests from this address are not allowed.',
    cost: 'violation',
  },
  PROXY_NOT_TRUSTED: { status: 403, title: 'Proxy not trusted', detail: 'See TRUST_PROXY_HOPS.', cost: 'nothing' },
  ADDRESS_UNREADABLE: { status: 400, title: 'Address unreadable', detail: "The sender's address cannot be read.", cost: 'nothing' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed', detail: 'Alerts are sent with POST.', cost: 'nothing' },
  URL_NOT_UNDERSTOOD: { status: 400, title: 'URL not understood', detail: 'The URL must be /hooks/<key>.', cost: 'budget' },
  UNAUTHORIZED: { status: 401, title: 'Not authenticated', detail: 'Key, secret or signature is missing or wrong.', cost: 'budget' },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    detail: 'Too many requests that did not authenticate; Retry-After says when to go on.',
    cost: 'nothing',
  },
  HOOK_OVER_BUDGET: {
    status: 503,
    title: 'Too many alerts',
    detail: 'This hook has had its alerts for this minute; send the alert again after Retry-After.',
    cost: 'nothing',
  },
  BODY_TOO_LARGE: { status: 413, title: 'Body too large', detail: 'An alert has at most 64 KiB.', cost: 'budget' },
  BODY_INCOMPLETE: { status: 400, title: 'Body incomplete', detail: 'The connection ended before the body did.', cost: 'budget' },
  BODY_NOT_UTF8: { status: 400, title: 'Body not UTF-8', detail: 'The body is not valid UTF-8.', cost: 'budget' },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'Neither JSON nor text',
    detail: 'Send the alert as application/json or text/plain.',
    cost: 'budget',
  },
  CHARSET_UNSUPPORTED: { status: 415, title: 'Charset not supported', detail: 'Send the alert in UTF-8.', cost: 'budget' },
  ENCODING_UNSUPPORTED: { status: 415, title: 'Compression not supported', detail: 'Send the alert uncompressed.', cost: 'budget' },
  ALERT_NOT_UNDERSTOOD: { status: 400, title: 'Alert not understood', detail: 'Correct the mistakes listed.', cost: 'nothing' },
  SIGNATURE_REUSED: {
    status: 409,
    title: 'Signature used before',
    detail: 'This very request was accepted before; sign every request anew.',
    cost: 'nothing',
  },
  ID_REUSED: { status: 409, title: 'Id used before', detail: 'This id was used before for another alert.', cost: 'nothing' },
  NOT_STORED: {
    status: 503,
    title: 'Not stored',
    detail: 'The alert could not be stored; send it again.',
    cost: 'nothing',
    retryAfterSec: RESEND_SEC,
  },
  TOO_SLOW: {
    status: 503,
    title: 'Too slow',
    detail: 'The alert could not be stored in time; send it again.',
    cost: 'nothing',
    retryAfterSec: RESEND_SEC,
  },
  BUSY: {
    status: 503,
    title: 'Busy',
    detail: 'Too many requests at once; send the alert again.',
    cost: 'nothing',
    retryAfterSec: RESEND_SEC,
  },
  DRAINING: {
    status: 503,
    title: 'Shutting down',
    detail: 'This instance is shutting down; send the alert again.',
    cost: 'nothing',
    retryAfterSec: RESEND_SEC,
  },
} as const satisfies Record<string, RefusalRow>;

export type RefusalCode = keyof typeof REFUSALS;

/** One refusal of one request. `detail` replaces the row's; it must hold no secret. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly mistakes?: readonly ProblemMistake[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The signal that came of the first such request. */
  readonly signalId?: SignalId;
}

export function costOf(refusal: Refusal): Cost {
  return REFUSALS[refusal.code].cost;
}

/** What is wrong, in words. */
export function detailOf(refusal: Refusal): string {
  return refusal.detail ?? REFUSALS[refusal.code].detail;
}

/** What is left of a budget, as draft-ietf-httpapi-ratelimit-headers-08 and later say it. */
export function rateLimitFields(policy: 'webhook' | 'hook', budget: BudgetState, windowSec: number): Record<string, string> {
  return {
    'ratelimit-policy': `"${policy}";q=${budget.limit};w=${windowSec}`,
    ratelimit: `"${policy}";r=${budget.remaining};t=${seconds(budget.resetMs)}`,
  };
}

/** Status, headers and problem+json of a refusal. */
export function answerOf(refusal: Refusal): Pick<HookAnswer, 'status' | 'headers' | 'body'> {
  const row: RefusalRow = REFUSALS[refusal.code];
  const headers: Record<string, string> = { 'content-type': PROBLEM_JSON, ...refusal.headers };
  const retryAfterSec = refusal.retryAfterMs === undefined ? row.retryAfterSec : seconds(refusal.retryAfterMs);
  if (retryAfterSec !== undefined) headers['retry-after'] = String(retryAfterSec);
  if (row.status === 401) headers['www-authenticate'] = 'SignalmanHook';
  if (row.status === 405) headers.allow = 'POST';
  if (refusal.code === 'DRAINING') headers.connection = 'close';
  if (refusal.code === 'ENCODING_UNSUPPORTED') headers['accept-encoding'] = 'identity';
  const about = { status: row.status, code: refusal.code, title: row.title, detail: detailOf(refusal) };
  const { mistakes, signalId } = refusal;
  const extra = { ...(mistakes ? { mistakes } : {}), ...(signalId === undefined ? {} : { signalId }) };
  return { status: row.status, headers, body: JSON.stringify(problem(about, extra)) };
}

/** Retry-After counts whole seconds (RFC 9110 §10.2.3). */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

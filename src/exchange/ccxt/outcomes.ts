import { type ReasonCode, refuse } from '../../domain/errors.ts';
import { BACKOFF_MS_DEFAULT } from './backoff.ts';
import { AbsentError, BrokenReplyError, NoReplyError, NotSentError, RefusedHereError, VenueReplyError } from './venueErrors.ts';

/** What a failed call proves. `absent`: the venue says it has no such order, or none that is open. */
export interface Verdict {
  readonly kind: 'rejected' | 'unknown' | 'absent';
  readonly code: ReasonCode;
  readonly message: string;
  /** The venue asks to be left alone: the whole venue, or this account only. */
  readonly backOff: { readonly scope: 'venue' | 'account'; readonly ms: number } | null;
  readonly resyncClock: boolean;
}

/** One line of a venue's table. The first line whose code and words fit decides. `unknown`: no proof, the order must be looked up. `duplicate`: no proof either, and that the order is there is what the venue says. */
export interface Rule {
  /** The venue's code; numbers as text. */
  readonly code: string;
  readonly words?: RegExp;
  readonly reason: ReasonCode | 'unknown' | 'absent' | 'duplicate';
  /** Whom a rate limit is for; default: the whole venue. */
  readonly scope?: 'account';
  /** It may be our clock that is at fault. */
  readonly resyncClock?: true;
}

/** A refusal in the venue's words. */
export interface Said {
  readonly code: string;
  readonly words: string;
}

/**
 * What a venue's refusals prove. An allow-list: only with an HTTP status below 500, and only what is listed; whatever is not proves
 * nothing and is `unknown`.
 */
export interface Refusals {
  /** ccxt exchange id, for the words. */
  readonly venue: string;
  /** The refusal in a body, or null for any other body. */
  readonly read: (body: string, status: number) => Said | null;
  readonly rules: readonly Rule[];
}

/** For a venue without a table of its own: everything it says is `unknown`. */
export function noRefusals(venue: string): Refusals {
  return { venue, read: () => null, rules: [] };
}

/** Rules with one reason for many codes. */
export function rules(reason: Rule['reason'], codes: readonly (string | number)[]): Rule[] {
  return codes.map((code) => ({ code: String(code), reason }));
}

/**
 * The one place where an error of a venue, of the network or of ccxt becomes an outcome. Not sent → rejected (nothing can have
 * happened); refused in words of the table → rejected; all else → unknown.
 */
export function judge(refusals: Refusals, error: unknown): Verdict {
  const { venue } = refusals;
  if (error instanceof NotSentError) return verdict('rejected', 'VENUE_UNREACHABLE', `${venue}: ${error.message}.`);
  if (error instanceof RefusedHereError) return verdict('rejected', error.code, `${venue}: ${error.message}`);
  if (error instanceof AbsentError) return verdict('absent', 'ORDER_NOT_FOUND', `${venue}: ${error.message}.`);
  if (error instanceof NoReplyError) return judgeSilence(venue, error);
  if (error instanceof VenueReplyError) return judgeReply(refusals, error);
  if (error instanceof BrokenReplyError) return verdict('unknown', 'VENUE_REPLY_BROKEN', `${venue}: ${error.message}.`);
  const name = error instanceof Error ? error.name : 'error';
  const broken = verdict('unknown', 'VENUE_REPLY_BROKEN', `${venue}: unexpected ${name}.`);
  return SLOW_DOWNS.has(name) ? { ...broken, backOff: { scope: 'venue', ms: BACKOFF_MS_DEFAULT } } : broken;
}

/** ccxt's names for what venues answer with HTTP 200 when they are asked too often, where ccxt reads the answer: prices, and exchanges without a profile. */
const SLOW_DOWNS: ReadonlySet<string> = new Set(['RateLimitExceeded', 'DDoSProtection']);

function judgeSilence(venue: string, error: NoReplyError): Verdict {
  if (error.reason === 'timeout') return verdict('unknown', 'VENUE_TIMEOUT', `${venue} gave no whole answer in time.`);
  return verdict(
    'unknown',
    'VENUE_REPLY_BROKEN',
    `${venue}: ${error.reason === 'dropped' ? 'the connection broke' : 'the answer is too large'}.`,
  );
}

function judgeReply({ venue, read, rules: table }: Refusals, error: VenueReplyError): Verdict {
  const { status, body } = error;
  const said = body.length > BODY_MAX ? null : read(body, status);
  const words = said ? `${venue}: ${scrub(said.words)}` : `${venue} answered HTTP ${status}.`;
  const rule = status < 500 && said ? table.find((row) => row.code === said.code && (row.words?.test(said.words) ?? true)) : undefined;
  if (status === 429 || status === 418 || (status === 403 && !said)) return slowDown(error, rule, words);
  if (!rule || rule.reason === 'unknown') {
    const code = status === 408 || status === 504 ? 'VENUE_TIMEOUT' : 'VENUE_REPLY_BROKEN';
    return { ...verdict('unknown', code, words), resyncClock: rule?.resyncClock === true };
  }
  if (rule.reason === 'duplicate') return verdict('unknown', 'VENUE_DUPLICATE_ID', words);
  if (rule.reason === 'absent') return verdict('absent', 'ORDER_NOT_FOUND', words);
  if (rule.reason === 'VENUE_RATE_LIMIT') return slowDown(error, rule, words);
  return { ...verdict('rejected', rule.reason, words), resyncClock: rule.reason === 'VENUE_CLOCK' || rule.resyncClock === true };
}

/** 429 and 418 mean nothing was done, unless the venue's table says that its words prove nothing; so does the firewall's page, 403 without a refusal (Binance: rest-api.md, "HTTP Return Codes"). */
function slowDown(error: VenueReplyError, rule: Rule | undefined, words: string): Verdict {
  const scope = rule?.scope ?? 'venue'; // Order counts are per account, most other limits per address.
  const said =
    rule?.reason === 'unknown' ? verdict('unknown', 'VENUE_REPLY_BROKEN', words) : verdict('rejected', 'VENUE_RATE_LIMIT', words);
  return { ...said, backOff: { scope, ms: error.retryAfterMs ?? BACKOFF_MS_DEFAULT } };
}

function verdict(kind: Verdict['kind'], code: ReasonCode, words: string): Verdict {
  return { kind, code, message: refuse(code, words).message, backOff: null, resyncClock: false };
}

/** No refusal is longer. */
const BODY_MAX = 10_000;

/** A JSON object's fields; null for anything else, also for half of one. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> | null {
  if (!body.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null; // Cut off or no JSON at all: then it is no proof either.
  }
}

const WORDS_MAX = 200;

/** A venue's words, without what must not be passed on: addresses with their query, long tokens, control characters. */
export function scrub(words: string): string {
  return words
    .replace(/[a-z]+:\/\/\S+/gi, '[url]')
    .replace(/\b(signature|apikey|secret|token)=\S+/gi, '$1=[hidden]')
    .replace(/[A-Za-z0-9+/_-]{32,}={0,2}/g, '[hidden]')
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .slice(0, WORDS_MAX);
}

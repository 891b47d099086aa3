import { type ReasonCode, refuse } from '../../domain/errors.ts';
import { BACKOFF_MS_DEFAULT } from './backoff.ts';
import { BrokenReplyError, NoReplyError, NotSentError, VenueReplyError } from './venueErrors.ts';

/** What a failed call proves. `absent`: the venue says it has no such order, or none that is open. */
export interface Verdict {
  readonly kind: 'rejected' | 'unknown' | 'absent';
  readonly code: ReasonCode;
  readonly message: string;
  /** The venue asks to be left alone: the whole venue, or this account only. */
  readonly backOff: { readonly scope: 'venue' | 'account'; readonly ms: number } | null;
  readonly resyncClock: boolean;
}

/** One line of a venue's table. The first line whose code and words fit decides. `unknown`: no proof, the order must be looked up. */
interface Rule {
  readonly code: number;
  readonly words?: RegExp;
  readonly reason: ReasonCode | 'unknown' | 'absent';
}

/**
 * Binance's definitive refusals. Codes and words: binance-spot-api-docs, errors.md. Only with an HTTP status of 4xx; whatever is
 * not listed (-1000, -1001, -1006, -1007, -1008 among them) proves nothing and is `unknown`.
 */
const BINANCE: readonly Rule[] = [
  { code: -2010, words: /duplicate order/i, reason: 'unknown' }, // An order with our id is there: look at it, do not call it refused.
  { code: -2010, words: /insufficient balance/i, reason: 'VENUE_INSUFFICIENT_FUNDS' },
  { code: -2010, words: /immediately match/i, reason: 'VENUE_WOULD_MATCH' },
  { code: -2010, words: /trigger immediately/i, reason: 'VENUE_WOULD_TRIGGER' },
  { code: -2010, words: /market is closed|not permitted|restricted|not supported for this symbol/i, reason: 'VENUE_SYMBOL' },
  { code: -2010, words: /disabled on this account|may not place/i, reason: 'VENUE_AUTH' },
  { code: -2010, reason: 'VENUE_REJECTED' },
  { code: -2011, words: /unknown order/i, reason: 'absent' },
  { code: -2011, reason: 'VENUE_REJECTED' },
  { code: -2013, reason: 'absent' },
  { code: -1013, words: /notional/i, reason: 'VENUE_MIN_NOTIONAL' },
  { code: -1013, words: /lot_size|price_filter|invalid quantity|invalid price/i, reason: 'VENUE_PRECISION' },
  { code: -1013, words: /market is closed/i, reason: 'VENUE_SYMBOL' },
  { code: -1013, reason: 'VENUE_REJECTED' },
  { code: -1111, reason: 'VENUE_PRECISION' },
  { code: -1121, reason: 'VENUE_SYMBOL' },
  { code: -1122, reason: 'VENUE_SYMBOL' },
  { code: -1002, reason: 'VENUE_AUTH' },
  { code: -1022, reason: 'VENUE_AUTH' },
  { code: -1099, reason: 'VENUE_AUTH' },
  { code: -2008, reason: 'VENUE_AUTH' },
  { code: -2014, reason: 'VENUE_AUTH' },
  { code: -2015, reason: 'VENUE_AUTH' },
  { code: -1021, reason: 'VENUE_CLOCK' },
  { code: -1003, reason: 'VENUE_RATE_LIMIT' },
  { code: -1015, reason: 'VENUE_RATE_LIMIT' },
  { code: -1014, reason: 'VENUE_REJECTED' },
  { code: -1020, reason: 'VENUE_REJECTED' },
  // Requests whose form was refused: illegal, missing, superfluous or malformed parameters.
  ...[-1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1112, -1114, -1115, -1116, -1117, -1118, -1119, -1128, -1130, -1131].map(
    (code): Rule => ({ code, reason: 'VENUE_REJECTED' }),
  ),
];

/** Tables by ccxt exchange id. A venue without one has no definitive refusals: everything it says is `unknown`. */
const RULES: Readonly<Record<string, readonly Rule[]>> = { binance: BINANCE };

/**
 * The one place where an error of a venue, of the network or of ccxt becomes an outcome. Not sent → rejected (nothing can have
 * happened); refused in words of the table → rejected; all else → unknown.
 */
export function judge(venue: string, error: unknown): Verdict {
  if (error instanceof NotSentError) return verdict('rejected', 'VENUE_UNREACHABLE', `${venue}: ${error.message}.`);
  if (error instanceof NoReplyError) return judgeSilence(venue, error);
  if (error instanceof VenueReplyError) return judgeReply(venue, error);
  if (error instanceof BrokenReplyError) return verdict('unknown', 'VENUE_REPLY_BROKEN', `${venue}: ${error.message}.`);
  return verdict('unknown', 'VENUE_REPLY_BROKEN', `${venue}: unexpected ${error instanceof Error ? error.name : 'error'}.`);
}

function judgeSilence(venue: string, error: NoReplyError): Verdict {
  if (error.reason === 'timeout') return verdict('unknown', 'VENUE_TIMEOUT', `${venue} gave no whole answer in time.`);
  return verdict(
    'unknown',
    'VENUE_REPLY_BROKEN',
    `${venue}: ${error.reason === 'dropped' ? 'the connection broke' : 'the answer is too large'}.`,
  );
}

function judgeReply(venue: string, error: VenueReplyError): Verdict {
  const { status } = error;
  const said = readRefusal(error.body);
  const words = said ? `${venue}: ${scrub(said.words)}` : `${venue} answered HTTP ${status}.`;
  if (status === 429 || status === 418 || (status === 403 && !said)) return slowDown(error, said?.code ?? 0, words);
  const rule =
    status < 500 && said ? RULES[venue]?.find((row) => row.code === said.code && (row.words?.test(said.words) ?? true)) : undefined;
  if (!rule || rule.reason === 'unknown') return verdict('unknown', timedOut(status, said) ? 'VENUE_TIMEOUT' : 'VENUE_REPLY_BROKEN', words);
  if (rule.reason === 'absent') return verdict('absent', 'ORDER_NOT_FOUND', words);
  if (rule.reason === 'VENUE_RATE_LIMIT') return slowDown(error, rule.code, words);
  return { ...verdict('rejected', rule.reason, words), resyncClock: rule.reason === 'VENUE_CLOCK' };
}

/** 429 and 418 mean nothing was done; so does the firewall's page, 403 without JSON (rest-api.md, "HTTP Return Codes"). */
function slowDown(error: VenueReplyError, code: number, words: string): Verdict {
  const scope = code === -1015 ? 'account' : 'venue'; // Order counts are per account, all other limits per address.
  return { ...verdict('rejected', 'VENUE_RATE_LIMIT', words), backOff: { scope, ms: error.retryAfterMs ?? BACKOFF_MS_DEFAULT } };
}

function timedOut(status: number, said: { readonly code: number } | null): boolean {
  return status === 408 || status === 504 || said?.code === -1007;
}

function verdict(kind: Verdict['kind'], code: ReasonCode, words: string): Verdict {
  return { kind, code, message: refuse(code, words).message, backOff: null, resyncClock: false };
}

/** `{"code":-2010,"msg":"…"}`, or null for any other body. */
function readRefusal(body: string): { readonly code: number; readonly words: string } | null {
  if (body.length > 10_000 || !body.trimStart().startsWith('{')) return null;
  try {
    const { code, msg } = JSON.parse(body) as { code?: unknown; msg?: unknown };
    return typeof code === 'number' && typeof msg === 'string' ? { code, words: msg } : null;
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

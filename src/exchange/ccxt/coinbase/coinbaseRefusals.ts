import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * Coinbase Advanced's definitive refusals: reasons of a new order that was not made (HTTP 200, `"success":false`), failures to cancel, and
 * errors of the API's own form. Left out on purpose, and so `unknown`: UNKNOWN_FAILURE_REASON, COMMANDER_REJECTED_NEW_ORDER and whatever
 * comes with HTTP 5xx.
 */
const SPOT: readonly Rule[] = [
  ...rules('VENUE_INSUFFICIENT_FUNDS', ['INSUFFICIENT_FUND', 'INSUFFICIENT_FUNDS', 'PREVIEW_INSUFFICIENT_FUND']),
  ...rules('VENUE_MIN_NOTIONAL', ['PREVIEW_INVALID_BASE_SIZE_TOO_SMALL', 'PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL']),
  ...rules('VENUE_PRECISION', ['INVALID_SIZE_PRECISION', 'INVALID_PRICE_PRECISION', 'PREVIEW_INVALID_SIZE_PRECISION']),
  ...rules('VENUE_PRECISION', ['PREVIEW_INVALID_PRICE_PRECISION']),
  ...rules('VENUE_WOULD_MATCH', ['INVALID_LIMIT_PRICE_POST_ONLY', 'PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY']),
  ...rules('VENUE_WOULD_TRIGGER', ['PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE', 'PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE']),
  ...rules('VENUE_NO_LIQUIDITY', ['INVALID_NO_LIQUIDITY', 'PREVIEW_INVALID_NO_LIQUIDITY']),
  ...rules('VENUE_SYMBOL', ['INVALID_PRODUCT_ID', 'INELIGIBLE_PAIR', 'ORDER_ENTRY_DISABLED', 'UNTRADABLE_PRODUCT']),
  ...rules('VENUE_AUTH', ['PERMISSION_DENIED', 'UNAUTHENTICATED']),
  { code: 'HTTP_401', reason: 'VENUE_AUTH', resyncClock: true }, // A token of a wrong time is told no other way.
  ...rules('VENUE_RATE_LIMIT', ['RESOURCE_EXHAUSTED', 'rate_limit_exceeded']),
  ...rules('VENUE_REJECTED', [
    'UNSUPPORTED_ORDER_CONFIGURATION',
    'INVALID_SIDE',
    'INVALID_LIMIT_PRICE',
    'INVALID_REQUEST',
    'INVALID_ARGUMENT',
  ]),
  ...rules('absent', ['NOT_FOUND', 'UNKNOWN_CANCEL_ORDER']),
];

const NO_ORDER = /order with this orderID was not found/i;

/**
 * `{"success":false,"error_response":{…}}`, one entry of a cancel's `results`, or `{"error":"NOT_FOUND","message":"…"}`. A wrong token is
 * answered with HTTP 401 and no JSON.
 */
function read(body: string, status: number): Said | null {
  const fields = jsonObject(body);
  if (status === 401) return { code: 'HTTP_401', words: 'Unauthorized' };
  if (!fields) return null;
  const { error_response: refusal, failure_reason: failure, error, message } = fields;
  if (typeof refusal === 'object' && refusal !== null) return readReason(refusal as Readonly<Record<string, unknown>>);
  if (typeof failure === 'string') return { code: failure, words: failure };
  if (typeof error !== 'string') return null;
  const words = typeof message === 'string' && message !== '' ? message : error;
  return { code: NO_ORDER.test(words) ? 'NOT_FOUND' : error, words };
}

/** The most telling of its reasons: those that are unknown to the venue itself say nothing. */
function readReason(refusal: Readonly<Record<string, unknown>>): Said | null {
  const reasons = [refusal.new_order_failure_reason, refusal.preview_failure_reason, refusal.error];
  const code = reasons.find((reason) => typeof reason === 'string' && reason !== '' && !reason.startsWith('UNKNOWN'));
  if (typeof code !== 'string') return null;
  const words = [refusal.message, refusal.error_details].find((text) => typeof text === 'string' && text !== '');
  return { code, words: typeof words === 'string' ? `${code}: ${words}` : code };
}

export const COINBASE_REFUSALS: Refusals = { venue: 'coinbase', read, rules: SPOT };

import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * Bitget's definitive refusals (https://www.bitget.com/api-doc/common/error-code/restapi). Left out on purpose, and so `unknown`: 40010
 * "request timed out", which ccxt takes for a wrong key; 40015, 40725, 45001 and 40200, the system's own troubles; 40786, an order with
 * our id that is already there.
 */
const SPOT: readonly Rule[] = [
  ...rules('VENUE_INSUFFICIENT_FUNDS', [43012, 40762, 40754]),
  ...rules('VENUE_MIN_NOTIONAL', [45110, 45111, 43006]),
  ...rules('VENUE_PRECISION', [40808, 40706, 40108]),
  ...rules('VENUE_SYMBOL', [40034, 40309, 43115, 40024]),
  ...rules('VENUE_AUTH', [40001, 40002, 40003, 40006, 40009, 40011, 40012, 40014, 40016, 40018, 40031, 40037, 40301]),
  ...rules('VENUE_CLOCK', [40004, 40005, 40008]),
  ...rules('VENUE_RATE_LIMIT', [429, 30001, 30007]),
  ...rules('absent', [22001, 43001, 43004, 43025, 40109, 40768]),
  ...rules('VENUE_REJECTED', [40007, 40017, 40019, 40020, 40102, 40302, 40304, 40305, 40402, 40708, 40774, 43011, 45113, 22002]),
];

/** `{"code":"43012","msg":"…"}`; `00000` is no refusal. */
function read(body: string): Said | null {
  const { code, msg } = jsonObject(body) ?? {};
  return typeof code === 'string' && code !== '00000' && typeof msg === 'string' ? { code, words: msg } : null;
}

export const BITGET_SPOT_REFUSALS: Refusals = { venue: 'bitget', read, rules: SPOT };

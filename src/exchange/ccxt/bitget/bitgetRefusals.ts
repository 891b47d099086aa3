import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * Bitget's definitive refusals (https://www.bitget.com/api-doc/common/error-code/restapi). Left out on purpose, and so `unknown`: 40010
 * "request timed out", which ccxt takes for a wrong key; 40015, 40725, 45001 and 40200, the system's own troubles.
 */
const SPOT: readonly Rule[] = [
  ...rules('duplicate', [40786]),
  { code: '40708', words: /duplicat|repeated|already exist/i, reason: 'duplicate' }, // Else a parameter that was not liked.
  ...rules('VENUE_INSUFFICIENT_FUNDS', [43012, 40762, 40754]),
  ...rules('VENUE_MIN_NOTIONAL', [45110, 45111, 43006]),
  ...rules('VENUE_PRECISION', [40808, 40706, 40108]),
  ...rules('VENUE_SYMBOL', [40034, 40309, 43115, 40024]),
  ...rules('VENUE_AUTH', [40001, 40002, 40003, 40006, 40009, 40011, 40012, 40014, 40016, 40018, 40031, 40037, 40085, 40099, 40301]),
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

/**
 * What futures refuse besides. Among what is left out: 45023, 45024, 40910 and 40908, which say that something went wrong.
 */
const SWAP: readonly Rule[] = [
  ...rules('duplicate', [43118, 45034]),
  ...rules('VENUE_INSUFFICIENT_FUNDS', [40711, 40712, 40798, 40800, 40893, 45002]),
  ...rules('REDUCE_ONLY_WOULD_OPEN', [22002, 40804, 40928, 45003, 45005, 45006, 45014]),
  ...rules('VENUE_MIN_NOTIONAL', [43027, 45114]),
  ...rules('VENUE_PRECISION', [43028, 45035, 45115]),
  ...rules('VENUE_SYMBOL', [22004, 40822, 40845, 41113, 41114, 43119, 43120, 45119]),
  ...rules('absent', [40769, 45031, 45055, 45057]),
  // Modes and leverage that do not fit, prices and sizes out of band, too many orders, accounts that may not.
  ...rules('VENUE_REJECTED', [22005, 22006, 22007, 22008, 22009, 40715, 40763, 40797, 40811, 40812, 40813, 40815, 40816]),
  ...rules('VENUE_REJECTED', [40820, 40821, 40824, 40826, 40889, 40914, 40915, 40917, 40920, 40929, 43005, 43007, 43008, 43009]),
  ...rules('VENUE_REJECTED', [45010, 45044, 45045, 45051, 45052, 45109, 45112, 45116, 45117, 45118, 45122, 45123]),
  ...SPOT,
];

export const BITGET_SWAP_REFUSALS: Refusals = { venue: 'bitget', read, rules: SWAP };

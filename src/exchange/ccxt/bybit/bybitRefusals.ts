import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * Bybit's definitive refusals (https://bybit-exchange.github.io/docs/v5/error): a `retCode` in an answer that is nearly always HTTP 200. Left
 * out on purpose, and so `unknown`: 10000, 10016, 170001, 170007, 170032, 170146, 170147 and 170234, the system's own troubles and timeouts;
 * 10014, a request seen before, which may have been a cancel; 170149, an order that "failed".
 */
const RULES: readonly Rule[] = [
  ...rules('duplicate', [110030, 110072, 170141]),
  { code: '10001', words: /duplicat/i, reason: 'duplicate' },
  { code: '10001', words: /minimum limit|lower limit/i, reason: 'VENUE_MIN_NOTIONAL' },
  { code: '10001', words: /qty|quantity|decimal|price invalid/i, reason: 'VENUE_PRECISION' },
  { code: '10001', words: /symbol/i, reason: 'VENUE_SYMBOL' },
  { code: '10001', reason: 'VENUE_REJECTED' },
  ...rules('VENUE_INSUFFICIENT_FUNDS', [110004, 110006, 110007, 110012, 110014, 110044, 110045, 110051, 110052, 110053, 170033, 170131]),
  ...rules('VENUE_MIN_NOTIONAL', [110094, 170136, 170140]),
  ...rules('VENUE_PRECISION', [12137, 170134, 170137, 170148]),
  ...rules('VENUE_WOULD_TRIGGER', [110092, 110093]),
  ...rules('VENUE_WOULD_MATCH', [170218]),
  ...rules('REDUCE_ONLY_WOULD_OPEN', [110017, 110034]),
  ...rules('VENUE_SYMBOL', [10029, 110074, 170121, 170151, 170157, 170209]),
  ...rules('VENUE_AUTH', [10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 10028, 33004, 170201]),
  ...rules('VENUE_CLOCK', [10002]),
  ...['10006', '170005', '170222'].map((code): Rule => ({ code, reason: 'VENUE_RATE_LIMIT', scope: 'account' })), // Counted by user.
  ...rules('VENUE_RATE_LIMIT', [10018]), // Counted by address.
  ...rules('absent', [20001, 110001, 110008, 110010, 170139, 170142, 170143, 170190, 170213]),
  // Position or margin mode, leverage, risk limits, prices out of band, too many orders.
  ...rules('VENUE_REJECTED', [110003, 110005, 110009, 110011, 110013, 110016, 110018, 110019, 110020, 110021, 110023, 110032, 110036]),
  ...rules('VENUE_REJECTED', [110038, 110040, 110042, 110057, 110066, 110090, 130125]),
  // The form of a request, prices and sizes out of band, kinds of orders a pair does not take.
  ...rules('VENUE_REJECTED', [170105, 170115, 170116, 170117, 170124, 170130, 170132, 170133, 170135, 170145, 170159, 170192, 170193]),
  ...rules('VENUE_REJECTED', [170194, 170197, 170198, 170202, 170203, 170204, 170206, 170210, 170217, 170227, 170228, 170229, 170241]),
  ...rules('VENUE_REJECTED', [170371, 170372]),
];

/** `{"retCode":110007,"retMsg":"…"}`; 0 is no refusal. */
export function saidBy(body: string): Said | null {
  const { retCode, retMsg } = jsonObject(body) ?? {};
  return typeof retCode === 'number' && retCode !== 0 && typeof retMsg === 'string' ? { code: String(retCode), words: retMsg } : null;
}

export const BYBIT_REFUSALS: Refusals = { venue: 'bybit', read: saidBy, rules: RULES };

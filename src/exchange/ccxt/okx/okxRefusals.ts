import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * OKX's definitive refusals (https://www.okx.com/docs-v5/en/#error-code-rest-api). Left out on purpose, and so `unknown`: 50004, 51054 and
 * 51149, timeouts of its own; 50001, 50005 and 50026, its troubles.
 */
const TABLE: readonly Rule[] = [
  ...rules('duplicate', [50071, 51011, 51016, 51065, 51068]),
  ...rules('absent', [51063, 51400, 51401, 51402, 51405, 51603]),
  ...rules('VENUE_INSUFFICIENT_FUNDS', [51008, 51119, 51127, 51131, 51502]),
  ...rules('VENUE_MIN_NOTIONAL', [50122, 51007, 51020, 51120]),
  ...rules('VENUE_PRECISION', [51121, 51150]),
  ...rules('VENUE_SYMBOL', [50033, 50052, 51001, 51012, 51015, 51021, 51022, 51027, 51028, 51029, 51087, 51155]),
  ...rules('VENUE_WOULD_TRIGGER', [51278, 51280]),
  ...rules('VENUE_NO_LIQUIDITY', [51109, 51140, 51142]),
  ...rules('REDUCE_ONLY_WOULD_OPEN', [51023, 51058, 51112, 51169, 51170]),
  ...rules('VENUE_AUTH', [50007, 50027, 50029, 50030, 50035, 50100, 50101, 50103, 50104, 50105, 50106, 50107, 50110, 50111, 50112]),
  ...rules('VENUE_AUTH', [50113, 50114, 50119, 50120, 50121, 51009, 51024]),
  // 50036 and 50037: the deadline sent with the order, `expTime`, had passed.
  ...rules('VENUE_CLOCK', [50036, 50037, 50102]),
  // "User ID" is in every rule of its limits for signed requests.
  ...['50011', '50040', '50061'].map((code): Rule => ({ code, reason: 'VENUE_RATE_LIMIT', scope: 'account' })),
  { code: '50013', reason: 'unknown' }, // "Systems are busy" comes with HTTP 429, which does not make it a refusal.
  // Requests whose form was refused.
  ...rules('VENUE_REJECTED', [50000, 50002, 50006, 50014, 50015, 50016, 50024, 50025, 50028, 50032, 50051, 50059, 50060, 50072]),
  ...rules('VENUE_REJECTED', [51000, 51003, 51010, 51281, 51298]),
  // Limits of sizes, prices and counts, and states of the account or the market in which such an order is not taken.
  ...rules('VENUE_REJECTED', [51004, 51005, 51006, 51025, 51030, 51031, 51037, 51041, 51101, 51102, 51103, 51104, 51105, 51106, 51107]),
  ...rules('VENUE_REJECTED', [51108, 51110, 51116, 51117, 51122, 51124, 51128, 51129, 51135, 51136, 51137, 51138, 51148, 51174, 51185]),
  ...rules('VENUE_REJECTED', [51186, 51187, 51201, 51202, 51203, 51205, 51206, 51250, 51252, 51261, 51275, 51299]),
  // Leverage that cannot be set.
  ...rules('VENUE_REJECTED', [59101, 59102, 59103, 59104, 59105, 59106, 59107, 59108]),
];

/**
 * `{"code":"50102","msg":"…","data":[]}`, or with `"code":"1"` the refusal of the one order it was about:
 * `{"code":"1","data":[{"sCode":"51008","sMsg":"…"}]}`. Both also come with HTTP 200.
 */
export function saidBy(body: string): Said | null {
  const { code, msg, data } = jsonObject(body) ?? {};
  if (typeof code !== 'string') return null;
  const { sCode, sMsg } = (Array.isArray(data) ? (data[0] as Readonly<Record<string, unknown>> | undefined) : undefined) ?? {};
  if (typeof sCode === 'string' && sCode !== '0') return { code: sCode, words: typeof sMsg === 'string' ? sMsg : '' };
  return code !== '0' && typeof msg === 'string' ? { code, words: msg } : null;
}

export const OKX_REFUSALS: Refusals = { venue: 'okx', read: saidBy, rules: TABLE };

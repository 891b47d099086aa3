import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/**
 * Binance's definitive refusals on spot. Codes and words: binance-spot-api-docs, errors.md. -1000, -1001, -1006, -1007 and -1008 are
 * among what proves nothing.
 */
const SPOT: readonly Rule[] = [
  { code: '-2010', words: /duplicate order/i, reason: 'duplicate' }, // An order with our id is there: look at it, do not call it refused.
  { code: '-2010', words: /insufficient balance/i, reason: 'VENUE_INSUFFICIENT_FUNDS' },
  { code: '-2010', words: /immediately match/i, reason: 'VENUE_WOULD_MATCH' },
  { code: '-2010', words: /trigger immediately/i, reason: 'VENUE_WOULD_TRIGGER' },
  { code: '-2010', words: /market is closed|not permitted|restricted|not supported for this symbol/i, reason: 'VENUE_SYMBOL' },
  { code: '-2010', words: /disabled on this account|may not place|trading is not enabled/i, reason: 'VENUE_AUTH' },
  { code: '-2010', words: /order book liquidity/i, reason: 'VENUE_NO_LIQUIDITY' },
  { code: '-2010', reason: 'VENUE_REJECTED' },
  { code: '-2011', words: /unknown order/i, reason: 'absent' },
  { code: '-2011', reason: 'VENUE_REJECTED' },
  { code: '-2013', reason: 'absent' },
  { code: '-1013', words: /notional/i, reason: 'VENUE_MIN_NOTIONAL' },
  { code: '-1013', words: /lot_size|price_filter|invalid quantity|invalid price/i, reason: 'VENUE_PRECISION' },
  { code: '-1013', words: /market is closed/i, reason: 'VENUE_SYMBOL' },
  { code: '-1013', reason: 'VENUE_REJECTED' },
  ...rules('VENUE_PRECISION', [-1111]),
  ...rules('VENUE_SYMBOL', [-1121, -1122]),
  ...rules('VENUE_AUTH', [-1002, -1022, -1099, -2008, -2014, -2015]),
  ...rules('VENUE_NO_LIQUIDITY', [-1112]),
  ...rules('VENUE_CLOCK', [-1021]),
  ...rules('VENUE_RATE_LIMIT', [-1003]),
  { code: '-1015', reason: 'VENUE_RATE_LIMIT', scope: 'account' },
  // Requests whose form was refused: illegal, missing, superfluous or malformed parameters.
  ...rules('VENUE_REJECTED', [-1014, -1020, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1114, -1115, -1116, -1117]),
  ...rules('VENUE_REJECTED', [-1118, -1119, -1128, -1130, -1131]),
];

/** `{"code":-2010,"msg":"…"}`. */
export function saidBy(body: string): Said | null {
  const { code, msg } = jsonObject(body) ?? {};
  return typeof code === 'number' && typeof msg === 'string' ? { code: String(code), words: msg } : null;
}

export const BINANCE_SPOT_REFUSALS: Refusals = { venue: 'binance', read: saidBy, rules: SPOT };

/**
 * What USDⓈ-M futures refuse besides (derivatives/usds-margined-futures/error-code). Left out on purpose, so that the order is looked
 * at: -4117, a conditional order that is being triggered while it is canceled.
 */
const SWAP: readonly Rule[] = [
  ...rules('duplicate', [-4116, -20132]), // Of an order, and of one that waits for its price.
  ...rules('VENUE_INSUFFICIENT_FUNDS', [-2018, -2019]),
  ...rules('VENUE_MIN_NOTIONAL', [-4164]),
  ...rules('VENUE_PRECISION', [-4003, -4004, -4013, -4014, -4023]),
  ...rules('VENUE_WOULD_TRIGGER', [-2021, -4142]),
  ...rules('VENUE_WOULD_MATCH', [-5022]),
  ...rules('VENUE_NO_LIQUIDITY', [-2020, -5021]),
  ...rules('REDUCE_ONLY_WOULD_OPEN', [-2022, -2024, -4118]),
  ...rules('VENUE_SYMBOL', [-1126, -4140, -4141, -4144]),
  // Addresses and accounts that may not come in, keys that are locked, accounts that may do nothing or only close.
  ...rules('VENUE_AUTH', [-1011, -1109, -2017, -4087, -4088, -4401, -4402]),
  ...rules('VENUE_CLOCK', [-5028]),
  // In liquidation, too many orders, beyond what the leverage allows, only reducing for a while.
  ...rules('VENUE_REJECTED', [-2023, -2025, -2026, -2027, -2028, -4045, -4192, -4400]),
  // Prices and quantities out of band, client order ids and dates out of form.
  ...rules('VENUE_REJECTED', [-4001, -4002, -4005, -4006, -4007, -4015, -4016, -4024, -4131, -4183, -4184, -4210, -4211, -5040]),
  // Position mode, leverage and margin type that do not fit.
  ...rules(
    'VENUE_REJECTED',
    [-1136, -4028, -4047, -4048, -4060, -4061, -4062, -4138, -4161, -4168, -4202, -4203, -4205, -4206, -4208, -4209, -4403],
  ),
  ...SPOT,
];

export const BINANCE_SWAP_REFUSALS: Refusals = { venue: 'binance', read: saidBy, rules: SWAP };

import type { Feature, FeatureTable } from '../domain/market/capabilities.ts';

/** Features a venue has, by its own word for each. */
export function native<F extends Feature>(
  words: Readonly<Record<F, string>>,
): Readonly<Record<F, { readonly kind: 'native'; readonly how: string }>> {
  const rows = Object.entries<string>(words).map(([feature, how]) => [feature, { kind: 'native', how }]);
  return Object.fromEntries(rows);
}

/** What the leader makes of the orders that any venue has, simulated ones too (docs/adr/0024 and 0026). */
export const WORKED_BY_LEADER = {
  trailing_stop: { kind: 'emulated', how: 'a `stop` that is moved' },
  iceberg: { kind: 'emulated', how: 'limit orders of `display`, one at a time' },
  twap: { kind: 'emulated', how: 'market orders spread over the time, IOC limits with a `price`' },
  vwap: { kind: 'emulated', how: 'as `twap`, in proportion to the usual volume of the time of day' },
} as const satisfies Partial<FeatureTable>;

export const NOT_BY_COST = {
  market_buy_by_cost: {
    kind: 'refused',
    reason: 'Quantities are in base units.',
    instead: 'Say "100 USDT": it is converted at the current price.',
  },
} as const satisfies Partial<FeatureTable>;

/** The same at every exchange with a profile; what one has of its own comes after it in its table. */
const EVERYWHERE = {
  ...WORKED_BY_LEADER,
  ...NOT_BY_COST,
  GTD: { kind: 'emulated', how: 'sent GTC, canceled when its time is up' },
  // docs/adr/0025
  amend: { kind: 'emulated', how: 'canceled, and placed anew under its next client order id' },
  // Its streams are listened to, as hints (docs/adr/0031).
  push: { kind: 'native', how: 'its order stream says when to ask' },
} as const satisfies Partial<FeatureTable>;

/** On spot an order locks what it sells: of a pair, the stop rests and the take profit is waited for. */
export const ON_SPOT = {
  ...EVERYWHERE,
  oco: { kind: 'emulated', how: 'on spot the stop rests; the take profit is sent when its price is reached' },
  reduce_only: {
    kind: 'refused',
    reason: 'Spot has no reduce-only orders.',
    instead: 'Use "action":"close": it never sells more than is held.',
  },
  short: {
    kind: 'refused',
    reason: 'What is not owned cannot be sold on spot.',
    instead: 'Use an account with "market":"swap", at a venue that has one here.',
  },
  leverage: { kind: 'refused', reason: 'Spot has no leverage.', instead: 'Leave leverage and marginMode out.' },
  hedge_mode: { kind: 'refused', reason: 'Spot has no positions to hold side by side.', instead: 'Nothing needs to be done.' },
  funding: { kind: 'refused', reason: 'Spot pays no funding.', instead: 'Nothing needs to be done.' },
} as const satisfies Partial<FeatureTable>;

/** On derivatives both orders of a pair rest, and neither can do more than reduce. */
export const ON_SWAP = {
  ...EVERYWHERE,
  oco: { kind: 'emulated', how: 'on derivatives both rest reduce-only; what the one fills the other loses' },
} as const satisfies Partial<FeatureTable>;

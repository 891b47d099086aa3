import type { FeatureTable } from '../../domain/market/capabilities.ts';

/** Worked off by the leader with limit and market orders (docs/adr/0024-*), so at any venue that has these. */
const WORKED = {
  iceberg: { kind: 'emulated', how: 'by the leader: limit orders of `display`, one at a time' },
  twap: { kind: 'emulated', how: 'by the leader: market orders spread over the time, IOC limits with a `price`' },
  vwap: { kind: 'emulated', how: 'by the leader: as `twap`, in proportion to the usual volume of the time of day' },
} as const satisfies Partial<FeatureTable>;

/** Where orders do not end at a time by themselves. */
export const GTD_BY_LEADER = {
  GTD: { kind: 'emulated', how: 'sent GTC, canceled by the leader when its time is up' },
} as const satisfies Partial<FeatureTable>;

function refusedForNow() {
  const unseen = { kind: 'refused', reason: 'The venue is not asked for it yet.', instead: 'Look at the venue.' } as const;
  return {
    ...WORKED,
    hedge_mode: { kind: 'refused', reason: 'Hedge mode is not supported here.', instead: 'Switch the account to one-way mode.' },
    funding: unseen,
    reconcile: unseen,
  } as const satisfies Partial<FeatureTable>;
}

/** What the leader does with orders that the venue has, whatever else it could do (docs/adr/0025 and 0026). */
const BY_LEADER = {
  amend: { kind: 'emulated', how: 'canceled, and placed anew under its next client order id' },
  trailing_stop: { kind: 'emulated', how: 'a `stop` that is moved' },
} as const satisfies Partial<FeatureTable>;

/** On spot an order locks what it sells: of a pair, the stop rests and the take profit is waited for. */
export const KEPT_ON_SPOT = {
  ...BY_LEADER,
  oco: { kind: 'emulated', how: 'the stop rests; the take profit is sent when its price is reached' },
} as const satisfies Partial<FeatureTable>;

/** On derivatives both rest, and neither can do more than reduce. */
export const KEPT_ON_SWAP = {
  ...BY_LEADER,
  oco: { kind: 'emulated', how: 'both rest reduce-only; what the one fills the other loses' },
} as const satisfies Partial<FeatureTable>;

/** What no venue is asked for yet, whatever it could do. */
export const NOT_YET = {
  ...BY_LEADER,
  push: { kind: 'refused', reason: 'Reports are not pushed yet.', instead: 'Open orders are polled every 2 s.' },
  ...refusedForNow(),
} as const satisfies Partial<FeatureTable>;

/** The venue's streams are listened to, as hints (docs/adr/0031). */
export const HINTS = { kind: 'native', how: 'its order stream says when to ask' } as const;

/** What spot markets do not have, at any venue. */
export const NOT_ON_SPOT = {
  reduce_only: {
    kind: 'refused',
    reason: 'Spot has no reduce-only orders.',
    instead: 'Use "action":"close": it never sells more than is held.',
  },
  short: {
    kind: 'refused',
    reason: 'What is not owned cannot be sold on spot.',
    instead: 'Use a swap account at a venue that has one here.',
  },
  leverage: { kind: 'refused', reason: 'Spot has no leverage.', instead: 'Leave leverage and marginMode out.' },
  hedge_mode: { kind: 'refused', reason: 'Spot has no positions to hold side by side.', instead: 'Nothing needs to be done.' },
  funding: { kind: 'refused', reason: 'Spot pays no funding.', instead: 'Nothing needs to be done.' },
} as const satisfies Partial<FeatureTable>;

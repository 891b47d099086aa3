import type { FeatureTable } from '../../domain/market/capabilities.ts';

/** What no venue is asked for yet, whatever it could do. */
export const NOT_YET = {
  amend: { kind: 'refused', reason: 'Orders are not changed in place here.', instead: 'Cancel the order and send a new one.' },
  push: { kind: 'refused', reason: 'Reports are not pushed yet.', instead: 'Open orders are polled every 2 s.' },
} as const satisfies Partial<FeatureTable>;

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
} as const satisfies Partial<FeatureTable>;

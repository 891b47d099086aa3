import type { FeatureTable } from '../../domain/market/capabilities.ts';
import type { MarketType } from '../../domain/market/market.ts';
import { NOT_BY_COST, native, WORKED_BY_LEADER } from '../commonFeatures.ts';

const OWN = 'own matching';
const NONE = { kind: 'refused', reason: 'A simulated account has none.', instead: 'Nothing needs to be done.' } as const;
const NO_SHORT = {
  kind: 'refused',
  reason: 'What is not owned cannot be sold on spot.',
  instead: 'Use a swap symbol such as BTCUSDT.P.',
} as const;

/** What the simulated venue does. It is the one that can do all the alert language can say; what a real venue lacks shows there. */
export function paperFeatures(market: MarketType): FeatureTable {
  return {
    ...WORKED_BY_LEADER,
    ...NOT_BY_COST,
    ...native({ market: OWN, limit: OWN, stop: OWN, stop_limit: OWN, GTC: OWN, IOC: OWN, FOK: OWN, GTD: OWN, post_only: OWN }),
    ...native({ short: OWN, reduce_only: OWN, oco: OWN, amend: OWN, lookup_by_client_id: OWN, push: OWN }),
    ...(market === 'spot' ? { short: NO_SHORT } : {}),
    leverage: {
      kind: 'refused',
      reason: "A paper account's leverage is one of its settings.",
      instead: 'Set "leverage" in the settings of the account.',
    },
    ...{ hedge_mode: NONE, funding: NONE, reconcile: NONE },
  };
}

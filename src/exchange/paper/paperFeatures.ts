import type { FeatureTable } from '../../domain/market/capabilities.ts';
import type { MarketType } from '../../domain/market/market.ts';

const OWN = 'own matching';
const NONE = { kind: 'refused', reason: 'A simulated account has none.', instead: 'Nothing needs to be done.' } as const;

/** What the simulated venue does. It is the one that can do all the alert language can say; what a real venue lacks shows there. */
export function paperFeatures(market: MarketType): FeatureTable {
  const native = { kind: 'native', how: OWN } as const;
  return {
    market: native,
    limit: native,
    stop: native,
    stop_limit: native,
    trailing_stop: { kind: 'emulated', how: 'a `stop` that is moved' },
    iceberg: { kind: 'emulated', how: 'by the leader, as at real venues' },
    twap: { kind: 'emulated', how: 'by the leader, as at real venues' },
    vwap: { kind: 'emulated', how: 'by the leader, as at real venues' },
    GTC: native,
    IOC: native,
    FOK: native,
    GTD: native,
    post_only: native,
    reduce_only: native,
    short:
      market === 'swap'
        ? native
        : { kind: 'refused', reason: 'What is not owned cannot be sold on spot.', instead: 'Use a swap symbol such as BTCUSDT.P.' },
    oco: native,
    amend: native,
    market_buy_by_cost: {
      kind: 'refused',
      reason: 'Quantities are in base units.',
      instead: 'Say "100 USDT": it is converted at the current price.',
    },
    lookup_by_client_id: native,
    leverage: {
      kind: 'refused',
      reason: "A paper account's leverage is one of its settings.",
      instead: 'Set "leverage" in the settings of the account.',
    },
    hedge_mode: NONE,
    funding: NONE,
    reconcile: NONE,
    push: native,
  };
}

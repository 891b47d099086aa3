import type { AccountId } from '../ids.ts';
import type { MarketType } from '../market/market.ts';

/** A place to trade: one venue, one set of credentials. `market` null (paper only): both spot and swap symbols. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly venue: string;
  readonly market: MarketType | null;
  readonly sandbox: boolean;
  /** Encrypted credentials (see ops/secrets.ts), or null where the venue needs none. */
  readonly sealedCredentials: string | null;
  /** Venue-specific settings: for `paper` its feed, fees, slippage and opening balances. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The user it belongs to; null: the house. */
  readonly ownerId: string | null;
  /** False until a second admin has confirmed that it may trade, where that is asked for. */
  readonly enabled: boolean;
  readonly createdAt: number;
}

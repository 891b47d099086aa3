import type { Alert } from '../../alert/alert.ts';
import type { Refusal } from '../../errors.ts';
import type { OrderId, SignalId } from '../../ids.ts';
import type { Capabilities } from '../../market/capabilities.ts';
import type { Market, Quote } from '../../market/market.ts';
import type { Decimal } from '../../money.ts';
import type { Order, OrderIntent } from '../../order/order.ts';
import type { Account } from '../../portfolio/account.ts';

/** All a plan may depend on, gathered beforehand. */
export interface PlanFacts {
  readonly signalId: SignalId;
  readonly account: Account;
  readonly market: Market;
  readonly capabilities: Capabilities;
  /** Null when no price could be had: whatever needs one is refused with PRICE_UNAVAILABLE. */
  readonly quote: Quote | null;
  /** Signed base units held according to the ledger. */
  readonly position: Decimal;
  /** Base asset the account owns in all (spot), or null where unknown or meaningless (swap). */
  readonly baseBalance: Decimal | null;
  /** Account equity in the market's quote asset; null when it could not be valued. */
  readonly equity: Decimal | null;
  /** The account's orders of this symbol that are not final. */
  readonly openOrders: readonly Order[];
  readonly nowMs: number;
}

/** What a signal wants done on one account: orders to cancel first, then legs to place, in order. */
export interface Plan {
  readonly ok: true;
  readonly cancels: readonly OrderId[];
  readonly intents: readonly OrderIntent[];
  /** Why there is nothing (more) to do, or what was adjusted: shown in the signal's story. */
  readonly notes: readonly string[];
  /** Set when the plan is empty on purpose. */
  readonly code: 'NO_POSITION' | 'NOTHING_TO_DO' | 'NOTHING_TO_CANCEL' | null;
}

export type PlanResult = Plan | { readonly ok: false; readonly refusal: Refusal };

export type PlanSignal = (alert: Alert, facts: PlanFacts) => PlanResult;

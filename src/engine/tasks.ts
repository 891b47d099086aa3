import type { Alert } from '../domain/alert/alert.ts';
import type { ReasonCode, Refusal } from '../domain/errors.ts';
import type { AccountId, CommandId, OrderId } from '../domain/ids.ts';
import type { Market } from '../domain/market/market.ts';
import type { Decimal } from '../domain/money.ts';
import { type Age, bornAt, EXIT_PATIENCE_SEC } from '../domain/risk/assessAge.ts';
import type { Approval } from '../domain/signal/approval.ts';
import type { Signal, SignalPart } from '../domain/signal/signal.ts';
import type { AccountState } from './state.ts';
import type { Venue } from './venues.ts';

/** A signal on its way: what was asked, by whom, and how long it stays valid. */
export interface SignalTask {
  /** The command it comes from, to be blamed should it fail. */
  readonly commandId: CommandId;
  readonly signal: Signal;
  readonly alert: Alert;
  readonly maxAgeSec: number;
  /** How long it may wait in all if it came in time: an exit longer than an entry. */
  readonly patienceSec: number;
  /** Protection was canceled for the sake of its exit, which must follow whatever happens since. */
  readonly owesExit?: boolean;
  /** A person has approved it: its age counts from then, and its price must still be near what they saw. */
  readonly approval?: Approval | null;
  /** Base units of an order over several accounts; `alert` asks for as much. */
  readonly share?: Decimal;
}

/** The task as it is for an account that carries out `share` (base units) of it. */
export function withShare<T extends SignalTask>(task: T, share: Decimal): T {
  return { ...task, alert: { ...task.alert, quantity: { kind: 'base', amount: share } }, share };
}

/** What has become of the signal on an account. The share goes along: forgotten, the next leader would carry out all that was asked. */
export function partOf(
  { signal, share }: Pick<SignalTask, 'signal' | 'share'>,
  accountId: AccountId,
  told: Pick<SignalPart, 'status' | 'code' | 'message'>,
): SignalPart {
  return { signalId: signal.id, accountId, ...told, ...(share ? { share } : {}) };
}

/** One account's share of a signal, with everything found that it needs. */
export interface PartTask extends SignalTask {
  readonly account: AccountState;
  readonly venue: Venue;
  readonly market: Market;
}

/** What a signal came to on one account. */
export interface PartResult {
  /** Its legs, in order. */
  readonly orderIds: readonly OrderId[];
  readonly refusal: Refusal | null;
}

/** The position is to be gone. */
export function closesAll({ action, quantity, position }: Alert): boolean {
  return (action === 'close' && quantity === null) || (action === 'target' && (position?.isZero() ?? false));
}

/** The ages up to which an alert is carried out, seconds. */
export function agesOf(alert: Alert, maxAgeSec: number): { readonly maxAgeSec: number; readonly patienceSec: number } {
  return { maxAgeSec, patienceSec: onlyLeaves(alert) ? Math.max(maxAgeSec, EXIT_PATIENCE_SEC) : maxAgeSec };
}

/** No age at all: what the leader itself has to do. */
export const AGELESS = { maxAgeSec: Number.POSITIVE_INFINITY, patienceSec: Number.POSITIVE_INFINITY };

/** Epoch ms from which a signal is too old to be carried out. */
export function tooOldAt(task: SignalTask): number {
  return bornAt(ageOf(task)) + task.patienceSec * 1000 + 1;
}

/** From when it counts. The time a person took to approve it is not its age: that was judged on arrival. */
export function ageOf({ alert, signal, approval }: Pick<SignalTask, 'alert' | 'signal' | 'approval'>): Age {
  const approvedAt = approval?.decision === 'approved' ? approval.decidedAt : null;
  return approvedAt === null ? { time: alert.time, receivedAt: signal.receivedAt } : { time: null, receivedAt: approvedAt };
}

/** An alert that only leaves a position, or cancels. */
export function onlyLeaves(alert: Alert): boolean {
  return alert.action === 'close' || alert.action === 'cancel' || alert.reduceOnly || closesAll(alert);
}

/** Recorded on a signal's part from before its stops are canceled until its exit has been sent (recordPlan.ts). */
export const EXIT_OWED = 'EXIT_OWED' satisfies ReasonCode;

/** What is left of a signal that owes an exit and is too old: the exit. */
export function onlyExit(alert: Alert): Alert {
  return {
    ...alert,
    action: 'close',
    quantity: null,
    position: null,
    type: 'market',
    price: null,
    stopPrice: null,
    trail: null,
    display: null,
    durationMs: null,
    takeProfit: [],
    stopLoss: null,
    stopLossTrail: null,
  };
}

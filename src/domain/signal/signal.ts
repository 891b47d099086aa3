import type { AccountId, HookId, SignalId } from '../ids.ts';
import type { Decimal } from '../money.ts';
import type { Actor } from './command.ts';

export const SIGNAL_STATUSES = ['accepted', 'planned', 'executing', 'done', 'refused', 'failed', 'expired', 'unknown'] as const;
export type SignalStatus = (typeof SIGNAL_STATUSES)[number];

/** A command that wants a trade, as the ledger keeps it. `payload` is canonical JSON text without secrets. */
export interface Signal {
  readonly id: SignalId;
  readonly seq: number;
  readonly hookId: HookId | null;
  /** Of its hook, or of the account it was meant for; null: the house. */
  readonly ownerId: string | null;
  /** `hedge`: a rule that follows another position. `external`: nobody asked us; it stands for an order that somebody else placed at the venue. */
  readonly source: 'alert' | 'api' | 'hedge' | 'system' | 'external';
  readonly actor: Actor;
  readonly payload: string;
  readonly correlationId: string;
  readonly receivedAt: number;
  readonly strategy: string | null;
  readonly tag: string | null;
}

/** What has become of a signal on one of its accounts. */
export interface SignalPart {
  readonly signalId: SignalId;
  readonly accountId: AccountId;
  readonly status: SignalStatus;
  readonly code: string | null;
  readonly message: string | null;
  /** Base units it carries out of an order over several accounts; absent: all that was asked. */
  readonly share?: Decimal;
}

/** Stages of a signal's story, in the order of its way. */
export type SignalStage = 'received' | 'approval' | 'admitted' | 'risk' | 'order' | 'fill' | 'notified' | 'repeat';

const WORST_FIRST: readonly SignalStatus[] = ['unknown', 'executing', 'planned', 'accepted', 'failed', 'refused', 'expired', 'done'];

/** One status for people out of several accounts: the one that most needs attention. */
export function foldSignalStatus(parts: readonly SignalStatus[]): SignalStatus {
  for (const status of WORST_FIRST) if (parts.includes(status)) return status;
  return 'accepted';
}

import type { PresetName } from '../access/presets.ts';
import type { WhitelistEntry, WhitelistScope } from '../access/whitelist.ts';
import type { AlertMistake } from '../alert/alert.ts';
import type { Hedge } from '../hedge/hedge.ts';
import type { AccountId, CommandId, HookId, OrderId, SignalId } from '../ids.ts';
import type { PeopleCommand } from '../people/peopleCommand.ts';
import type { SecondFactor } from '../people/secondFactor.ts';
import type { Role } from '../people/user.ts';
import type { Account } from '../portfolio/account.ts';
import type { DriftDecision } from '../portfolio/drift.ts';
import type { TelegramCommand } from '../telegram.ts';
import type { Hook } from './hook.ts';
import type { FreshProofs } from './hookProofs.ts';

/**
 * Everything that wants something to happen, as it is stored in the command log: plain JSON (decimals and alerts as
 * text), no secret in clear. Whoever wants a trade appends one of these; only the leader carries it out.
 */
export type CommandBody =
  /** A TradingView alert. `payload` is the canonical, secret-free JSON text that `parseStoredAlert` reads back. */
  | { readonly kind: 'alert'; readonly hookId: HookId; readonly payload: string }
  /** The same alert again: counted on the signal. `explicitId`: the sender gave an `id`, so the repeat is meant. */
  | { readonly kind: 'alert.repeat'; readonly hookId: HookId; readonly signalId: SignalId; readonly explicitId: boolean }
  /** An authenticated alert that was answered 400: recorded so that a person hears of it. */
  | { readonly kind: 'alert.malformed'; readonly hookId: HookId; readonly mistakes: readonly AlertMistake[]; readonly excerpt: string }
  /** An order from the API or CLI: the same language as an alert, for one account. */
  | { readonly kind: 'order.create'; readonly payload: string }
  | {
      readonly kind: 'order.amend';
      readonly orderId: OrderId;
      readonly quantity: string | null;
      readonly price: string | null;
      readonly stopPrice: string | null;
    }
  | { readonly kind: 'order.cancel'; readonly orderId: OrderId }
  /** Whether the venue has an order that is in doubt, by somebody who has looked; `venueOrderId`: which one it is there. */
  | { readonly kind: 'order.resolve'; readonly orderId: OrderId; readonly exists: boolean; readonly venueOrderId: string | null }
  /** A person's word on a signal of a hook that demands one. */
  | { readonly kind: 'signal.decide'; readonly signalId: SignalId; readonly decision: 'approve' | 'reject' }
  /** What is to be done where ledger and venue differ. */
  | { readonly kind: 'drift.decide'; readonly driftId: string; readonly decision: DriftDecision }
  | {
      readonly kind: 'trading.set';
      readonly action: 'halt' | 'reduce_only' | 'resume' | 'flatten';
      readonly accountId: AccountId | null;
      readonly reason: string | null;
      /** Of the person who resumes; spent by the leader. */
      readonly secondFactor?: SecondFactor | null;
    }
  | { readonly kind: 'risk.set'; readonly accountId: AccountId | null; readonly limits: Readonly<Record<string, unknown>> }
  | { readonly kind: 'account.create'; readonly account: Account }
  | { readonly kind: 'account.remove'; readonly accountId: AccountId }
  | { readonly kind: 'account.test'; readonly accountId: AccountId }
  /** `ownerId` null: the house. */
  | { readonly kind: 'account.change'; readonly accountId: AccountId; readonly ownerId: string | null }
  /** It may trade from now on. */
  | { readonly kind: 'account.enable'; readonly accountId: AccountId }
  /** Creates or replaces the rule with this id; its symbols as people write them. */
  | { readonly kind: 'hedge.put'; readonly hedge: Hedge; readonly change: 'created' | 'updated' }
  | { readonly kind: 'hedge.remove'; readonly hedgeId: string }
  | { readonly kind: 'hedge.switch'; readonly hedgeId: string; readonly enabled: boolean }
  /** A correction that the leader decided on: the same language as an alert, for the hedge's account. */
  | { readonly kind: 'hedge.trade'; readonly hedgeId: string; readonly step: number; readonly payload: string }
  /** Creates or replaces the hook with this id. */
  | { readonly kind: 'hook.put'; readonly hook: Hook; readonly change: 'created' | 'updated' }
  /** Replaces proofs of a hook; what they replace works `overlapSec` longer. */
  | { readonly kind: 'hook.rotate'; readonly hookId: HookId; readonly fresh: FreshProofs; readonly overlapSec: number }
  | { readonly kind: 'hook.remove'; readonly hookId: HookId }
  | PeopleCommand
  /** Adds an entry, or replaces the one with the same block and scope. `force`: even where it shuts out who asks, or is very wide. */
  | { readonly kind: 'whitelist.put'; readonly entry: WhitelistEntry; readonly force?: boolean }
  | { readonly kind: 'whitelist.remove'; readonly entryId: string; readonly force: boolean }
  /** Stores a list of a preset's addresses in place of the present one; null: back to the built-in list. */
  | {
      readonly kind: 'whitelist.preset';
      readonly preset: PresetName;
      readonly scope: WhitelistScope;
      readonly addresses: readonly string[] | null;
      readonly force: boolean;
    }
  /** Shuts an address out of the hooks by hand, until `until` (epoch ms). `force`: even one of the whitelist. */
  | { readonly kind: 'ban.add'; readonly address: string; readonly until: number; readonly reason: string | null; readonly force?: boolean }
  /** Lifts every ban of the address on every instance, and forgets its past. */
  | { readonly kind: 'ban.lift'; readonly address: string }
  /** Wraps stored secrets behind `after` (`place/id`) with the key `toKeyId`, if that is the one the leader seals with. One batch. */
  | { readonly kind: 'secrets.rewrap'; readonly toKeyId: string; readonly after: string | null }
  | TelegramCommand
  /** Ends a running job that collects candles. */
  | { readonly kind: 'candles.cancel'; readonly jobId: string }
  /** Something an instance noticed that a person should know (a ban, say). */
  | { readonly kind: 'notice.raise'; readonly severity: 'critical' | 'warning' | 'info'; readonly text: string };

export type CommandKind = CommandBody['kind'];

/** What stops or decides something, and who may knock: these wait neither behind other commands nor for a main log that is away. */
export const CONTROL_KINDS = [
  'trading.set',
  'order.cancel',
  'signal.decide',
  'whitelist.put',
  'whitelist.remove',
  'whitelist.preset',
  'ban.add',
  'ban.lift',
] as const satisfies readonly CommandKind[];
const CONTROL: ReadonlySet<CommandKind> = new Set(CONTROL_KINDS);

export function isControl({ kind }: CommandBody): boolean {
  return CONTROL.has(kind);
}

/** Who asked: `hook:<name>`, `user:<email>`, `token:admin`, `system`; with the client address where there is one. */
export interface Actor {
  readonly name: string;
  readonly address: string | null;
  /** Of a user, what the leader checks again before it acts; absent: hooks, `ADMIN_API_TOKEN` and the system itself. */
  readonly rights?: ActorRights;
}

export interface ActorRights {
  readonly userId: string;
  /** Never more than the user's own; less for a token of narrower scope. */
  readonly role: Role;
  /** `program`: came with a token, so nobody is there to show a second factor. */
  readonly by: 'person' | 'program';
}

/** A command as read back from the log. `seq` orders; `receivedAt` (epoch ms, log's clock) explains. */
export interface Command {
  readonly seq: number;
  readonly id: CommandId;
  readonly body: CommandBody;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly receivedAt: number;
}

/** What the leader answers to a command that somebody waits for. `body` is JSON; `status` an HTTP status. */
export interface CommandReply {
  readonly status: number;
  readonly body: unknown;
}

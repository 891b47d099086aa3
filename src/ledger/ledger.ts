import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Hedge, HedgeProgress } from '../domain/hedge/hedge.ts';
import type { AccountId, CommandId, Epoch, FillId, FundingId, HookId, SignalId } from '../domain/ids.ts';
import type { Decimal } from '../domain/money.ts';
import type { Fill, Order, OrderStatus } from '../domain/order/order.ts';
import type { People, PeopleChange } from '../domain/people/peopleChange.ts';
import type { Proposal } from '../domain/people/proposal.ts';
import type { Role } from '../domain/people/user.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { BookedFunding } from '../domain/portfolio/bookFunding.ts';
import type { Drift } from '../domain/portfolio/drift.ts';
import type { BalanceDelta, LedgerEntry, Position } from '../domain/portfolio/position.ts';
import type { RiskLimits, TradingMode } from '../domain/risk/risk.ts';
import type { Approval } from '../domain/signal/approval.ts';
import type { Claim } from '../domain/signal/claim.ts';
import type { Actor, CommandBody } from '../domain/signal/command.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { Signal, SignalPart, SignalStage, SignalStatus } from '../domain/signal/signal.ts';
import type { LinkCode, TelegramChange, TelegramLink } from '../domain/telegram.ts';

export type NoticeSeverity = 'critical' | 'warning' | 'info';
export type Audience = 'trading' | 'user' | 'dev';

/** One of the answers a notice offers: pressed, it appends its command in the name of who pressed it. */
export interface NoticeButton {
  /** A word or two. */
  readonly label: string;
  readonly command: CommandBody;
  /** The least role of who may press it. */
  readonly role: Role;
  /** Not pressed, but answered with a one-time code; then it is the only one. */
  readonly byCode?: boolean;
}

/** Something a person is told, written in the same transaction as the change it reports. */
export interface Notice {
  readonly id: string;
  readonly audience: Audience;
  readonly severity: NoticeSeverity;
  /** Plain text; no secret, no markup. */
  readonly text: string;
  readonly signalId: SignalId | null;
  readonly correlationId: string | null;
  readonly at: number;
  /** One of them may be pressed, once, and only until `expiresAt` (epoch ms; null: for as long as it takes). */
  readonly buttons?: readonly NoticeButton[];
  readonly expiresAt?: number | null;
  /** Id of the user who alone is told, through the audience's bot in the chat they linked; others may not press. */
  readonly recipientId?: string | null;
  /** The account it is about, where there is no signal: so its owner hears of it. Not stored. */
  readonly accountId?: AccountId | null;
  /** Id of the notice this is a copy of, for another reader: a choice made on one is made on all. */
  readonly copyOf?: string | null;
}

/** One fill and all it does: position, realised P&L, balances. `position` is the state after it. */
export interface BookedFill {
  readonly id: FillId;
  readonly order: Order;
  readonly fill: Fill;
  readonly entry: LedgerEntry;
  readonly position: Position;
  readonly balances: readonly BalanceDelta[];
}

/**
 * ⑧ Everything that can happen to the truth. `signal.received`, `fill.booked` and `funding.booked` are idempotent by id (a second one changes
 * nothing); all others are facts in the order given.
 */
export type Change =
  | { readonly kind: 'signal.received'; readonly signal: Signal }
  | { readonly kind: 'signal.part'; readonly part: SignalPart; readonly at: number }
  /** The folded status, shown to people. */
  | {
      readonly kind: 'signal.status';
      readonly signalId: SignalId;
      readonly status: SignalStatus;
      readonly code: string | null;
      readonly message: string | null;
      readonly at: number;
    }
  | {
      readonly kind: 'signal.event';
      readonly signalId: SignalId;
      readonly stage: SignalStage;
      readonly detail: string;
      readonly at: number;
    }
  | { readonly kind: 'signal.repeated'; readonly signalId: SignalId; readonly at: number }
  /** A person is asked, or has decided: the whole of it after the change. */
  | { readonly kind: 'approval.put'; readonly approval: Approval }
  | { readonly kind: 'order.created'; readonly order: Order }
  /** `order` is the whole order after the change; `from` its status before. */
  | {
      readonly kind: 'order.updated';
      readonly order: Order;
      readonly from: OrderStatus;
      readonly at: number;
      readonly detail: string | null;
    }
  | ({ readonly kind: 'fill.booked' } & BookedFill)
  /** A position found to be another than its fills make it, without a trade that tells why. Idempotent by id. */
  | {
      readonly kind: 'position.adjusted';
      readonly id: FillId;
      readonly accountId: AccountId;
      readonly symbol: string;
      readonly entry: LedgerEntry;
      readonly position: Position;
      readonly reason: string;
      readonly at: number;
    }
  /** Takes the place of the one before it on that account and symbol. */
  | { readonly kind: 'drift.put'; readonly drift: Drift }
  | { readonly kind: 'claim.put'; readonly claim: Claim }
  /** The venue's own figure replaces ours. */
  | { readonly kind: 'balance.set'; readonly accountId: AccountId; readonly asset: string; readonly total: Decimal; readonly at: number }
  | { readonly kind: 'funding.booked'; readonly funding: BookedFunding }
  /** The venue has told all payments of the account until then, epoch ms. */
  | { readonly kind: 'funding.asked'; readonly accountId: AccountId; readonly until: number }
  | {
      readonly kind: 'trading.set';
      readonly accountId: AccountId | null;
      readonly mode: TradingMode;
      readonly reason: string | null;
      readonly actor: Actor;
      readonly at: number;
      /** Of the command that set it. */
      readonly seq: number;
    }
  | { readonly kind: 'risk.set'; readonly accountId: AccountId | null; readonly limits: RiskLimits; readonly at: number }
  | { readonly kind: 'account.put'; readonly account: Account }
  | { readonly kind: 'account.removed'; readonly accountId: AccountId; readonly at: number }
  | { readonly kind: 'hedge.put'; readonly hedge: Hedge }
  | { readonly kind: 'hedge.removed'; readonly hedgeId: string; readonly at: number }
  /** Takes the place of the rule's progress before it. */
  | { readonly kind: 'hedge.progress'; readonly progress: HedgeProgress }
  | { readonly kind: 'hook.put'; readonly hook: Hook }
  | { readonly kind: 'hook.removed'; readonly hookId: HookId; readonly at: number }
  | PeopleChange
  | { readonly kind: 'whitelist.put'; readonly entry: WhitelistEntry }
  | { readonly kind: 'whitelist.removed'; readonly entryId: string; readonly at: number }
  /** Takes the place of the network's ruling before it. */
  | { readonly kind: 'ban.ruled'; readonly ruling: BanRuling }
  /** The same secret under another key (docs/adr/0019). Where `before` no longer is what is stored, nothing changes. */
  | { readonly kind: 'secret.rewrapped'; readonly place: string; readonly id: string; readonly before: string; readonly after: string }
  | TelegramChange
  | {
      readonly kind: 'audit';
      readonly id: string;
      readonly at: number;
      readonly actor: Actor;
      readonly action: string;
      readonly subject: string;
      readonly before: unknown;
      readonly after: unknown;
    }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | {
      readonly kind: 'reply';
      readonly commandId: CommandId;
      readonly status: number;
      readonly body: unknown;
      readonly at: number;
      /** Whose answer it is; null: nobody's own, so only for who sees everything. */
      readonly userId: string | null;
    };

/** A stored secret, sealed; `place` is one of `SEALED_COLUMNS` (sealedColumns.ts), `id` the row's. */
export interface SealedRecord {
  readonly place: string;
  readonly id: string;
  readonly sealed: string;
}

/** How many records of a place a key has sealed. */
export interface SealedCount {
  readonly place: string;
  readonly keyId: string;
  readonly count: number;
}

/** All a new leader needs to go on where the last one stopped. */
export interface LedgerSnapshot {
  readonly accounts: readonly Account[];
  readonly hooks: readonly Hook[];
  readonly hedges: readonly Hedge[];
  /** Of `hedges`. */
  readonly hedgeProgress: readonly HedgeProgress[];
  readonly people: People;
  /** Of the last week. */
  readonly proposals: readonly Proposal[];
  readonly whitelist: readonly WhitelistEntry[];
  /** The latest ruling of each network. */
  readonly rulings: readonly BanRuling[];
  readonly modes: readonly {
    readonly accountId: AccountId | null;
    readonly mode: TradingMode;
    readonly reason: string | null;
    readonly at: number;
    readonly seq: number | null;
  }[];
  readonly limits: readonly { readonly accountId: AccountId | null; readonly limits: RiskLimits }[];
  readonly positions: readonly Position[];
  /** `setAt`: when the venue's own figure last took the place of ours, epoch ms; null: never. */
  readonly balances: readonly {
    readonly accountId: AccountId;
    readonly asset: string;
    readonly total: Decimal;
    readonly setAt: number | null;
  }[];
  /** Up to when each account's venue has been asked for funding, and which payments it may list again. */
  readonly funding: readonly { readonly accountId: AccountId; readonly until: number; readonly ids: readonly FundingId[] }[];
  /** Every order of a signal part that has an open order or is itself not over; oldest first. */
  readonly orders: readonly Order[];
  /** Ids of the fills already booked for `orders`. */
  readonly fillIds: readonly FillId[];
  /** Parts of the signals of `orders`, and every part in a non-final status. */
  readonly parts: readonly SignalPart[];
  readonly signals: readonly Signal[];
  readonly telegram: { readonly codes: readonly LinkCode[]; readonly links: readonly TelegramLink[] };
  /** Those of `signals`. */
  readonly approvals: readonly Approval[];
  /** The latest of each account and symbol. */
  readonly drifts: readonly Drift[];
  readonly claims: readonly Claim[];
  /** Realised P&L since `dayStart` per account, funding included. */
  readonly realizedSince: readonly { readonly accountId: AccountId; readonly realizedPnl: Decimal }[];
}

/** What the ledger knows of a command that may have been carried out before. */
export interface HandledCommand {
  readonly id: CommandId;
  /** Accounts on which the signal already has a part. */
  readonly accountIds: readonly AccountId[];
  /** Its answer or final refusal is recorded: there is nothing left to do. */
  readonly finished: boolean;
}

/** How a venue names an order. */
export interface VenueOrderName {
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
}

/** A signal that was over, with everything a leader needs to go on with it. */
export interface RecalledSignal {
  readonly signal: Signal;
  readonly parts: readonly SignalPart[];
  readonly orders: readonly Order[];
  readonly fillIds: readonly FillId[];
}

/** A write of an older epoch was refused: somebody else leads. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** Postgres did not take the transaction; whether it committed may be unknown. The leader's term ends, state is folded anew. */
export class LedgerUnavailableError extends Error {
  override readonly name = 'LedgerUnavailableError';
}

/** The single writer's port. Every transaction checks the epoch; concurrent appends may share one (group commit), in call order. */
export interface Ledger {
  /** Resolves after commit. Rejects with `FencedError` or `LedgerUnavailableError`; then nothing later may be assumed. */
  append(epoch: Epoch, changes: readonly Change[]): Promise<void>;
  /** `dayStart`: epoch ms from which realised P&L counts. */
  load(dayStart: number): Promise<LedgerSnapshot>;
  handled(ids: readonly CommandId[]): Promise<readonly HandledCommand[]>;
  /** Which of these fills are booked. */
  booked(ids: readonly FillId[]): Promise<ReadonlySet<FillId>>;
  /** The orders of an account that a venue calls so, final ones too. */
  ordersNamed(accountId: AccountId, names: readonly VenueOrderName[]): Promise<readonly Order[]>;
  recall(signalId: SignalId): Promise<RecalledSignal | null>;
  /** What a person was asked about a signal, and what came of it, also long ago. */
  approval(signalId: SignalId): Promise<Approval | null>;
}

/** A stored notice as the sender sees it. */
export interface OutboxItem extends Notice {
  readonly seq: number;
  readonly attempts: number;
}

/** One person with notices of one audience; `chat` is null when they have no Telegram account linked. */
export interface Recipient {
  readonly audience: Audience;
  readonly recipientId: string;
  readonly chat: string | null;
}

export interface UpdateCursor {
  readonly updateId: number;
  readonly at: number;
}

/** Where a message is, for those who want to change it. */
export interface MessagePlace {
  readonly chat: string;
  readonly messageId: string;
}

/** Which button was pressed first, by whom, and what came of it. */
export interface Press {
  readonly label: string;
  /** Actor name. */
  readonly by: string;
  readonly at: number;
  /** What the leader said, in a few words; null: done. */
  readonly result: string | null;
}

/** A notice with buttons. */
export interface Choice extends OutboxItem {
  readonly buttons: readonly NoticeButton[];
  /** What all copies share. */
  readonly choiceId: string;
  /** Null until it was sent. */
  readonly place: MessagePlace | null;
  readonly press: Press | null;
}

/** ⑨'s half of the ledger. Marks are fenced like every write. */
export interface Outbox {
  /** Unsent notices for these audiences (default: all), or to one person of them; critical first, then oldest first. */
  pending(limit: number, audiences?: readonly Audience[], recipientId?: string | null): Promise<readonly OutboxItem[]>;
  /** Who has unsent notices of their own. */
  recipients(): Promise<readonly Recipient[]>;
  /** `place`: where the one notice can be found, if it was one that may change. */
  markSent(epoch: Epoch, seqs: readonly number[], at: number, place?: MessagePlace | null): Promise<void>;
  /** A try failed; `dead` gives up on it and keeps the reason. */
  markFailed(epoch: Epoch, seq: number, error: string, dead: boolean, at: number): Promise<void>;
  /** The notice with buttons that has this id. */
  choice(noticeId: string): Promise<Choice | null>;
  /** Messages whose buttons are to go: pressed, or expired by `now`; oldest first. */
  choicesToClose(now: number, limit: number): Promise<readonly Choice[]>;
  /** A choice was made, on every copy. */
  markPressed(epoch: Epoch, choiceId: string, press: Press): Promise<void>;
  /** The message shows no button any more. */
  markClosed(epoch: Epoch, seqs: readonly number[], at: number): Promise<void>;
  /** The newest question put to one person that nobody has answered; it may have expired. */
  openQuestion(audience: Audience, recipientId: string): Promise<Choice | null>;
  /** Puts a question of the chat's own, such as whether a command is meant; the same id again changes nothing. */
  ask(epoch: Epoch, question: Notice): Promise<void>;
  /** The last update of a bot that a leader has dealt with. */
  updateCursor(bot: string): Promise<UpdateCursor | null>;
  markUpdate(epoch: Epoch, bot: string, cursor: UpdateCursor): Promise<void>;
}

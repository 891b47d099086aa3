import type { CommandLog } from '../commandlog/commandLog.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { ReasonCode } from '../domain/errors.ts';
import type { AccountId, CommandId, OrderId, SignalId } from '../domain/ids.ts';
import type { Market } from '../domain/market/market.ts';
import type { Order } from '../domain/order/order.ts';
import { isFinal } from '../domain/order/transition.ts';
import type { PastVolumes } from '../domain/order/work/volumeWeights.ts';
import type { FourEyesTopic } from '../domain/people/proposal.ts';
import type { PositionMargin } from '../domain/portfolio/position.ts';
import { partStatusOf } from '../domain/signal/partStatus.ts';
import type { Signal, SignalPart, SignalStatus } from '../domain/signal/signal.ts';
import type { Exchanges, VenueHint } from '../exchange/exchange.ts';
import { type Leadership, LeadershipLostError } from '../leader/lease.ts';
import { type Change, FencedError, type Ledger, LedgerUnavailableError, type SealedRecord } from '../ledger/ledger.ts';
import type { Clock } from '../lib/clock.ts';
import { manyListeners } from '../lib/manyListeners.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics, Stage } from '../ops/metrics.ts';
import { ownerCopies } from './commands/ownerCopies.ts';
import { evolve, forgetSignal } from './evolve.ts';
import { logChanges } from './journal.ts';
import { Lanes } from './lanes.ts';
import { accountOfLane, type Parking } from './parking.ts';
import { Reach } from './reach.ts';
import { type EngineState, ordersOfSignal, statusOfSignal } from './state.ts';
import { EXIT_OWED } from './tasks.ts';
import type { Venues } from './venues.ts';

export type Failpoint = 'before_intent' | 'after_intent' | 'after_send' | 'before_ack';

export interface EngineSettings {
  readonly lanesInFlight: number;
  /** Commands taken from the log and not yet carried out. */
  readonly commandsInFlight: number;
  /** How often open orders of venues that do not push are asked for, milliseconds. */
  readonly pollMs: number;
  /** How long a position may be without the stop its plan has, milliseconds, before people are told and the policy decides. */
  readonly stopGuaranteeMs: number;
  readonly nakedPosition: 'alarm' | 'flatten';
  /** How often ledger and venue are held against each other, milliseconds. */
  readonly lookMs: number;
  /** How near to liquidation a position may come before people are told, percent of its price. */
  readonly liquidationAlarmPercent: number;
}

export const ENGINE_DEFAULTS: EngineSettings = {
  lanesInFlight: 64,
  commandsInFlight: 2_000,
  pollMs: 2_000,
  stopGuaranteeMs: 10_000,
  nakedPosition: 'alarm',
  lookMs: 45_000,
  liquidationAlarmPercent: 10,
};

/** The keys that stored secrets are sealed with, as the engine may use them: it never opens one. */
export interface SecretKeeper {
  /** The key that seals now. */
  readonly keyId: string;
  /** Records that another key has sealed, behind `after` (`place/id`), at most `limit`. */
  outdated(after: string | null, limit: number): Promise<readonly SealedRecord[]>;
  /** The record under the key that seals now; null when it cannot be opened. */
  rewrap(record: SealedRecord): string | null;
}

export interface EngineDeps {
  readonly log: CommandLog;
  readonly ledger: Ledger;
  readonly exchanges: Exchanges;
  readonly clock: Clock;
  readonly newId: () => string;
  /** In [0, 1): spreads what is tried again. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly failpoint: (name: Failpoint) => void;
  readonly settings: EngineSettings;
  /** Told of everything the ledger took, so that whoever waits for it need not poll. */
  readonly onCommitted: (changes: readonly Change[]) => void;
  /** What opens the doors besides stored entries. Absent: nothing does. */
  readonly access?: FixedAccess;
  /** Absent: nothing here is sealed. */
  readonly secrets?: SecretKeeper;
  /** What takes effect only when a second admin has confirmed it; absent: nothing. */
  readonly fourEyes?: readonly FourEyesTopic[];
  /** What was traded of a market in the days before `nowMs`, by the name of its feed; null where that is not known. Absent: nowhere is. */
  readonly pastVolumes?: (feed: string, market: Market, nowMs: number) => Promise<PastVolumes | null>;
  /** Ends a candle job of this instance and resolves when it has ended; false when it does not run here. Absent: there are none. */
  readonly cancelCandleJob?: (jobId: string, actor: string) => Promise<boolean>;
}

export interface FixedAccess {
  /** Entries of the settings, and built-in lists. */
  readonly fixed: readonly WhitelistEntry[];
  /** Whether that address is this machine, which the API answers whatever the whitelist says. */
  readonly isLocal: (address: string) => boolean;
}

/** This leader's term is over; whatever was under way is taken up by the next one from the ledger. */
export class TermEndedError extends Error {
  override readonly name = 'TermEndedError';
}

const PART_IS_OVER: ReadonlySet<SignalStatus> = new Set(['done', 'refused', 'failed', 'expired']);

/**
 * One leader's time in office: its right to act, its picture of the truth, its lanes. Everything it learns goes through
 * `commit`, which changes the picture at once and resolves when the ledger has it; no side effect comes before that.
 */
export class Term {
  readonly deps: EngineDeps;
  readonly leadership: Leadership;
  readonly state: EngineState;
  readonly venues: Venues;
  readonly parking: Parking;
  readonly reach: Reach;
  /** What venues last said about positions, by `marginKey`. */
  readonly margins = new Map<string, PositionMargin>();
  readonly lanes: Lanes;
  /** Aborts when the term ends, by whatever cause. */
  readonly signal: AbortSignal;
  /** Accounts on which a signal is being worked on now, by signal. */
  private readonly underWay = new Map<SignalId, Set<AccountId>>();
  private readonly awaited = new Map<SignalId, (() => void)[]>();
  private readonly ending = new AbortController();
  private readonly entering = new AbortController();
  private cause: unknown = null;
  /** Assets whose balance at the venue was another than ours at the last look: somebody may have traded. */
  readonly changedAssets = new Map<AccountId, Set<string>>();
  /** Set by whoever asks venues about orders. */
  onHint: (accountId: AccountId, hint: VenueHint) => void = () => undefined;
  /** Starts what the leader itself has recorded to be done; set by whoever sees to protection (guard.ts). */
  onOwn: (signal: Signal) => void = () => undefined;
  /** Somebody else canceled what guards a position there. Set likewise. */
  onForeignCancel: (accountId: AccountId, symbol: string) => void = () => undefined;
  private tickets = 0;
  private counted = { accounts: 0, venues: 1 };
  /** Orders whose placing is under way; each resolves once its outcome is booked. */
  readonly placing = new Map<OrderId, Promise<void>>();
  /** What orders are being canceled for: reports of it may come by another way than the answer. */
  readonly cancelsAsked = new Map<OrderId, ReasonCode>();
  /** The command whose work ended this term. */
  suspect: CommandId | null = null;

  constructor(deps: EngineDeps, leadership: Leadership, state: EngineState, venues: Venues, parking: Parking) {
    this.deps = deps;
    this.leadership = leadership;
    this.state = state;
    this.venues = venues;
    this.parking = parking;
    this.reach = new Reach(() => deps.clock.monotonic(), deps.random);
    this.signal = manyListeners(AbortSignal.any([leadership.signal, this.ending.signal]));
    this.lanes = new Lanes({
      inFlight: deps.settings.lanesInFlight,
      onError: (error) => this.fail(error),
      venueOf: (lane) => this.venueOf(accountOfLane(lane)),
      venues: () => this.venueCount(),
    });
  }

  /** A venue pushed that something has changed. */
  hinted(accountId: AccountId, hint: VenueHint): void {
    if (!this.signal.aborted) this.onHint(accountId, hint);
  }

  /** Numbers the signals in the order in which they join their lanes. */
  nextTicket(): number {
    this.tickets += 1;
    return this.tickets;
  }

  get now(): number {
    return this.deps.clock.now();
  }

  /** Called before each request to a venue: throws when the term has ended or its lease may run out meanwhile. */
  assertActing(): void {
    if (this.signal.aborted) throw new TermEndedError('the term is over');
    this.leadership.assertHeld();
  }

  /** The venues have been asked about what the last leader left. */
  enterOffice(): void {
    this.entering.abort();
  }

  /** Resolves when that is so, or when the term has ended before. */
  async inOffice(): Promise<void> {
    const either = AbortSignal.any([this.entering.signal, this.signal]);
    if (!either.aborted) await new Promise<void>((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Ends the term. The first cause is the one reported. */
  fail(error: unknown): void {
    if (error instanceof TermEndedError || this.ending.signal.aborted) return;
    this.cause = error;
    this.ending.abort();
  }

  /** The same, when it was the work on one command that failed: if it keeps failing, the command is set aside. */
  blame(commandId: CommandId, error: unknown): void {
    const infrastructure =
      error instanceof TermEndedError ||
      error instanceof LeadershipLostError ||
      error instanceof FencedError ||
      error instanceof LedgerUnavailableError;
    if (!infrastructure && !this.ending.signal.aborted) this.suspect = commandId;
    this.fail(error);
  }

  /** A lane's task that is blamed on the command should it throw. */
  blaming(commandId: CommandId, task: () => Promise<void>): () => Promise<void> {
    return () => task().catch((error: unknown) => this.blame(commandId, error));
  }

  /** Why the term failed, or null when leadership simply ended. */
  get failure(): unknown {
    return this.cause;
  }

  /** Applies the changes, adds what follows for the signals they touch, and waits for the ledger. */
  async commit(changes: readonly Change[]): Promise<void> {
    if (this.signal.aborted) throw new TermEndedError('the term is over');
    const now = this.now;
    for (const change of changes) {
      evolve(this.state, change, now);
      if (change.kind === 'signal.received') this.recorded(change.signal.id);
    }
    const all = [...changes, ...ownerCopies(this.state, changes, this.deps.newId), ...this.deriveStatuses(changes, now)];
    try {
      await this.deps.ledger.append(this.leadership.epoch, all);
    } catch (error) {
      this.fail(error);
      throw new TermEndedError('the ledger did not take a change', { cause: error });
    }
    this.settled(all);
  }

  /** Announces work on a signal, so that it counts as over only when every account has its say. */
  begin(signalId: SignalId, accountIds: readonly AccountId[]): void {
    this.underWay.set(signalId, new Set(accountIds));
  }

  /** Resolves once the ledger is given the signal: what refers to it must not be stored before. */
  whenRecorded(signalId: SignalId): Promise<void> {
    if (!this.underWay.has(signalId) || this.state.signals.has(signalId)) return Promise.resolve();
    return new Promise((resolve) => {
      this.awaited.set(signalId, [...(this.awaited.get(signalId) ?? []), resolve]);
    });
  }

  private recorded(signalId: SignalId): void {
    for (const resolve of this.awaited.get(signalId) ?? []) resolve();
    this.awaited.delete(signalId);
  }

  /** The work announced for one account is done or parked in the ledger. */
  finish(signalId: SignalId, accountId: AccountId): void {
    const accounts = this.underWay.get(signalId);
    if (!accounts) return;
    accounts.delete(accountId);
    if (accounts.size > 0) return;
    this.underWay.delete(signalId);
    this.forgetIfOver(signalId);
  }

  /** The part and signal statuses that follow from changed orders and parts. */
  private deriveStatuses(changes: readonly Change[], now: number): Change[] {
    const derived: Change[] = [];
    const touched = new Set<SignalId>();
    for (const change of changes) {
      if (change.kind === 'signal.part') touched.add(change.part.signalId);
      if (change.kind !== 'order.created' && change.kind !== 'order.updated') continue;
      touched.add(change.order.signalId);
      const part = this.changedPart(change.order);
      if (part) derived.push({ kind: 'signal.part', part, at: now });
    }
    for (const change of derived) evolve(this.state, change, now);
    for (const signalId of touched) {
      const signal = this.state.signals.get(signalId);
      if (!signal) continue;
      const status = statusOfSignal(signal, this.underWay.get(signalId));
      if (status === signal.status) continue;
      signal.status = status;
      const cause = [...signal.parts.values()].find((part) => part.status === status);
      derived.push({ kind: 'signal.status', signalId, status, code: cause?.code ?? null, message: cause?.message ?? null, at: now });
    }
    return derived;
  }

  private changedPart(order: Order): SignalPart | null {
    const account = this.state.accounts.get(order.accountId);
    const current = this.state.signals.get(order.signalId)?.parts.get(order.accountId);
    if (!account || !current) return null;
    const next = partStatusOf(ordersOfSignal(account, order.signalId));
    if (next.status === current.status) return null;
    const keep = next.status === 'done' && current.status !== 'unknown';
    return {
      ...current,
      ...next,
      code: next.code ?? (keep && current.code !== EXIT_OWED ? current.code : null),
      message: next.message ?? (keep ? current.message : null),
    };
  }

  private settled(changes: readonly Change[]): void {
    const { metrics } = this.deps;
    logChanges(this.deps.logger, changes, (signalId) => this.state.signals.get(signalId)?.signal.correlationId);
    for (const change of changes) {
      if (change.kind === 'fill.booked') metrics.fills.inc({ venue: this.venueOf(change.order.accountId) });
      if (change.kind === 'order.updated') metrics.orders.inc({ venue: this.venueOf(change.order.accountId), status: change.order.status });
      if (change.kind === 'signal.part' && PART_IS_OVER.has(change.part.status))
        metrics.signals.inc({ status: change.part.status, code: change.part.code ?? '' });
    }
    for (const change of changes) {
      if (change.kind === 'signal.part' || change.kind === 'signal.status')
        this.forgetIfOver(change.kind === 'signal.part' ? change.part.signalId : change.signalId);
      if (change.kind === 'order.updated' && isFinal(change.order.status)) this.forgetIfOver(change.order.signalId);
    }
    this.deps.onCommitted(changes);
  }

  private forgetIfOver(signalId: SignalId): void {
    const signal = this.state.signals.get(signalId);
    if (signal && PART_IS_OVER.has(signal.status) && !this.underWay.has(signalId)) forgetSignal(this.state, signalId);
  }

  private venueCount(): number {
    const { accounts } = this.state;
    if (this.counted.accounts !== accounts.size)
      this.counted = { accounts: accounts.size, venues: new Set([...accounts.values()].map(({ account }) => account.venue)).size };
    return this.counted.venues;
  }

  private venueOf(accountId: AccountId): string {
    return this.state.accounts.get(accountId)?.account.venue ?? '';
  }

  /** Measures one stage of an order's way. */
  async timed<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const startedAt = this.deps.clock.monotonic();
    try {
      return await work();
    } finally {
      this.deps.metrics.stageSeconds.observe({ stage }, (this.deps.clock.monotonic() - startedAt) / 1000);
    }
  }
}

import type { Alert } from '../domain/alert/alert.ts';
import type { AccountId, CommandId } from '../domain/ids.ts';
import { isSliced } from '../domain/order/sliced.ts';
import { marginKey, type PositionMargin } from '../domain/portfolio/position.ts';
import type { Command } from '../domain/signal/command.ts';
import type { Leadership } from '../leader/lease.ts';
import { setAside } from './alertNotes.ts';
import { CommandReader, type HandledBefore } from './commandReader.ts';
import { stopsTrading } from './commands/tradingCommands.ts';
import { takePushedReport } from './doubt/pushed.ts';
import { Reconciler } from './doubt/reconcile.ts';
import { foldSnapshot } from './evolve.ts';
import { type Explanation, explainOn } from './explain.ts';
import { handleCommand } from './handleCommand.ts';
import { resumeOwn } from './ownSignals.ts';
import { laneKey, Parking } from './parking.ts';
import { Guard } from './protection/guard.ts';
import { type AccountState, dayStartOf, openOrdersOf } from './state.ts';
import { type EngineDeps, Term } from './term.ts';
import { type Venue, Venues } from './venues.ts';
import { takeBalances } from './watch/balances.ts';

const DRAIN_LOOK_MS = 10;
/** A command that brought down this many terms is set aside, so that it cannot hold up all others. */
const POISON_AFTER = 3;

/** ④–⑥ The single writer. `lead` is one term; outside a term the engine does nothing. */
export class Engine {
  private readonly deps: EngineDeps;
  private term: Term | null = null;
  /** Commands during which a term failed for no fault of the infrastructure, and how often. */
  private readonly suspects = new Map<CommandId, number>();
  private draining = false;
  /** Commands of this term taken and not yet carried out. */
  private inFlight = 0;

  constructor(deps: EngineDeps) {
    this.deps = deps;
  }

  /**
   * Leads until leadership ends: folds the ledger, hears what stops trading, asks the venues about every order that is not final, then
   * reads the log.
   * Resolves when leadership ended; rejects with what made the term fail (a ledger that does not answer, a bug).
   */
  async lead(leadership: Leadership): Promise<void> {
    const term = await Promise.race([this.takeOffice(leadership), untilAborted(leadership.signal)]);
    if (!term) return;
    try {
      await Promise.race([this.govern(term), untilAborted(term.signal)]);
    } catch (error) {
      term.fail(error);
    } finally {
      this.term = null;
      await term.venues.closeAll();
    }
    if (term.suspect !== null) this.suspects.set(term.suspect, (this.suspects.get(term.suspect) ?? 0) + 1);
    if (term.failure !== null) throw term.failure;
  }

  private async govern(term: Term): Promise<void> {
    const reader = this.readerOf(term);
    await reader.takeFirst(stopsTrading);
    const reconciler = new Reconciler(term);
    await reader.takeFirstDuring(reconciler.start(), stopsTrading);
    if (term.signal.aborted) return;
    this.term = term;
    term.enterOffice();
    resumeOwn(term, (signalId) => this.isPoison(signalId));
    await Promise.all([reconciler.run(), reader.run(), new Guard(term).run()]);
  }

  /** What an alert would do now, without doing it; null while this instance does not lead. */
  async explain(alert: Alert, accountNames: readonly string[]): Promise<readonly Explanation[] | null> {
    return this.term ? explainOn(this.term, alert, accountNames) : null;
  }

  /** Whether this instance carries out commands now. */
  get leads(): boolean {
    return this.term !== null;
  }

  /** The open session of an account, for prices; null while this instance does not lead or the account is not connected. */
  venueOf(accountId: AccountId): Venue | null {
    return this.term?.venues.get(accountId) ?? null;
  }

  /** What the venue last said about a position; null while this instance does not lead, or nothing was heard. */
  marginOf(accountId: AccountId, symbol: string): PositionMargin | null {
    return this.term?.margins.get(marginKey(accountId, symbol)) ?? null;
  }

  /** Takes no further command and waits until those taken are carried out, at most `withinMs`. True when nothing is left. */
  async drain(withinMs: number): Promise<boolean> {
    this.draining = true;
    const { clock } = this.deps;
    const deadline = clock.monotonic() + withinMs;
    while (this.inFlight > 0 && clock.monotonic() < deadline) await clock.sleep(DRAIN_LOOK_MS);
    return this.inFlight === 0;
  }

  private async takeOffice(leadership: Leadership): Promise<Term> {
    const { deps } = this;
    const now = deps.clock.now();
    const state = foldSnapshot(await deps.ledger.load(dayStartOf(now)), now);
    const venues = new Venues({
      exchanges: deps.exchanges,
      clock: deps.clock,
      random: deps.random,
      logger: deps.logger,
      onReport: (accountId, report) => takePushedReport(term, accountId, report),
      onHint: (accountId, hint) => term.hinted(accountId, hint),
      onOpened: (account, venue) =>
        term.lanes.enqueue(laneKey(account.account.id, ''), () => takeBalances(term, account, venue, () => isQuiet(account))),
    });
    const term: Term = new Term(deps, leadership, state, venues, new Parking());
    deps.logger.info(
      { epoch: leadership.epoch, accounts: state.accounts.size, orders: countOrders(state.accounts.values()) },
      'leading: ledger folded',
    );
    return term;
  }

  /** Reads the log in order and starts every command; acknowledges each when it is carried out. */
  private readerOf(term: Term): CommandReader {
    this.inFlight = 0;
    return new CommandReader(term, {
      room: () => (this.draining ? null : this.deps.settings.commandsInFlight - this.inFlight),
      start: (command, before, done) => {
        this.inFlight += 1;
        const finished = (): void => {
          if (term.signal.aborted) return; // The next term counts its own.
          this.inFlight -= 1;
          done();
        };
        void this.work(term, command, before).then(finished, (error: unknown) => term.blame(command.id, error));
      },
    });
  }

  private async work(term: Term, command: Command, before: HandledBefore): Promise<void> {
    if (before === 'finished') return;
    if (this.isPoison(command.id)) return setAside(term, command);
    return handleCommand(term, command, before);
  }

  private isPoison(id: CommandId): boolean {
    return (this.suspects.get(id) ?? 0) >= POISON_AFTER;
  }
}

function isQuiet(account: AccountState): boolean {
  return openOrdersOf(account).every((order) => order.status === 'intent' || order.role === 'external' || isSliced(order));
}

function countOrders(accounts: Iterable<AccountState>): number {
  let count = 0;
  for (const account of accounts) count += account.orders.size;
  return count;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

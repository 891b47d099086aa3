import { type Refusal, refuse } from '../../domain/errors.ts';
import { resolveSymbol } from '../../domain/market/symbolIndex.ts';
import type { Decimal } from '../../domain/money.ts';
import type { RouteShare } from '../../domain/route/route.ts';
import type { SignalPart } from '../../domain/signal/signal.ts';
import type { Change } from '../../ledger/ledger.ts';
import { deferred } from '../../lib/deferred.ts';
import { enqueuePart, firstVisit } from '../carryOut.ts';
import { describeRefusal, notice } from '../notices.ts';
import { ageRefusal, statusFor } from '../refusePart.ts';
import type { AccountState } from '../state.ts';
import { type PartResult, type PartTask, type SignalTask, withShare } from '../tasks.ts';
import { type Term, TermEndedError } from '../term.ts';
import { decideRoute, describeLeftOut, type LeftOut, type RouteOutcome } from './routeLook.ts';

/** How long an account may take to be connected and to come to its turn, milliseconds; then it is left out. */
const TURN_MS = 3_000;

/** What was decided: the share of each account that has one, or the refusal of all. */
interface Verdict {
  readonly shares: ReadonlyMap<string, Decimal>;
  readonly refusal: Refusal | null;
}

/** An account that has its turn, or why it will not. */
type Arrival = PartTask | LeftOut;

/**
 * Carries out a signal once in all. It joins the lane of every account at once, so that its place among other signals is kept; when it
 * is everybody's turn, who does how much is decided and recorded, and only then each goes on with its share, the way of any part. What
 * is recorded is never decided again: the next leader goes on from there (ownSignals.ts).
 */
export function routeOnAccounts(term: Term, task: SignalTask, accounts: readonly AccountState[]): Promise<readonly PartResult[]> {
  const ids = accounts.map(({ account }) => account.id);
  term.begin(task.signal.id, ids);
  const decision = deferred<Verdict>();
  decision.promise.catch(() => undefined); // Whoever waits for it is told.
  const seats = accounts.map((account) => takeSeat(term, task, account, decision.promise));
  decide(term, task, accounts, seats).then(decision.resolve, decision.reject);
  return Promise.all(
    seats.map(async ({ result }, index) => {
      const [ended] = await Promise.all([result, decision.promise]);
      const id = ids[index];
      if (id !== undefined) term.finish(task.signal.id, id);
      return ended;
    }),
  );
}

interface Seat {
  readonly arrival: Promise<Arrival>;
  readonly result: Promise<PartResult>;
}

function takeSeat(term: Term, task: SignalTask, account: AccountState, decision: Promise<Verdict>): Seat {
  const { id, enabled, market: preferred } = account.account;
  const arrival = deferred<Arrival>();
  const result = deferred<PartResult>();
  const ticket = term.nextTicket();
  const endWithout = ({ refusal }: Verdict): void => result.resolve({ orderIds: [], refusal });
  const leaveOut = (refusal: Refusal): void => {
    arrival.resolve({ account, refusal });
    decision.then(endWithout, () => undefined);
  };
  const join = (part: PartTask): void =>
    enqueuePart(term, part, firstVisit(ticket, false, result.resolve), async () => {
      arrival.resolve(part);
      const verdict = await decision;
      const share = verdict.shares.get(id);
      if (share) return withShare(part, share);
      endWithout(verdict);
      return null;
    });
  if (!enabled) leaveOut(refuse('ACCOUNT_NOT_CONFIRMED'));
  else
    term.venues.withVenue(account, (opened) => {
      if (!opened.ok) return leaveOut(refuse('ACCOUNT_UNAVAILABLE', opened.message));
      const found = resolveSymbol(opened.venue.index, task.alert.symbol, preferred);
      return found.ok ? join({ ...task, account, venue: opened.venue, market: found.market }) : leaveOut(found.refusal);
    });
  // Nobody waits for an account that does not come: what it still gets to hear is the decision.
  decision.then(
    (verdict) => verdict.shares.has(id) || endWithout(verdict),
    () => undefined,
  );
  return { arrival: arrival.promise, result: result.promise };
}

async function decide(term: Term, task: SignalTask, accounts: readonly AccountState[], seats: readonly Seat[]): Promise<Verdict> {
  const late = term.deps.clock.sleep(TURN_MS, term.signal).then(() => null);
  const arrivals = await Promise.all(
    seats.map(async ({ arrival }, index): Promise<Arrival | null> => {
      const account = accounts[index];
      const come = await Promise.race([arrival, late]);
      return come ?? (account ? { account, refusal: refuse('ROUTE_IMPOSSIBLE', 'It did not get ready in time.') } : null);
    }),
  );
  if (term.signal.aborted) throw new TermEndedError('the term is over');
  const come = arrivals.filter((arrival) => arrival !== null);
  const tooOld = ageRefusal(term, task);
  const outcome = tooOld
    ? ({ allocation: { ok: false, refusal: tooOld }, leftOut: [] } satisfies RouteOutcome)
    : await decideRoute(
        term,
        task.alert,
        come.filter((arrival) => 'venue' in arrival),
        come.filter((arrival) => 'refusal' in arrival),
      );
  await record(term, task, accounts, outcome);
  const { allocation } = outcome;
  if (!allocation.ok) return { shares: new Map(), refusal: allocation.refusal };
  const taking = allocation.shares.filter(({ quantity }) => quantity.gt(0));
  return { shares: new Map(taking.map(({ id, quantity }) => [id, quantity])), refusal: null };
}

/** One transaction, before anything is sent: the signal, why it is split so, and the share of every account. */
async function record(
  term: Term,
  { signal }: SignalTask,
  accounts: readonly AccountState[],
  { allocation, leftOut }: RouteOutcome,
): Promise<void> {
  const { now } = term;
  const out = leftOut.length > 0 ? ` ${describeLeftOut(leftOut)}` : '';
  const event = (detail: string): Change => ({ kind: 'signal.event', signalId: signal.id, stage: 'risk', detail, at: now });
  const changes: Change[] = [{ kind: 'signal.received', signal }];
  const part = (rest: Omit<SignalPart, 'signalId'>): Change => ({ kind: 'signal.part', part: { signalId: signal.id, ...rest }, at: now });
  if (allocation.ok) {
    changes.push(event(`routed: ${allocation.words}.${out}`));
    // Those with a share first: how they end is how the signal ends.
    const given = new Map(allocation.shares.map((share) => [share.id, share]));
    const amountOf = ({ account }: AccountState): number => (given.get(account.id)?.quantity.gt(0) ? 0 : 1);
    for (const { account } of [...accounts].sort((a, b) => amountOf(a) - amountOf(b))) {
      const why = leftOut.find((left) => left.account.account.id === account.id)?.refusal;
      changes.push(part({ accountId: account.id, ...shareOf(given.get(account.id), why) }));
    }
  } else {
    const { refusal } = allocation;
    const { code, message } = refusal;
    const words = leftOut.length > 0 && !message.includes('left out') ? `${message}${out}` : message;
    const about = { signalId: signal.id, correlationId: signal.correlationId };
    changes.push(event(`refused: ${code}. ${words}`));
    for (const { account } of accounts) changes.push(part({ accountId: account.id, status: statusFor(refusal), code, message }));
    changes.push(notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, refusal, null), about));
  }
  await term.commit(changes);
}

function shareOf(share: RouteShare | undefined, why: Refusal | undefined): Omit<SignalPart, 'signalId' | 'accountId'> {
  if (share?.quantity.gt(0)) {
    const message = `${share.quantity.toFixed()} of it, at about ${share.effectivePrice.toSignificantDigits(10).toFixed()} with the fee.`;
    return { status: 'accepted', code: 'ROUTED', message, share: share.quantity };
  }
  const words = why ? `Left out: ${why.code}. ${why.message}` : 'The order costs less on other accounts.';
  return { status: 'done', code: 'ROUTED_ELSEWHERE', message: words };
}

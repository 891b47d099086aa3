import { type ReasonCode, type Refusal, refuse } from '../domain/errors.ts';
import { derivedSignalId } from '../domain/ids.ts';
import type { Quote } from '../domain/market/market.ts';
import type { OrderIntent } from '../domain/order/order.ts';
import { assessAge } from '../domain/risk/assessAge.ts';
import { assessRisk, type RiskFacts } from '../domain/risk/assessRisk.ts';
import type { RiskApproved } from '../domain/risk/risk.ts';
import { type Plan, planSignal } from '../domain/signal/planSignal.ts';
import type { SignalStatus } from '../domain/signal/signal.ts';
import type { Change } from '../ledger/ledger.ts';
import { gatherFacts, riskFactsOf } from './facts.ts';
import { describeOrder, describeRefusal, notice } from './notices.ts';
import { cancelOrder, hasDoubt, type OrderPlace, orderFrom, sendOrder, submission } from './orders.ts';
import { laneKey } from './parking.ts';
import type { AccountState } from './state.ts';
import type { PartResult, PartTask, SignalTask } from './tasks.ts';
import type { Term } from './term.ts';

interface Visit {
  /** Urgent: it was set aside and comes back before what queued up meanwhile. */
  readonly urgency: 'normal' | 'urgent';
  /** Called once the part is over, now or after having been set aside. */
  readonly done: (result: PartResult) => void;
}

/** Queues a part in its lane. */
export function enqueuePart(term: Term, task: PartTask, visit: Visit): void {
  const queuedAt = term.deps.clock.monotonic();
  const run = async (): Promise<void> => {
    term.deps.metrics.stageSeconds.observe({ stage: 'queue' }, (term.deps.clock.monotonic() - queuedAt) / 1000);
    try {
      const result = await carryOutPart(term, task, visit);
      if (result) visit.done(result);
    } catch (error) {
      term.blame(task.signal.id, error);
    }
  };
  void term.lanes.enqueue(laneOf(task), run, visit.urgency);
}

/**
 * The path of one signal on one account, inside its lane: load what is true → plan → assess risk → record the intent under
 * our epoch → call the venue → record the outcome. Null when it was set aside behind an order in doubt.
 */
async function carryOutPart(term: Term, task: PartTask, visit: Visit): Promise<PartResult | null> {
  const tooOld = assessAge({ time: task.alert.time, receivedAt: task.signal.receivedAt }, task.maxAgeSec, term.now);
  if (tooOld) return refusePart(term, task, task.account, tooOld, tooOld.code === 'SIGNAL_STALE' ? 'expired' : 'refused');
  const { plan, quote } = await term.timed('plan', () => planFor(term, task));
  if (!plan.ok) return mayYetPass(task, plan.refusal) ? park(term, task, visit) : refusePart(term, task, task.account, plan.refusal);
  if (mustWait(term, task, plan, visit)) return park(term, task, visit);
  const place: OrderPlace = { term, account: task.account, venue: task.venue, market: task.market };
  await cancelAll(place, plan);
  const verdict = assessRisk(plan.intents, riskFacts(term, task, quote));
  const refusal = verdict.refusals[0];
  if (refusal && verdict.approved.length === 0) return refusePart(term, task, task.account, refusal);
  await recordIntents(term, task, plan, verdict.approved, verdict.refusals);
  for (const intent of verdict.approved) {
    const order = task.account.orders.get(intent.id);
    if (order?.status === 'submitted' && intent.parentId === null) await sendOrder(place, order);
  }
  if (closesAll(task) && hasDoubt(task.account, task.market.symbol)) parkRemainder(term, task);
  return { orderIds: verdict.approved.map(({ id }) => id), refusal: refusal ?? null };
}

/** What the leader itself does (flatten, what a close left over) may reduce even while trading is halted. */
function riskFacts(term: Term, task: PartTask, quote: Quote | null): RiskFacts {
  const facts = riskFactsOf(term.state, task.account, task.market, quote, term.now);
  return task.signal.source === 'system' ? { ...facts, mode: 'reduce_only' } : facts;
}

async function planFor(term: Term, task: PartTask) {
  const facts = await gatherFacts(task.account, task.venue, task.market, task.signal.id, task.alert, term.now);
  return { plan: planSignal(task.alert, facts), quote: facts.quote };
}

function laneOf(task: PartTask): string {
  return laneKey(task.account.account.id, task.market.symbol);
}

function closesAll({ alert }: PartTask): boolean {
  return (alert.action === 'close' && alert.quantity === null) || (alert.action === 'target' && (alert.position?.isZero() ?? false));
}

/** Refusals for want of a holding. */
const LACKS_HOLDING: ReadonlySet<ReasonCode> = new Set(['SHORT_NOT_SUPPORTED', 'REDUCE_ONLY_WOULD_OPEN']);

/** What a sale lacks may be what an order in doubt has bought: refused now, that exit would be lost. */
function mayYetPass({ account, market }: PartTask, { code }: Refusal): boolean {
  return LACKS_HOLDING.has(code) && hasDoubt(account, market.symbol);
}

/**
 * While an order of the lane is in doubt new entries wait, and what comes after them waits too, so that order is kept. An
 * alert that closes everything goes ahead and makes the waiting entries void, unless there is nothing to close yet.
 */
function mustWait(term: Term, task: PartTask, plan: Plan, visit: Visit): boolean {
  const doubt = hasDoubt(task.account, task.market.symbol);
  if (closesAll(task)) {
    term.parking.supersedeAll(laneOf(task));
    return doubt && plan.intents.length === 0;
  }
  if (task.alert.action === 'cancel') return false;
  // Without an order to send, "nothing to do" is decided by the very position that is in doubt.
  const exits = plan.intents.length > 0 && plan.intents.every((intent) => intent.role !== 'entry');
  return (doubt && !exits) || (visit.urgency === 'normal' && term.parking.isOccupied(laneOf(task)));
}

async function park(term: Term, task: PartTask, visit: Visit): Promise<null> {
  const { signal, account, market } = task;
  const detail = `waits: an order of ${market.symbol} on ${account.account.name} is in doubt`;
  await term.commit([
    { kind: 'signal.received', signal },
    { kind: 'signal.event', signalId: signal.id, stage: 'risk', detail, at: term.now },
  ]);
  term.parking.park(laneOf(task), {
    expiresAt: Math.min(task.alert.time ?? signal.receivedAt, signal.receivedAt) + task.maxAgeSec * 1000 + 1,
    resume: () => enqueuePart(term, task, { ...visit, urgency: 'urgent' }),
    supersede: () =>
      void term.lanes.enqueue(laneOf(task), () => refusePart(term, task, account, refuse('ENTRY_SUPERSEDED')).then(visit.done), 'urgent'),
  });
  return null;
}

/** A close that ran while an order was in doubt may leave what that order turns out to have bought: close that as well. */
function parkRemainder(term: Term, task: PartTask): void {
  const signal = { ...task.signal, id: derivedSignalId(task.signal.id, 'remainder'), source: 'system' as const };
  term.parking.park(laneOf(task), {
    expiresAt: Number.POSITIVE_INFINITY,
    resume: () => enqueuePart(term, { ...task, signal, maxAgeSec: Number.POSITIVE_INFINITY }, { urgency: 'urgent', done: () => undefined }),
    supersede: () => undefined,
  });
}

async function cancelAll(place: OrderPlace, plan: Plan): Promise<void> {
  const code: ReasonCode = plan.intents.length > 0 ? 'POSITION_CLOSED' : 'CANCELED_BY_REQUEST';
  for (const orderId of plan.cancels) {
    const order = place.account.orders.get(orderId);
    if (order) await cancelOrder(place, order, code);
  }
}

/** One transaction: the signal, its plan, and every leg; legs that go out now are recorded as submitted before they do. */
async function recordIntents(
  term: Term,
  task: PartTask,
  plan: Plan,
  approved: readonly RiskApproved<OrderIntent>[],
  refusals: readonly Refusal[],
): Promise<void> {
  const { signal, account } = task;
  const { now } = term;
  const left = refusals[0];
  const code = left?.code ?? plan.code;
  const words = [...plan.notes, ...refusals.map(({ message }) => message)].join(' ');
  const legs = approved.map((intent) => orderFrom(intent, now));
  const changes: Change[] = [
    { kind: 'signal.received', signal },
    { kind: 'signal.event', signalId: signal.id, stage: 'admitted', detail: admitted(task, plan), at: now },
    {
      kind: 'signal.event',
      signalId: signal.id,
      stage: 'risk',
      detail: left ? `partly refused: ${left.code}. ${left.message}` : 'approved',
      at: now,
    },
    {
      kind: 'signal.part',
      part: {
        signalId: signal.id,
        accountId: account.account.id,
        status: legs.length > 0 ? 'executing' : 'done',
        code,
        message: words || null,
      },
      at: now,
    },
    ...legs.flatMap((order): Change[] => [
      { kind: 'order.created', order },
      ...(order.parentId === null ? [submission(order, order.quantity, now)] : []),
    ]),
  ];
  if (left)
    changes.push(
      notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, left, account.account.name), {
        signalId: signal.id,
        correlationId: signal.correlationId,
      }),
    );
  if (legs.length === 0)
    changes.push(
      notice(
        { newId: term.deps.newId, now },
        'info',
        `Nothing to do for ${task.alert.action} ${task.market.symbol} on ${account.account.name}: ${words}`,
        { signalId: signal.id },
      ),
    );
  term.deps.failpoint('before_intent');
  await term.timed('intent', () => term.commit(changes));
  term.deps.failpoint('after_intent');
}

function admitted(task: PartTask, plan: Plan): string {
  const where = task.account.account.name;
  const what = plan.intents.filter((intent) => !intent.quantity.isZero()).map((intent) => describeOrder(intent));
  const cancels = plan.cancels.length > 0 ? [`cancel ${plan.cancels.length} order${plan.cancels.length === 1 ? '' : 's'}`] : [];
  const steps = [...cancels, ...what];
  const notes = plan.notes.length > 0 ? ` (${plan.notes.join(' ')})` : '';
  return `${where}: ${steps.length > 0 ? steps.join(', then ') : 'nothing to do'}${notes}`;
}

/** Records that the signal comes to nothing on this account, and tells why. */
export async function refusePart(
  term: Term,
  task: SignalTask,
  account: AccountState,
  refusal: Refusal,
  status: Extract<SignalStatus, 'refused' | 'expired'> = 'refused',
): Promise<PartResult> {
  const { signal } = task;
  const { now } = term;
  await term.commit([
    { kind: 'signal.received', signal },
    {
      kind: 'signal.event',
      signalId: signal.id,
      stage: 'risk',
      detail: `${account.account.name}: ${status}: ${refusal.code}. ${refusal.message}`,
      at: now,
    },
    {
      kind: 'signal.part',
      part: { signalId: signal.id, accountId: account.account.id, status, code: refusal.code, message: refusal.message },
      at: now,
    },
    notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, refusal, account.account.name), {
      signalId: signal.id,
      correlationId: signal.correlationId,
    }),
  ]);
  return { orderIds: [], refusal };
}

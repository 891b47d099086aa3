import { type ReasonCode, type Refusal, refuse } from '../domain/errors.ts';
import { derivedSignalId, type OrderId } from '../domain/ids.ts';
import type { Quote } from '../domain/market/market.ts';
import type { OrderIntent } from '../domain/order/order.ts';
import { assessAge } from '../domain/risk/assessAge.ts';
import { assessRisk, type RiskFacts, type RiskVerdict } from '../domain/risk/assessRisk.ts';
import type { RiskApproved } from '../domain/risk/risk.ts';
import { type Plan, planSignal } from '../domain/signal/planSignal.ts';
import type { Signal, SignalStatus } from '../domain/signal/signal.ts';
import type { Change } from '../ledger/ledger.ts';
import { gatherFacts, riskFactsOf } from './facts.ts';
import { makeRoom } from './makeRoom.ts';
import { describeOrder, describeRefusal, notice } from './notices.ts';
import { cancelOrder, hasDoubt, type OrderPlace, orderFrom, releaseLane, sendOrder, submission } from './orders.ts';
import { laneKey } from './parking.ts';
import { type AccountState, positionOf } from './state.ts';
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
      term.blame(task.commandId, error);
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
  return carryOutPlan(term, task, visit, false);
}

/** `decided`: orders were canceled for the sake of this plan, so that its exits must follow even if trading was halted since. */
async function carryOutPlan(term: Term, task: PartTask, visit: Visit, decided: boolean): Promise<PartResult | null> {
  const { account, market } = task;
  const { plan, quote } = await term.timed('plan', () => planFor(term, task));
  if (!term.state.accounts.has(account.account.id)) return refusePart(term, task, account, refuse('ACCOUNT_UNKNOWN'));
  if (!plan.ok) return mayYetPass(task, plan.refusal) ? park(term, task, visit) : refusePart(term, task, account, plan.refusal);
  if (mustWait(term, task, plan, visit)) return park(term, task, visit);
  const verdict = assessRisk(plan.intents, riskFacts(term, task, quote, decided, plan.cancels));
  const refusal = verdict.refusals[0];
  // Before anything is canceled: protection is not given up for an exit that may not follow.
  if (refusal && verdict.approved.length === 0) return refusePart(term, task, account, refusal);
  const place: OrderPlace = { term, account, venue: task.venue, market };
  if (plan.cancels.length > 0) {
    const held = positionOf(account, market.symbol).quantity;
    await cancelAll(place, plan);
    // A stop that filled before it could be canceled has done part of the work: what is left is planned anew.
    const moved = !positionOf(account, market.symbol).quantity.eq(held);
    if (moved && plan.intents.length > 0) return carryOutPlan(term, task, visit, true);
  }
  const final = plan.cancels.length > 0 ? assessRisk(plan.intents, riskFacts(term, task, quote, true, [])) : verdict;
  return send(place, task, plan, final);
}

/** Records the legs and sends the first of them; the others follow from its reports. */
async function send(place: OrderPlace, task: PartTask, plan: Plan, verdict: RiskVerdict): Promise<PartResult> {
  const { term, account } = place;
  const owing = leavesRemainder(term, task);
  await recordIntents(term, task, plan, verdict.approved, verdict.refusals, owing);
  for (const intent of verdict.approved) {
    const order = account.orders.get(intent.id);
    if (order?.status !== 'submitted' || intent.parentId !== null) continue;
    const giveBack = order.role === 'exit' ? await makeRoom(place, order) : null;
    await sendOrder(place, order);
    await giveBack?.();
  }
  const owes = owing || leavesRemainder(term, task);
  if (owes && !owing) await term.commit(remainderChanges(term, task));
  if (owes) parkRemainder(term, task);
  if (owes) releaseLane(place, task.market.symbol); // Its own cancels may have ended the doubt.
  return { orderIds: verdict.approved.map(({ id }) => id), refusal: verdict.refusals[0] ?? null };
}

/** What the leader itself does (flatten, what a close left over) may reduce even while trading is halted. */
function riskFacts(term: Term, task: PartTask, quote: Quote | null, decided: boolean, cancels: readonly OrderId[]): RiskFacts {
  const facts = riskFactsOf(term.state, task.account, task.market, quote, term.now);
  const openOrders = cancels.length > 0 ? facts.openOrders.filter(({ id }) => !cancels.includes(id)) : facts.openOrders;
  const mayReduce = decided || task.signal.source === 'system';
  return { ...facts, openOrders, mode: mayReduce && facts.mode === 'halted' ? 'reduce_only' : facts.mode };
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
 * alert that closes everything goes ahead and makes the waiting entries void; what the doubt leaves it to do is done later.
 */
function mustWait(term: Term, task: PartTask, plan: Plan, visit: Visit): boolean {
  if (task.alert.action === 'cancel') return false;
  if (closesAll(task)) {
    if (visit.urgency === 'normal') term.parking.supersedeAll(laneOf(task));
    return false;
  }
  // Without an order to send, "nothing to do" is decided by the very position that is in doubt.
  const exits = plan.intents.length > 0 && plan.intents.every((intent) => intent.role !== 'entry');
  return (hasDoubt(task.account, task.market.symbol) && !exits) || (visit.urgency === 'normal' && term.parking.isOccupied(laneOf(task)));
}

async function park(term: Term, task: PartTask, visit: Visit): Promise<PartResult | null> {
  const { signal, account, market } = task;
  if (term.parking.size >= term.deps.settings.commandsInFlight / 2) return refusePart(term, task, account, refuse('TOO_MANY_WAITING'));
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
    closes: false,
  });
  return null;
}

/** A close or cancel that ran while an order was in doubt may have left what that order turns out to be: one more of it follows. */
function leavesRemainder(term: Term, task: PartTask): boolean {
  if (closesAll(task)) return hasDoubt(task.account, task.market.symbol) && !term.parking.holdsClose(laneOf(task));
  return task.alert.action === 'cancel' && hasDoubt(task.account, task.market.symbol);
}

function remainderOf({ signal }: PartTask): Signal {
  return { ...signal, id: derivedSignalId(signal.id, 'remainder'), source: 'system' };
}

/** In the ledger, so that the next leader goes on with it (ownSignals.ts). */
function remainderChanges({ now }: Term, task: PartTask): Change[] {
  const signal = remainderOf(task);
  const accountId = task.account.account.id;
  const message = 'Waits until the order in doubt is known.';
  return [
    { kind: 'signal.received', signal },
    { kind: 'signal.part', part: { signalId: signal.id, accountId, status: 'accepted', code: null, message }, at: now },
  ];
}

function parkRemainder(term: Term, task: PartTask): void {
  const signal = remainderOf(task);
  const remainder: PartTask = { ...task, commandId: signal.id, signal, maxAgeSec: Number.POSITIVE_INFINITY };
  term.parking.park(laneOf(task), {
    expiresAt: Number.POSITIVE_INFINITY,
    resume: () => enqueuePart(term, remainder, { urgency: 'urgent', done: () => undefined }),
    supersede: null,
    closes: closesAll(task),
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
  owing: boolean,
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
  if (owing) changes.push(...remainderChanges(term, task));
  if (left)
    changes.push(
      notice({ newId: term.deps.newId, now }, 'warning', describeRefusal(signal, left, account.account.name), {
        signalId: signal.id,
        correlationId: signal.correlationId,
      }),
    );
  if (legs.length === 0 && signal.source !== 'system')
    changes.push(
      notice(
        { newId: term.deps.newId, now },
        'info',
        `${plan.cancels.length > 0 ? 'Done' : 'Nothing to do'}: ${task.alert.action} ${task.market.symbol} (${account.account.name}). ${words}`,
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

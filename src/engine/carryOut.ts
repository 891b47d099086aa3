import { REASONS, type ReasonCode, type Refusal, refuse } from '../domain/errors.ts';
import type { OrderId } from '../domain/ids.ts';
import type { Quote } from '../domain/market/market.ts';
import { isKeptBack } from '../domain/order/progress.ts';
import { isSliced } from '../domain/order/sliced.ts';
import { isFinal } from '../domain/order/transition.ts';
import { assessRisk, type RiskFacts, type RiskVerdict } from '../domain/risk/assessRisk.ts';
import { assessDrift } from '../domain/signal/approval.ts';
import { type Plan, planSignal } from '../domain/signal/planSignal.ts';
import type { Change } from '../ledger/ledger.ts';
import { supersedeAsked } from './approval/supersedeAsked.ts';
import { giveUp } from './doubt/giveUp.ts';
import { gatherFacts, riskFactsOf } from './facts.ts';
import { isPassing } from './holdBack.ts';
import { hasDoubt, hasUnsent, isUnsent, releaseLane } from './laneHolds.ts';
import { notice } from './notices.ts';
import type { OrderPlace } from './orderPlace.ts';
import { cancelOrder, sendOrder } from './orders.ts';
import { laneKey, type Obstacle } from './parking.ts';
import { makeRoom } from './protection/makeRoom.ts';
import { retryWaitMs } from './reach.ts';
import { recordIntents, remainderChanges, remainderOf } from './recordPlan.ts';
import { ageRefusal, refusePart, statusFor } from './refusePart.ts';
import { asksMargin, setMargin } from './setMargin.ts';
import { settleSoldOwn } from './soldOwn.ts';
import { type AccountState, modeOf, modeWords, openOrdersOf, positionOf } from './state.ts';
import { AGELESS, closesAll, EXIT_OWED, onlyExit, type PartResult, type PartTask, partOf, tooOldAt } from './tasks.ts';
import type { Term } from './term.ts';
import { dependsOnHolding, lookAgain } from './watch/lookAgain.ts';
import { contraryWork, supersedeWork } from './work/supersedeWork.ts';

export interface Visit {
  /** Urgent: it was set aside and comes back before what queued up meanwhile. */
  readonly urgency: 'normal' | 'urgent';
  /** Its place among the signals of its lane. */
  readonly ticket: number;
  /** It had to wait for its account to be connected; what came after it waited with it. */
  readonly late: boolean;
  /** What kept it from being carried out the last time, and how often in a row something did. */
  readonly obstacle: Refusal | null;
  readonly tries: number;
  /** Called once the part is over, now or after having been set aside. */
  readonly done: (result: PartResult) => void;
}

/** The first time a signal is looked at on an account. */
export function firstVisit(ticket: number, late: boolean, done: Visit['done']): Visit {
  return { urgency: 'normal', ticket, late, obstacle: null, tries: 0, done };
}

/** Queues a part in its lane. `settle`: asked when its turn comes for what is to be done then; null: nothing, and whoever answers so has ended it. */
export function enqueuePart(term: Term, task: PartTask, visit: Visit, settle?: () => Promise<PartTask | null>): void {
  if (closesAll(task.alert)) term.parking.noteClose(laneOf(task), visit.ticket);
  const queuedAt = term.deps.clock.monotonic();
  const run = async (): Promise<void> => {
    term.deps.metrics.stageSeconds.observe({ stage: 'queue' }, (term.deps.clock.monotonic() - queuedAt) / 1000);
    try {
      const settled = settle ? await settle() : task;
      const result = settled && (await carryOutPart(term, settled, visit));
      if (result) visit.done(result);
    } catch (error) {
      term.blame(task.commandId, error);
    }
  };
  void term.lanes.enqueue(laneOf(task), run, visit.urgency);
}

/**
 * The path of one signal on one account, inside its lane: load what is true → plan → assess risk → record the intent under
 * our epoch → call the venue → record the outcome. Null when it was set aside: behind an order in doubt, or until its venue can
 * be reached.
 */
async function carryOutPart(term: Term, task: PartTask, visit: Visit): Promise<PartResult | null> {
  const { account, alert } = task;
  const tooOld = ageRefusal(term, task);
  if (tooOld && task.owesExit) return carryOutPlan(term, { ...task, alert: onlyExit(alert) }, visit, true);
  if (tooOld) return refusePart(term, task, account, visit.obstacle ?? tooOld, statusFor(tooOld));
  const goesAtOnce = closesAll(alert) || alert.action === 'cancel';
  const inTurn = goesAtOnce || !hasEarlier(term, task, visit);
  const reachable = inTurn && term.reach.mayTry(account.account.id);
  return reachable || goesAtOnce ? carryOutPlan(term, task, visit, reachable) : park(term, task, visit, visit.obstacle);
}

/** `reachable`: nothing says that the venue is not there. */
async function carryOutPlan(term: Term, task: PartTask, visit: Visit, reachable: boolean): Promise<PartResult | null> {
  const { account, market } = task;
  const place: OrderPlace = { term, account, venue: task.venue, market };
  if (reachable && dependsOnHolding(task.alert)) await lookAgain(place);
  if (task.alert.action !== 'cancel') await settleSoldOwn(place, market);
  const contrary = contraryWork(account, market.symbol, task.alert);
  if (contrary.length > 0) {
    // What is not going to happen ends nothing that runs; a close need not ask.
    const foreseen = closesAll(task.alert) ? null : await judge(term, task, visit, contrary);
    if (foreseen && !foreseen.ok) return foreseen.result;
    await supersedeWork(place, contrary);
  }
  const judged = await judge(term, task, visit, []);
  if (!judged.ok) return judged.result;
  const { plan, quote, verdict } = judged;
  const unset = await setMargin(place, task.alert, verdict.approved);
  if (unset && isPassing(unset.code)) return park(term, task, visit, unset);
  if (unset) return leaveOnly(term, task, visit, plan, unset) ?? refusePart(term, task, account, unset);
  if (plan.cancels.length > 0) return cancelThenSend(place, task, visit, { plan, quote, reachable });
  // Setting leverage took a while, and what was approved before it must still stand.
  const standing = asksMargin(task.alert) ? assessRisk(plan.intents, riskFacts(term, task, quote, [])) : verdict;
  const [forbidden] = standing.approved.length === 0 ? standing.refusals : [];
  if (forbidden) return refusePart(term, task, account, forbidden);
  return send(place, task, plan, standing, visit.ticket);
}

type Judged =
  | { readonly ok: true; readonly plan: Plan; readonly quote: Quote | null; readonly verdict: RiskVerdict }
  /** Refused, or set aside (null). */
  | { readonly ok: false; readonly result: PartResult | null };

/** What the signal means now, and whether it may be done. `without`: orders that would be canceled for it first. */
async function judge(term: Term, task: PartTask, visit: Visit, without: readonly OrderId[]): Promise<Judged> {
  const { account, alert } = task;
  const over = async (result: PartResult | null | Promise<PartResult | null>): Promise<Judged> => ({ ok: false, result: await result });
  const waits = (why: Refusal | null): Promise<Judged> => over(park(term, task, visit, why));
  const { plan, quote } = await term.timed('plan', () => planFor(term, task, without));
  if (!term.state.accounts.has(account.account.id)) return over(refusePart(term, task, account, refuse('ACCOUNT_UNKNOWN')));
  if (isOvertaken(term, task, visit)) return over(refusePart(term, task, account, refuse('ENTRY_SUPERSEDED')));
  const drifted = assessApproved(task, quote);
  if (drifted) return drifted.code === 'PRICE_UNAVAILABLE' ? waits(drifted) : over(refusePart(term, task, account, drifted));
  if (!plan.ok) return mayYetPass(task, plan.refusal) ? waits(plan.refusal) : over(refusePart(term, task, account, plan.refusal));
  if (mustWait(term, task, plan, visit)) return waits(visit.obstacle);
  if (closesAll(alert)) await supersedeUnsent(term, task);
  if (closesAll(alert)) await supersedeAsked(term, task);
  const verdict = assessRisk(plan.intents, riskFacts(term, task, quote, [...plan.cancels, ...without]));
  const refusal = verdict.refusals[0];
  const priceless = verdict.refusals.find(({ code }) => code === 'PRICE_UNAVAILABLE');
  if (priceless) return waits(priceless);
  // Before anything is canceled: protection is not given up for an exit that may not follow.
  if (refusal && verdict.approved.length === 0) return over(refusePart(term, task, account, refusal));
  return { ok: true, plan, quote, verdict };
}

/** A reversal whose entry cannot have its margin settings still leaves the other side; the entry is left out and told. Null: it has no exit. */
function leaveOnly(term: Term, task: PartTask, visit: Visit, plan: Plan, unset: Refusal): Promise<PartResult | null> | null {
  if (!plan.intents.some(({ role }) => role === 'exit')) return null;
  const text = `Left out: the entry of ${task.alert.action} ${task.market.symbol} (${task.account.account.name}): ${unset.code}. ${unset.message} The position on the other side is closed.`;
  const told = notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: task.signal.id });
  const leaving: PartTask = { ...task, alert: onlyExit(task.alert) };
  const received: Change = { kind: 'signal.received', signal: task.signal };
  return term.commit([received, told]).then(() => carryOutPlan(term, leaving, visit, true));
}

interface CancelingPlan {
  readonly plan: Plan;
  readonly quote: Quote | null;
  readonly reachable: boolean;
}

/** Protection is canceled only when the exit can follow, and what is owed then is in the ledger first. */
async function cancelThenSend(place: OrderPlace, task: PartTask, visit: Visit, canceling: CancelingPlan): Promise<PartResult | null> {
  const { term, account, market } = place;
  const { plan, quote, reachable } = canceling;
  if (!reachable && plan.intents.length > 0) return park(term, task, visit, visit.obstacle);
  const owing = plan.intents.length > 0 ? await oweExit(term, task) : task;
  const held = positionOf(account, market.symbol).quantity;
  const unreachable = await cancelAll(place, plan);
  if (unreachable) return park(term, owing, visit, unreachable);
  // A stop that filled before it could be canceled has done part of the work: what is left is planned anew.
  const moved = !positionOf(account, market.symbol).quantity.eq(held);
  if (moved && plan.intents.length > 0) return carryOutPlan(term, owing, visit, true);
  if (plan.intents.length === 0 && task.alert.action !== 'cancel') {
    const ended = plan.cancels.every((id) => isFinal(account.orders.get(id)?.status ?? 'canceled'));
    return ended ? carryOutPlan(term, task, visit, true) : park(term, task, visit, visit.obstacle);
  }
  // Stops that stand by until the exit is over go with it: they count no more than they did when this was judged.
  return send(place, owing, plan, assessRisk(plan.intents, riskFacts(term, owing, quote, plan.cancels)), visit.ticket);
}

/** In the ledger before the first stop is canceled, so that the exit follows also when this leader dies in between (ownSignals.ts). */
async function oweExit(term: Term, task: PartTask): Promise<PartTask> {
  if (task.owesExit || task.signal.source === 'system') return task;
  const { signal, account } = task;
  const part = partOf(task, account.account.id, { status: 'accepted', code: EXIT_OWED, message: REASONS.EXIT_OWED.means });
  await term.commit([
    { kind: 'signal.received', signal },
    { kind: 'signal.part', part, at: term.now },
  ]);
  return { ...task, owesExit: true };
}

/** Records the legs and sends the first of them; the others follow from its reports. */
async function send(place: OrderPlace, task: PartTask, plan: Plan, verdict: RiskVerdict, ticket: number): Promise<PartResult> {
  const { term, account } = place;
  const owing = leavesRemainder(term, task);
  await recordIntents(term, task, plan, verdict.approved, verdict.refusals, owing);
  for (const intent of verdict.approved) {
    const order = account.orders.get(intent.id);
    if (order?.status !== 'submitted' || intent.parentId !== null) continue;
    const giveBack = order.role === 'exit' && !isSliced(order) ? await makeRoom(place, order) : null;
    await sendOrder(place, order);
    await giveBack?.();
  }
  const owes = owing || leavesRemainder(term, task);
  if (owes && !owing) await term.commit(remainderChanges(term, task));
  if (owes) parkRemainder(term, task, ticket);
  if (owes) releaseLane(place, task.market.symbol); // Its own cancels may have ended the doubt.
  return { orderIds: verdict.approved.map(({ id }) => id), refusal: verdict.refusals[0] ?? null };
}

/** What the leader itself does (flatten, what a close left over), and an exit whose stops are gone, may reduce even while trading is halted. */
function riskFacts(term: Term, task: PartTask, quote: Quote | null, cancels: readonly OrderId[]): RiskFacts {
  const facts = riskFactsOf(term.state, task.account, task.market, quote, term.now);
  const openOrders = cancels.length > 0 ? facts.openOrders.filter(({ id }) => !cancels.includes(id)) : facts.openOrders;
  const mayReduce = task.owesExit || task.signal.source === 'system';
  return { ...facts, openOrders, mode: mayReduce && facts.mode === 'halted' ? 'reduce_only' : facts.mode };
}

async function planFor(term: Term, task: PartTask, without: readonly OrderId[]) {
  const facts = await gatherFacts(task.account, task.venue, task.market, task.signal.id, task.alert, term.now);
  const openOrders = facts.openOrders.filter(({ id }) => !without.includes(id));
  return { plan: planSignal(task.alert, { ...facts, openOrders }), quote: facts.quote };
}

function laneOf(task: PartTask): string {
  return laneKey(task.account.account.id, task.market.symbol);
}

/** Refusals for want of a holding. */
const LACKS_HOLDING: ReadonlySet<ReasonCode> = new Set(['SHORT_NOT_SUPPORTED', 'REDUCE_ONLY_WOULD_OPEN']);

/** A price may be had the next time; and what a sale lacks may be what an order in doubt, or not sent yet, buys: refused now, that exit would be lost. */
function mayYetPass({ account, market }: PartTask, { code }: Refusal): boolean {
  return code === 'PRICE_UNAVAILABLE' || (LACKS_HOLDING.has(code) && isHeldUp(account, market.symbol));
}

/** An order of the lane is in doubt, or waits to leave. */
function isHeldUp(account: AccountState, symbol: string): boolean {
  return hasDoubt(account, symbol) || hasUnsent(account, symbol);
}

function hasEarlier(term: Term, task: PartTask, { ticket }: Visit): boolean {
  return term.parking.hasEarlier(laneOf(task), ticket) || hasUnsent(task.account, task.market.symbol);
}

/**
 * While an order of the lane is in doubt new entries wait, and what comes after them waits too, so that order is kept. An
 * alert that closes everything goes ahead and makes the waiting entries void; what the doubt leaves it to do is done later.
 */
function mustWait(term: Term, task: PartTask, plan: Plan, visit: Visit): boolean {
  if (task.alert.action === 'cancel') return false;
  if (closesAll(task.alert)) {
    if (visit.urgency === 'normal') term.parking.supersedeAll(laneOf(task));
    return false;
  }
  // Without an order to send, "nothing to do" is decided by the very position that is in doubt.
  const exits = plan.intents.length > 0 && plan.intents.every((intent) => intent.role !== 'entry');
  return (hasDoubt(task.account, task.market.symbol) && !exits) || hasEarlier(term, task, visit);
}

/** It waited for its account to be connected, and a close waited behind it: opening now what is then closed serves nobody. */
function isOvertaken(term: Term, task: PartTask, { late, ticket }: Visit): boolean {
  const leaves = closesAll(task.alert) || task.alert.action === 'cancel';
  return late && !leaves && term.parking.closesAfter(laneOf(task), ticket);
}

/** What a person approved is carried out near the price they saw, or not at all; an exit that is owed at any. */
function assessApproved({ approval, account, owesExit }: PartTask, quote: Quote | null): Refusal | null {
  if (!approval || approval.maxDriftPercent === null || owesExit) return null;
  return quote ? assessDrift(approval, account.account.id, quote.last) : refuse('PRICE_UNAVAILABLE');
}

/** A close makes void what has not left yet. */
async function supersedeUnsent(term: Term, { account, market }: PartTask): Promise<void> {
  for (const order of openOrdersOf(account, market.symbol))
    if (order.role === 'entry' && isUnsent(order))
      await giveUp({ term, account }, order, 'rejected', 'ENTRY_SUPERSEDED', REASONS.ENTRY_SUPERSEDED.means);
}

/** Sets a signal aside until what it waits for may have passed; it is then looked at anew. */
async function park(term: Term, task: PartTask, visit: Visit, obstacle: Refusal | null): Promise<PartResult | null> {
  const { signal, account, market, alert } = task;
  const { clock, settings, random } = term.deps;
  const stays = closesAll(alert) || alert.action === 'cancel' || task.owesExit === true;
  const halted = modeOf(term.state, account.account.id) === 'halted' && signal.source !== 'system' && !task.owesExit;
  if (halted && alert.action !== 'cancel')
    return refusePart(term, task, account, refuse('TRADING_HALTED', modeWords(term.state, account.account.id) ?? undefined));
  if (signal.source !== 'system' && !task.owesExit && waitingNow(term) >= settings.commandsInFlight * (stays ? 0.75 : 0.5))
    return refusePart(term, task, account, refuse('TOO_MANY_WAITING'));
  const waitsFor = obstacleOf(term, task, obstacle);
  const tries = waitsFor === 'price' ? visit.tries + 1 : 0;
  if (visit.urgency === 'normal') {
    const words = describeObstacle(waitsFor, market.symbol, account.account.name);
    await term.commit([
      { kind: 'signal.received', signal },
      { kind: 'signal.event', signalId: signal.id, stage: 'risk', detail: `waits: ${words}`, at: term.now },
      ...(signal.source === 'system' ? [ownPart(term, task, words)] : []),
    ]);
  }
  const supersede = (): void =>
    void term.lanes.enqueue(laneOf(task), () => refusePart(term, task, account, refuse('ENTRY_SUPERSEDED')).then(visit.done), 'urgent');
  term.parking.park(laneOf(task), {
    accountId: account.account.id,
    ticket: visit.ticket,
    waitsFor,
    notBefore: waitsFor === 'price' ? clock.monotonic() + retryWaitMs(tries, random()) : 0,
    expiresAt: task.owesExit ? Number.POSITIVE_INFINITY : tooOldAt(task),
    resume: () => enqueuePart(term, task, { ...visit, urgency: 'urgent', obstacle: obstacle ?? visit.obstacle, tries }),
    supersede: stays ? null : supersede,
    closes: closesAll(alert),
  });
  return null;
}

/** What the leader itself has to do outlives the command it came from (ownSignals.ts). */
function ownPart(term: Term, task: PartTask, why: string): Change {
  const part = partOf(task, task.account.account.id, { status: 'accepted', code: null, message: `Waits: ${why}.` });
  return { kind: 'signal.part', part, at: term.now };
}

/** Signals that wait for a venue, an order or a price. */
export function waitingNow({ parking, venues }: Term): number {
  return parking.size + venues.waiting;
}

function obstacleOf(term: Term, { account, market }: PartTask, refusal: Refusal | null): Obstacle {
  if (refusal?.code === 'PRICE_UNAVAILABLE') return 'price';
  if (isHeldUp(account, market.symbol)) return 'doubt';
  return term.reach.isClosed(account.account.id) ? 'venue' : 'turn';
}

function describeObstacle(waitsFor: Obstacle, symbol: string, accountName: string): string {
  switch (waitsFor) {
    case 'price':
      return `there is no current price of ${symbol} on ${accountName}`;
    case 'doubt':
      return `an order of ${symbol} on ${accountName} is in doubt or has not left yet`;
    case 'venue':
      return `the venue of ${accountName} cannot be reached`;
    case 'turn':
      return `earlier signals of ${symbol} on ${accountName} wait`;
  }
}

/** A close or cancel that ran while an order was in doubt may have left what that order turns out to be: one more of it follows. */
function leavesRemainder(term: Term, task: PartTask): boolean {
  if (closesAll(task.alert)) return hasDoubt(task.account, task.market.symbol) && !term.parking.holdsClose(laneOf(task));
  return task.alert.action === 'cancel' && hasDoubt(task.account, task.market.symbol);
}

function parkRemainder(term: Term, task: PartTask, ticket: number): void {
  const signal = remainderOf(task);
  const remainder: PartTask = { ...task, ...AGELESS, commandId: signal.id, signal };
  term.parking.park(laneOf(task), {
    accountId: task.account.account.id,
    ticket,
    waitsFor: 'doubt',
    notBefore: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    resume: () => enqueuePart(term, remainder, { ...firstVisit(ticket, false, () => undefined), urgency: 'urgent' }),
    supersede: null,
    closes: closesAll(task.alert),
  });
}

/** Null when all of them have been asked for; a refusal when the venue cannot be reached and one still rests. */
async function cancelAll(place: OrderPlace, plan: Plan): Promise<Refusal | null> {
  const code: ReasonCode = plan.intents.length > 0 ? 'POSITION_CLOSED' : 'CANCELED_BY_REQUEST';
  for (const orderId of plan.cancels) {
    const order = place.account.orders.get(orderId);
    if (order && code === 'POSITION_CLOSED' && isKeptBack(order)) continue; // It is not at the venue, and goes with the position.
    // A stop goes back to the venue should the exit come to nothing (guard.ts).
    const stands = code === 'POSITION_CLOSED' && order?.role === 'stop_loss' && order.status !== 'intent';
    const outcome = order ? await cancelOrder(place, order, stands ? 'STANDS_BY' : code) : null;
    if (outcome?.kind !== 'rejected' || !isPassing(outcome.code)) continue;
    place.term.reach.failed(place.account.account.id);
    return { code: outcome.code, message: outcome.message };
  }
  return null;
}

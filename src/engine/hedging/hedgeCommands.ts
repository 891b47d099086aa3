import { hedgeProblem } from '../../domain/hedge/checkHedge.ts';
import { HEDGES_MAX, type Hedge, type HedgeLeg, type HedgeProgress } from '../../domain/hedge/hedge.ts';
import type { AccountId } from '../../domain/ids.ts';
import { resolveSymbol } from '../../domain/market/symbolIndex.ts';
import { decimal } from '../../domain/money.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import { auditOf, refuseWith, replyTo } from '../records.ts';
import { runSignal } from '../signals.ts';
import { positionOf } from '../state.ts';
import type { PartResult } from '../tasks.ts';
import type { Term } from '../term.ts';
import { isUnderWay } from './hedges.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;
type Problem = { readonly code: string; readonly message: string };

const NOT_FILLED = { code: 'HEDGE_NOT_FILLED', message: 'Its order came to nothing; the order says why.' };

export async function putHedge(term: Term, command: Command, { hedge: wanted, change }: Body<'hedge.put'>): Promise<void> {
  const before = term.state.hedges.get(wanted.id) ?? null;
  if (!before && change !== 'created') return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such hedge.');
  if (!before && term.state.hedges.size >= HEDGES_MAX)
    return refuseWith(term, command, 409, 'TOO_MANY_HEDGES', `There are ${HEDGES_MAX} hedges already, the most there may be.`);
  const [parent, hedge] = await Promise.all([resolveLeg(term, wanted.parent), resolveLeg(term, wanted.hedge)]);
  for (const leg of [parent, hedge]) if (!leg.ok) return refuseWith(term, command, 422, leg.problem.code, leg.problem.message);
  if (!parent.ok || !hedge.ok) return;
  const owners = [parent.ownerId, hedge.ownerId].filter((owner) => owner !== null);
  if (new Set(owners).size > 1) return refuseWith(term, command, 409, 'OWNER_MISMATCH', 'The two accounts belong to different users.');
  if (decimal(wanted.ratio).isNegative() && !hedge.canShort) {
    const message = `${hedge.leg.symbol} cannot be sold short on that account, and a negative ratio needs that when the parent is long. Hedge with a perpetual.`;
    return refuseWith(term, command, 422, 'SHORT_NOT_SUPPORTED', message);
  }
  const rule: Hedge = {
    ...wanted,
    parent: parent.leg,
    hedge: hedge.leg,
    ownerId: owners[0] ?? null,
    createdAt: before?.createdAt ?? wanted.createdAt,
  };
  const problem = hedgeProblem(rule, [...term.state.hedges.values()]);
  if (problem) return refuseWith(term, command, 409, problem.code, problem.message);
  await term.commit([
    { kind: 'hedge.put', hedge: rule },
    ...afresh(term, rule.id),
    auditOf(term, command, `hedge.${change}`, rule.name, before, rule),
    replyTo(term, command, change === 'created' ? 201 : 200, { hedgeId: rule.id }),
  ]);
}

type ResolvedLeg =
  | { readonly ok: true; readonly leg: HedgeLeg; readonly ownerId: string | null; readonly canShort: boolean }
  | { readonly ok: false; readonly problem: Problem };

/** The leg by its unified symbol, as its venue lists it. */
async function resolveLeg(term: Term, { accountId, symbol }: HedgeLeg): Promise<ResolvedLeg> {
  const account = term.state.accounts.get(accountId);
  if (!account) return { ok: false, problem: { code: 'ACCOUNT_UNKNOWN', message: 'An account of this hedge no longer exists.' } };
  const opened = await term.venues.open(account);
  if (!opened.ok) return { ok: false, problem: { code: opened.code, message: `${account.account.name}: ${opened.message}` } };
  const found = resolveSymbol(opened.venue.index, symbol, account.account.market);
  if (!found.ok) return { ok: false, problem: found.refusal };
  const canShort = opened.venue.session.orders.capabilities(found.market).shortSelling;
  return { ok: true, leg: { accountId, symbol: found.market.symbol }, ownerId: account.account.ownerId, canShort };
}

export async function removeHedge(term: Term, command: Command, { hedgeId }: Body<'hedge.remove'>): Promise<void> {
  const rule = term.state.hedges.get(hedgeId);
  if (!rule) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such hedge.');
  await term.commit([
    ...afresh(term, hedgeId),
    { kind: 'hedge.removed', hedgeId, at: term.now },
    auditOf(term, command, 'hedge.remove', rule.name, rule, null),
    replyTo(term, command, 200, { hedgeId }),
  ]);
}

export async function switchHedge(term: Term, command: Command, { hedgeId, enabled }: Body<'hedge.switch'>): Promise<void> {
  const rule = term.state.hedges.get(hedgeId);
  if (!rule) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such hedge.');
  await term.commit([
    { kind: 'hedge.put', hedge: { ...rule, enabled } },
    ...afresh(term, hedgeId),
    auditOf(term, command, enabled ? 'hedge.start' : 'hedge.stop', rule.name, { enabled: rule.enabled }, { enabled }),
    replyTo(term, command, 200, { hedgeId }),
  ]);
}

/** A step decided by the rule as it was is void, and its failures are forgotten. */
function afresh({ state, now }: Term, hedgeId: string): Change[] {
  const progress = state.hedgeProgress.get(hedgeId);
  if (!progress) return [];
  return [{ kind: 'hedge.progress', progress: { ...progress, state: 'done', code: null, message: null, failures: 0, at: now } }];
}

/** Carries out one step. The rule may be another by now, or stopped: then it is void. */
export async function tradeHedge(term: Term, command: Command, body: Body<'hedge.trade'>, skip: readonly AccountId[]): Promise<void> {
  const rule = term.state.hedges.get(body.hedgeId);
  const account = rule && term.state.accounts.get(rule.hedge.accountId);
  const decided = pendingStep(term, body);
  if (!rule?.enabled || !account || !decided) return refuseWith(term, command, 409, 'HEDGE_STEP_VOID', 'The rule has changed since.');
  const before = positionOf(account, rule.hedge.symbol);
  const results = await runSignal(term, command, body.payload, null, skip);
  const problem = skip.length > 0 ? null : problemOf(term, rule, results, positionOf(account, rule.hedge.symbol) === before);
  const pending = pendingStep(term, body);
  const reply = replyTo(term, command, problem ? 422 : 200, problem ?? { hedgeId: rule.id, signalId: command.id });
  if (!pending) return term.commit([reply]);
  const failures = problem ? pending.failures + 1 : 0;
  const done: HedgeProgress = {
    ...pending,
    state: 'done',
    code: problem?.code ?? null,
    message: problem?.message ?? null,
    failures,
    at: term.now,
  };
  await term.commit([{ kind: 'hedge.progress', progress: done }, ...told(term, rule, pending, problem), reply]);
}

function pendingStep({ state }: Term, { hedgeId, step }: Body<'hedge.trade'>): HedgeProgress | null {
  const progress = state.hedgeProgress.get(hedgeId);
  return progress?.state === 'decided' && progress.step === step ? progress : null;
}

/** Why a step came to nothing; null: it has filled, or may yet. */
function problemOf(term: Term, rule: Hedge, results: readonly PartResult[], unmoved: boolean): Problem | null {
  const refusal = results.find((result) => result.refusal)?.refusal;
  if (refusal) return refusal;
  if (!unmoved || isUnderWay(term, rule)) return null;
  return results.some(({ orderIds }) => orderIds.length > 0)
    ? NOT_FILLED
    : { code: 'NOTHING_TO_DO', message: 'There was nothing to trade.' };
}

/** Once when it begins to fail or fails for another reason, and once when it is well again. */
function told(term: Term, rule: Hedge, before: HedgeProgress, problem: Problem | null): Change[] {
  if (problem?.code === 'NOTHING_TO_DO' || (problem?.code ?? null) === before.code) return [];
  const about = { newId: term.deps.newId, now: term.now };
  if (!problem) return before.code === 'NOTHING_TO_DO' ? [] : [notice(about, 'info', `The hedge "${rule.name}" follows its parent again.`)];
  const text = `The hedge "${rule.name}" does not follow its parent: ${problem.code}. ${problem.message} It is tried again, less and less often.`;
  return [notice(about, 'critical', text)];
}

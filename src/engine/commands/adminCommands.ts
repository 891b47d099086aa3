import { decimal } from '../../domain/money.ts';
import type { Proposal } from '../../domain/people/proposal.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { RiskLimits } from '../../domain/risk/risk.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Hook } from '../../domain/signal/hook.ts';
import { keepProofs, rotateProofs } from '../../domain/signal/hookProofs.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import { moved } from '../orderChanges.ts';
import { needsFourEyes, newProposal, proposing } from '../people/fourEyes.ts';
import { auditOf, refuseWith, replyTo } from '../records.ts';
import { type AccountState, findAccountByName, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';
import { isStanding } from '../watch/drifts.ts';
import { mayUse } from './ownershipCommands.ts';
import { recorded } from './securityEvents.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;

function conflict(term: Term, command: Command, code: string, message: string): Promise<void> {
  return refuseWith(term, command, 409, code, message);
}

function missing(term: Term, command: Command, what: string): Promise<void> {
  return refuseWith(term, command, 404, 'NOT_FOUND', `There is no such ${what}.`);
}

/** What an audit row and a reply may show of an account. */
export function publicAccount({ id, name, venue, market, sandbox, settings, ownerId, enabled }: Account) {
  return { id, name, venue, market, sandbox, settings, ownerId, enabled };
}

function enabling(term: Term, command: Command, { id, name, venue }: Account): Proposal {
  const summary = `let the account "${name}" at ${venue} trade`;
  return newProposal(term, command, 'live_accounts', { kind: 'account.enable', accountId: id }, summary);
}

export async function createAccount(term: Term, command: Command, body: Body<'account.create'>): Promise<void> {
  const account = asConfirmed(term, command, body.account);
  const problem = await term.deps.exchanges.problemWith(account);
  if (problem) return term.commit([replyTo(term, command, 422, problem)]);
  const namesake = findAccountByName(term.state, account.name);
  if (namesake && namesake.account.id !== account.id)
    return conflict(term, command, 'ACCOUNT_NAME_TAKEN', `There is already an account "${account.name}".`);
  const caution = await term.deps.exchanges.cautionAbout?.(account);
  await term.commit([
    { kind: 'account.put', account },
    ...(caution ? [notice({ newId: term.deps.newId, now: term.now }, 'warning', `Account "${account.name}" is added. ${caution}`)] : []),
    ...recorded(term, command, 'account.create', account.name, null, publicAccount(account)),
    ...(account.enabled ? [] : proposing(term, command, enabling(term, command, account))),
    replyTo(term, command, 201, { accountId: account.id }),
  ]);
  const state = term.state.accounts.get(account.id);
  if (state) void term.venues.open(state);
}

/** Under four eyes an account that trades real money waits for a second admin. */
function asConfirmed(term: Term, { actor }: Command, account: Account): Account {
  const live = account.venue !== 'paper' && !account.sandbox;
  return live && actor.name !== 'system' && needsFourEyes(term, 'live_accounts') ? { ...account, enabled: false } : account;
}

const LEFT_THERE = 'Its account was removed: nobody looks at it any more. It may still rest at the venue.';

/** What others have resting is none of our business once the account is not: it stays as it is. So does what differs there. */
function lettingGo(term: Term, state: AccountState): Change[] {
  const drifts = [...term.state.drifts.values()].filter((drift) => drift.accountId === state.account.id && isStanding(drift));
  return [
    ...openOrdersOf(state).map((order) => moved(order, 'canceled', term.now, LEFT_THERE, { message: LEFT_THERE })),
    ...drifts.map((drift): Change => ({ kind: 'drift.put', drift: { ...drift, status: 'gone', updatedAt: term.now } })),
  ];
}

export async function removeAccount(term: Term, command: Command, { accountId }: Body<'account.remove'>): Promise<void> {
  const state = term.state.accounts.get(accountId);
  if (!state) return missing(term, command, 'account');
  const { name } = state.account;
  if (openOrdersOf(state).some(({ role }) => role !== 'external'))
    return conflict(term, command, 'ACCOUNT_HAS_OPEN_ORDERS', `"${name}" has open orders. Cancel them first.`);
  const users = [...term.state.hooks.values()].filter((hook) => hook.accountIds.includes(accountId));
  if (users.length > 0)
    return conflict(
      term,
      command,
      'ACCOUNT_IN_USE',
      `"${name}" is used by the hook${users.length === 1 ? '' : 's'} ${users.map((hook) => `"${hook.name}"`).join(', ')}. Change or revoke ${users.length === 1 ? 'it' : 'them'} first.`,
    );
  const rule = [...term.state.hedges.values()].find(({ parent, hedge }) => [parent, hedge].some((leg) => leg.accountId === accountId));
  if (rule) return conflict(term, command, 'ACCOUNT_IN_USE', `"${name}" is used by the hedge "${rule.name}". Remove that first.`);
  await term.commit([
    ...lettingGo(term, state),
    { kind: 'account.removed', accountId, at: term.now },
    ...recorded(term, command, 'account.remove', name, publicAccount(state.account), null),
    replyTo(term, command, 200, { accountId }),
  ]);
  await term.venues.close(accountId);
}

export async function testAccount(term: Term, command: Command, { accountId }: Body<'account.test'>): Promise<void> {
  const state = term.state.accounts.get(accountId);
  if (!state) return missing(term, command, 'account');
  const check = await term.deps.exchanges.test(state.account);
  await term.commit([replyTo(term, command, 200, check)]);
}

function publicHook(hook: Hook) {
  const { id, name, layers, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, approval = null, ownerId } = hook;
  return { id, name, layers, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, approval, ownerId };
}

export async function putHook(term: Term, command: Command, { hook: wanted, change }: Body<'hook.put'>): Promise<void> {
  const before = term.state.hooks.get(wanted.id);
  const hook = before ? { ...wanted, ...keepProofs(before, wanted) } : wanted;
  if (!before && change !== 'created') return missing(term, command, 'hook');
  const namesake = [...term.state.hooks.values()].find((other) => other.name === hook.name && other.id !== hook.id);
  if (namesake) return conflict(term, command, 'HOOK_NAME_TAKEN', `There is already a hook "${hook.name}".`);
  const foreign = hook.accountIds.find((id) => !mayUse(hook, term.state.accounts.get(id)?.account));
  if (foreign !== undefined)
    return conflict(
      term,
      command,
      'OWNER_MISMATCH',
      `"${term.state.accounts.get(foreign)?.account.name}" belongs to somebody else than the hook.`,
    );
  const gone = hook.accountIds.filter((id) => !term.state.accounts.has(id));
  if (gone.length > 0) return conflict(term, command, 'ACCOUNT_UNKNOWN', 'An account of this hook no longer exists.');
  const changes = [
    { kind: 'hook.put' as const, hook },
    ...recorded(term, command, `hook.${change}`, hook.name, before ? publicHook(before) : null, publicHook(hook)),
  ];
  await term.commit([...changes, replyTo(term, command, change === 'created' ? 201 : 200, { hookId: hook.id })]);
}

export async function rotateHook(term: Term, command: Command, { hookId, fresh, overlapSec }: Body<'hook.rotate'>): Promise<void> {
  const before = term.state.hooks.get(hookId);
  if (!before) return missing(term, command, 'hook');
  const hook = { ...before, ...rotateProofs(before, fresh, term.now, overlapSec * 1000) };
  const names = { keyHash: 'key', secretHash: 'secret', sealedHmacKey: 'HMAC key' } as const;
  const rotated = (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => (fresh[name] === null ? [] : names[name]));
  const old = overlapSec === 0 ? 'What it had before is refused from now on.' : `What it had before works for ${overlapSec} s more.`;
  const about = { newId: term.deps.newId, now: term.now };
  await term.commit([
    { kind: 'hook.put', hook },
    auditOf(term, command, 'hook.rotate', hook.name, null, { rotated, overlapSec }),
    notice(about, 'warning', `New ${rotated.join(', ')} for the hook "${hook.name}", by ${command.actor.name}. ${old}`, {
      audience: 'dev',
    }),
    replyTo(term, command, 200, { hookId }),
  ]);
}

export async function removeHook(term: Term, command: Command, { hookId }: Body<'hook.remove'>): Promise<void> {
  const hook = term.state.hooks.get(hookId);
  if (!hook) return missing(term, command, 'hook');
  await term.commit([
    { kind: 'hook.removed', hookId, at: term.now },
    ...recorded(term, command, 'hook.remove', hook.name, publicHook(hook), null),
    replyTo(term, command, 200, { hookId }),
  ]);
}

export async function setRisk(term: Term, command: Command, { accountId, limits }: Body<'risk.set'>): Promise<void> {
  if (accountId !== null && !term.state.accounts.has(accountId)) return missing(term, command, 'account');
  const scope = accountId === null ? 'all accounts' : (term.state.accounts.get(accountId)?.account.name ?? accountId);
  const next = readLimits(limits);
  const before = term.state.limits.get(accountId) ?? null;
  await term.commit([
    { kind: 'risk.set', accountId, limits: next, at: term.now },
    auditOf(term, command, 'risk.set', scope, before && showLimits(before), showLimits(next)),
    notice(
      { newId: term.deps.newId, now: term.now },
      'warning',
      `Risk limits of ${scope} changed by ${command.actor.name}: ${describeLimits(next)}.`,
    ),
    replyTo(term, command, 200, { accountId }),
  ]);
}

/** Limits as the API validated them: decimals as text, null for none. */
function readLimits(raw: Readonly<Record<string, unknown>>): RiskLimits {
  const money = (value: unknown) => (typeof value === 'string' ? decimal(value) : null);
  return {
    maxOrderNotional: money(raw.maxOrderNotional),
    maxPositionNotional: money(raw.maxPositionNotional),
    maxOpenOrders: typeof raw.maxOpenOrders === 'number' ? raw.maxOpenOrders : null,
    maxDailyLoss: money(raw.maxDailyLoss),
    allowedSymbols: Array.isArray(raw.allowedSymbols)
      ? raw.allowedSymbols.filter((symbol): symbol is string => typeof symbol === 'string')
      : null,
  };
}

/** One sentence for a phone: `an order is worth at most 500; at most 3 open orders`. */
function describeLimits(limits: RiskLimits): string {
  const { maxOrderNotional, maxPositionNotional, maxOpenOrders, maxDailyLoss, allowedSymbols } = limits;
  const words = [
    maxOrderNotional === null ? null : `an order is worth at most ${maxOrderNotional.toFixed()}`,
    maxPositionNotional === null ? null : `a position at most ${maxPositionNotional.toFixed()}`,
    maxOpenOrders === null ? null : `at most ${maxOpenOrders} open order${maxOpenOrders === 1 ? '' : 's'}`,
    maxDailyLoss === null ? null : `no entries after a loss of ${maxDailyLoss.toFixed()} in a day`,
    allowedSymbols === null ? null : allowedSymbols.length === 0 ? 'no symbol may be entered' : `only ${allowedSymbols.join(', ')}`,
  ].filter((word) => word !== null);
  return words.length === 0 ? 'no limit is left' : words.join('; ');
}

function showLimits(limits: RiskLimits) {
  return {
    maxOrderNotional: limits.maxOrderNotional?.toFixed() ?? null,
    maxPositionNotional: limits.maxPositionNotional?.toFixed() ?? null,
    maxOpenOrders: limits.maxOpenOrders,
    maxDailyLoss: limits.maxDailyLoss?.toFixed() ?? null,
    allowedSymbols: limits.allowedSymbols,
  };
}

export async function cancelCandleJob(term: Term, command: Command, { jobId }: Body<'candles.cancel'>): Promise<void> {
  const ended = await term.deps.cancelCandleJob?.(jobId, command.actor.name);
  if (!ended) return conflict(term, command, 'JOB_NOT_RUNNING', `The candle job "${jobId}" does not run (any more).`);
  await term.commit([auditOf(term, command, 'candles.cancel', jobId, null, null), replyTo(term, command, 200, { jobId })]);
}

/** Operators hear of what an instance noticed, through the same outbox as everything else. */
export async function raiseNotice(term: Term, command: Command, { severity, text }: Body<'notice.raise'>): Promise<void> {
  const about = { audience: 'dev', correlationId: command.correlationId } as const;
  await term.commit([notice({ newId: term.deps.newId, now: term.now }, severity, text, about), replyTo(term, command, 200, {})]);
}

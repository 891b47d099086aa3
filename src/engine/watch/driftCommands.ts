import type { AccountId } from '../../domain/ids.ts';
import { adjustmentIdFor } from '../../domain/ids.ts';
import { adjustPosition } from '../../domain/portfolio/adjustPosition.ts';
import { type Drift, type DriftStatus, newDrift, sameDifference } from '../../domain/portfolio/drift.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import { auditOf, refuseWith, replyTo } from '../records.ts';
import { runSignal } from '../signals.ts';
import { type AccountState, findDrift, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import { askAbout, isStanding } from './drifts.ts';
import { askHeldAtVenue, fingerprintOf, isQuiet } from './heldAtVenue.ts';
import { leftBehind } from './leftBehind.ts';

type Body = Extract<CommandBody, { kind: 'drift.decide' }>;

const AFTER = { adopt: 'adopted', align: 'aligned', ignore: 'ignored' } as const satisfies Record<Body['decision'], DriftStatus>;

/**
 * A person's word on a drift. The ledger takes the venue's figure in both other cases: to align is to adopt it and then to order the
 * difference the ordinary way, by what is true, so that limits and the kill switch hold for it as for any order.
 */
export async function decideDrift(term: Term, command: Command, { driftId, decision }: Body, skip: readonly AccountId[]): Promise<void> {
  const drift = findDrift(term.state, driftId);
  const account = drift ? term.state.accounts.get(drift.accountId) : undefined;
  if (!drift || !account) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such drift; it may have become another one.');
  const isRepeated = drift.decisionId === command.id; // Delivered again: what is left of it is the order.
  if (!isStanding(drift) && !isRepeated)
    return refuseWith(
      term,
      command,
      409,
      'DRIFT_SETTLED',
      `This drift is ${drift.status}${drift.decidedBy ? ` by ${drift.decidedBy}` : ''}.`,
    );
  if (decision === 'align' && !isRepeated && (await answerUnlessSame(term, command, drift, account))) return;
  if (!isRepeated) {
    const decided: Drift = {
      ...drift,
      status: AFTER[decision],
      updatedAt: term.now,
      decidedBy: command.actor.name,
      decisionId: command.id,
    };
    const numbers = { held: drift.held.toFixed(), venue: drift.venue.toFixed() };
    const audit = auditOf(
      term,
      command,
      `drift.${decision}`,
      `${account.account.name} ${drift.symbol}`,
      { ...numbers, cause: drift.cause },
      { driftId },
    );
    const adjusted = decision === 'ignore' ? [] : adjustments(term, command, drift);
    const reply = decision === 'align' ? [] : [replyTo(term, command, 200, { driftId, status: decided.status })];
    const told = decision === 'adopt' ? tellLeft(term, account, drift) : [];
    const recorded = term.commit([{ kind: 'drift.put', drift: decided }, ...adjusted, ...told, audit, ...reply]);
    if (decision !== 'align') return recorded;
    await recorded;
  }
  if (decision === 'align') await align(term, command, drift, account, skip);
}

/** The venue holds nothing, and what guarded the position rests there. */
function tellLeft({ deps, now }: Term, account: AccountState, { symbol, held, venue }: Drift): Change[] {
  const left = positionOf(account, symbol).quantity.plus(venue.minus(held)).isZero() ? leftBehind(account, symbol) : '';
  if (left === '') return [];
  const text = `Adopted: ${account.account.name} holds no ${symbol} any more.${left}`;
  return [notice({ newId: deps.newId, now }, 'warning', text, { accountId: account.account.id })];
}

/** By the difference, not to the figure: the position may have moved since, in the ledger and at the venue. */
function adjustments(term: Term, command: Command, { id, accountId, symbol, held, venue, entryPrice }: Drift): Change[] {
  const account = term.state.accounts.get(accountId);
  if (!account) return [];
  const before = positionOf(account, symbol);
  const { entry, position } = adjustPosition(before, before.quantity.plus(venue.minus(held)), entryPrice);
  const reason = `drift ${id}, by ${command.actor.name}`;
  return [{ kind: 'position.adjusted', id: adjustmentIdFor(id), accountId, symbol, entry, position, reason, at: term.now }];
}

/**
 * What to bring about was answered of figures that a look found a while ago. Where they are others by now nothing is ordered, and people
 * are asked by those of now: what somebody has mended meanwhile would be ordered once more. True when the command has its answer.
 */
async function answerUnlessSame(term: Term, command: Command, drift: Drift, account: AccountState): Promise<boolean> {
  const { symbol } = drift;
  const { quantity: held } = positionOf(account, symbol);
  const venue = term.venues.get(drift.accountId);
  const before = fingerprintOf(account, symbol);
  const told = venue && isQuiet(account, symbol) ? await askHeldAtVenue(account, venue, symbol) : 'moving';
  // What of ours is on its way there changes it too, and is not meant.
  const isMoving = told === 'moving' || fingerprintOf(account, symbol) !== before;
  const now = isMoving || told === null ? held.plus(drift.venue.minus(drift.held)) : told;
  const standing = findDrift(term.state, drift.id);
  if (!standing || !isStanding(standing)) await refuseWith(term, command, 409, 'DRIFT_SETTLED', 'It was decided about meanwhile.');
  else if (told === null)
    await refuseWith(term, command, 503, 'VENUE_UNREACHABLE', 'The venue did not tell what it holds now: nothing was ordered. Try again.');
  else if (now.eq(held))
    await refuseWith(term, command, 409, 'DRIFT_SETTLED', 'The venue holds what the ledger says by now: nothing was ordered.');
  else if (!held.eq(drift.held) || !sameDifference(drift, { held, venue: now }))
    await askAnew(term, command, { ...drift, held, venue: now }, account);
  else return false;
  return true;
}

function askAnew(term: Term, command: Command, drift: Drift, account: AccountState): Promise<void> {
  const { held, venue, symbol } = drift;
  const anew = newDrift(drift.accountId, drift, drift.cause, term.now);
  const message = `By now the ledger holds ${held.toFixed()} ${symbol}, the venue ${venue.toFixed()}. Nothing was ordered; decide about drift ${anew.id}.`;
  const reply = replyTo(term, command, 409, { code: 'DRIFT_MOVED', message, driftId: anew.id });
  return term.commit([...askAbout(term, account.account, anew), reply]);
}

/** By the difference, too: what else is traded there meanwhile, before or behind it in its lane, is left as it is. */
async function align(term: Term, command: Command, drift: Drift, account: AccountState, skip: readonly AccountId[]): Promise<void> {
  const { id, symbol, held, venue } = drift;
  const missing = held.minus(venue);
  const quantity = missing.abs().toFixed();
  const payload = JSON.stringify({ action: missing.isPositive() ? 'buy' : 'sell', symbol, quantity, account: account.account.name });
  const results = await runSignal(term, command, payload, null, skip);
  const orderId = results.flatMap(({ orderIds }) => orderIds)[0] ?? null;
  const refusal = results.find((result) => result.refusal)?.refusal;
  if (refusal) return term.commit([replyTo(term, command, 422, { ...refusal, signalId: command.id, driftId: id })]);
  await term.commit([replyTo(term, command, 200, { driftId: id, status: 'aligned', orderId, signalId: command.id })]);
}

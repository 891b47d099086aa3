import type { PeopleCommand } from '../../domain/people/peopleCommand.ts';
import { type FourEyesTopic, fourEyesTopicOf, PROPOSAL_TTL_MS, PROPOSALS_MAX, type Proposal } from '../../domain/people/proposal.ts';
import type { Actor, Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change } from '../../ledger/ledger.ts';
import { auditOf, refuseWith, replyTo, securityNotice } from '../records.ts';
import type { Term } from '../term.ts';
import { proposalSummary } from './proposalSummary.ts';

type Decide = Extract<PeopleCommand, { kind: 'proposal.decide' }>;

/** Carries out a command as if it needed nobody's confirmation. */
export type CarryOut = (command: Command) => Promise<void>;

export function needsFourEyes({ deps: { fourEyes = [] } }: Term, topic: FourEyesTopic): boolean {
  return topic === 'admins' ? fourEyes.length > 0 : fourEyes.includes(topic);
}

/**
 * Whoever could make an admin, or become one in another's name, could confirm what they proposed. The house (`ADMIN_API_TOKEN`,
 * the token on the server) may: it is how a last admin gets back in.
 */
function adminTopicOf({ state }: Term, { body, actor }: Command): FourEyesTopic | null {
  const isAdmin = (userId: string): boolean => state.people.users.get(userId)?.role === 'admin';
  if (!actor.rights) return null;
  if (body.kind === 'totp.reset') return isAdmin(body.userId) ? 'admins' : null;
  if (body.kind !== 'user.change') return null;
  return body.change.role === 'admin' || (body.change.disabled === false && isAdmin(body.userId)) ? 'admins' : null;
}

/** The same by a way that cannot wait in a proposal, because it would have to hold a password's hash. */
function isSideDoor({ state }: Term, { body, actor }: Command): boolean {
  if (!actor.rights) return false;
  if (body.kind === 'user.create') return body.user.role === 'admin';
  // Whoever reads the code is heard on Telegram in that user's name.
  if (body.kind === 'telegram.code')
    return body.code.userId !== actor.rights.userId && state.people.users.get(body.code.userId)?.role === 'admin';
  return body.kind === 'user.password' && body.userId !== actor.rights.userId && state.people.users.get(body.userId)?.role === 'admin';
}

/**
 * A hook's own list and its layer `ip` open the same doors as the whitelist. They come with its keys, which no proposal may
 * hold, so they stay as they are; entries of the whitelist can be for one hook.
 */
function widensHook({ state }: Term, { body }: Command): boolean {
  if (body.kind !== 'hook.put') return false;
  const { id, allowlist, layers } = body.hook;
  const before = state.hooks.get(id);
  const drops = before?.layers.includes('ip') && !layers.includes('ip');
  return Boolean(drops) || allowlist.some((cidr) => !before?.allowlist.includes(cidr));
}

/** Null: carry it out. Else what was asked is kept for a second admin, and told to all of them. */
export function heldForFourEyes(term: Term, command: Command): Promise<void> | null {
  if (needsFourEyes(term, 'admins') && isSideDoor(term, command)) {
    const advice =
      'Add them with another role and propose the change to admin; a lost password is replaced on the server, and a code for Telegram is made by its owner.';
    return refuseWith(term, command, 403, 'SECOND_ADMIN_NEEDED', advice);
  }
  if (needsFourEyes(term, 'whitelist') && widensHook(term, command)) {
    const advice =
      'Whom a hook lets in takes two admins here: add the address to the whitelist with the scope hook:<name>, or make a new hook.';
    return refuseWith(term, command, 403, 'SECOND_ADMIN_NEEDED', advice);
  }
  const topic = fourEyesTopicOf(command.body, command.actor) ?? adminTopicOf(term, command);
  if (topic === null || !needsFourEyes(term, topic)) return null;
  if (openProposals(term).length >= PROPOSALS_MAX)
    return refuseWith(term, command, 409, 'TOO_MANY_PROPOSALS', `${PROPOSALS_MAX} changes wait already; decide some of them first.`);
  const proposal = newProposal(term, command, topic, command.body);
  const message = 'Another admin has to confirm this within a day.';
  const reply = replyTo(term, command, 202, { code: 'PROPOSED', proposalId: proposal.id, message });
  return term.commit([...proposing(term, command, proposal), reply]);
}

export function newProposal(
  term: Term,
  { actor }: Command,
  topic: FourEyesTopic,
  body: CommandBody,
  summary = proposalSummary(term, body),
): Proposal {
  const nothing = { status: 'open', decidedBy: null, decidedAt: null, decisionId: null } as const;
  const { now } = term;
  const who = { proposedBy: actor.name, proposerId: actor.rights?.userId ?? null };
  return {
    id: term.deps.newId(),
    topic,
    command: body,
    summary,
    ...who,
    proposedAt: now,
    expiresAt: now + PROPOSAL_TTL_MS,
    ...nothing,
  };
}

export function proposing(term: Term, command: Command, proposal: Proposal): Change[] {
  const text = `${proposal.proposedBy} proposes: ${proposal.summary}. Another admin confirms it signed in as themselves: signalman proposal confirm ${proposal.id} --as <e-mail>, or POST /api/v1/proposals/${proposal.id}/confirm`;
  return [
    { kind: 'proposal.put', proposal },
    auditOf(term, command, 'proposal.made', proposal.id, null, { topic: proposal.topic, summary: proposal.summary }),
    securityNotice(term, command, 'warning', text),
  ];
}

function openProposals({ state, now }: Term): Proposal[] {
  return [...state.people.proposals.values()].filter(({ status, expiresAt }) => status === 'open' && expiresAt > now);
}

/**
 * A confirmed change is carried out by this very command, in both names. Were the leader to die between the decision and the
 * change, the command comes again, and goes on from the decision it finds.
 */
export async function decideProposal(term: Term, command: Command, body: Decide, carryOut: CarryOut): Promise<void> {
  const proposal = term.state.people.proposals.get(body.proposalId);
  if (!proposal) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such proposal.');
  if (proposal.decisionId === command.id && proposal.status === 'confirmed') return carryOut(inBothNames(command, proposal));
  if (proposal.status !== 'open') return refuseWith(term, command, 409, 'PROPOSAL_DECIDED', `It was ${proposal.status} already.`);
  if (proposal.expiresAt <= term.now) return refuseWith(term, command, 409, 'PROPOSAL_EXPIRED', 'Its time is up; propose it again.');
  if (body.decision === 'confirm' && !isSecondPair(proposal, command.actor))
    return refuseWith(term, command, 403, 'SECOND_ADMIN_NEEDED', 'Another admin has to confirm it, signed in as themselves.');
  const status = body.decision === 'confirm' ? 'confirmed' : 'rejected';
  const decided: Proposal = { ...proposal, status, decidedBy: command.actor.name, decidedAt: term.now, decisionId: command.id };
  const text = `${command.actor.name} ${status} what ${proposal.proposedBy} proposed: ${proposal.summary}`;
  const changes: Change[] = [
    { kind: 'proposal.put', proposal: decided },
    auditOf(term, command, `proposal.${status}`, proposal.id, { proposedBy: proposal.proposedBy }, { summary: proposal.summary }),
    securityNotice(term, command, 'warning', text),
  ];
  if (status === 'rejected') return term.commit([...changes, replyTo(term, command, 200, { proposalId: proposal.id, status })]);
  await term.commit(changes);
  return carryOut(inBothNames(command, decided));
}

/** A person, and not the one who proposed: a token may lie where its owner is not the only one to find it. */
function isSecondPair({ proposerId }: Proposal, { rights }: Actor): boolean {
  return rights?.by === 'person' && rights.userId !== proposerId;
}

function inBothNames(command: Command, { command: body, proposedBy }: Proposal): Command {
  return { ...command, body, actor: { name: `${command.actor.name} with ${proposedBy}`, address: command.actor.address } };
}

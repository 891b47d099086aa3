import { roleOfScopes, SESSIONS_MAX, type Session, TOKENS_MAX } from '../../domain/people/access.ts';
import type { PeopleChange } from '../../domain/people/peopleChange.ts';
import type { PeopleCommand } from '../../domain/people/peopleCommand.ts';
import { type SecondFactor, spendFactor } from '../../domain/people/secondFactor.ts';
import { mayAct, type User } from '../../domain/people/user.ts';
import type { Command } from '../../domain/signal/command.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { auditOf, refuseWith, replyTo, securityNotice } from '../records.ts';
import type { Term } from '../term.ts';
import { type PeopleState, roleOf } from './people.ts';
import { NOTHING_SPENT, spendSecondFactor } from './secondFactors.ts';
import { isOwnOrAdmin, missingUser, refuseStranger } from './userCommands.ts';

type Body<K extends PeopleCommand['kind']> = Extract<PeopleCommand, { kind: K }>;

/** What was checked where the request came in is checked here against the latest truth: the second factor is spent by this. */
export async function openSession(term: Term, command: Command, body: Body<'session.open'>): Promise<void> {
  const { session } = body;
  const { people } = term.state;
  const user = people.users.get(session.userId);
  const admitted = user && sha256Hex(user.passwordHash) === body.passwordFingerprint ? admit(user, body.secondFactor) : null;
  if (!user || !admitted)
    return refuseWith(term, command, 401, 'SIGN_IN_FAILED', 'E-mail, password or code is wrong, or the code was used before.');
  const left = admitted.recoveryHashes.length;
  const recovered = left < user.recoveryHashes.length;
  await term.commit([
    ...makeRoomFor(people, session, term.now),
    { kind: 'session.put', session },
    ...(admitted === user ? [] : [{ kind: 'user.put' as const, user: admitted }]),
    auditOf(term, command, 'session.open', user.email, null, { agent: session.agent, recoveryCode: recovered }),
    ...(recovered ? [securityNotice(term, command, 'warning', `${user.email} signed in with a recovery code; ${left} left.`)] : []),
    replyTo(term, command, 201, { sessionId: session.id }),
  ]);
}

function admit(user: User, factor: SecondFactor | null): User | null {
  if (user.disabledAt !== null) return null;
  return user.sealedTotp === null ? user : factor && spendFactor(user, factor);
}

/** Ends what has expired of the user's sessions, and the oldest ones when there are too many. */
function makeRoomFor({ sessions }: PeopleState, { userId }: Session, now: number): PeopleChange[] {
  const own = [...sessions.values()].filter((session) => session.userId === userId).sort((a, b) => a.createdAt - b.createdAt);
  const living = own.filter(({ expiresAt }) => expiresAt > now);
  const kept = new Set(living.slice(-(SESSIONS_MAX - 1)));
  return own.filter((session) => !kept.has(session)).map(({ id }) => ({ kind: 'session.removed', sessionId: id }));
}

export async function endSession(term: Term, command: Command, { sessionId }: Body<'session.end'>): Promise<void> {
  const { sessions, users } = term.state.people;
  const session = sessions.get(sessionId);
  if (!session) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such session.');
  if (!isOwnOrAdmin(term, command, session.userId)) return refuseStranger(term, command);
  await term.commit([
    { kind: 'session.removed', sessionId },
    auditOf(term, command, 'session.end', users.get(session.userId)?.email ?? session.userId, null, null),
    replyTo(term, command, 200, { sessionId }),
  ]);
}

export async function createToken(term: Term, command: Command, { token, secondFactor = null }: Body<'token.create'>): Promise<void> {
  const { people } = term.state;
  const owner = people.users.get(token.userId);
  if (!owner || owner.disabledAt !== null) return missingUser(term, command);
  if (!isOwnOrAdmin(term, command, token.userId)) return refuseStranger(term, command);
  if (command.actor.rights?.by === 'program') return refuseWith(term, command, 403, 'FORBIDDEN', 'A token cannot make tokens.');
  const wanted = roleOfScopes(token.scopes);
  if (!mayAct(owner.role, wanted) || !mayAct(roleOf(people, command.actor) ?? 'viewer', wanted))
    return refuseWith(term, command, 403, 'SCOPE_TOO_WIDE', `The scope is wider than the role of ${owner.email}, ${owner.role}.`);
  const own = [...people.tokens.values()].filter(({ userId }) => userId === token.userId);
  if (own.some(({ name }) => name === token.name))
    return refuseWith(term, command, 409, 'NAME_TAKEN', `${owner.email} has a token "${token.name}" already.`);
  if (own.length >= TOKENS_MAX)
    return refuseWith(term, command, 409, 'TOO_MANY_TOKENS', `${owner.email} has ${TOKENS_MAX} tokens already.`);
  const { name, scopes, expiresAt } = token;
  // A program is never asked for a code: a stolen session must not become one that resumes trading.
  const spent = wanted === 'viewer' ? NOTHING_SPENT : spendSecondFactor(term.state, command.actor, secondFactor);
  if (!spent.ok) return refuseWith(term, command, 403, spent.refusal.code, spent.refusal.message);
  const text = `New token "${name}" (${scopes.join(', ')}) of ${owner.email}, made by ${command.actor.name}.`;
  await term.commit([
    ...(spent.user ? [{ kind: 'user.put' as const, user: spent.user }] : []),
    { kind: 'token.put', token },
    auditOf(term, command, 'token.create', `${owner.email}/${name}`, null, { scopes, expiresAt: new Date(expiresAt).toISOString() }),
    securityNotice(term, command, scopes.includes('admin') ? 'warning' : 'info', text),
    replyTo(term, command, 201, { tokenId: token.id }),
  ]);
}

export async function revokeToken(term: Term, command: Command, { tokenId }: Body<'token.revoke'>): Promise<void> {
  const { tokens, users } = term.state.people;
  const token = tokens.get(tokenId);
  if (!token) return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such token.');
  if (!isOwnOrAdmin(term, command, token.userId)) return refuseStranger(term, command);
  await term.commit([
    { kind: 'token.removed', tokenId },
    auditOf(term, command, 'token.revoke', `${users.get(token.userId)?.email}/${token.name}`, { scopes: token.scopes }, null),
    replyTo(term, command, 200, { tokenId }),
  ]);
}

/** Nobody waits for an answer, and nothing is lost if it comes twice. */
export async function noteSeen(term: Term, command: Command, { sessionId, tokenId }: Body<'access.seen'>): Promise<void> {
  const { sessions, tokens } = term.state.people;
  const session = sessionId === null ? undefined : sessions.get(sessionId);
  const token = tokenId === null ? undefined : tokens.get(tokenId);
  const at = command.receivedAt;
  await term.commit([
    ...(session ? [{ kind: 'session.put' as const, session: { ...session, lastSeenAt: Math.max(session.lastSeenAt, at) } }] : []),
    ...(token ? [{ kind: 'token.put' as const, token: { ...token, lastUsedAt: Math.max(token.lastUsedAt ?? 0, at) } }] : []),
  ]);
}

export async function raiseSignInAlarm(term: Term, command: Command, { email, failures }: Body<'signin.alarm'>): Promise<void> {
  const from = command.actor.address === null ? '' : `, last from ${command.actor.address}`;
  await term.commit([
    auditOf(term, command, 'signin.alarm', email, null, { failures }),
    securityNotice(term, command, 'warning', `${failures} failed sign-ins as ${email} within an hour${from}.`),
    replyTo(term, command, 200, {}),
  ]);
}

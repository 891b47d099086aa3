import { USERS_MAX } from '../../domain/people/access.ts';
import type { PeopleCommand, UserChange } from '../../domain/people/peopleCommand.ts';
import { activeAdmins, type User } from '../../domain/people/user.ts';
import type { Command } from '../../domain/signal/command.ts';
import { auditOf, refuseWith, replyTo, securityNotice } from '../records.ts';
import type { Term } from '../term.ts';
import { endSessions, revokeTokens, roleOf } from './people.ts';

type Body<K extends PeopleCommand['kind']> = Extract<PeopleCommand, { kind: K }>;

/** What an audit row may show of a user. */
function publicUser({ email, name, role, sealedTotp, disabledAt }: User) {
  return { email, name, role, totp: sealedTotp !== null, disabled: disabledAt !== null };
}

export function missingUser(term: Term, command: Command): Promise<void> {
  return refuseWith(term, command, 404, 'NOT_FOUND', 'There is no such user.');
}

/** Whether the command comes from the user it is about, in person, or from an admin: a token that may only read ends nobody's sessions. */
export function isOwnOrAdmin(term: Term, { actor }: Command, userId: string): boolean {
  return (actor.rights?.by === 'person' && actor.rights.userId === userId) || roleOf(term.state.people, actor) === 'admin';
}

export function refuseStranger(term: Term, command: Command): Promise<void> {
  return refuseWith(term, command, 403, 'FORBIDDEN', 'Only its owner, signed in as themselves, or an admin may do this.');
}

export async function createUser(term: Term, command: Command, { user }: Body<'user.create'>): Promise<void> {
  const { users } = term.state.people;
  if ([...users.values()].some(({ email }) => email === user.email))
    return refuseWith(term, command, 409, 'EMAIL_TAKEN', `There is already a user "${user.email}".`);
  if (users.size >= USERS_MAX) return refuseWith(term, command, 409, 'TOO_MANY_USERS', `There are ${USERS_MAX} users already.`);
  const told = user.role === 'admin' && users.size > 0;
  await term.commit([
    { kind: 'user.put', user },
    auditOf(term, command, 'user.create', user.email, null, publicUser(user)),
    ...(told ? [securityNotice(term, command, 'warning', `New admin: ${user.email}, made by ${command.actor.name}.`)] : []),
    replyTo(term, command, 201, { userId: user.id }),
  ]);
}

/** Whoever is disabled or changes role is signed out everywhere; who is disabled loses their tokens for good. */
export async function changeUser(term: Term, command: Command, { userId, change }: Body<'user.change'>): Promise<void> {
  const { people } = term.state;
  const user = people.users.get(userId);
  if (!user) return missingUser(term, command);
  const next = withChange(user, change, term.now);
  if (isLastAdmin(user, next, people.users.values()))
    return refuseWith(term, command, 409, 'LAST_ADMIN', `"${user.email}" is the last admin; make another one first.`);
  const disabled = next.disabledAt !== null && user.disabledAt === null;
  const promoted = next.role === 'admin' && user.role !== 'admin';
  const text = `${user.email} is ${disabled ? 'disabled' : 'now an admin'}, by ${command.actor.name}.`;
  await term.commit([
    { kind: 'user.put', user: next },
    ...(disabled || next.role !== user.role ? endSessions(people, userId) : []),
    ...(disabled ? revokeTokens(people, userId) : []),
    auditOf(term, command, disabled ? 'user.disable' : 'user.change', user.email, publicUser(user), publicUser(next)),
    ...(disabled || promoted ? [securityNotice(term, command, 'warning', text)] : []),
    replyTo(term, command, 200, { userId }),
  ]);
}

function isLastAdmin(user: User, next: User, users: Iterable<User>): boolean {
  return activeAdmins([user]).length === 1 && activeAdmins([next]).length === 0 && activeAdmins(users).length === 1;
}

function withChange(user: User, { name, role, disabled }: UserChange, now: number): User {
  const disabledAt = disabled === undefined ? user.disabledAt : disabled ? (user.disabledAt ?? now) : null;
  return { ...user, name: name ?? user.name, role: role ?? user.role, disabledAt };
}

export async function setPassword(term: Term, command: Command, { userId, passwordHash }: Body<'user.password'>): Promise<void> {
  const { people } = term.state;
  const user = people.users.get(userId);
  if (!user) return missingUser(term, command);
  if (!isOwnOrAdmin(term, command, userId)) return refuseStranger(term, command);
  await term.commit([
    { kind: 'user.put', user: { ...user, passwordHash } },
    ...endSessions(people, userId),
    auditOf(term, command, 'user.password', user.email, null, null),
    securityNotice(term, command, 'warning', `The password of ${user.email} was changed by ${command.actor.name}.`),
    replyTo(term, command, 200, { userId }),
  ]);
}

import type { ApiToken, Session } from '../../domain/people/access.ts';
import type { PeopleDirectory } from '../../domain/people/peopleChange.ts';
import type { User } from '../../domain/people/user.ts';
import type { Identity } from '../identity.ts';

const iso = (at: number): string => new Date(at).toISOString();

export function userView({ id, email, name, role, sealedTotp, disabledAt, createdAt }: User) {
  return { id, email, name, role, totp: sealedTotp !== null, disabled: disabledAt !== null, createdAt: iso(createdAt) };
}

function meView({ id, email, name, role, sealedTotp, recoveryHashes }: User) {
  return { id, email, name, role, totp: sealedTotp !== null, recoveryCodesLeft: recoveryHashes.length };
}

/** `fresh`: the session this request opens, which the directory may not know yet. */
export function currentView(people: PeopleDirectory, { name, role, userId, session, mustEnrol }: Identity, fresh: Session | null = null) {
  const user = userId === null ? undefined : people.userById(userId);
  const current = fresh ?? people.sessionsOf(userId ?? '').find(({ id }) => id === session?.id);
  return {
    user: user ? meView(user) : null,
    actor: name,
    role,
    csrfToken: session?.csrf ?? null,
    enrolmentRequired: mustEnrol,
    expiresAt: current ? iso(current.expiresAt) : null,
  };
}

export function sessionView({ id, address, agent, createdAt, lastSeenAt, expiresAt }: Session, currentId: string | null) {
  const times = { createdAt: iso(createdAt), lastSeenAt: iso(lastSeenAt), expiresAt: iso(expiresAt) };
  return { id, current: id === currentId, address, agent, ...times };
}

export function tokenView(people: PeopleDirectory, { id, userId, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  const user = people.userById(userId)?.email ?? userId;
  const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt), lastUsedAt: lastUsedAt === null ? null : iso(lastUsedAt) };
  return { id, name, user, scopes, ...times };
}

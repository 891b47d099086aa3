import type { ApiToken, Session } from '../../domain/people/access.ts';
import type { People, PeopleChange } from '../../domain/people/peopleChange.ts';
import type { Proposal } from '../../domain/people/proposal.ts';
import { lesserRole, type Role, type User } from '../../domain/people/user.ts';
import type { Actor } from '../../domain/signal/command.ts';

/** The leader's picture of people, by id: part of `EngineState`. */
export interface PeopleState {
  readonly users: Map<string, User>;
  readonly sessions: Map<string, Session>;
  readonly tokens: Map<string, ApiToken>;
  readonly proposals: Map<string, Proposal>;
}

export function foldPeople({ users, sessions, tokens }: People, proposals: readonly Proposal[]): PeopleState {
  return { users: byId(users), sessions: byId(sessions), tokens: byId(tokens), proposals: byId(proposals) };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

export function evolvePeople({ users, sessions, tokens, proposals }: PeopleState, change: PeopleChange): void {
  switch (change.kind) {
    case 'user.put':
      users.set(change.user.id, change.user);
      return;
    case 'session.put':
      sessions.set(change.session.id, change.session);
      return;
    case 'session.removed':
      sessions.delete(change.sessionId);
      return;
    case 'token.put':
      tokens.set(change.token.id, change.token);
      return;
    case 'token.removed':
      tokens.delete(change.tokenId);
      return;
    case 'proposal.put':
      proposals.set(change.proposal.id, change.proposal);
      return;
  }
}

/** What the actor may do by now; null when its user may not do anything any more. */
export function roleOf({ users }: PeopleState, { rights }: Actor): Role | null {
  if (!rights) return 'admin';
  const user = users.get(rights.userId);
  return user && user.disabledAt === null ? lesserRole(user.role, rights.role) : null;
}

/** Changes that end the sessions of a user, except one. */
export function endSessions({ sessions }: PeopleState, userId: string, except: string | null = null): PeopleChange[] {
  const ended = [...sessions.values()].filter((session) => session.userId === userId && session.id !== except);
  return ended.map(({ id }) => ({ kind: 'session.removed', sessionId: id }));
}

/** Changes that revoke the tokens of a user. */
export function revokeTokens({ tokens }: PeopleState, userId: string): PeopleChange[] {
  const revoked = [...tokens.values()].filter((token) => token.userId === userId);
  return revoked.map(({ id }) => ({ kind: 'token.removed', tokenId: id }));
}

import type { ApiToken, Session } from './access.ts';
import type { Proposal } from './proposal.ts';
import type { User } from './user.ts';

/** What can happen to people and their ways in. What ended is removed; the audit trail remembers it. */
export type PeopleChange =
  | { readonly kind: 'user.put'; readonly user: User }
  | { readonly kind: 'session.put'; readonly session: Session }
  | { readonly kind: 'session.removed'; readonly sessionId: string }
  | { readonly kind: 'token.put'; readonly token: ApiToken }
  | { readonly kind: 'token.removed'; readonly tokenId: string }
  | { readonly kind: 'proposal.put'; readonly proposal: Proposal };

/** Everybody who may come in, and how; oldest first. */
export interface People {
  readonly users: readonly User[];
  readonly sessions: readonly Session[];
  readonly tokens: readonly ApiToken[];
}

export const NOBODY: People = { users: [], sessions: [], tokens: [] };

/** People as every instance sees them: in memory, never older than a second. Found whether or not they may still act: the caller looks. */
export interface PeopleDirectory {
  users(): readonly User[];
  userById(id: string): User | undefined;
  /** Regardless of case. */
  userByEmail(email: string): User | undefined;
  sessionByHash(tokenHash: string): Session | undefined;
  sessionsOf(userId: string): readonly Session[];
  tokens(): readonly ApiToken[];
  tokenByHash(tokenHash: string): ApiToken | undefined;
}

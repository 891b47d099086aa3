import type { Role, User } from '../domain/people/user.ts';
import type { Actor } from '../domain/signal/command.ts';

/** Who a request comes from. */
export interface Identity {
  /** The actor of its commands: `token:admin`, `token:local`, `user:<e-mail>` or `token:<e-mail>/<name>`. */
  readonly name: string;
  readonly role: Role;
  /** Whose rights it has; null: the house's (`ADMIN_API_TOKEN`, the local token). */
  readonly userId: string | null;
  /** Sees this user's things and the house's; null: everything. By the user's own role: an admin's narrow token still reads all. */
  readonly sees: string | null;
  /** A program has no second factor to show. */
  readonly by: 'person' | 'program';
  /** Set when it came with a session cookie, which browsers send by themselves: what changes something must bring `csrf` too. */
  readonly session: { readonly id: string; readonly csrf: string } | null;
  /** Must set up a second factor before anything else. */
  readonly mustEnrol: boolean;
}

/** Before anybody has said who they are, and on routes that do not ask. */
export const ANYONE: Identity = {
  name: 'anonymous',
  role: 'viewer',
  userId: null,
  sees: null,
  by: 'program',
  session: null,
  mustEnrol: false,
};

export function houseIdentity(name: 'token:admin' | 'token:local'): Identity {
  return { name, role: 'admin', userId: null, sees: null, by: 'program', session: null, mustEnrol: false };
}

export function personIdentity(user: User, mustEnrol: boolean, session: Identity['session'] = null): Identity {
  return { name: `user:${user.email}`, role: user.role, userId: user.id, sees: sightOf(user), by: 'person', session, mustEnrol };
}

export function sightOf({ id, role }: User): string | null {
  return role === 'admin' ? null : id;
}

/** As the leader is told: it looks at a user's rights again. */
export function actorOf({ name, role, userId, by }: Identity, address: string): Actor {
  return { name, address: address === '' ? null : address, ...(userId === null ? {} : { rights: { userId, role, by } }) };
}

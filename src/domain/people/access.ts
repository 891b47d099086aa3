import { lesserRole, type Role } from './user.ts';

/** A person signed in at a browser. Only the hash of its token is kept. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly tokenHash: string;
  /** From where, as its owner is shown it. */
  readonly address: string | null;
  readonly agent: string | null;
  readonly createdAt: number;
  /** Epoch ms, some minutes old at most while it is in use. */
  readonly lastSeenAt: number;
  /** It ends then, however busy it is. */
  readonly expiresAt: number;
}

export const TOKEN_SCOPES = ['read', 'trade', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A program's key to the API, with part of its owner's rights. Only its hash is kept. */
export interface ApiToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly tokenHash: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Epoch ms, some minutes old at most while it is in use. */
  readonly lastUsedAt: number | null;
}

const ROLE_OF_SCOPE = { read: 'viewer', trade: 'trader', admin: 'admin' } as const satisfies Record<TokenScope, Role>;

/** The role its widest scope stands for: trading includes reading, admin both. */
export function roleOfScopes(scopes: readonly TokenScope[]): Role {
  const widest = TOKEN_SCOPES.findLast((scope) => scopes.includes(scope)) ?? 'read';
  return ROLE_OF_SCOPE[widest];
}

/** What a token may do for an owner of this role: the owner may have lost rights since. */
export function roleOfToken(token: Pick<ApiToken, 'scopes'>, owner: Role): Role {
  return lesserRole(roleOfScopes(token.scopes), owner);
}

/** Sessions of one user at a time; the oldest gives way. */
export const SESSIONS_MAX = 20;
/** Tokens of one user. */
export const TOKENS_MAX = 50;
/** People in all. */
export const USERS_MAX = 1_000;

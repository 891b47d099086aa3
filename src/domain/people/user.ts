export const ROLES = ['viewer', 'trader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` includes the rights of `least`. */
export function mayAct(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** The lesser of two roles: a token never has more rights than its owner. */
export function lesserRole(a: Role, b: Role): Role {
  return mayAct(a, b) ? b : a;
}

/** A person who may use the API. Secrets are here only as hashes or ciphertext. */
export interface User {
  readonly id: string;
  /** Lower case; names one user only. */
  readonly email: string;
  /** How others read of them; may be empty. */
  readonly name: string;
  readonly role: Role;
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  /** The secret of their authenticator app, sealed for `totp:<id>`; null: none enrolled. */
  readonly sealedTotp: string | null;
  /** A secret that was shown and not confirmed by a code yet, sealed the same way. */
  readonly sealedTotpPending: string | null;
  /** The last time step (RFC 6238) a code was taken for: it and everything before it is used up. */
  readonly totpLastStep: number | null;
  /** SHA-256 of the recovery codes that are left; each works once. */
  readonly recoveryHashes: readonly string[];
  /** Epoch ms; null: may sign in. */
  readonly disabledAt: number | null;
  readonly createdAt: number;
}

/** A user as made: no second factor yet. */
export function newUser(given: Pick<User, 'id' | 'email' | 'role' | 'passwordHash' | 'createdAt'> & { readonly name?: string }): User {
  const { id, email, role, passwordHash, createdAt, name = '' } = given;
  const nothing = { sealedTotp: null, sealedTotpPending: null, totpLastStep: null, recoveryHashes: [], disabledAt: null };
  return { id, email: emailKey(email), name, role, passwordHash, createdAt, ...nothing };
}

/** E-mail addresses are told apart without regard to case. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Admins who may sign in: at least one must be left, or nobody could let anybody in again. */
export function activeAdmins(users: Iterable<User>): User[] {
  return [...users].filter(({ role, disabledAt }) => role === 'admin' && disabledAt === null);
}

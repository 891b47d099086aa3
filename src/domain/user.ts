export const ROLES = ['viewer', 'trader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` includes the rights of `least`. */
export function mayAct(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** A person who may use the API. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  readonly createdAt: number;
}

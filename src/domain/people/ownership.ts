import type { Role } from './user.ts';

/**
 * Whose things somebody may see, and trade if their role lets them trade: their own, and the house's, which have no owner.
 * Admins reach everything.
 */
export function mayReach(user: { readonly id: string; readonly role: Role }, ownerId: string | null): boolean {
  return user.role === 'admin' || ownerId === null || ownerId === user.id;
}

import type { Database } from './database.ts';

/** What somebody does not see: the accounts and hooks of others, removed ones too, and all that happened on them. */
export interface Hidden {
  /** Who looks; null: somebody who sees everything. */
  readonly userId: string | null;
  readonly accountIds: string[];
  readonly hookIds: string[];
}

export async function hiddenFrom(database: Database, userId: string | null): Promise<Hidden> {
  if (userId === null) return { userId, accountIds: [], hookIds: [] };
  const ofOthers = { where: { ownerId: { not: null }, NOT: { ownerId: userId } }, select: { id: true } } as const;
  const [accounts, hooks] = await Promise.all([database.account.findMany(ofOthers), database.hook.findMany(ofOthers)]);
  return { userId, accountIds: accounts.map(({ id }) => id), hookIds: hooks.map(({ id }) => id) };
}

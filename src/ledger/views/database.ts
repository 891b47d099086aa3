import { decimal } from '../../domain/money.ts';
import type { PrismaClient } from '../generated/client.ts';
import type { StoredDecimal } from '../records.ts';

export type Database = PrismaClient;

/** Plain decimal text without trailing zeros. */
export function plain(value: StoredDecimal): string {
  return decimal(value.toString()).toFixed();
}

export function plainOrNull(value: StoredDecimal | null): string | null {
  return value === null ? null : plain(value);
}

/** Names of all accounts by id, also of removed ones: their history stays readable. */
export async function accountNames(database: Database): Promise<ReadonlyMap<string, string>> {
  const accounts = await database.account.findMany({ select: { id: true, name: true } });
  return new Map(accounts.map(({ id, name }) => [id, name]));
}

/** The ids behind an account's name (several when one was removed and made anew) or its id. */
export async function accountIdsOf(database: Database, nameOrId: string): Promise<string[]> {
  const accounts = await database.account.findMany({ where: { OR: [{ name: nameOrId }, { id: nameOrId }] }, select: { id: true } });
  return accounts.map(({ id }) => id);
}

import type { Account } from '../domain/portfolio/account.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import type { ApiDeps } from './deps.ts';
import { invalid, type Mistake, notFound, type Problem } from './problem.ts';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Ids of orders and fills are UUIDs; anything else names nothing. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** Printable and short, as every id of ours: safe to ask the database for. */
export function isPlainId(text: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(text);
}

/** The account with this id or name. */
export async function findAccount(readModel: ReadModel, idOrName: string): Promise<Account | null> {
  const accounts = await readModel.accounts();
  return accounts.find((account) => account.id === idOrName) ?? accounts.find((account) => account.name === idOrName) ?? null;
}

/** The hook with this id or name. */
export async function findHook(readModel: ReadModel, idOrName: string): Promise<Hook | null> {
  const hooks = await readModel.hooks();
  return hooks.find((hook) => hook.id === idOrName) ?? hooks.find((hook) => hook.name === idOrName) ?? null;
}

/** The account a body names; null stays null ("all"). An unknown name is a mistake at `/account`. */
export async function accountScope(readModel: ReadModel, idOrName: string | null): Promise<{ account: Account | null } | Problem> {
  if (idOrName === null) return { account: null };
  const account = await findAccount(readModel, idOrName);
  return account ? { account } : invalid([await unknownAccount(readModel, idOrName, { pointer: '/account' })]);
}

/** The account of a query; it may be left out while there is only one. */
export async function onlyAccount(readModel: ReadModel, idOrName: string | undefined): Promise<Account | Problem> {
  if (idOrName !== undefined) return (await findAccount(readModel, idOrName)) ?? notFound(`account "${idOrName}"`);
  const accounts = await readModel.accounts();
  const [only] = accounts;
  if (only && accounts.length === 1) return only;
  const message = accounts.length === 0 ? 'There is no account yet.' : `Say which: ${namesOf(accounts)}.`;
  return invalid([{ parameter: 'account', code: 'ACCOUNT_MISSING', message }]);
}

export async function unknownAccount(readModel: ReadModel, name: string, at: Pick<Mistake, 'pointer' | 'parameter'>): Promise<Mistake> {
  const accounts = await readModel.accounts();
  const known = accounts.length === 0 ? 'there is none yet' : `known: ${namesOf(accounts)}`;
  return { ...at, code: 'ACCOUNT_UNKNOWN', message: `No account "${name}"; ${known}.` };
}

/** The user a body names as owner; null is the house. */
export function ownerNamed({ people }: Pick<ApiDeps, 'people'>, emailOrId: string | null): { readonly id: string | null } | Problem {
  if (emailOrId === null) return { id: null };
  const user = people.userByEmail(emailOrId) ?? people.userById(emailOrId);
  return user ? { id: user.id } : invalid([{ pointer: '/owner', code: 'USER_UNKNOWN', message: `No user "${emailOrId}".` }]);
}

export function namesOf(accounts: readonly Account[]): string {
  return accounts.map((account) => account.name).join(', ');
}

import { mayAct, type Role } from '../domain/people/user.ts';
import type { Command, CommandKind } from '../domain/signal/command.ts';
import { roleOf } from './people.ts';
import type { EngineState } from './state.ts';

export interface Forbidden {
  readonly code: string;
  readonly message: string;
}

/** What less than an admin may ask for; everything that is not here takes an admin. Whose things they are is looked at besides. */
const LEAST_ROLE: Partial<Record<CommandKind, Role>> = {
  'order.create': 'trader',
  'order.amend': 'trader',
  'order.cancel': 'trader',
  'trading.set': 'trader',
  'signal.decide': 'trader',
  'account.test': 'trader',
  'telegram.code': 'viewer',
  'telegram.link': 'viewer',
  'telegram.unlink': 'viewer',
  'user.password': 'viewer',
  'totp.begin': 'viewer',
  'totp.confirm': 'viewer',
  'session.end': 'viewer',
  'token.create': 'viewer',
  'token.revoke': 'viewer',
};

/**
 * Whether the command's actor may ask for it, by what the leader knows now: a user may have been disabled, or lost a role,
 * after an instance let the request in. Null: it may.
 */
export function refusalOf(state: EngineState, { actor, body }: Command): Forbidden | null {
  const role = roleOf(state.people, actor);
  if (role === null) return { code: 'FORBIDDEN', message: 'This user may no longer act.' };
  const least = LEAST_ROLE[body.kind] ?? 'admin';
  return mayAct(role, least) ? null : { code: 'FORBIDDEN', message: `This needs the role ${least}; yours is ${role}.` };
}

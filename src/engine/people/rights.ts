import { parseStoredAlert } from '../../domain/alert/parseAlert.ts';
import type { Hedge, HedgeLeg } from '../../domain/hedge/hedge.ts';
import { mayReach } from '../../domain/people/ownership.ts';
import { mayAct, type Role } from '../../domain/people/user.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { Command, CommandBody, CommandKind } from '../../domain/signal/command.ts';
import { type AccountState, type EngineState, findAccountByName, findDrift, findOrder } from '../state.ts';
import { roleOf } from './people.ts';

export interface Forbidden {
  readonly code: string;
  readonly message: string;
}

/** What less than an admin may ask for; everything that is not here takes an admin. Whose things they are is looked at besides. */
const LEAST_ROLE: Partial<Record<CommandKind, Role>> = {
  'order.create': 'trader',
  'order.amend': 'trader',
  'order.cancel': 'trader',
  'order.resolve': 'trader',
  'drift.decide': 'trader',
  'trading.set': 'trader',
  'signal.decide': 'trader',
  'hedge.put': 'trader',
  'hedge.remove': 'trader',
  'hedge.switch': 'trader',
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
  if (!mayAct(role, least)) return { code: 'FORBIDDEN', message: `This needs the role ${least}; yours is ${role}.` };
  const user = actor.rights && state.people.users.get(actor.rights.userId);
  const foreign = user && accountsOf(state, body).find((account) => !mayReach(user, account.ownerId));
  if (!foreign) return null;
  const message = 'This concerns an account of somebody else. Name one of yours or of the house.';
  return { code: 'FORBIDDEN', message };
}

/**
 * The accounts a command would act on. All of them, where it names none: except for a halt, which takes nobody's money and
 * must be easy for whoever sees the need.
 */
function accountsOf(state: EngineState, body: CommandBody): readonly Account[] {
  const one = (account: AccountState | null | undefined): Account[] => (account ? [account.account] : []);
  switch (body.kind) {
    case 'order.create':
      return parseStoredAlert(body.payload).accounts.flatMap((name) => one(findAccountByName(state, name)));
    case 'order.amend':
    case 'order.cancel':
    case 'order.resolve':
      return one(findOrder(state, body.orderId)?.account);
    case 'drift.decide':
      return one(state.accounts.get(findDrift(state, body.driftId)?.accountId ?? ''));
    case 'signal.decide':
      return [...(state.signals.get(body.signalId)?.parts.keys() ?? [])].flatMap((id) => one(state.accounts.get(id)));
    case 'hedge.put':
      return [...legsOf(body.hedge), ...legsOf(state.hedges.get(body.hedge.id))].flatMap(({ accountId }) =>
        one(state.accounts.get(accountId)),
      );
    case 'hedge.remove':
    case 'hedge.switch':
      return legsOf(state.hedges.get(body.hedgeId)).flatMap(({ accountId }) => one(state.accounts.get(accountId)));
    case 'account.test':
      return one(state.accounts.get(body.accountId));
    case 'trading.set':
      if (body.accountId !== null) return one(state.accounts.get(body.accountId));
      if (body.action === 'halt' || body.action === 'reduce_only') return [];
      return [...state.accounts.values()].flatMap(one);
    default:
      return [];
  }
}

function legsOf(hedge: Hedge | undefined): readonly HedgeLeg[] {
  return hedge ? [hedge.parent, hedge.hedge] : [];
}

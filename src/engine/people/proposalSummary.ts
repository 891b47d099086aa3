import type { UserChange } from '../../domain/people/peopleCommand.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import { doorOf, nameOf } from '../commands/accessCommands.ts';
import type { Term } from '../term.ts';

/** Fits a chat message with its surroundings. */
const LENGTH_MAX = 500;

/** What a command that waits for a second admin would do, for people who decide about it on a phone. */
export function proposalSummary(term: Term, body: CommandBody): string {
  const text = inWords(term, body);
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
}

function inWords(term: Term, body: CommandBody): string {
  const { accounts, whitelist, people } = term.state;
  const emailOf = (userId: string): string => people.users.get(userId)?.email ?? userId;
  switch (body.kind) {
    case 'whitelist.put': {
      const { entry } = body;
      const end = entry.expiresAt === null ? '' : ` until ${new Date(entry.expiresAt).toISOString()}`;
      return `list ${nameOf(entry)} for ${doorOf(term, entry)}${end}${forced(body)}`;
    }
    case 'whitelist.remove': {
      const entry = whitelist.get(body.entryId);
      const what = entry ? `${nameOf(entry)} for ${doorOf(term, entry)}` : body.entryId;
      return `take ${what} off the whitelist${forced(body)}`;
    }
    case 'whitelist.preset': {
      const list = body.addresses === null ? 'back to the built-in addresses' : body.addresses.join(', ');
      return `list "${body.preset}" for ${doorOf(term, body)}: ${list}${forced(body)}`;
    }
    case 'account.enable': {
      const account = accounts.get(body.accountId)?.account;
      return `let the account ${account ? `"${account.name}" at ${account.venue}` : body.accountId} trade`;
    }
    case 'risk.set': {
      const account = body.accountId === null ? 'every account' : `"${accounts.get(body.accountId)?.account.name ?? body.accountId}"`;
      return `risk limits of ${account}: ${limitsInWords(body.limits)}`;
    }
    case 'user.change':
      return `${emailOf(body.userId)}: ${changeInWords(body.change)}`;
    case 'totp.reset':
      return `remove the second factor of ${emailOf(body.userId)}`;
    default:
      return body.kind;
  }
}

function forced({ force = false }: { readonly force?: boolean }): string {
  return force ? ' (forced)' : '';
}

function limitsInWords(limits: Readonly<Record<string, unknown>>): string {
  const set = Object.entries(limits).filter(([, value]) => value !== null);
  return set.length === 0
    ? 'none'
    : set.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`).join(', ');
}

function changeInWords({ role, disabled, name }: UserChange): string {
  const words = [
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(disabled === undefined ? [] : [disabled ? 'signs in no more' : 'may sign in']),
    ...(name === undefined ? [] : [`name "${name}"`]),
  ];
  return words.join(', ');
}

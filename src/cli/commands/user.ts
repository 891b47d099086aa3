import { asPerson, type PersonApi } from '../asPerson.ts';
import { CliError, usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { facts, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly totp: boolean;
  readonly disabled: boolean;
  readonly password?: string;
}

const usersPath = '/api/v1/users';
const pathOf = (call: CliCall): string => `${usersPath}/${encodeURIComponent(call.positionals[0] ?? '')}`;
const ROLES = ['viewer', 'trader', 'admin'];

function roleOf(text: string | undefined): string {
  if (text === undefined || !ROLES.includes(text)) throw usageError(`The role is one of ${ROLES.join(', ')}.`);
  return text;
}

const create: CliCommand = {
  name: 'user create',
  usage: '<e-mail> --role viewer|trader|admin [--name <text>] [--ask-password]',
  summary: 'Add somebody who may sign in',
  options: { role: { type: 'string' }, name: { type: 'string' }, 'ask-password': { type: 'boolean' } },
  details: ['A password is made up and shown once; --ask-password asks for one instead.'],
  arguments: [1, 1],
  async run(call) {
    const body = {
      email: call.positionals[0],
      role: roleOf(call.text('role')),
      name: call.text('name') ?? '',
      ...(await askedPassword(call)),
    };
    const user = await call.api.send<User>('POST', usersPath, body);
    call.print(user, () => withPassword(user, `${user.email} may sign in as ${user.role}.`));
    return undefined;
  },
};

const list: CliCommand = {
  name: 'user list',
  usage: '',
  summary: 'Show everybody who may sign in',
  arguments: [0, 0],
  async run(call) {
    const users = await call.api.get<{ items: User[] }>(`${usersPath}?limit=200`);
    call.print(users, () => {
      const rows = users.items.map(({ email, name, role, totp, disabled, id }) => {
        return [email, name, role, totp ? 'yes' : 'no', disabled ? 'disabled' : 'active', id];
      });
      return table(['E-MAIL', 'NAME', 'ROLE', 'SECOND FACTOR', 'STATE', 'ID'], rows);
    });
    return undefined;
  },
};

const disable: CliCommand = {
  name: 'user disable',
  usage: '<e-mail or id>',
  summary: 'Let somebody sign in no more; their sessions and tokens end',
  arguments: [1, 1],
  async run(call) {
    await call.api.send('DELETE', pathOf(call));
    call.print({ disabled: call.positionals[0] }, () => `${call.positionals[0]} is signed out everywhere and may not sign in again.`);
    return undefined;
  },
};

const role: CliCommand = {
  name: 'user role',
  usage: '<e-mail or id> viewer|trader|admin',
  summary: 'Change what somebody may do; signs them out',
  arguments: [2, 2],
  async run(call) {
    const user = await call.api.send<User>('PUT', pathOf(call), { role: roleOf(call.positionals[1]) });
    call.print(user, () => `${user.email} is ${user.role} from the next sign-in on.`);
    return undefined;
  },
};

const password: CliCommand = {
  name: 'user password',
  usage: '<e-mail or id> [--ask-password]',
  summary: 'Give somebody a new password; signs them out',
  options: { 'ask-password': { type: 'boolean' } },
  details: ['It is made up and shown once; --ask-password asks for one instead.'],
  arguments: [1, 1],
  async run(call) {
    const user = await call.api.send<User>('PUT', `${pathOf(call)}/password`, await askedPassword(call));
    call.print(user, () => withPassword(user, `${user.email} has a new password and is signed out everywhere.`));
    return undefined;
  },
};

const totpReset: CliCommand = {
  name: 'user totp-reset',
  usage: '<e-mail or id>',
  summary: 'Forget the second factor of somebody who has lost it; signs them out',
  arguments: [1, 1],
  async run(call) {
    await call.api.send('DELETE', `${pathOf(call)}/totp`);
    call.print(
      { reset: call.positionals[0] },
      () => `${call.positionals[0]} signs in with the password alone, and sets up a new second factor.`,
    );
    return undefined;
  },
};

const totp: CliCommand = {
  name: 'user totp',
  usage: '<e-mail>',
  summary: 'Set up your second factor: shows the code to scan, asks for what the app shows, prints recovery codes',
  details: ['Signs you in with your password; it needs a terminal. To replace a second factor, have the old one at hand.'],
  arguments: [1, 1],
  async run(call) {
    const { terminal, positionals } = call;
    if (!terminal.interactive) throw new CliError('This needs a terminal. Programs use POST /api/v1/me/totp and /me/totp/confirm.');
    const recoveryCodes = await asPerson(call, positionals[0] ?? '', (person) => enrol(person, terminal));
    call.print(
      { recoveryCodes },
      () => `In force. Print these recovery codes, each works once and they are not shown again:\n\n${recoveryCodes.join('\n')}`,
    );
    return undefined;
  },
};

async function enrol(person: PersonApi, terminal: Terminal): Promise<readonly string[]> {
  const { user } = await person.send<{ user: { totp: boolean } }>('GET', '/api/v1/session');
  const old = user.totp ? { totp: await terminal.askSecret('The next code of the old one (each works once): ') } : {};
  const { secret, qrText } = await person.send<{ secret: string; qrText: string }>('POST', '/api/v1/me/totp', old);
  terminal.err(`${qrText}\nScan this with your authenticator app, or type in: ${secret}\n`);
  const shown = { totp: await terminal.askSecret('Code the app shows now: ') };
  const { recoveryCodes } = await person.send<{ recoveryCodes: string[] }>('POST', '/api/v1/me/totp/confirm', shown);
  return recoveryCodes;
}

export const userCommands: readonly CliCommand[] = [create, list, disable, role, password, totp, totpReset];

/** Never an argument: those are in the shell's history and in the list of processes. */
async function askedPassword(call: CliCall): Promise<{ password?: string }> {
  if (!call.flag('ask-password')) return {};
  const { terminal } = call;
  return { password: terminal.interactive ? await terminal.askSecret('Password: ') : (await terminal.readAll()).trim() };
}

function withPassword({ password: made }: User, sentence: string): string {
  return made === undefined ? sentence : `${sentence} Keep this now, it is not shown again:\n\n${facts([['Password', made]])}`;
}

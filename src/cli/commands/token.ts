import { usageError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';
import { facts, table } from '../table.ts';

interface Token {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

const tokensPath = '/api/v1/tokens';

const create: CliCommand = {
  name: 'token create',
  usage: '<name> --user <e-mail> --scope read|trade|admin… [--days <1 to 365>]',
  summary: 'Make a token for a program, with part of the rights of its owner; it is shown once',
  options: { user: { type: 'string' }, scope: { type: 'string', multiple: true }, days: { type: 'string' } },
  details: ['It ends after 90 days unless --days says otherwise.'],
  arguments: [1, 1],
  async run(call) {
    const [user, days, scopes] = [call.text('user'), call.text('days'), call.texts('scope')];
    if (scopes.length === 0) throw usageError('Say what it may do: --scope read, trade or admin.');
    if (days !== undefined && !/^[1-9]\d{0,2}$/.test(days)) throw usageError('--days must be a whole number from 1 to 365.');
    const optional = { ...(user === undefined ? {} : { user }), ...(days === undefined ? {} : { expiresInDays: Number(days) }) };
    const made = await call.api.send<Token & { token: string }>('POST', tokensPath, { name: call.positionals[0], scopes, ...optional });
    call.print(made, () => {
      const shown = facts([
        ['Token', made.token],
        ['Ends', made.expiresAt],
      ]);
      return `Token "${made.name}" of ${made.user} (${made.scopes.join(', ')}). Keep this now, it is not shown again:\n\n${shown}`;
    });
    return undefined;
  },
};

const list: CliCommand = {
  name: 'token list',
  usage: '',
  summary: 'Show the tokens of programs',
  arguments: [0, 0],
  async run(call) {
    const tokens = await call.api.get<{ items: Token[] }>(`${tokensPath}?all=true&limit=200`);
    call.print(tokens, () => {
      if (tokens.items.length === 0) return 'No token yet; "signalman token create <name> --user <e-mail> --scope read" makes one.';
      const rows = tokens.items.map(({ name, user, scopes, expiresAt, lastUsedAt, id }) => [
        name,
        user,
        scopes.join(', '),
        expiresAt,
        lastUsedAt,
        id,
      ]);
      return table(['NAME', 'OWNER', 'SCOPES', 'ENDS', 'LAST USED', 'ID'], rows);
    });
    return undefined;
  },
};

const revoke: CliCommand = {
  name: 'token revoke',
  usage: '<id>',
  summary: 'End a token; it is refused from now on',
  arguments: [1, 1],
  async run(call) {
    await call.api.send('DELETE', `${tokensPath}/${encodeURIComponent(call.positionals[0] ?? '')}`);
    call.print({ revoked: call.positionals[0] }, () => `Token ${call.positionals[0]} is revoked.`);
    return undefined;
  },
};

export const tokenCommands: readonly CliCommand[] = [create, list, revoke];

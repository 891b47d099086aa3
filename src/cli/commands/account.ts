import { CliError, usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Account {
  readonly id: string;
  readonly name: string;
  readonly venue: string;
  readonly market: string | null;
  readonly sandbox: boolean;
}

interface AccountCheck {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

const accountsPath = '/api/v1/accounts';
const pathOf = (call: CliCall): string => `${accountsPath}/${encodeURIComponent(call.positionals[0] ?? '')}`;

/** Environment variable → name of the credential. */
const CREDENTIALS = {
  SIGNALMAN_API_KEY: 'apiKey',
  SIGNALMAN_API_SECRET: 'secret',
  SIGNALMAN_API_PASSWORD: 'password',
} as const;

const add: CliCommand = {
  name: 'account add',
  usage: '<name> --venue paper|binance|… [--market spot|swap] [--sandbox] [--demo] [--credentials-stdin]',
  summary: 'Add a place to trade',
  details: [
    'Credentials never go on the command line: they come from SIGNALMAN_API_KEY, SIGNALMAN_API_SECRET (and',
    'SIGNALMAN_API_PASSWORD), as JSON on standard input with --credentials-stdin, or are asked for.',
  ],
  options: {
    venue: { type: 'string' },
    market: { type: 'string' },
    sandbox: { type: 'boolean' },
    demo: { type: 'boolean' },
    'credentials-stdin': { type: 'boolean' },
  },
  arguments: [1, 1],
  async run(call) {
    const venue = call.text('venue');
    if (venue === undefined) throw usageError('Say which venue: --venue paper, or an exchange such as binance.');
    const credentials = venue === 'paper' ? null : await readCredentials(call);
    const demo = call.flag('demo'); // A sandbox as well, where the venue has two.
    const settings = demo ? { sandbox: 'demo' } : {};
    const sandbox = demo || call.flag('sandbox');
    const body = { name: call.positionals[0], venue, market: call.text('market') ?? null, sandbox, settings, credentials };
    const account = await call.api.send<Account>('POST', accountsPath, body);
    call.print(account, () => `Account "${account.name}" is added. Check it with: signalman account test ${account.name}`);
    return undefined;
  },
};

const list: CliCommand = {
  name: 'account list',
  usage: '',
  summary: 'Show the accounts',
  arguments: [0, 0],
  async run(call) {
    const accounts = await call.api.get<{ items: Account[] }>(`${accountsPath}?limit=200`);
    call.print(accounts, () => {
      if (accounts.items.length === 0) return 'No account yet; "signalman account add main --venue paper" adds one.';
      const rows = accounts.items.map(({ name, venue, market, sandbox, id }) => [name, venue, market ?? 'all', modeOf(venue, sandbox), id]);
      return table(['NAME', 'VENUE', 'MARKET', 'MODE', 'ID'], rows);
    });
    return undefined;
  },
};

/** Whose money is at stake. */
function modeOf(venue: string, sandbox: boolean): string {
  if (venue === 'paper') return 'paper';
  return sandbox ? 'sandbox' : 'live';
}

const test: CliCommand = {
  name: 'account test',
  usage: '<name or id>',
  summary: 'Check credentials, clock and permissions at the venue',
  arguments: [1, 1],
  async run(call) {
    const check = await call.api.send<AccountCheck>('POST', `${pathOf(call)}/test`, {});
    call.print(check, () => check.checks.map(({ ok, name, detail }) => `${ok ? '✓' : '✗'} ${name}: ${detail}`).join('\n'));
    return check.ok ? 0 : 1;
  },
};

const remove: CliCommand = {
  name: 'account remove',
  usage: '<name or id>',
  summary: 'Remove an account; its history stays',
  arguments: [1, 1],
  async run(call) {
    await call.api.send('DELETE', pathOf(call));
    call.print({ removed: call.positionals[0] }, () => `Account "${call.positionals[0]}" is removed.`);
    return undefined;
  },
};

export const accountCommands: readonly CliCommand[] = [add, list, test, remove];

async function readCredentials(call: CliCall): Promise<Record<string, string>> {
  if (call.flag('credentials-stdin')) return fromJson(await call.terminal.readAll());
  const given = Object.entries(CREDENTIALS).flatMap(([variable, name]) => {
    const value = call.environment[variable];
    return value ? [[name, value] as const] : [];
  });
  if (given.length > 0) return Object.fromEntries(given);
  if (!call.terminal.interactive)
    throw usageError('No credentials: set SIGNALMAN_API_KEY and SIGNALMAN_API_SECRET, or pipe JSON with --credentials-stdin.');
  const apiKey = await call.terminal.askSecret('API key: ');
  const secret = await call.terminal.askSecret('API secret: ');
  const password = await call.terminal.askSecret('Passphrase (empty if the exchange has none): ');
  return { apiKey, secret, ...(password === '' ? {} : { password }) };
}

/** Says that it cannot be read, and never what was read. */
function fromJson(text: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new CliError('Standard input must hold a JSON object such as {"apiKey":"…","secret":"…"}.', { exitCode: 2 });
  return parsed as Record<string, string>;
}

import type { CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Code {
  readonly code: string;
  readonly expiresAt: string;
}

interface Link {
  readonly telegramId: string;
  readonly user: string;
  readonly role: string;
  readonly linkedAt: string;
}

const code: CliCommand = {
  name: 'user telegram-code',
  usage: '<email>',
  summary: 'Make a code by which this user links Telegram; it is shown once',
  arguments: [1, 1],
  async run(call) {
    const made = await call.api.send<Code>('POST', '/api/v1/telegram/codes', { user: call.positionals[0] });
    call.print(made, () => `Send this to the bot in a private chat before ${made.expiresAt}:\n\n  /link ${made.code}`);
    return undefined;
  },
};

const links: CliCommand = {
  name: 'telegram links',
  usage: '',
  summary: 'Show whose Telegram account is whose',
  arguments: [0, 0],
  async run(call) {
    const { items } = await call.api.get<{ items: readonly Link[] }>('/api/v1/telegram/links');
    const rows = items.map(({ telegramId, user, role, linkedAt }) => [telegramId, user, role, linkedAt]);
    call.print(items, () => (rows.length === 0 ? 'Nobody has linked Telegram.' : table(['TELEGRAM ID', 'USER', 'ROLE', 'SINCE'], rows)));
    return undefined;
  },
};

const unlink: CliCommand = {
  name: 'telegram unlink',
  usage: '<telegram id>',
  summary: 'Hear a Telegram account as nobody from now on',
  arguments: [1, 1],
  async run(call) {
    const [id = ''] = call.positionals;
    await call.api.send('DELETE', `/api/v1/telegram/links/${encodeURIComponent(id)}`);
    call.print({ telegramId: id }, () => `Telegram account ${id} is unlinked.`);
    return undefined;
  },
};

export const telegramCommands: readonly CliCommand[] = [code, links, unlink];

import { allPages } from '../allPages.ts';
import type { CliCommand } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { table } from '../table.ts';

interface Ban {
  readonly address: string;
  readonly network: string;
  readonly appliesTo: string;
  readonly since: string;
  readonly until: string;
  readonly level: number;
  readonly by: string | null;
  readonly reason: string | null;
}

const bansPath = '/api/v1/bans';

const list: CliCommand = {
  name: 'ban list',
  usage: '',
  summary: 'Show who is shut out of the hooks',
  arguments: [0, 0],
  async run(call) {
    const bans = await allPages<Ban>(call.api, bansPath);
    call.print(bans, () => {
      if (bans.items.length === 0) return 'Nobody is banned.';
      const rows = bans.items.map(({ network, appliesTo, until, level, by, reason }) => [
        network,
        appliesTo,
        until,
        level || null,
        by,
        reason,
      ]);
      return table(['ADDRESS', 'FOR', 'UNTIL', 'IN A ROW', 'BY', 'REASON'], rows);
    });
    return undefined;
  },
};

const add: CliCommand = {
  name: 'ban add',
  usage: '<address> [--for 1h] [--reason "…"] [--force]',
  summary: 'Shut an address out of the hooks',
  details: ['For an hour unless --for says otherwise. An address of the whitelist needs --force: alerts that come from it stop.'],
  options: { for: { type: 'string' }, reason: { type: 'string' }, force: { type: 'boolean' } },
  arguments: [1, 1],
  async run(call) {
    const during = call.text('for');
    const body = {
      address: call.positionals[0],
      reason: call.text('reason') ?? null,
      force: call.flag('force'),
      ...(during === undefined ? {} : { forSec: parseDuration(during, '--for') }),
    };
    const ban = await call.api.send<Ban>('POST', bansPath, body);
    call.print(ban, () => `${ban.network} is banned until ${ban.until}.`);
    return undefined;
  },
};

const lift: CliCommand = {
  name: 'ban lift',
  usage: '<address> [--force]',
  summary: 'Lift every ban of an address, on every instance',
  details: ['--force: even when the instance asked knows of none (without Redis each knows its own).'],
  options: { force: { type: 'boolean' } },
  arguments: [1, 1],
  async run(call) {
    const address = call.positionals[0] ?? '';
    await call.api.send('DELETE', `${bansPath}/${encodeURIComponent(address)}${call.flag('force') ? '?force=true' : ''}`);
    call.print({ lifted: address }, () => `${address} is banned no more.`);
    return undefined;
  },
};

export const banCommands: readonly CliCommand[] = [list, add, lift];

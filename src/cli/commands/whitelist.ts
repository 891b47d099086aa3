import { isPresetName, PRESET_NAMES } from '../../domain/access/presets.ts';
import { allPages } from '../allPages.ts';
import { usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { table } from '../table.ts';

interface Entry {
  readonly id: string;
  readonly cidr: string;
  readonly label: string;
  readonly scope: string;
  readonly hook: string | null;
  readonly expiresAt: string | null;
  readonly createdBy: string;
  readonly source: string;
}

interface Preset {
  readonly name: string;
  readonly builtIn: readonly string[];
  readonly stored: readonly string[];
}

const whitelistPath = '/api/v1/whitelist';
const presetPath = (name: string): string => `${whitelistPath}/presets/${name}`;
const nameOf = (call: CliCall): string => call.positionals[0] ?? '';

const add: CliCommand = {
  name: 'whitelist add',
  usage: '<address or CIDR> [--for 2h] [--label office] [--scope api|hook:<name>] [--force]',
  summary: 'Let an address post alerts, or use the API',
  details: [
    '--for takes s, m, h or d (2h, 30m, 7d); without it the entry stays until it is removed.',
    '--scope global is the default: every hook. api: as soon as one address is listed for it, the API answers listed addresses only.',
    `whitelist add ${PRESET_NAMES.join('|')} [--address <address>…] stores that list, in place of the one before; without --address the built-in one.`,
    '--force: even a very wide network, or what would lock you out of the API.',
  ],
  options: {
    for: { type: 'string' },
    label: { type: 'string' },
    scope: { type: 'string' },
    address: { type: 'string', multiple: true },
    force: { type: 'boolean' },
  },
  arguments: [1, 1],
  async run(call) {
    if (isPresetName(nameOf(call))) return addPreset(call);
    if (call.texts('address').length > 0) throw usageError(`--address belongs to a preset (${PRESET_NAMES.join(', ')}).`);
    const during = call.text('for');
    const body = {
      cidr: nameOf(call),
      label: call.text('label') ?? '',
      scope: call.text('scope') ?? 'global',
      force: call.flag('force'),
      ...(during === undefined ? {} : { forSec: parseDuration(during, '--for') }),
    };
    const entry = await call.api.send<Entry>('POST', whitelistPath, body);
    call.print(entry, () => `${entry.cidr} is listed for ${doorOf(entry)}${entry.expiresAt === null ? '' : ` until ${entry.expiresAt}`}.`);
    return undefined;
  },
};

async function addPreset(call: CliCall): Promise<undefined> {
  for (const option of ['for', 'label']) if (call.text(option) !== undefined) throw usageError(`--${option} does not go with a preset.`);
  const addresses = call.texts('address');
  const body = {
    scope: call.text('scope') ?? 'global',
    force: call.flag('force'),
    ...(addresses.length > 0 ? { addresses } : {}),
  };
  const preset = await call.api.send<Preset>('PUT', presetPath(nameOf(call)), body);
  call.print(preset, () => `The list "${preset.name}" is stored${preset.stored.length > 0 ? `: ${preset.stored.join(', ')}` : ''}.`);
  return undefined;
}

const list: CliCommand = {
  name: 'whitelist list',
  usage: '',
  summary: 'Show who may post alerts and use the API',
  arguments: [0, 0],
  async run(call) {
    const entries = await allPages<Entry>(call.api, whitelistPath);
    call.print(entries, () => {
      const open = entries.items.some(({ scope }) => scope === 'api')
        ? []
        : ['', 'The API is open to whoever authenticates, from any address.'];
      const rows = entries.items.map((entry) => [
        entry.cidr,
        entry.label,
        doorOf(entry),
        entry.expiresAt,
        entry.source,
        entry.createdBy,
        entry.id,
      ]);
      return [table(['ADDRESS', 'LABEL', 'FOR', 'UNTIL', 'SOURCE', 'BY', 'ID'], rows), ...open].join('\n');
    });
    return undefined;
  },
};

const remove: CliCommand = {
  name: 'whitelist remove',
  usage: '<id, address, CIDR or preset> [--scope hook:<name>] [--force]',
  summary: 'Take an address off the whitelist',
  details: ['Of a preset, its stored list: then the built-in one is in force again. --scope names whose, for a preset only.'],
  options: { scope: { type: 'string' }, force: { type: 'boolean' } },
  arguments: [1, 1],
  async run(call) {
    const name = nameOf(call);
    if (isPresetName(name)) {
      const preset = await call.api.send<Preset>(
        'DELETE',
        `${presetPath(name)}?scope=${encodeURIComponent(call.text('scope') ?? 'global')}`,
      );
      call.print(preset, () => `The stored list "${name}" is gone; built in: ${preset.builtIn.join(', ')}.`);
      return undefined;
    }
    if (call.text('scope') !== undefined) throw usageError('--scope goes with a preset; name an entry by its id.');
    await call.api.send('DELETE', `${whitelistPath}/${encodeURIComponent(name)}${call.flag('force') ? '?force=true' : ''}`);
    call.print({ removed: name }, () => `${name} is off the whitelist.`);
    return undefined;
  },
};

export const whitelistCommands: readonly CliCommand[] = [add, list, remove];

function doorOf({ scope, hook }: Entry): string {
  if (scope === 'global') return 'every hook';
  return scope === 'api' ? 'the API' : `hook ${hook ?? scope.slice('hook:'.length)}`;
}

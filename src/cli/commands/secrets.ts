import { newSecretsKey } from '../../ops/secrets.ts';
import type { CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Secrets {
  readonly keyId: string;
  readonly keyIds: readonly string[];
  readonly source: 'environment' | 'file';
  readonly records: readonly { readonly place: string; readonly keyId: string; readonly count: number; readonly known: boolean }[];
  readonly outdated: number;
}

interface Rotation {
  readonly keyId: string;
  readonly source: 'environment' | 'file';
  readonly newKey: boolean;
  readonly rewrapped: number;
  readonly unreadable: readonly string[];
  readonly outdated: number;
}

const path = '/api/v1/secrets';

const status: CliCommand = {
  name: 'secrets status',
  usage: '',
  summary: 'Show which keys stored secrets are sealed with',
  arguments: [0, 0],
  async run(call) {
    const found = await call.api.get<Secrets>(path);
    call.print(found, () => describe(found));
    return found.records.every(({ known }) => known) ? 0 : 1;
  },
};

const rotate: CliCommand = {
  name: 'secrets rotate',
  usage: '',
  summary: 'Wrap all stored secrets with a new key',
  details: [
    'The key in DATA_DIR is replaced by a new one. A key from the environment is yours to replace: run this once to get',
    'a new one and what to do, and again when every instance has both (docs/security.md).',
  ],
  arguments: [0, 0],
  async run(call) {
    const done = await call.api.send<Rotation>('POST', `${path}/rotate`, {});
    const { keyIds } = await call.api.get<Secrets>(path);
    call.print({ ...done, keyIds }, () => [...report(done), ...nextSteps(done, keyIds.length > 1)].join('\n'));
    return done.outdated === 0 ? 0 : 1;
  },
};

export const secretsCommands: readonly CliCommand[] = [status, rotate];

function describe({ keyId, keyIds, source, records, outdated }: Secrets): string {
  const from = source === 'file' ? 'DATA_DIR/secrets.key' : 'SECRETS_KEY';
  const older = keyIds.length > 1 ? `; older keys at hand: ${keyIds.slice(1).join(', ')}` : '';
  const head = `New secrets are sealed with key ${keyId} (${from})${older}.`;
  if (records.length === 0) return `${head}\nNothing is sealed yet.`;
  const rows = records.map((record) => {
    const state = record.keyId === keyId ? 'current' : record.known ? 'older key' : 'KEY MISSING';
    return [record.place, record.keyId, record.count, state];
  });
  const advice = outdated > 0 ? ['signalman secrets rotate wraps the rest with the current key.'] : [];
  return [head, table(['PLACE', 'KEY', 'RECORDS', ''], rows), ...advice].join('\n');
}

function report({ keyId, newKey, rewrapped, unreadable, outdated }: Rotation): string[] {
  return [
    ...(newKey ? [`A new key was made: ${keyId}.`] : []),
    `${rewrapped} ${rewrapped === 1 ? 'record is' : 'records are'} now wrapped with key ${keyId}; ${outdated} left under other keys.`,
    ...unreadable.map((name) => `  cannot be opened with any key here: ${name}`),
  ];
}

/** What is left for a person to do. */
function nextSteps({ source, rewrapped, outdated }: Rotation, hasOlder: boolean): string[] {
  if (outdated > 0) return ['Run it again; what cannot be opened needs its key in SECRETS_KEY_PREVIOUS, or has to be made anew.'];
  if (source === 'file') return ['Back up DATA_DIR/secrets.key anew. The old key is forgotten at the next start.'];
  if (hasOlder)
    return ['Next: remove SECRETS_KEY_PREVIOUS from every instance and start it again. Keep the old key with the backups it opens.'];
  if (rewrapped > 0) return [];
  return [
    'There was nothing to do, because there is only one key. To change it, start every instance with',
    `  SECRETS_KEY=${newSecretsKey()}`,
    '  SECRETS_KEY_PREVIOUS=<what SECRETS_KEY is now>',
    'and run this again. That key is new, made for you, and shown only here.',
  ];
}

import { CliError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { describePreflight, messageFrom, type Preflight } from '../preflight.ts';
import { describeStory, type Story } from '../story.ts';
import { table } from '../table.ts';

const show: CliCommand = {
  name: 'signal show',
  usage: '<id>|last',
  summary: 'Tell the whole story of a signal',
  details: ['The 8 characters of a notice are enough for one of the latest 200 signals.'],
  arguments: [1, 1],
  async run(call) {
    const [wanted = ''] = call.positionals;
    const id = await fullId(call, wanted);
    const story = await call.api.get<Story>(`/api/v1/signals/${encodeURIComponent(id)}`);
    call.print(story, () => describeStory(story));
    return undefined;
  },
};

const list: CliCommand = {
  name: 'signal list',
  usage: '[--status <status>] [--limit <n>]',
  summary: 'Show the latest signals',
  options: { status: { type: 'string' }, limit: { type: 'string' } },
  arguments: [0, 0],
  async run(call) {
    const query = new URLSearchParams({ limit: call.text('limit') ?? '20' });
    const status = call.text('status');
    if (status !== undefined) query.set('status', status);
    const signals = await call.api.get<{ items: Story[] }>(`/api/v1/signals?${query}`);
    call.print(signals, () => {
      if (signals.items.length === 0) return 'No signal yet.';
      const rows = signals.items.map(({ receivedAt, hook, status: state, code, id }) => [receivedAt, hook, state, code, id]);
      return table(['RECEIVED', 'HOOK', 'STATUS', 'CODE', 'ID'], rows);
    });
    return undefined;
  },
};

/** Notices name a signal by the end of its id: the beginning of a UUID v7 is its time, alike for a minute. */
async function fullId(call: CliCall, wanted: string): Promise<string> {
  if (wanted === 'last') return lastId(call);
  if (!/^#?[0-9a-f]{8}$/.test(wanted)) return wanted;
  const { items } = await call.api.get<{ items: Story[] }>('/api/v1/signals?limit=200');
  return items.find(({ id }) => id.endsWith(wanted.slice(-8)))?.id ?? wanted;
}

async function lastId({ api }: CliCall): Promise<string> {
  const { items } = await api.get<{ items: Story[] }>('/api/v1/signals?limit=1');
  const [last] = items;
  if (!last) throw new CliError('No signal yet. "signalman send <hook URL>" makes one.');
  return last.id;
}

function decide(decision: 'approve' | 'reject', summary: string): CliCommand {
  return {
    name: `signal ${decision}`,
    usage: '<id>|last',
    summary,
    details: ['The 8 characters of a notice are enough for one of the latest 200 signals.'],
    arguments: [1, 1],
    async run(call) {
      const id = await fullId(call, call.positionals[0] ?? '');
      const path = `/api/v1/signals/${encodeURIComponent(id)}/${decision}`;
      const decided = await call.api.send<{ signalId: string; decision: string }>('POST', path, {});
      call.print(decided, () => `Signal ${decided.signalId} is ${decided.decision}.`);
      return undefined;
    },
  };
}

const explain: CliCommand = {
  name: 'signal explain',
  usage: '<message or @file> [--hook <name or id>] [--symbol <ticker>]',
  summary: 'Tell what an alert message would do now, without trading',
  details: [
    'The message is an alert as it came, or as it stands in TradingView: placeholders are filled in, {{ticker}} by --symbol.',
    '--hook: on the accounts of this hook; left out: on all. Exit code 1 when it is not understood.',
  ],
  options: { hook: { type: 'string' }, symbol: { type: 'string' } },
  arguments: [1, 1],
  async run(call) {
    const query = new URLSearchParams();
    for (const name of ['hook', 'symbol']) {
      const value = call.text(name);
      if (value !== undefined) query.set(name, value);
    }
    const told = await call.api.sendText<Preflight>('POST', `/api/v1/signals/explain?${query}`, messageFrom(call.positionals[0] ?? ''));
    call.print(told, () => describePreflight(told));
    return undefined;
  },
};

export const signalCommands: readonly CliCommand[] = [
  show,
  list,
  explain,
  decide('approve', 'Let a signal through that waits for approval'),
  decide('reject', 'Turn down a signal that waits for approval'),
];

import type { CliCommand } from '../command.ts';

interface TradingState {
  readonly mode: string;
  readonly reason: string | null;
  readonly since: string | null;
  readonly accounts: readonly { readonly account: string; readonly mode: string; readonly reason: string | null }[];
}

const CHANGES = [
  ['halt', 'Take no more orders from alerts'],
  ['reduce-only', 'Take exits only'],
  ['flatten', 'Cancel all open orders, close all positions, then take no more entries'],
  ['resume', 'Trade again'],
] as const;

const changes = CHANGES.map(
  ([word, summary]): CliCommand => ({
    name: `trading ${word}`,
    usage: `[--account <name>] [--reason <text>]${word === 'resume' ? ' [--totp <code>]' : ''}`,
    summary,
    options: {
      account: { type: 'string' },
      reason: { type: 'string' },
      ...(word === 'resume' ? { totp: { type: 'string' as const } } : {}),
    },
    arguments: [0, 0],
    async run(call) {
      const totp = call.text('totp');
      const body = { account: call.text('account') ?? null, reason: call.text('reason') ?? null, ...(totp === undefined ? {} : { totp }) };
      const state = await call.api.send<TradingState>('POST', `/api/v1/trading/${word}`, body);
      call.print(state, () => describe(state));
      return undefined;
    },
  }),
);

const state: CliCommand = {
  name: 'trading state',
  usage: '',
  summary: 'Say whether trading is active, exits only or halted',
  arguments: [0, 0],
  async run(call) {
    const found = await call.api.get<TradingState>('/api/v1/trading/state');
    call.print(found, () => describe(found));
    return undefined;
  },
};

export const tradingCommands: readonly CliCommand[] = [...changes, state];

const WORDS: Readonly<Record<string, string>> = { active: 'active', reduce_only: 'reduce-only (exits allowed)', halted: 'halted' };

function describe({ mode, reason, since, accounts }: TradingState): string {
  const why = reason === null ? '' : `: ${reason}`;
  const from = since === null ? '' : ` since ${since}`;
  const own = accounts.map(
    (entry) => `  ${entry.account}: ${WORDS[entry.mode] ?? entry.mode}${entry.reason === null ? '' : `: ${entry.reason}`}`,
  );
  return [`Trading is ${WORDS[mode] ?? mode}${from}${why}.`, ...own].join('\n');
}

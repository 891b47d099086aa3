import type { CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Drift {
  readonly id: string;
  readonly account: string;
  readonly symbol: string;
  readonly cause: string;
  readonly held: string;
  readonly venue: string;
  readonly status: string;
  readonly foundAt: string;
}

const driftPath = '/api/v1/portfolio/drift';

const list: CliCommand = {
  name: 'drift list',
  usage: '[--account <name>] [--status open|ignored|adopted|aligned|gone]',
  summary: 'Show where ledger and venues differ',
  options: { account: { type: 'string' }, status: { type: 'string' } },
  arguments: [0, 0],
  async run(call) {
    const query = new URLSearchParams();
    for (const name of ['account', 'status']) {
      const value = call.text(name);
      if (value !== undefined) query.set(name, value);
    }
    const drifts = await call.api.get<{ items: Drift[] }>(`${driftPath}?${query}`);
    call.print(drifts, () => {
      if (drifts.items.length === 0) return 'Ledger and venues agree.';
      const rows = drifts.items.map((drift) => {
        const { account, symbol, held, venue, cause, status, foundAt, id } = drift;
        return [account, symbol, held, venue, cause, status, foundAt, id];
      });
      return table(['ACCOUNT', 'SYMBOL', 'LEDGER', 'VENUE', 'CAUSE', 'STATE', 'FOUND', 'ID'], rows);
    });
    return undefined;
  },
};

const decisions = [
  ['adopt', "Let the ledger take the venue's figure"],
  ['align', "Bring the venue to the ledger's figure with an order"],
  ['ignore', 'Leave a difference as it is, until it changes'],
] as const;

const decide = decisions.map(
  ([decision, summary]): CliCommand => ({
    name: `drift ${decision}`,
    usage: '<id>',
    summary,
    arguments: [1, 1],
    async run(call) {
      const path = `${driftPath}/${encodeURIComponent(call.positionals[0] ?? '')}`;
      const decided = await call.api.send<{ driftId: string; status: string; orderId?: string | null }>('POST', path, { decision });
      call.print(decided, () => `Drift ${decided.driftId} is ${decided.status}${decided.orderId ? `; order ${decided.orderId}` : ''}.`);
      return undefined;
    },
  }),
);

export const driftCommands: readonly CliCommand[] = [list, ...decide];

import type { CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Proposal {
  readonly id: string;
  readonly summary: string;
  readonly proposedBy: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly decidedBy: string | null;
}

const path = '/api/v1/proposals';

const list: CliCommand = {
  name: 'proposal list',
  usage: '',
  summary: 'Show the changes that wait for a second admin, or did',
  arguments: [0, 0],
  async run(call) {
    const proposals = await call.api.get<{ items: Proposal[] }>(`${path}?limit=200`);
    call.print(proposals, () => {
      if (proposals.items.length === 0) return 'Nothing was proposed yet; FOUR_EYES says what must be.';
      const rows = proposals.items.map((item) => [item.id, item.status, item.proposedBy, item.decidedBy, item.expiresAt, item.summary]);
      return table(['ID', 'STATUS', 'PROPOSED BY', 'DECIDED BY', 'ENDS', 'CHANGE'], rows);
    });
    return undefined;
  },
};

const reject: CliCommand = {
  name: 'proposal reject',
  usage: '<id>',
  summary: 'Reject a change that waits for a second admin',
  details: ['To confirm one takes a person: POST /api/v1/proposals/<id>/confirm, signed in.'],
  arguments: [1, 1],
  async run(call) {
    const decided = await call.api.send('POST', `${path}/${encodeURIComponent(call.positionals[0] ?? '')}/reject`);
    call.print(decided, () => `Proposal ${call.positionals[0]} is rejected.`);
    return undefined;
  },
};

export const proposalCommands: readonly CliCommand[] = [list, reject];

import { asPerson } from '../asPerson.ts';
import { usageError } from '../cliError.ts';
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

const confirm: CliCommand = {
  name: 'proposal confirm',
  usage: '<id> --as <e-mail>',
  summary: 'Confirm what another admin proposed; it is carried out at once',
  options: { as: { type: 'string' } },
  details: [
    'Signs you in for this one step: it asks for your password and a code of your authenticator app.',
    'Without a terminal they are the first two lines of standard input.',
  ],
  arguments: [1, 1],
  async run(call) {
    const email = call.text('as');
    if (email === undefined) throw usageError('Say who confirms it: --as <e-mail>. A token cannot.');
    const [id = ''] = call.positionals;
    const decided = await asPerson(call, email, (person) => person.send('POST', `${path}/${encodeURIComponent(id)}/confirm`));
    call.print(decided, () => `Proposal ${id} is confirmed and carried out.`);
    return undefined;
  },
};

const reject: CliCommand = {
  name: 'proposal reject',
  usage: '<id>',
  summary: 'Reject a change that waits for a second admin',
  arguments: [1, 1],
  async run(call) {
    const decided = await call.api.send('POST', `${path}/${encodeURIComponent(call.positionals[0] ?? '')}/reject`);
    call.print(decided, () => `Proposal ${call.positionals[0]} is rejected.`);
    return undefined;
  },
};

export const proposalCommands: readonly CliCommand[] = [list, confirm, reject];

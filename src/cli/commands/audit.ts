import type { ApiClient } from '../apiClient.ts';
import { usageError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';
import { table } from '../table.ts';

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  readonly hash: string;
}

interface Point {
  readonly seq: number;
  readonly hash: string;
}

interface Check {
  readonly checked: number;
  readonly last: Point;
  readonly head: Point;
  readonly done: boolean;
  readonly broken: { readonly seq: number; readonly id: string | null; readonly reason: string } | null;
  readonly expectedAt: number | null;
}

const path = '/api/v1/audit';
const FILTERS = ['actor', 'action', 'subject', 'from', 'to', 'limit', 'cursor'] as const;

const list: CliCommand = {
  name: 'audit list',
  usage: '[--actor <name>] [--action <action>] [--subject <what>] [--from <time>] [--to <time>] [--limit <n>] [--cursor <cursor>]',
  summary: 'Show who changed what, newest first',
  details: [
    'Texts match exactly, or by their beginning when they end in *: --action "hook.*". Times are ISO 8601.',
    '--json shows before, after and the hashes.',
  ],
  options: Object.fromEntries(FILTERS.map((name) => [name, { type: 'string' as const }])),
  arguments: [0, 0],
  async run(call) {
    const query = new URLSearchParams(
      FILTERS.flatMap((name) => {
        const value = call.text(name);
        return value === undefined ? [] : [[name, value] as [string, string]];
      }),
    );
    const found = await call.api.get<{ items: Entry[]; nextCursor: string | null }>(`${path}?${query}`);
    call.print(found, () => {
      if (found.items.length === 0) return 'No entry fits.';
      const rows = found.items.map((entry) => [
        entry.seq,
        entry.at,
        entry.actor,
        entry.address,
        entry.action,
        entry.subject,
        entry.hash.slice(0, 12),
      ]);
      const more = found.nextCursor === null ? [] : [`More: --cursor ${found.nextCursor}`];
      return [table(['SEQ', 'AT', 'ACTOR', 'FROM', 'ACTION', 'SUBJECT', 'HASH'], rows), ...more].join('\n');
    });
    return undefined;
  },
};

const verify: CliCommand = {
  name: 'audit verify',
  usage: '[--expect <hash>]',
  summary: 'Check that no entry of the audit trail was changed or removed',
  details: [
    'Recomputes every hash from the first entry on. A chain cut off at its end looks whole by itself: give --expect a hash you',
    'noted earlier (the daily notice, a log line, an earlier run), and it is checked that the chain still contains it.',
  ],
  options: { expect: { type: 'string' } },
  arguments: [0, 0],
  async run(call) {
    const expect = call.text('expect')?.toLowerCase();
    if (expect !== undefined && !/^[0-9a-f]{64}$/.test(expect)) throw usageError('--expect takes a whole hash: 64 hexadecimal digits.');
    const check = await checkWholeAudit(call.api, expect);
    const lost = check.broken === null && expect !== undefined && check.expectedAt === null;
    const intact = check.broken === null && !lost;
    call.print({ intact, ...check }, () => describe(check, lost, expect));
    return intact ? 0 : 1;
  },
};

export const auditCommands: readonly CliCommand[] = [list, verify];

/** Stretch after stretch until the end or the first break. */
export async function checkWholeAudit(api: ApiClient, expect: string | undefined): Promise<Check> {
  let checked = 0;
  let from: Point | null = null;
  for (;;) {
    const query: URLSearchParams = new URLSearchParams({
      ...(from ? { fromSeq: String(from.seq), fromHash: from.hash } : {}),
      ...(expect === undefined ? {} : { expect }),
    });
    const check: Check = await api.get<Check>(`${path}/verify?${query}`);
    checked += check.checked;
    if (check.done || check.broken) return { ...check, checked };
    from = check.last;
  }
}

function describe({ checked, broken, head, expectedAt }: Check, lost: boolean, expect: string | undefined): string {
  if (broken)
    return `BROKEN at ${describeBreak(broken)}.\nKeep a copy of the database as it is now, compare with a backup, and find out who had access.`;
  if (lost)
    return `BROKEN: the ${checked} entries follow each other, but none has the hash ${expect}. Entries were removed at the end, or the chain was written anew.`;
  const kept = expectedAt === null ? '' : ` The expected hash is entry ${expectedAt}.`;
  return `Unbroken: ${checked} entries, the last is ${head.seq} with hash ${head.hash}.${kept}\nNote that hash where nobody who can change the database can change it; --expect proves it later.`;
}

export function describeBreak({ seq, id, reason }: NonNullable<Check['broken']>): string {
  return `${id === null ? `entry ${seq}` : `entry ${seq} (${id})`}: ${reason}`;
}

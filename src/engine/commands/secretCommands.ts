import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change, SealedRecord } from '../../ledger/ledger.ts';
import { replyTo } from '../records.ts';
import type { Term } from '../term.ts';
import { recorded } from './securityEvents.ts';

/** Records of one transaction: small enough to stay in the milliseconds. */
const RECORDS_MAX = 200;

/**
 * One batch of a rotation: only the wrapping of each record's own key changes. `next` in the answer is where the next batch
 * begins, null when there is none; `unreadable` names what no key here opens. Doing a batch again finds nothing left to do.
 */
export async function rewrapSecrets(
  term: Term,
  command: Command,
  { toKeyId, after }: Extract<CommandBody, { kind: 'secrets.rewrap' }>,
): Promise<void> {
  const { secrets } = term.deps;
  if (secrets?.keyId !== toKeyId) {
    const message = `The leader seals with key ${secrets?.keyId ?? '(none)'}, not ${toKeyId}. Give every instance the same SECRETS_KEY, then rotate.`;
    return term.commit([replyTo(term, command, 409, { code: 'SECRETS_KEY_DIFFERS', message })]);
  }
  const records = await secrets.outdated(after, RECORDS_MAX);
  const results = records.map((record) => ({ record, sealed: secrets.rewrap(record) }));
  const rewrapped = results.flatMap(({ record, sealed }) => (sealed === null ? [] : [rewrappedTo(record, sealed)]));
  const unreadable = results.flatMap(({ record, sealed }) => (sealed === null ? [nameOf(record)] : []));
  const last = records.at(-1);
  const next = last && records.length === RECORDS_MAX ? nameOf(last) : null;
  const before = { keyIds: [...new Set(records.map(({ sealed }) => sealed.split('.')[1] ?? ''))].sort() };
  const afterwards = { keyId: toKeyId, rewrapped: rewrapped.length, unreadable };
  await term.commit([
    ...rewrapped,
    ...recorded(term, command, 'secrets.rewrap', 'secrets', before, afterwards),
    replyTo(term, command, 200, { rewrapped: rewrapped.length, unreadable, next }),
  ]);
}

function rewrappedTo({ place, id, sealed }: SealedRecord, after: string): Change {
  return { kind: 'secret.rewrapped', place, id, before: sealed, after };
}

function nameOf({ place, id }: SealedRecord): string {
  return `${place}/${id}`;
}

/** What a person must know of, in plain words in `text`. Seqs are epoch microseconds, so they tell when, too. */
export type Incident =
  /** Commands with seq > `afterSeq` and ≤ `uptoSeq` that were not carried out yet, if there were any, will never be. */
  | { readonly kind: 'commands lost'; readonly afterSeq: number; readonly uptoSeq: number; readonly text: string }
  /** An entry that is not a command was moved to the stream `parkedIn`. */
  | { readonly kind: 'entry parked'; readonly entryId: string; readonly parkedIn: string; readonly text: string };

export function lossOf(afterSeq: number, uptoSeq: number, how: string): Incident {
  const text = `${how}: commands stored after ${when(afterSeq)} and up to ${when(uptoSeq)} that were not carried out yet are lost.`;
  return { kind: 'commands lost', afterSeq, uptoSeq, text };
}

export function parkingOf(entryId: string, reason: string, parkedIn: string): Incident {
  const text = `Entry ${entryId} of the command log in Redis is not a command (${reason}) and was moved to the stream ${parkedIn}.`;
  return { kind: 'entry parked', entryId, parkedIn, text };
}

/** A seq as the time it stands for. */
function when(seq: number): string {
  const ms = seq / 1000;
  return seq > 0 && ms <= 8.64e15 ? new Date(ms).toISOString() : 'the beginning';
}

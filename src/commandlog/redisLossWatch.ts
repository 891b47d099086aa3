import { seqOf } from './redisEntries.ts';
import { type Incident, lossOf } from './redisIncident.ts';

/** What was known of the stream when a call was sent. */
export interface Sent {
  readonly newest: number;
  readonly setBacks: number;
}

/**
 * Notices that Redis forgot: the newest entry it has is older than one that was seen before the question was sent. Answers may
 * be looked at in another order than they were given, so none is compared with what was learnt while it was under way.
 */
export class RedisLossWatch {
  /** How often Redis was found to have forgotten. */
  setBacks = 0;
  private newest = 0;
  private readonly report: (incident: Incident) => void;

  constructor(report: (incident: Incident) => void) {
    this.report = report;
  }

  sending(): Sent {
    return { newest: this.newest, setBacks: this.setBacks };
  }

  /** The newest entry when the call was carried out, and after what the call itself stored. */
  answered(sent: Sent, lastBefore: string, seqAfter = 0): void {
    if (sent.setBacks !== this.setBacks) return;
    const seq = seqOf(lastBefore);
    const known = Math.max(this.newest, seq, seqAfter);
    if (seq >= sent.newest) {
      this.newest = known;
      return;
    }
    this.report(lossOf(seq, this.newest, 'Redis was emptied, replaced or set back to an older state'));
    this.setBacks += 1;
    this.newest = Math.max(seq, seqAfter);
  }
}

import type { Epoch } from '../../../src/domain/ids.ts';
import { type Audience, FencedError, type Notice, type Outbox, type OutboxItem } from '../../../src/ledger/ledger.ts';

interface Row {
  item: OutboxItem;
  state: 'waiting' | 'sent' | 'dead';
  error: string | null;
}

/** The outbox's port over an array; as in the ledger, a mark of an older epoch is refused. */
export class MemoryOutbox implements Outbox {
  readonly rows: Row[] = [];
  epoch: Epoch = 1;
  /** When set, every call fails with it: the database is away. */
  outage: Error | null = null;

  add(...notices: readonly Notice[]): void {
    for (const notice of notices) {
      this.rows.push({ item: { ...notice, seq: this.rows.length + 1, attempts: 0 }, state: 'waiting', error: null });
    }
  }

  async pending(limit: number, audiences?: readonly Audience[]): Promise<readonly OutboxItem[]> {
    this.#check(this.epoch);
    const rank = (item: OutboxItem): number => (item.severity === 'critical' ? 0 : 1);
    const waiting = this.rows.filter((row) => row.state === 'waiting').map((row) => row.item);
    const asked = waiting.filter(({ audience }) => audiences?.includes(audience) ?? true);
    return asked.sort((a, b) => rank(a) - rank(b) || a.seq - b.seq).slice(0, limit);
  }

  async markSent(epoch: Epoch, seqs: readonly number[]): Promise<void> {
    this.#check(epoch);
    for (const row of this.rows) if (seqs.includes(row.item.seq)) row.state = 'sent';
  }

  async markFailed(epoch: Epoch, seq: number, error: string, dead: boolean): Promise<void> {
    this.#check(epoch);
    const row = this.rows.find((candidate) => candidate.item.seq === seq);
    if (!row) return;
    row.item = { ...row.item, attempts: row.item.attempts + 1 };
    row.error = error;
    if (dead) row.state = 'dead';
  }

  /** How many rows are in each state. */
  counts(): Readonly<Record<Row['state'], number>> {
    const counts = { waiting: 0, sent: 0, dead: 0 };
    for (const { state } of this.rows) counts[state] += 1;
    return counts;
  }

  #check(epoch: Epoch): void {
    if (this.outage) throw this.outage;
    if (epoch < this.epoch) throw new FencedError(`epoch ${epoch} is over`);
  }
}

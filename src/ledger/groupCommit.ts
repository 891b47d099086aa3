/** Things of one epoch that go into one transaction, in the order they were asked for. */
export type CommitGroup<T> = (epoch: number, items: readonly T[]) => Promise<void>;

interface Waiting<T> {
  readonly epoch: number;
  readonly items: readonly T[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one transaction is under way at a time; whatever is asked for meanwhile waits and shares the next one. Who is
 * alone waits for nobody, there is no timer. A group ends at `itemsMax` items (one request is never split) or where the epoch changes.
 *
 * The first failure ends its epoch: everything of that epoch that waits or comes later fails with the same error, because what
 * was to follow the lost changes must not be stored without them. A later epoch starts afresh.
 */
export class GroupCommit<T> {
  private readonly commit: CommitGroup<T>;
  private readonly itemsMax: number;
  private waiting: Waiting<T>[] = [];
  private running = false;
  private ended: { readonly epoch: number; readonly error: unknown } | null = null;

  constructor(commit: CommitGroup<T>, itemsMax: number) {
    this.commit = commit;
    this.itemsMax = itemsMax;
  }

  /** Resolves after the transaction with these items has committed. */
  add(epoch: number, items: readonly T[]): Promise<void> {
    if (this.ended && epoch <= this.ended.epoch) return Promise.reject(this.ended.error);
    return new Promise((resolve, reject) => {
      this.waiting.push({ epoch, items, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let group = this.nextGroup(); group.length > 0; group = this.nextGroup()) {
      const epoch = group[0]?.epoch ?? 0;
      try {
        await this.commit(
          epoch,
          group.flatMap(({ items }) => items),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        this.fail(epoch, error, group);
      }
    }
    this.running = false;
  }

  private nextGroup(): Waiting<T>[] {
    const epoch = this.waiting[0]?.epoch;
    let count = 0;
    let items = 0;
    for (const request of this.waiting) {
      if (request.epoch !== epoch || (count > 0 && items + request.items.length > this.itemsMax)) break;
      count += 1;
      items += request.items.length;
    }
    return this.waiting.splice(0, count);
  }

  private fail(epoch: number, error: unknown, group: readonly Waiting<T>[]): void {
    this.ended = { epoch, error };
    const late = this.waiting.filter((request) => request.epoch <= epoch);
    this.waiting = this.waiting.filter((request) => request.epoch > epoch);
    for (const { reject } of [...group, ...late]) reject(error);
  }
}

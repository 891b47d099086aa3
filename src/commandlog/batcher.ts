import { CommandLogUnavailableError } from './commandLog.ts';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

export interface Batcher<Item, Result> {
  /** Rejects with `CommandLogUnavailableError` when the queue is full (at once) or the deadline has passed. */
  add(item: Item): Promise<Result>;
  /** Takes nothing more; resolves when what was taken is settled. */
  close(): Promise<void>;
}

/**
 * Group commit: items that come while a batch is under way wait and share the next one, and nobody waits for a timer when
 * alone. One batch at a time, so items are carried out in the order they came.
 */
export function createBatcher<Item, Result>(options: {
  sizeMax: number;
  queueMax: number;
  deadlineMs: number;
  /** Carries a batch out; a result (or an error) for each item, in order. Rejecting fails them all. */
  run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
}): Batcher<Item, Result> {
  const { sizeMax, queueMax, deadlineMs, run } = options;
  const queue: Waiting<Item, Result>[] = [];
  let running: Promise<void> | null = null;
  let closed = false;

  function add(item: Item): Promise<Result> {
    if (closed) return Promise.reject(new CommandLogUnavailableError('the command log is closed'));
    if (queue.length >= queueMax) return Promise.reject(new CommandLogUnavailableError(`${queueMax} commands are waiting already`));
    return new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject, deadline: setTimeout(() => expire(waiting), deadlineMs) };
      queue.push(waiting);
      // In a microtask, so that items added in one go share the first batch too.
      running ??= Promise.resolve().then(runBatches);
    });
  }

  async function runBatches(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, sizeMax);
      try {
        const results = await run(batch.map(({ item }) => item));
        batch.forEach((waiting, index) => {
          settle(waiting, results[index] ?? new Error('a batch gave no result for an item'));
        });
      } catch (error) {
        for (const waiting of batch) settle(waiting, error as Error);
      }
    }
    running = null;
  }

  function settle({ deadline, resolve, reject }: Waiting<Item, Result>, outcome: Result | Error): void {
    clearTimeout(deadline);
    if (outcome instanceof Error) reject(outcome);
    else resolve(outcome);
  }

  /** All wait equally long, so the first to expire is first in the queue, or in the batch under way, which goes on without it. */
  function expire(waiting: Waiting<Item, Result>): void {
    if (queue[0] === waiting) queue.shift();
    waiting.reject(new CommandLogUnavailableError(`not stored within ${deadlineMs} ms`));
  }

  return {
    add,
    close: async () => {
      closed = true;
      await running;
    },
  };
}

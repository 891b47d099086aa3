/** Where somebody who waits for the answer to a command hears that it may be there. A hint only: waiters also look by themselves. */
export interface ReplyListener {
  /** Calls `wake` whenever the reply to the command may have been written; returns how to stop. */
  subscribe(commandId: string, wake: () => void): () => void;
}

/** The other end: whoever learns of a reply (the leader in this process, a database notification) says so here. */
export interface ReplyNotifier extends ReplyListener {
  notify(commandId: string): void;
}

export function createReplyNotifier(): ReplyNotifier {
  const waiting = new Map<string, Set<() => void>>();
  return {
    subscribe(commandId, wake) {
      const wakers = waiting.get(commandId) ?? new Set();
      waiting.set(commandId, wakers.add(wake));
      return () => {
        wakers.delete(wake);
        if (wakers.size === 0 && waiting.get(commandId) === wakers) waiting.delete(commandId);
      };
    },
    notify(commandId) {
      for (const wake of waiting.get(commandId) ?? []) wake();
    },
  };
}

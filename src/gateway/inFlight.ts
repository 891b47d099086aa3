/** Counts work under way, so that it can be bounded and waited for. */
export interface InFlight {
  readonly size: number;
  enter(): void;
  leave(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createInFlight(): InFlight {
  let size = 0;
  let waiting: (() => void)[] = [];
  return {
    get size() {
      return size;
    },
    enter() {
      size += 1;
    },
    leave() {
      size -= 1;
      if (size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle: () => (size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

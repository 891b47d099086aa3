import type { Clock } from '../../src/lib/clock.ts';

interface Pending {
  readonly owner: number;
  readonly label: string;
  readonly resume: () => void;
}

interface Timer {
  readonly owner: number;
  readonly at: number;
  readonly resume: () => void;
}

/** Small seeded generator (mulberry32): the same seed, the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A world with one virtual clock in which every await of the engine is a step that the seed orders. An owner (one run of
 * one process) that crashed never takes another step; a paused one takes none until it is resumed.
 */
export class World {
  readonly random: () => number;
  now = 1_750_000_000_000;
  readonly trace: string[] = [];
  private pending: Pending[] = [];
  private timers: Timer[] = [];
  private readonly crashed = new Set<number>();
  private readonly paused = new Set<number>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Waits until the seed lets `owner` go on. */
  step(owner: number, label: string): Promise<void> {
    return new Promise((resume) => {
      if (!this.crashed.has(owner)) this.pending.push({ owner, label, resume });
    });
  }

  /** Whether `owner` waits in a step whose label begins so. */
  isPending(owner: number, label: string): boolean {
    return this.pending.some((item) => item.owner === owner && item.label.startsWith(label));
  }

  crash(owner: number): void {
    this.trace.push(`crash of ${owner}`);
    this.crashed.add(owner);
    this.pending = this.pending.filter((item) => item.owner !== owner);
    this.timers = this.timers.filter((item) => item.owner !== owner);
  }

  pause(owner: number): void {
    this.trace.push(`pause of ${owner}`);
    this.paused.add(owner);
  }

  resume(owner: number): void {
    this.paused.delete(owner);
  }

  clockOf(owner: number): Clock {
    return {
      now: () => this.now,
      monotonic: () => this.now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          if (this.crashed.has(owner)) return;
          const onAbort = (): void => {
            this.timers = this.timers.filter((item) => item !== timer);
            resolve();
          };
          const timer: Timer = {
            owner,
            at: this.now + ms,
            resume: () => {
              signal?.removeEventListener('abort', onAbort);
              resolve();
            },
          };
          this.timers.push(timer);
          signal?.addEventListener('abort', onAbort);
        }),
    };
  }

  /** Lets the seed choose one thing to happen. False when nothing can. */
  async advance(): Promise<boolean> {
    const runnable = this.pending.filter((item) => !this.paused.has(item.owner));
    if (runnable.length > 0 && !this.chance(0.1)) {
      const chosen = this.pick(runnable);
      this.pending = this.pending.filter((item) => item !== chosen);
      this.now += Math.floor(this.random() * 8);
      this.trace.push(`${chosen.owner} ${chosen.label}`);
      chosen.resume();
    } else if (!this.fireTimer() && runnable.length === 0) return false;
    await settle();
    return true;
  }

  private fireTimer(): boolean {
    const due = this.timers.filter((item) => !this.paused.has(item.owner)).sort((a, b) => a.at - b.at)[0];
    if (!due) return false;
    this.timers = this.timers.filter((item) => item !== due);
    this.now = Math.max(this.now, due.at);
    due.resume();
    return true;
  }
}

/** Runs everything that can run without another step. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

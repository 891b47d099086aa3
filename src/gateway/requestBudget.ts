import { RateLimiterMemory } from 'rate-limiter-flexible';

/** State of one key's budget. `resetMs`: until the window ends, 0 when none is open. */
export interface BudgetState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * So many points per key and window. The window is fixed and opens with the first point spent, so up to twice the limit
 * can pass around its edge (docs/access.md says why that is enough). The limit is the caller's, as hooks differ.
 */
export interface RequestBudget {
  /** Whether one more point is left; spends nothing. */
  check(key: string, limit: number): Promise<BudgetState>;
  /** Spends one point; `allowed` tells whether it was there. */
  spend(key: string, limit: number): Promise<BudgetState>;
  /** The key starts anew. */
  forget(key: string): Promise<void>;
}

/** Keys remembered per budget. Beyond it the key least recently used is forgotten: a flood of addresses costs memory up to here. */
const KEYS_MAX = 50_000;

/** A budget that can be told what is known elsewhere. */
export interface MemoryBudget extends RequestBudget {
  /** So many points of the key are spent, in a window that ends in `resetMs`. */
  learn(key: string, consumed: number, resetMs: number): Promise<void>;
}

/** A budget in this process's memory, bounded by `keysMax`. */
export function createMemoryBudget(windowSec: number, keysMax: number = KEYS_MAX): MemoryBudget {
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: windowSec });
  const recent = new Set<string>();

  async function forget(key: string): Promise<void> {
    recent.delete(key);
    await limiter.delete(key);
  }

  async function remember(key: string): Promise<void> {
    recent.delete(key);
    recent.add(key);
    const [oldest] = recent;
    if (recent.size > keysMax && oldest !== undefined) await forget(oldest);
  }

  return {
    async check(key, limit) {
      const found = await limiter.get(key);
      // The store drops an ended window by timer, which may be late: judge by the time left.
      const open = found !== null && found.msBeforeNext > 0;
      const consumed = open ? found.consumedPoints : 0;
      return { allowed: consumed < limit, limit, remaining: Math.max(0, limit - consumed), resetMs: open ? found.msBeforeNext : 0 };
    },
    async spend(key, limit) {
      await remember(key);
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, 1);
      return { allowed: consumedPoints <= limit, limit, remaining: Math.max(0, limit - consumedPoints), resetMs: msBeforeNext };
    },
    async learn(key, consumed, resetMs) {
      await remember(key);
      await limiter.set(key, consumed, resetMs / 1000);
    },
    forget,
  };
}

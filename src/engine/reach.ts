import type { AccountId } from '../domain/ids.ts';

const FIRST_RETRY_MS = 250;
const RETRY_MS_MAX = 5_000;
/** A try that has come to no end by then keeps the next one waiting no longer. */
const TRY_MS = 2_000;

interface Gate {
  failures: number;
  /** Monotonic ms before which nothing is tried. */
  retryAt: number;
  trying: boolean;
  readonly closedAt: number;
}

/** How long to wait after so many failures in a row, milliseconds: doubling, at most 5 s, and spread so that not all come at once. `random` in [0, 1). */
export function retryWaitMs(failures: number, random: number): number {
  return Math.round(Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), RETRY_MS_MAX) * (0.75 + random / 2));
}

/**
 * Which accounts' venues can be reached, as their last answers tell. After a refusal that proves that nothing arrived, one try
 * at a time is let through, each after a longer wait; the first that arrives opens the way for all.
 */
export class Reach {
  private readonly gates = new Map<AccountId, Gate>();
  private readonly monotonic: () => number;
  private readonly random: () => number;

  constructor(monotonic: () => number, random: () => number) {
    this.monotonic = monotonic;
    this.random = random;
  }

  /** Whether something may be sent now. While the way is closed, whoever is told so is the one that tries. */
  mayTry(accountId: AccountId): boolean {
    const gate = this.gates.get(accountId);
    if (!gate) return true;
    const now = this.monotonic();
    if (now < gate.retryAt) return false;
    gate.trying = true;
    gate.retryAt = now + TRY_MS;
    return true;
  }

  /** Whether `mayTry` would say so. */
  isDue(accountId: AccountId): boolean {
    return (this.gates.get(accountId)?.retryAt ?? 0) <= this.monotonic();
  }

  isClosed(accountId: AccountId): boolean {
    return this.gates.has(accountId);
  }

  /** Something did not arrive. Returns how often in a row that has happened; 0 for what was under way when it first did. */
  failed(accountId: AccountId): number {
    const now = this.monotonic();
    const gate = this.gates.get(accountId) ?? { failures: 0, retryAt: now, trying: true, closedAt: now };
    this.gates.set(accountId, gate);
    if (!gate.trying) return 0;
    gate.trying = false;
    gate.failures += 1;
    gate.retryAt = now + retryWaitMs(gate.failures, this.random());
    return gate.failures;
  }

  /** Something arrived. Returns for how long nothing had, milliseconds; null when the way was open. */
  arrived(accountId: AccountId): { readonly failures: number; readonly ms: number } | null {
    const gate = this.gates.get(accountId);
    this.gates.delete(accountId);
    return gate ? { failures: gate.failures, ms: this.monotonic() - gate.closedAt } : null;
  }
}

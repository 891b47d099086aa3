import { type Clock, systemClock } from '../lib/clock.ts';

export interface CheckResult {
  readonly ok: boolean;
  /** For operators, without secrets. */
  readonly detail: string | null;
}

/** What one readiness check may take, and how long its result is good for, milliseconds. */
export interface CheckLimits {
  readonly timeoutMs: number;
  readonly cacheMs: number;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** Answers `/ready`: can this instance store a command? `/health` needs no more than a process that answers. */
export interface Health {
  /** `check` resolves when all is well; what it throws is shown by name only, as messages may quote connection strings. */
  register(name: string, check: () => Promise<void>, limits?: Partial<CheckLimits>): void;
  ready(): Promise<Readiness>;
  /** From now on not ready, so that load balancers send nothing new. */
  startDraining(): void;
}

const LIMITS: CheckLimits = { timeoutMs: 1_000, cacheMs: 1_000 };

export function createHealth(clock: Clock = systemClock): Health {
  const checks = new Map<string, () => Promise<CheckResult>>();
  let draining = false;
  return {
    register(name, check, limits) {
      if (checks.has(name)) throw new Error(`Readiness check ${name} is registered twice`);
      checks.set(name, cached(clock, check, { ...LIMITS, ...limits }));
    },
    async ready() {
      const results = await Promise.all([...checks].map(async ([name, run]) => [name, await run()] as const));
      const all = draining ? [...results, ['draining', { ok: false, detail: 'shutting down' }] as const] : results;
      return { ready: all.every(([, result]) => result.ok), checks: Object.fromEntries(all) };
    },
    startDraining() {
      draining = true;
    },
  };
}

/** However many ask at once, the check runs once; its result is kept for `cacheMs`. */
function cached(clock: Clock, check: () => Promise<void>, limits: CheckLimits): () => Promise<CheckResult> {
  let running: Promise<CheckResult> | undefined;
  let last: { readonly result: CheckResult; readonly at: number } | undefined;
  return () => {
    if (last && clock.monotonic() - last.at < limits.cacheMs) return Promise.resolve(last.result);
    running ??= within(clock, check, limits.timeoutMs).then((result) => {
      last = { result, at: clock.monotonic() };
      running = undefined;
      return result;
    });
    return running;
  };
}

async function within(clock: Clock, check: () => Promise<void>, timeoutMs: number): Promise<CheckResult> {
  const answered = new AbortController();
  const late = clock.sleep(timeoutMs, answered.signal).then(() => ({ ok: false, detail: `no answer within ${timeoutMs} ms` }));
  const result = await Promise.race([outcomeOf(check), late]);
  answered.abort();
  return result;
}

async function outcomeOf(check: () => Promise<void>): Promise<CheckResult> {
  try {
    await check();
    return { ok: true, detail: null };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.name : 'failed' };
  }
}

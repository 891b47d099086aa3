import type { Clock } from '../../lib/clock.ts';
import type { FetchRequest, Transport } from './fetchImplementation.ts';
import { RefusedHereError } from './venueErrors.ts';

export type RequestFacts = Pick<FetchRequest, 'method'> & { readonly path: string };

/** What a venue allows within a time; beyond it requests are refused, and whoever goes on is banned. */
export interface BudgetRule {
  /** Of whom it counts: all that comes from this address, or one account. */
  readonly scope: 'venue' | 'account';
  /** What one request counts; 0: it is not counted. */
  readonly weight: (request: RequestFacts) => number;
  readonly max: number;
  readonly windowMs: number;
  /** The venue's counter falls steadily, by `max` in that time, instead of starting anew. */
  readonly falls?: true;
  /** Header in which the venue says what it has counted of us so far in its window (lower case). */
  readonly usedHeader?: string;
}

/** What a request is for. Orders and their cancels go first, then questions about orders, then prices and candles. */
export type Purpose = 'orders' | 'asks' | 'prices';

/** The share of what a venue allows that each purpose may fill. The rest is for others at the same address, and for what we miscount. */
const SHARES: Readonly<Record<Purpose, number>> = { orders: 0.9, asks: 0.7, prices: 0.5 };
/** An order that cannot leave by then is given back, to be tried again; all else waits as long as its own deadline allows. */
const ORDER_MS_MAX = 1_000;
const LOOK_AGAIN_MS = 50;

/** Requests of one address, or of one account, within the limits of its venue. */
export interface Budget {
  /** Counts a request once there is room for it. False when there was none in time. */
  take(request: RequestFacts, purpose: Purpose, signal: AbortSignal): Promise<boolean>;
  /** Takes over what the venue says it has counted. */
  learn(headers: ReadonlyMap<string, string>): void;
}

/** `scale`: of an account that is allowed more than usual. */
export function createBudget(rules: readonly BudgetRule[], scale: number, clock: Clock): Budget {
  const counters = rules.map((rule) => ({
    rule,
    counter: rule.falls ? new FallingCounter(rule, scale, () => clock.monotonic()) : new Counter(rule, clock),
  }));
  const fits = (request: RequestFacts, share: number): boolean =>
    counters.every(({ rule, counter }) => counter.used() + rule.weight(request) <= rule.max * scale * share || rule.weight(request) === 0);
  return {
    take: async (request, purpose, signal) => {
      const startedAt = clock.monotonic();
      while (!fits(request, SHARES[purpose])) {
        if (purpose === 'orders' && clock.monotonic() - startedAt >= ORDER_MS_MAX) return false;
        await clock.sleep(LOOK_AGAIN_MS, signal);
        if (signal.aborted) return false;
      }
      for (const { rule, counter } of counters) counter.add(rule.weight(request));
      return true;
    },
    learn: (headers) => {
      for (const { rule, counter } of counters) {
        const said = rule.usedHeader === undefined ? undefined : headers.get(rule.usedHeader);
        if (said !== undefined && /^\d{1,9}$/.test(said)) counter.atLeast(Number(said));
      }
    },
  };
}

/** A sliding window out of two fixed ones: what the last one counted fades as the present one goes on. */
class Counter {
  private readonly windowMs: number;
  private readonly clock: Clock;
  private window = Number.NEGATIVE_INFINITY;
  private before = 0;
  private current = 0;

  constructor({ windowMs }: BudgetRule, clock: Clock) {
    this.windowMs = windowMs;
    this.clock = clock;
  }

  used(): number {
    const passed = this.roll();
    return this.before * (1 - passed) + this.current;
  }

  add(weight: number): void {
    this.roll();
    this.current += weight;
  }

  /** The venue counts in windows of its own, which began when we do not know: of what it says nothing is taken for past. */
  atLeast(said: number): void {
    const missing = said - this.used();
    if (missing > 0) this.current += missing;
  }

  /** Returns the share of the present window that has passed. */
  private roll(): number {
    const at = this.clock.monotonic() / this.windowMs;
    const window = Math.floor(at);
    if (window !== this.window) {
      this.before = window === this.window + 1 ? this.current : 0;
      this.current = 0;
      this.window = window;
    }
    return at - window;
  }
}

/** A counter that falls steadily, by `max` times `scale` in `windowMs`. `now`: milliseconds; a clock set back makes it stand still. */
export class FallingCounter {
  private readonly perMs: number;
  private readonly now: () => number;
  private level = 0;
  private at: number;

  constructor({ max, windowMs }: Pick<BudgetRule, 'max' | 'windowMs'>, scale: number, now: () => number) {
    this.perMs = (max * scale) / windowMs;
    this.now = now;
    this.at = now();
  }

  used(): number {
    const now = this.now();
    this.level = Math.max(0, this.level - Math.max(0, now - this.at) * this.perMs);
    this.at = now;
    return this.level;
  }

  add(weight: number): void {
    this.level = this.used() + weight;
  }

  atLeast(said: number): void {
    this.level = Math.max(this.used(), said);
  }
}

/** Requests behind their budgets; what finds no room in time never leaves, and says so. */
export function withBudgets(
  fetch: Transport['fetch'],
  budgets: readonly Budget[],
  purposeOf: (request: RequestFacts) => Purpose,
): Transport['fetch'] {
  return async (url, request) => {
    const facts = { method: request.method, path: new URL(url).pathname };
    const purpose = purposeOf(facts);
    for (const budget of budgets)
      if (!(await budget.take(facts, purpose, request.signal)))
        throw new RefusedHereError('VENUE_RATE_LIMIT', 'what it allows in this time is used up; nothing was sent.');
    const response = await fetch(url, request);
    for (const budget of budgets) budget.learn(response.headers);
    return response;
  };
}

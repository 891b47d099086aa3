import { KrakenError } from './krakenError.ts';

/** A counter that rises with what is done and falls with time; absent: nothing is counted. */
export interface CounterRules {
  readonly max: number;
  readonly fallsPerSecond: number;
}

export interface LimitOptions {
  /** Of the key: calls that ask (docs, "Spot REST Rate Limits"). */
  readonly calls?: CounterRules;
  /** Of each pair: orders and cancels (docs, "Trading Rate Limits"). */
  readonly orders?: CounterRules;
  /** Open at once in one pair. */
  readonly openOrders?: number;
  /** Unknown keys in a row before everybody is locked out for as long as the server lives. */
  readonly unknownKeys?: number;
}

export interface Limits {
  spendCall(cost: number): void;
  spendOrder(pair: string, cost: number): void;
  /** Throws when so many are open that there is no room for another one. */
  demandRoom(open: number): void;
  /** Throws for an unknown one, and for any once there were too many. */
  noteKey(known: boolean): void;
}

/** What a cancel adds to the counter of its pair, by the age of the order in seconds. */
const CANCEL_COSTS = [
  [5, 8],
  [10, 6],
  [15, 5],
  [45, 4],
  [90, 2],
  [300, 1],
] as const;

export function cancelCost(ageMs: number): number {
  return CANCEL_COSTS.find(([seconds]) => ageMs < seconds * 1000)?.[1] ?? 0;
}

export function createLimits({ calls, orders, openOrders, unknownKeys }: LimitOptions, now: () => number): Limits {
  let strangers = 0;
  const counters = new Map<string, { count: number; at: number }>();
  const spend = (name: string, rules: CounterRules | undefined, cost: number, refusal: string): void => {
    if (!rules || cost === 0) return;
    const { count, at } = counters.get(name) ?? { count: 0, at: now() };
    const left = Math.max(0, count - ((now() - at) / 1000) * rules.fallsPerSecond);
    if (left + cost > rules.max) throw new KrakenError(refusal);
    counters.set(name, { count: left + cost, at: now() });
  };
  return {
    spendCall: (cost) => spend('calls', calls, cost, 'EAPI:Rate limit exceeded'),
    spendOrder: (pair, cost) => spend(`orders of ${pair}`, orders, cost, 'EOrder:Rate limit exceeded'),
    demandRoom: (open) => {
      if (open >= (openOrders ?? Number.POSITIVE_INFINITY)) throw new KrakenError('EOrder:Orders limit exceeded');
    },
    noteKey: (known) => {
      if (strangers >= (unknownKeys ?? Number.POSITIVE_INFINITY)) throw new KrakenError('EGeneral:Temporary lockout');
      strangers = known ? 0 : strangers + 1;
      if (!known) throw new KrakenError('EAPI:Invalid key');
    },
  };
}

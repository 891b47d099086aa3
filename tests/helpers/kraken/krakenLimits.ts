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
}

export interface Limits {
  spendCall(cost: number): void;
  spendOrder(pair: string, cost: number): void;
}

export function createLimits({ calls, orders }: LimitOptions, now: () => number): Limits {
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
  };
}

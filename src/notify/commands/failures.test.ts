import { describe, expect, it } from 'vitest';
import { createFailureCount } from './failures.ts';

describe('a count of failures', () => {
  const setup = () => {
    let now = 0;
    const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
    const pass = (ms: number): void => {
      now += ms;
    };
    return { count: createFailureCount({ max: 2, windowMs: 1_000, clock }), pass };
  };

  it('is full after so many, for that person only, and empty again after the window', () => {
    const { count, pass } = setup();
    expect([count.add('ann'), count.add('ann'), count.add('ann')]).toEqual([true, true, false]);
    expect([count.isFull('ann'), count.isFull('bob')]).toEqual([true, false]);
    pass(1_000);
    expect(count.isFull('ann')).toBe(false);
  });

  it('forgets the oldest of too many people, never all', () => {
    const { count } = setup();
    for (const who of ['ann', 'ann']) count.add(who);
    for (let index = 0; index < 999; index += 1) count.add(`other ${index}`);
    expect(count.isFull('ann')).toBe(true);
    count.add('one more');
    expect(count.isFull('ann')).toBe(false);
  });
});

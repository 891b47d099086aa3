import { describe, expect, it } from 'vitest';
import { Reach, retryWaitMs } from './reach.ts';

function gate() {
  const time = { ms: 0 };
  return {
    time,
    reach: new Reach(
      () => time.ms,
      () => 0.5,
    ),
  };
}

describe('the way to a venue', () => {
  it('is open until something does not arrive', () => {
    const { reach } = gate();
    expect([reach.mayTry('a'), reach.isClosed('a')]).toEqual([true, false]);
    expect(reach.failed('a')).toBe(1);
    expect([reach.mayTry('a'), reach.isClosed('a'), reach.mayTry('b')]).toEqual([false, true, true]);
  });

  it('lets one try through at a time, each after a longer wait', () => {
    const { reach, time } = gate();
    reach.failed('a');
    const waits: number[] = [];
    for (let failure = 2; failure <= 8; failure += 1) {
      const since = time.ms;
      while (!reach.mayTry('a')) time.ms += 10;
      expect(reach.mayTry('a')).toBe(false);
      waits.push(time.ms - since);
      expect(reach.failed('a')).toBe(failure);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('does not wait longer because many were under way when it closed', () => {
    const { reach, time } = gate();
    expect([reach.failed('a'), reach.failed('a'), reach.failed('a')]).toEqual([1, 0, 0]);
    time.ms = 250;
    expect(reach.mayTry('a')).toBe(true);
  });

  it('waits no longer than two seconds for a try that comes to no end', () => {
    const { reach, time } = gate();
    reach.failed('a');
    time.ms = 250;
    reach.mayTry('a');
    time.ms = 2_249;
    expect(reach.isDue('a')).toBe(false);
    time.ms = 2_250;
    expect(reach.mayTry('a')).toBe(true);
  });

  it('opens for all with the first that arrives, and tells for how long it was closed', () => {
    const { reach, time } = gate();
    reach.failed('a');
    time.ms = 900;
    reach.mayTry('a');
    expect(reach.arrived('a')).toEqual({ failures: 1, ms: 900 });
    expect([reach.mayTry('a'), reach.mayTry('a'), reach.arrived('a')]).toEqual([true, true, null]);
  });

  it('spreads the waits', () => {
    expect([retryWaitMs(1, 0), retryWaitMs(1, 0.999), retryWaitMs(20, 0.5)]).toEqual([188, 312, 5_000]);
  });
});

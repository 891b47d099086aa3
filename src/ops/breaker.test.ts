import { describe, expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { type Breaker, BreakerOpenError, type BreakerState, createBreaker } from './breaker.ts';

class DownError extends Error {}

/** A breaker whose clock stands still until told otherwise. */
function underControl(): { breaker: Breaker; pass: (ms: number) => void; changes: BreakerState[] } {
  let now = 0;
  const clock: Clock = { now: () => 0, monotonic: () => now, sleep: async () => undefined };
  const breaker = createBreaker({
    name: 'venue',
    clock,
    isFailure: (error) => error instanceof DownError,
    failuresMax: 3,
    pauseMs: { min: 1_000, max: 4_000 },
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  const changes: BreakerState[] = [];
  breaker.onChange(({ to }) => changes.push(to));
  return { breaker, changes, pass };
}

const down = (): Promise<never> => Promise.reject(new DownError('no answer'));
const refused = (): Promise<never> => Promise.reject(new Error('insufficient balance'));

async function open({ breaker, pass }: ReturnType<typeof underControl>): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await expect(breaker.execute(down)).rejects.toThrow('no answer');
    pass(200);
  }
}

describe('a circuit breaker', () => {
  it('opens after failures in a row, and then begins nothing', async () => {
    const test = underControl();
    await open(test);
    expect(test.breaker.state).toBe('open');
    let begun = false;
    const work = async () => {
      begun = true;
    };
    await expect(test.breaker.execute(work)).rejects.toBeInstanceOf(BreakerOpenError);
    expect(begun).toBe(false);
  });

  it('stays closed when an answer, even a refusal, comes in between', async () => {
    const { breaker, pass } = underControl();
    for (let n = 0; n < 10; n++) {
      await expect(breaker.execute(n % 3 === 2 ? refused : down)).rejects.toThrow();
      pass(200);
    }
    expect(breaker.state).toBe('closed');
  });

  it('counts what fails in one instant once', async () => {
    const { breaker } = underControl();
    await Promise.allSettled(Array.from({ length: 50 }, () => breaker.execute(down)));
    expect(breaker.state).toBe('closed');
  });

  it('lets one probe through after the pause; its success closes it', async () => {
    const test = underControl();
    await open(test);
    test.pass(1_000);
    let answer: (value: string) => void = () => undefined;
    const probe = test.breaker.execute(() => new Promise<string>((resolve) => (answer = resolve)));
    expect(test.breaker.state).toBe('half_open');
    await expect(test.breaker.execute(async () => 'other')).rejects.toBeInstanceOf(BreakerOpenError);
    answer('here');
    expect(await probe).toBe('here');
    expect(await test.breaker.execute(async () => 'other')).toBe('other');
    expect(test.changes).toEqual(['open', 'half_open', 'closed']);
  });

  it('waits longer after every failed probe, up to a limit', async () => {
    const test = underControl();
    await open(test);
    const pauses: number[] = [];
    for (let n = 0; n < 4; n++) {
      let waited = 0;
      const turnedAway = async () => {
        const error = await test.breaker.execute(down).catch((caught: unknown) => caught);
        return error instanceof BreakerOpenError;
      };
      while (await turnedAway()) {
        test.pass(100);
        waited += 100;
      }
      pauses.push(waited);
    }
    expect(pauses).toEqual([800, 2_000, 4_000, 4_000]); // 200 of the first second had passed.
  });

  it('passes results and errors on as they are', async () => {
    const { breaker } = underControl();
    expect(await breaker.execute(async () => 7)).toBe(7);
    await expect(breaker.execute(refused)).rejects.toThrow('insufficient balance');
  });

  it('says what opened it', async () => {
    const test = underControl();
    const causes: unknown[] = [];
    test.breaker.onChange(({ cause }) => causes.push(cause));
    await open(test);
    expect(causes).toEqual([expect.any(DownError)]);
  });
});

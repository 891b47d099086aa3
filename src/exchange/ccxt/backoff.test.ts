import { describe, expect, it } from 'vitest';
import type { Clock } from '../../lib/clock.ts';
import { BACKOFF_MS_MAX, createBackoff, JITTER } from './backoff.ts';

/** A clock that stands still until it is moved. */
function handClock(): Clock & { move(ms: number): void } {
  let time = 1_000;
  return {
    now: () => time,
    monotonic: () => time,
    sleep: () => Promise.resolve(),
    move: (ms) => {
      time += ms;
    },
  };
}

describe('a venue that asked to be left alone', () => {
  it('is, for as long as it asked and a random part of a fifth longer', () => {
    const clock = handClock();
    const pauses = [0, 0.5, 0.999].map((chance) => {
      const quiet = createBackoff(clock, { random: () => chance });
      quiet.begin(1_000);
      return quiet.remainingMs();
    });
    expect(pauses).toEqual([1_000, 1_000 * (1 + JITTER / 2), 1_200]);
  });

  it('is told of once, however many requests were on their way when it asked', () => {
    const told: number[] = [];
    const quiet = createBackoff(handClock(), { random: () => 0, onPause: (ms) => told.push(ms) });
    for (let request = 0; request < 5; request += 1) quiet.begin(2_000);
    expect(told).toEqual([2_000]);
    expect(quiet.remainingMs()).toBe(2_000);
  });

  it('is left alone twice as long each time it refuses the first request after a pause, up to a limit', () => {
    const clock = handClock();
    const told: number[] = [];
    const quiet = createBackoff(clock, { random: () => 0, onPause: (ms) => told.push(ms) });
    for (let refusal = 0; refusal < 12; refusal += 1) {
      quiet.begin(1_000);
      clock.move(quiet.remainingMs() + 1);
    }
    expect(told.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(told.at(-1)).toBe(BACKOFF_MS_MAX);
  });

  it('starts anew when it had served us for a while', () => {
    const clock = handClock();
    const quiet = createBackoff(clock, { random: () => 0 });
    quiet.begin(1_000);
    clock.move(2_500);
    quiet.begin(1_000);
    expect(quiet.remainingMs()).toBe(1_000);
  });
});

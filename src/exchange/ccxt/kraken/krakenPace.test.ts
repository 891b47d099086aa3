import { expect, it } from 'vitest';
import { RefusedHereError } from '../venueErrors.ts';
import { createPace } from './krakenPace.ts';

const PAIR = 'XXBTZUSD';

function paced(scale: number | null = 1) {
  let at = 1_700_000_000_000;
  const pace = createPace(scale, () => at);
  /** How often it may be done before there is no room; at most so often. */
  const times = (most: number, act: (n: number) => void): number => {
    for (let n = 0; n < most; n += 1) {
      try {
        act(n);
      } catch (error) {
        expect(error).toBeInstanceOf(RefusedHereError);
        return n;
      }
    }
    return most;
  };
  return {
    pace,
    times,
    move: (ms: number) => {
      at += ms;
    },
  };
}

it('takes 90 % of 60 orders of a pair, then one a second; each pair has its own', () => {
  const { pace, times, move } = paced();
  expect(times(100, (n) => pace.place(PAIR, `a${n}`))).toBe(54);
  expect(times(100, (n) => pace.place('XETHZUSD', `b${n}`))).toBe(54);
  move(3_000);
  expect(times(100, (n) => pace.place(PAIR, `c${n}`))).toBe(3);
});

it.each([
  [0, 6],
  [4_999, 6],
  [5_000, 8],
  [14_999, 10],
  [44_999, 13],
  [89_999, 26],
  [299_999, 53],
  [300_000, 200],
])('a cancel counts by how long its order has rested (%i ms), and leaves room for one order', (restedMs, cancels) => {
  const { pace, times, move } = paced();
  pace.place(PAIR, 'ours');
  move(restedMs);
  expect(times(200, () => pace.cancel(PAIR, 'ours'))).toBe(cancels);
  expect(times(200, () => pace.cancel(PAIR, 'of the leader before'))).toBe(200);
});

it('a stop that is moved again and again is left standing before it could not be placed again', () => {
  const { pace, times, move } = paced();
  let [cancels, refusedPlaces] = [0, 0];
  pace.place(PAIR, 'stop 0');
  for (let n = 1; n <= 60; n += 1) {
    move(3_000);
    if (times(1, () => pace.cancel(PAIR, `stop ${cancels}`)) === 0) continue;
    cancels += 1;
    if (times(1, () => pace.place(PAIR, `stop ${cancels}`)) === 0) refusedPlaces += 1;
  }
  expect(refusedPlaces).toBe(0);
  expect(cancels).toBeGreaterThan(25);
  expect(cancels).toBeLessThan(60);
});

it('counts more where more is allowed, and nothing at a venue that is played', () => {
  const { pace, times } = paced(3);
  expect(times(500, (n) => pace.place(PAIR, `a${n}`))).toBe(162);
  const free = paced(null);
  expect(free.times(500, (n) => free.pace.place(PAIR, `a${n}`))).toBe(500);
});

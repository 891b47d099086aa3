import { expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock.ts';
import { NotSentError } from '../venueErrors.ts';
import { createTurns, TURN_MS_MAX } from './krakenTurns.ts';

/** A clock that is moved by hand. */
function handClock(): Clock & { move(ms: number): void } {
  let time = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => time,
    monotonic: () => time,
    sleep: (ms, signal) =>
      new Promise((wake) => {
        sleepers.push({ at: time + ms, wake });
        signal?.addEventListener('abort', () => wake());
      }),
    move: (ms) => {
      time += ms;
      const due = sleepers.filter(({ at }) => at <= time);
      sleepers = sleepers.filter(({ at }) => at > time);
      for (const { wake } of due) wake();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function line() {
  const clock = handClock();
  const turns = createTurns(clock);
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const take = (name: string, first = false, signal = new AbortController().signal) =>
    turns.take(first, signal).then((end) => {
      began.push(name);
      ends.set(name, end);
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { clock, began, take, end };
}

it('lets one go at a time, orders before questions, each in the order they came', async () => {
  const { began, take, end } = line();
  void take('question 1');
  void take('question 2');
  void take('order 1', true);
  void take('order 2', true);
  await settled();
  expect(began).toEqual(['question 1']);
  await end('question 1');
  expect(began.at(-1)).toBe('order 1');
  await end('order 1');
  await end('order 2');
  await end('question 2');
  expect(began).toEqual(['question 1', 'order 1', 'order 2', 'question 2']);
});

it('who has no answer for too long is passed, and ends in vain', async () => {
  const { clock, began, take, end } = line();
  void take('slow');
  void take('next');
  void take('last');
  await settled();
  clock.move(TURN_MS_MAX - 1);
  await settled();
  expect(began).toEqual(['slow']);
  clock.move(1);
  await settled();
  expect(began).toEqual(['slow', 'next']);
  await end('slow');
  expect(began).toEqual(['slow', 'next']);
  await end('next');
  expect(began).toEqual(['slow', 'next', 'last']);
});

it('whose time is up before its turn comes never leaves, and says so', async () => {
  const { began, take, end } = line();
  void take('first');
  await settled();
  const limit = new AbortController();
  const given = take('given up', false, limit.signal);
  void take('after it');
  limit.abort();
  await expect(given).rejects.toThrow(NotSentError);
  await expect(take('too late', true, AbortSignal.abort())).rejects.toThrow(NotSentError);
  await end('first');
  expect(began).toEqual(['first', 'after it']);
});

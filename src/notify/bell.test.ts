import { describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { createBell } from './bell.ts';

const HOUR_MS = 3_600_000;

describe('bell', () => {
  const never = new AbortController().signal;

  it('wakes everybody who waits', async () => {
    const bell = createBell(systemClock);
    const waits = [bell.wait(0, HOUR_MS, never), bell.wait(0, HOUR_MS, never)];
    bell.ring();
    await expect(Promise.all(waits)).resolves.toHaveLength(2);
  });

  it('does not let a ring go unheard that came between looking for work and waiting', async () => {
    const bell = createBell(systemClock);
    const heard = bell.count();
    bell.ring();
    await bell.wait(heard, HOUR_MS, never);
    expect(bell.count()).toBe(1);
  });

  it('stops waiting after the time given, and when its signal aborts, also beforehand', async () => {
    const bell = createBell(systemClock);
    await bell.wait(0, 1, never);
    const end = new AbortController();
    const wait = bell.wait(0, HOUR_MS, end.signal);
    end.abort();
    await wait;
    await bell.wait(0, HOUR_MS, end.signal);
    expect(bell.count()).toBe(0);
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryBudget } from './requestBudget.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('the sixth of five is refused until the window ends, and the refused ones do not prolong it', async () => {
  const budget = createMemoryBudget(60);
  for (let i = 0; i < 5; i++) expect(await budget.spend('a', 5)).toMatchObject({ allowed: true, remaining: 4 - i });
  vi.advanceTimersByTime(20_000);
  for (let i = 0; i < 10; i++) expect(await budget.spend('a', 5)).toMatchObject({ allowed: false, remaining: 0, resetMs: 40_000 });
  vi.advanceTimersByTime(40_000);
  expect(await budget.spend('a', 5)).toMatchObject({ allowed: true });
});

it('looking costs nothing', async () => {
  const budget = createMemoryBudget(60);
  for (let i = 0; i < 10; i++) expect(await budget.check('a', 1)).toMatchObject({ allowed: true, remaining: 1, resetMs: 0 });
  await budget.spend('a', 1);
  expect(await budget.check('a', 1)).toMatchObject({ allowed: false, remaining: 0, resetMs: 60_000 });
});

it('an ended window counts as ended even when its timer is late', async () => {
  const budget = createMemoryBudget(60);
  await budget.spend('a', 1);
  vi.setSystemTime(Date.now() + 60_001);
  expect(await budget.check('a', 1)).toMatchObject({ allowed: true, resetMs: 0 });
  expect(await budget.spend('a', 1)).toMatchObject({ allowed: true });
});

it('keys do not share, and a forgotten key starts anew', async () => {
  const budget = createMemoryBudget(60);
  await budget.spend('a', 1);
  expect((await budget.spend('b', 1)).allowed).toBe(true);
  await budget.forget('a');
  expect((await budget.spend('a', 1)).allowed).toBe(true);
});

it('memory is bounded: the key least recently used is forgotten first', async () => {
  const budget = createMemoryBudget(60, 2);
  await budget.spend('a', 1);
  await budget.spend('b', 1);
  await budget.spend('a', 1);
  await budget.spend('c', 1);
  expect((await budget.check('b', 1)).allowed).toBe(true);
  expect((await budget.check('a', 1)).allowed).toBe(false);
});

import { expect, it } from 'vitest';
import type { Clock } from '../../lib/clock.ts';
import { type BudgetRule, createBudget, type Purpose, withBudgets } from './budget.ts';
import { RefusedHereError } from './venueErrors.ts';

const PER_TEN_SECONDS: BudgetRule = {
  scope: 'account',
  weight: ({ method }) => (method === 'GET' ? 1 : 10),
  max: 100,
  windowMs: 10_000,
  usedHeader: 'used',
};
const GET = { method: 'GET', path: '/orders' };
const POST = { method: 'POST', path: '/orders' };

/** A clock that a sleeping caller moves. */
function sleepingClock(): Clock & { move(ms: number): void } {
  let time = 0;
  const move = (ms: number): void => {
    time += ms;
  };
  return { now: () => time, monotonic: () => time, sleep: async (ms) => move(ms), move };
}

function budgetOf(scale = 1) {
  const clock = sleepingClock();
  const budget = createBudget([PER_TEN_SECONDS], scale, clock);
  const take = (purpose: Purpose, request = GET, signal = new AbortController().signal) => budget.take(request, purpose, signal);
  return { clock, budget, take };
}

it('leaves room for orders when questions have used up theirs, and for questions when prices have', async () => {
  const { clock, take } = budgetOf();
  const ended = AbortSignal.abort();
  for (let n = 0; n < 50; n += 1) expect(await take('prices')).toBe(true);
  expect(await take('prices', GET, ended)).toBe(false);
  for (let n = 0; n < 20; n += 1) expect(await take('asks')).toBe(true);
  expect(await take('asks', GET, ended)).toBe(false);
  for (let n = 0; n < 2; n += 1) expect(await take('orders', POST)).toBe(true);
  const before = clock.monotonic();
  expect(await take('orders', POST)).toBe(false);
  expect(clock.monotonic() - before).toBeGreaterThanOrEqual(1_000);
});

it('lets requests go as what was counted before fades', async () => {
  const { clock, take } = budgetOf();
  for (let n = 0; n < 9; n += 1) expect(await take('orders', POST)).toBe(true);
  clock.move(10_000);
  // Half of the next window on, half of the last one still counts.
  expect(await take('orders', POST)).toBe(false);
  clock.move(4_000);
  expect(await take('orders', POST)).toBe(true);
  clock.move(30_000);
  for (let n = 0; n < 9; n += 1) expect(await take('orders', POST)).toBe(true);
});

it('a counter that falls steadily takes a burst, and then what falls off it', async () => {
  const clock = sleepingClock();
  const budget = createBudget([{ ...PER_TEN_SECONDS, falls: true }], 2, clock);
  const take = (request = POST) => budget.take(request, 'orders', new AbortController().signal);
  for (let n = 0; n < 18; n += 1) expect(await take()).toBe(true);
  expect(await take(GET)).toBe(true);
  clock.move(10_000);
  for (let n = 0; n < 18; n += 1) expect(await take()).toBe(true);
  budget.learn(new Map([['used', '230']]));
  expect(await take()).toBe(false);
  clock.move(60_000);
  expect(await take()).toBe(true);
});

it('a question waits for its room as long as its deadline allows', async () => {
  const { clock, take } = budgetOf();
  for (let n = 0; n < 7; n += 1) await take('orders', POST);
  const before = clock.monotonic();
  expect(await take('asks')).toBe(true);
  expect(clock.monotonic() - before).toBeGreaterThan(1_000);
});

it('believes the venue when that has counted more, not when it has counted less or says nothing readable', async () => {
  const { budget, take } = budgetOf();
  budget.learn(new Map([['used', '85']]));
  expect(await take('orders', GET)).toBe(true);
  expect(await take('orders', POST)).toBe(false);
  const other = budgetOf();
  for (let n = 0; n < 8; n += 1) await other.take('orders', POST);
  for (const used of ['0', 'many', '-5']) other.budget.learn(new Map([['used', used]]));
  expect(await other.take('asks', GET, AbortSignal.abort())).toBe(false);
});

it('allows more where more is allowed, and does not count what has no weight', async () => {
  const { take } = budgetOf(2);
  for (let n = 0; n < 18; n += 1) expect(await take('orders', POST)).toBe(true);
  expect(await take('orders', POST)).toBe(false);
  const free = createBudget([{ ...PER_TEN_SECONDS, weight: () => 0 }], 1, sleepingClock());
  for (let n = 0; n < 500; n += 1) expect(await free.take(POST, 'orders', new AbortController().signal)).toBe(true);
});

it('what finds no room in time is refused here, and nothing leaves', async () => {
  let sent = 0;
  const answer = { status: 200, statusText: 'OK', headers: new Map([['used', '100']]), text: async () => '{}' };
  const { budget } = budgetOf();
  const fetch = withBudgets(
    async () => {
      sent += 1;
      return answer;
    },
    [budget],
    () => 'orders',
  );
  const request = { method: 'POST', headers: {}, body: undefined, signal: new AbortController().signal };
  await fetch('https://venue.example/orders?signature=secret', request);
  await expect(fetch('https://venue.example/orders?signature=secret', request)).rejects.toThrow(RefusedHereError);
  expect(sent).toBe(1);
});

import { expect, it, vi } from 'vitest';
import { createHealth } from './health.ts';

it('is ready when every check is well, and names the one that is not without quoting its message', async () => {
  const health = createHealth();
  let broken = false;
  health.register(
    'log',
    async () => {
      if (broken) throw new TypeError('postgres://user:password@host refused');
    },
    { cacheMs: 0 },
  );
  health.register('disk', async () => undefined, { cacheMs: 0 });
  expect(await health.ready()).toEqual({ ready: true, checks: { log: { ok: true, detail: null }, disk: { ok: true, detail: null } } });
  broken = true;
  expect(await health.ready()).toMatchObject({ ready: false, checks: { log: { ok: false, detail: 'TypeError' }, disk: { ok: true } } });
  broken = false;
  expect((await health.ready()).ready).toBe(true);
});

it('a check that hangs counts as failed after its timeout', async () => {
  const health = createHealth();
  health.register('log', () => new Promise(() => undefined), { timeoutMs: 20 });
  expect(await health.ready()).toEqual({ ready: false, checks: { log: { ok: false, detail: 'no answer within 20 ms' } } });
});

it('a hundred askers are one question, and the answer is kept for a while', async () => {
  const health = createHealth();
  const check = vi.fn(async () => undefined);
  health.register('log', check, { cacheMs: 60_000 });
  await Promise.all(Array.from({ length: 100 }, () => health.ready()));
  await health.ready();
  expect(check).toHaveBeenCalledTimes(1);
});

it('is not ready once it drains', async () => {
  const health = createHealth();
  expect((await health.ready()).ready).toBe(true);
  health.startDraining();
  expect(await health.ready()).toMatchObject({ ready: false, checks: { draining: { ok: false } } });
});

it('two checks of one name are a bug', () => {
  const health = createHealth();
  health.register('log', async () => undefined);
  expect(() => health.register('log', async () => undefined)).toThrow('log');
});

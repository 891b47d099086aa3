import { expect, it } from 'vitest';
import { silentLogger } from '../ops/logger.ts';
import type { HookAnswer, HookRequest } from './hookRequest.ts';
import { createTurnstile } from './turnstile.ts';

const request: HookRequest = {
  method: 'POST',
  key: 'k',
  peer: '127.0.0.1',
  headers: {},
  peerSubject: () => null,
  readBody: async () => ({ ok: true, bytes: Buffer.alloc(0) }),
};
const done: HookAnswer = { status: 202, headers: {}, body: '', note: { level: 'info', code: 'ACCEPTED' } };

function turnstile(admit: () => Promise<HookAnswer>, limits: { answerWithinMs?: number; inFlightMax?: number } = {}) {
  return createTurnstile(admit, { answerWithinMs: 1_000, inFlightMax: 2, logger: silentLogger, ...limits });
}

it('more at once than the limit are answered 503, and the place is free again afterwards', async () => {
  const finish: (() => void)[] = [];
  const { handle } = turnstile(() => new Promise((resolve) => finish.push(() => resolve(done))));
  const both = [handle(request), handle(request)];
  expect(await handle(request)).toMatchObject({ status: 503, note: { code: 'BUSY' } });
  for (const each of finish.splice(0)) each();
  expect((await Promise.all(both)).map((answer) => answer.status)).toEqual([202, 202]);
  const next = handle(request);
  for (const each of finish.splice(0)) each();
  expect((await next).status).toBe(202);
});

it('a late answer is 503, and its place stays taken until the work has ended', async () => {
  let finish: () => void = () => undefined;
  const { handle, drain } = turnstile(() => new Promise((resolve) => (finish = () => resolve(done))), {
    answerWithinMs: 5,
    inFlightMax: 1,
  });
  expect((await handle(request)).note.code).toBe('TOO_SLOW');
  expect((await handle(request)).note.code).toBe('BUSY');
  let drained = false;
  const draining = drain().then(() => {
    drained = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(drained).toBe(false);
  finish();
  await draining;
});

it('a failure of the checks is 503, never an unanswered request', async () => {
  const { handle } = turnstile(() => Promise.reject(new TypeError('a bug')));
  expect(await handle(request)).toMatchObject({ status: 503, note: { code: 'NOT_STORED' } });
});

import { expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';
import { CommandLogUnavailableError } from './commandLog.ts';

/** A batcher whose batches end when told to. */
function underControl(limits: { sizeMax?: number; queueMax?: number; deadlineMs?: number } = {}) {
  const batches: { items: readonly number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const batcher = createBatcher<number, string>({
    sizeMax: 10,
    queueMax: 100,
    deadlineMs: 60_000,
    ...limits,
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, finish: () => resolve(items.map((item) => `r${item}`)), fail: reject });
      }),
  });
  return { batcher, batches };
}

const idle = () => new Promise((done) => setImmediate(done));

it('what waits while a batch is under way shares the next one, in order, up to its size', async () => {
  const { batcher, batches } = underControl({ sizeMax: 3 });
  const first = batcher.add(0);
  await idle();
  const rest = [1, 2, 3, 4].map((item) => batcher.add(item));
  for (let n = 0; n < 3; n++) {
    await idle();
    batches[n]?.finish();
  }
  expect(await Promise.all([first, ...rest])).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
  expect(batches.map(({ items }) => items)).toEqual([[0], [1, 2, 3], [4]]);
});

it('a failed batch fails its own items only', async () => {
  const { batcher, batches } = underControl({ sizeMax: 1 });
  const results = Promise.allSettled([batcher.add(1), batcher.add(2)]);
  await idle();
  batches[0]?.fail(new Error('down'));
  await idle();
  batches[1]?.finish();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

it('a full queue refuses at once', async () => {
  const { batcher, batches } = underControl({ sizeMax: 1, queueMax: 2 });
  const underWay = batcher.add(0);
  await idle();
  const waiting = [batcher.add(1), batcher.add(2)];
  await expect(batcher.add(3)).rejects.toBeInstanceOf(CommandLogUnavailableError);
  for (let n = 0; n < 3; n++) {
    batches[n]?.finish();
    await idle();
  }
  expect(await Promise.all([underWay, ...waiting])).toEqual(['r0', 'r1', 'r2']);
});

it('what has waited too long is refused and never carried out', async () => {
  const { batcher, batches } = underControl({ deadlineMs: 20 });
  const underWay = expect(batcher.add(0)).rejects.toThrow(/within 20 ms/);
  await idle();
  await expect(batcher.add(1)).rejects.toThrow(/within 20 ms/);
  await underWay;
  batches[0]?.finish();
  await batcher.close();
  expect(batches.map(({ items }) => items)).toEqual([[0]]);
});

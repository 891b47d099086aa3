import { describe, expect, it } from 'vitest';
import { readByTime } from './timeWindows.ts';
import { BrokenReplyError } from './venueErrors.ts';

interface Row {
  readonly id: number;
  readonly at: number;
}

/** A venue with a row at each of `times` that shows `pageSize` of a window at once: its oldest or its newest ones. */
function venue(times: readonly number[], pageSize: number, shows: 'oldest' | 'newest') {
  const rows = times.map((at, id) => ({ id, at }));
  const asked: [number, number][] = [];
  const ask = async (from: number, to: number): Promise<readonly Row[]> => {
    asked.push([from, to]);
    const within = rows.filter(({ at }) => at >= from && at <= to);
    return shows === 'oldest' ? within.slice(0, pageSize) : within.slice(-pageSize);
  };
  return { asked, query: { fromMs: 0, toMs: 99, windowMs: 25, pageSize, requestsMax: 50, ask } };
}

const ids = (rows: readonly Row[]): number[] => rows.map(({ id }) => id);

describe.each(['oldest', 'newest'] as const)('of a venue that shows the %s of a full page', (shows) => {
  it('every row is read once, in order, in windows no longer than it answers for', async () => {
    const times = [0, 1, 2, 3, 24, 25, 26, 60, 61, 61, 62, 99];
    const { asked, query } = venue(times, 3, shows);
    expect(ids(await readByTime(query))).toEqual(times.map((_, id) => id));
    for (const [from, to] of asked) expect(to - from).toBeLessThan(25);
  });
});

it('rows of one millisecond that fill a page are read on where the venue can, and are an error where it cannot', async () => {
  const { query } = venue([7, 7, 7, 7], 3, 'oldest');
  await expect(readByTime(query)).rejects.toThrow(BrokenReplyError);
  const rows = await readByTime({ ...query, more: async (page) => [{ id: page.length, at: 7 }] });
  expect(ids(rows)).toEqual([0, 1, 2, 3]);
});

it('at the end of its requests it answers what it has, and nothing at all is an error', async () => {
  const { asked, query } = venue([3, 30, 60, 90], 3, 'oldest');
  expect(ids(await readByTime({ ...query, requestsMax: 2 }))).toEqual([0, 1]);
  expect(asked).toHaveLength(2);
  await expect(readByTime({ ...query, fromMs: 0, requestsMax: 2, ask: async () => [] })).rejects.toThrow(BrokenReplyError);
  expect(await readByTime({ ...query, requestsMax: 4, ask: async () => [] })).toEqual([]);
  expect(await readByTime({ ...query, fromMs: 100 })).toEqual([]);
});

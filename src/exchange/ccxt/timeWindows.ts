import { BrokenReplyError } from './venueErrors.ts';

/** What is asked of a venue that lists what happened only for so long a time, and only so many rows, at once. */
export interface TimeQuery<T> {
  /** Epoch ms, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The longest time it answers for. */
  readonly windowMs: number;
  /** A page of so many rows may lack some. */
  readonly pageSize: number;
  readonly requestsMax: number;
  /** Both ends are included. */
  readonly ask: (fromMs: number, toMs: number) => Promise<readonly T[]>;
  /** What happened in the same millisecond after the last of these rows; absent: it is not to be had. */
  readonly more?: (rows: readonly T[]) => Promise<readonly T[]>;
}

/**
 * All rows of a time, the oldest window first. A full page is asked for again in halves: venues differ in which of its rows they
 * leave out, and with halves it does not matter. When `requestsMax` is reached what was read until then is answered, so that whoever
 * asks goes on from its last row; throws `BrokenReplyError` when that is nothing.
 */
export async function readByTime<T>(query: TimeQuery<T>): Promise<readonly T[]> {
  const { pageSize, requestsMax, ask, more } = query;
  const rows: T[] = [];
  const left = windowsOf(query);
  for (let requests = 1; ; requests += 1) {
    const next = left.shift();
    if (!next) return rows;
    const [from, to] = next;
    const page = await ask(from, to);
    if (page.length < pageSize) rows.push(...page);
    else if (from < to) left.unshift(...halves(from, to));
    else if (more) rows.push(...page, ...(await more(page)));
    else throw new BrokenReplyError('more happened in one millisecond than a page holds');
    if (requests < requestsMax || left.length === 0) continue;
    if (rows.length === 0) throw new BrokenReplyError('too long a time is asked about');
    return rows;
  }
}

type Window = readonly [fromMs: number, toMs: number];

function windowsOf({ fromMs, toMs, windowMs }: Pick<TimeQuery<unknown>, 'fromMs' | 'toMs' | 'windowMs'>): Window[] {
  const windows: Window[] = [];
  for (let from = fromMs; from <= toMs; from += windowMs) windows.push([from, Math.min(from + windowMs - 1, toMs)]);
  return windows;
}

function halves(from: number, to: number): readonly Window[] {
  const middle = Math.floor((from + to) / 2);
  return [
    [from, middle],
    [middle + 1, to],
  ];
}

import type { Params } from '../orderParams.ts';
import { BrokenReplyError } from '../venueErrors.ts';

export const PER_PAGE = 100;
/** Of one answer to us; 5,000 rows. */
const PAGES_MAX = 50;

/**
 * Bitget lists the newest first; what is older than a row is asked for by its id. `isWanted`: no page is read after the one that holds
 * it. Throws when there are more pages than are read.
 */
export async function readPages<T>(
  ask: (page: Params) => Promise<readonly T[]>,
  idOf: (row: T) => string,
  isWanted: (row: T) => boolean = () => false,
): Promise<readonly T[]> {
  const rows: T[] = [];
  let older: Params = {};
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const listed = await ask({ limit: String(PER_PAGE), ...older });
    rows.push(...listed);
    const oldest = listed.map(idOf).reduce<string | null>(lowerId, null);
    if (oldest === null || listed.length < PER_PAGE || listed.some(isWanted)) return rows;
    older = { idLessThan: oldest };
  }
  throw new BrokenReplyError('more is listed than is read');
}

/** The lower of two ids, which are numbers too long for one. */
export function lowerId(one: string | null, other: string): string {
  if (one === null || other.length < one.length) return other;
  return other.length === one.length && other < one ? other : one;
}

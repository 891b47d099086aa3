import type { Page, PageRequest } from '../ledger/readModel.ts';
import { BadCursorError } from '../ledger/readModel.ts';
import { invalid, type Problem } from './problem.ts';
import { type Answer, ok } from './route.ts';

/** Turns a cursor the read model does not know into a named mistake. */
export async function pageAnswer<T>(page: Promise<Page<T>>): Promise<Answer | Problem> {
  try {
    return ok(await page);
  } catch (error) {
    if (!(error instanceof BadCursorError)) throw error;
    return badCursor();
  }
}

/** A page of a list that is held as a whole; the cursor names the last item shown, so that insertions do not shift pages. */
export function pageOf<T extends { id: string }>(items: readonly T[], page: PageRequest): Page<T> {
  return pageBy(items, page, ({ id }) => id);
}

/** The same for items without an id of their own: `nameOf` tells them apart. */
export function pageBy<T>(items: readonly T[], { limit, cursor }: PageRequest, nameOf: (item: T) => string): Page<T> {
  const start = cursor === null ? 0 : items.findIndex((item) => nameOf(item) === fromCursor(cursor)) + 1;
  if (cursor !== null && start === 0) throw new BadCursorError('cursor of another list');
  const shown = items.slice(start, start + limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: last && start + limit < items.length ? Buffer.from(nameOf(last)).toString('base64url') : null };
}

/** A list short enough to be answered whole. */
export function wholeList<T>(items: readonly T[]): { items: readonly T[]; nextCursor: null } {
  return { items, nextCursor: null };
}

function fromCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('utf8');
}

function badCursor(): Problem {
  return invalid([{ parameter: 'cursor', code: 'BAD_CURSOR', message: 'Not a cursor of this list; start without one.' }]);
}

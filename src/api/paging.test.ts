import { expect, it } from 'vitest';
import { BadCursorError } from '../ledger/readModel.ts';
import { pageAnswer, pageOf } from './paging.ts';

const items = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));

it('shows every item once, whatever the page size', () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = pageOf(items, { limit: 2, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('goes on behind the last item shown when something was added before it', () => {
  const { nextCursor } = pageOf(items, { limit: 2, cursor: null });
  expect(pageOf([{ id: 'new' }, ...items], { limit: 2, cursor: nextCursor }).items).toEqual([{ id: 'c' }, { id: 'd' }]);
});

it('names a cursor of another list as the mistake it is', async () => {
  expect(() => pageOf(items, { limit: 2, cursor: 'bm9uc2Vuc2U' })).toThrow(BadCursorError);
  expect(await pageAnswer(Promise.reject(new BadCursorError('no')))).toMatchObject({
    status: 400,
    mistakes: [{ parameter: 'cursor', code: 'BAD_CURSOR' }],
  });
});

import { expect, it } from 'vitest';
import { BrokenReplyError } from '../venueErrors.ts';
import { lowerId, PER_PAGE, readPages } from './bitgetPages.ts';

/** A list of so many rows, the newest first, by ids too long for a number. */
function listed(count: number) {
  const ids = Array.from({ length: count }, (_, index) => String(1_000_000_000_000_000_000n + BigInt(count - index)));
  const asked: (string | undefined)[] = [];
  const ask = async ({ idLessThan, limit }: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    asked.push(idLessThan);
    return ids.filter((id) => idLessThan === undefined || BigInt(id) < BigInt(idLessThan)).slice(0, Number(limit));
  };
  return { ids, asked, ask };
}

it.each([0, 1, PER_PAGE - 1, PER_PAGE, PER_PAGE + 1, 3 * PER_PAGE])('%d rows are read, each once', async (count) => {
  const { ids, asked, ask } = listed(count);
  expect(await readPages(ask, (id) => id)).toEqual(ids);
  expect(asked).toHaveLength(Math.floor(count / PER_PAGE) + 1);
});

it('more rows than are read are an error, not a part of them', async () => {
  await expect(readPages(listed(60 * PER_PAGE).ask, (id) => id)).rejects.toThrow(BrokenReplyError);
});

it('ids are compared as the numbers they are', () => {
  expect([lowerId('9', '10'), lowerId('10', '9'), lowerId(null, '7'), lowerId('21', '12')]).toEqual(['9', '9', '7', '12']);
});

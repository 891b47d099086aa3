import type { ApiClient } from './apiClient.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Pages read at most; a list that is longer is shown up to there. */
const PAGES_MAX = 50;

/** A whole list, page by page. */
export async function allPages<T>(api: ApiClient, path: string): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const found: Page<T> = await api.get<Page<T>>(`${path}?limit=200${next}`);
    items.push(...found.items);
    cursor = found.nextCursor;
    if (cursor === null) break;
  }
  return { items, nextCursor: cursor };
}

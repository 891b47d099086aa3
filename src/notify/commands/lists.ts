import type { Said } from '../answers.ts';

/** Entries of one page of a list on a phone. */
const PAGE = 12;

export interface List {
  /** What to say when there is nothing. */
  readonly none: string;
  readonly title: string;
  /** What to send for another page; its number follows. */
  readonly command: string;
  /** One or more lines each. */
  readonly entries: readonly string[];
  /** As it was asked for; the nearest there is, the first without a number. */
  readonly page: string;
}

/** One page as a table, with the way to the next. */
export function listPage({ none, title, command, entries, page: asked }: List): Said {
  if (entries.length === 0) return { text: none };
  const pages = Math.ceil(entries.length / PAGE);
  const page = Math.min(Math.max(/^\d{1,4}$/.test(asked) ? Number(asked) : 1, 1), pages);
  const head = `${title}${pages > 1 ? `, page ${page} of ${pages}` : ''}\n`;
  const table = entries.slice((page - 1) * PAGE, page * PAGE).join('\n');
  const foot = page < pages ? `\nNext: ${command} ${page + 1}` : '';
  return { text: `${head}${table}${foot}`, table: { from: head.length, to: head.length + table.length } };
}

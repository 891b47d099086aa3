import { z } from 'zod';
import { BadCursorError, type Page, type PageRequest } from '../readModel.ts';

/** Where a page ended: the sort key and the id of its last item. */
interface Position {
  readonly at: Date;
  readonly id: string;
}

const TIME_MAX = 8.64e15;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Orders and trades have UUIDs; Postgres refuses to compare them with anything else. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}

/** A list that is paged: its time column, which no other list shares, and what its ids look like. */
export interface PagedList<Column extends string> {
  readonly column: Column;
  readonly isId: (id: string) => boolean;
}

const isText = (id: string): boolean => id.length > 0 && id.length <= 200 && !id.includes('\0');

export const PAGED = {
  orders: { column: 'createdAt', isId: isUuid },
  trades: { column: 'executedAt', isId: isUuid },
  signals: { column: 'receivedAt', isId: isText },
  funding: { column: 'paidAt', isId: isUuid },
  audit: { column: 'at', isId: isText },
} as const satisfies Record<string, PagedList<string>>;

function encodeCursor({ column }: PagedList<string>, { at, id }: Position): string {
  return Buffer.from(JSON.stringify([column, at.getTime(), id])).toString('base64url');
}

/** Throws `BadCursorError` for anything `encodeCursor` did not make for this list. */
function decodeCursor({ column, isId }: PagedList<string>, cursor: string): Position {
  const shape = z.tuple([z.literal(column), z.int().min(0).max(TIME_MAX), z.string().refine(isId)]);
  try {
    const [, at, id] = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(at), id };
  } catch (cause) {
    throw new BadCursorError('the cursor is not one of ours', { cause });
  }
}

/** The part of a Prisma query that asks for the page after a position, newest first, by a time column and `id`. */
export interface PageQuery<Column extends string> {
  readonly where: Record<never, never> | PageCondition<Column>;
  readonly take: number;
}

type PageCondition<Column extends string> = {
  AND: [Record<Column, { lte: Date }>, { OR: [Record<Column, { lt: Date }>, { id: { lt: string } }] }];
};

/**
 * Keyset paging: one row more than the page is asked for, to know whether there is another. `column <= at` looks redundant but
 * lets Postgres start at the right place in the index instead of reading all newer rows.
 */
export function pageQuery<Column extends string>(list: PagedList<Column>, { limit, cursor }: PageRequest): PageQuery<Column> {
  const { column } = list;
  if (cursor === null) return { where: {}, take: limit + 1 };
  const { at, id } = decodeCursor(list, cursor);
  const upTo = { [column]: { lte: at } } as Record<Column, { lte: Date }>;
  const before = { [column]: { lt: at } } as Record<Column, { lt: Date }>;
  return { where: { AND: [upTo, { OR: [before, { id: { lt: id } }] }] }, take: limit + 1 };
}

/** Cuts the extra row off again and shows the rest. */
export async function pageOf<Column extends string, R extends { id: string } & Record<Column, Date>, V>(
  list: PagedList<Column>,
  rows: readonly R[],
  { limit }: PageRequest,
  show: (rows: readonly R[]) => V[] | Promise<V[]>,
): Promise<Page<V>> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? encodeCursor(list, { at: last[list.column], id: last.id }) : null;
  return { items: await show(shown), nextCursor };
}

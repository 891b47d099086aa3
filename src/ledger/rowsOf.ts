import type pg from 'pg';

/** The rows of a query as objects whose keys are like those of Prisma: `created_at` → `createdAt`. */
export async function rowsOf<R>(client: pg.ClientBase | pg.Pool, text: string, values: unknown[] = []): Promise<R[]> {
  const { rows } = await client.query<Record<string, unknown>>(text, values);
  return rows.map((row) => camelKeys(row) as R);
}

function camelKeys(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

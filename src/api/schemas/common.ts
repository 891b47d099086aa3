import { z } from 'zod';

/** Decimal text as answered: plain notation, never an exponent. */
export const Decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ id: 'Decimal', description: 'A decimal as text', example: '0.001' });

export const Time = z.iso.datetime().meta({ id: 'Time', description: 'ISO 8601, UTC', example: '2025-01-31T12:00:00.000Z' });

export const Id = z.string().meta({ id: 'Id', example: '0194b8d2-3c5e-7a4b-9f6d-2e1c0b8a7f65' });

/** Free text as asked for: no control characters (Postgres takes no NUL), no lone surrogates. */
export function text(max: number) {
  return z
    .string()
    .max(max, { error: `Must be at most ${max} characters.` })
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'Must hold no control characters.' });
}

const PLAIN_AMOUNT = /^\d{1,15}(\.\d{1,18})?$/;
const AMOUNT_RULE = 'Must be a decimal above zero with at most 15 digits before and 18 after the point, best as text ("0.001").';

/** A positive decimal as asked for: text, or a number that JSON can carry without loss. */
export const Amount = z
  .union([z.string(), z.number()], { error: AMOUNT_RULE })
  .transform(String)
  .refine((text) => PLAIN_AMOUNT.test(text) && /[1-9]/.test(text), { error: AMOUNT_RULE })
  .meta({ id: 'Amount', description: AMOUNT_RULE, override: { type: ['string', 'number'], example: '0.001' } });

/** A name people give to things and write in alerts. */
export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { error: 'Must be 1 to 40 of a-z, 0-9, _ and -, starting with a letter or digit.' })
  .meta({ id: 'Name', example: 'main' });

const limit = z.coerce
  .number({ error: 'Must be a whole number from 1 to 200.' })
  .int({ error: 'Must be a whole number from 1 to 200.' })
  .min(1, { error: 'Must be at least 1.' })
  .max(200, { error: 'Must be at most 200.' })
  .default(50);

/** `?limit=&cursor=` with more filters. Unknown parameters are mistakes: a misspelt filter must not widen the answer. */
export function pageQuery<T extends z.ZodRawShape>(filters: T) {
  return z.strictObject({
    limit,
    cursor: text(500).nullable().default(null).meta({ description: '`nextCursor` of the page before' }),
    ...filters,
  });
}

/** Of lists that are short: without `limit` as many as a page may hold. */
export function wholePageQuery<T extends z.ZodRawShape>(filters: T) {
  return pageQuery({ ...filters, limit: limit.default(200) });
}

export const Flag = z.stringbool({ error: 'Must be true or false.' }).meta({ override: { type: 'boolean' } });

export const NoQuery = z.strictObject({});

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().meta({ description: 'Stable; see docs/reason-codes.md', example: 'INVALID_REQUEST' }),
    detail: z.string(),
    mistakes: z
      .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), code: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every mistake: a JSON pointer into the body, or the name of a parameter' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

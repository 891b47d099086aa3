import { z } from 'zod';
import { Decimal, ZERO } from '../../domain/money.ts';
import type { Fill } from '../../domain/order/order.ts';
import type { OrderReport, VenueOrderStatus } from '../../domain/order/report.ts';
import { BrokenReplyError } from './venueErrors.ts';

/** Amounts arrive as text and stay text until they are Decimals. */
export const amount = z.string().regex(/^\d{1,30}(\.\d{1,30})?$/);
/** The same with a sign. */
export const signed = z.string().regex(/^-?\d{1,30}(\.\d{1,30})?$/);
/** The same, or an empty text, which is what some venues write for nothing. */
export const amountOrNone = z.union([amount, z.literal('').transform(() => '0')]);
/** Ids may be numbers; beyond 2^53 ccxt hands them on as text. */
export const id = z.union([z.number().int(), z.string().regex(/^[\w-]{1,80}$/)]).transform(String);
/** Epoch milliseconds. */
export const time = z.coerce.number().int().positive();
/** ISO 8601. */
export const isoTime = z
  .string()
  .transform((text) => new Date(text).getTime())
  .pipe(z.number().int().positive());

/** Throws `BrokenReplyError` that says what could not be read, and nothing of its content. */
export function read<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const parsed = schema.safeParse(reply);
  if (!parsed.success) throw new BrokenReplyError(`${what} in the answer cannot be read`);
  return parsed.data;
}

/** What a venue says of an order, in our words. */
export interface OrderFacts {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  /** The unified symbol. */
  readonly symbol: string;
  readonly status: VenueOrderStatus;
  readonly filledQuantity: Decimal;
  readonly code: OrderReport['code'];
}

/** Fills are complete when they add up to what the venue says it executed. */
export function reportOf(facts: OrderFacts, fills: readonly Fill[]): OrderReport {
  const listed = fills.reduce((sum, fill) => sum.add(fill.quantity), ZERO);
  return { ...facts, fills, fillsComplete: listed.eq(facts.filledQuantity) };
}

/** Our status for the venue's; a word it does not document is no answer. */
export function statusOf(words: Readonly<Record<string, VenueOrderStatus>>, word: string): VenueOrderStatus {
  const status = words[word];
  if (!status) throw new BrokenReplyError('the order has a status that is not in the documentation');
  return status;
}

/** The report with its fills, or without them when they cannot be had yet: the order is known all the same, and is asked about again. */
export async function withFills(facts: OrderFacts, fills: () => Promise<readonly Fill[]>): Promise<OrderReport> {
  const bare = reportOf(facts, []);
  if (bare.fillsComplete) return bare;
  try {
    return reportOf(facts, await fills());
  } catch {
    return bare;
  }
}

export function decimalOf(text: string): Decimal {
  return new Decimal(text);
}

import { z } from 'zod';
import { jsonObject } from '../outcomes.ts';
import { id, read } from '../replies.ts';
import type { AccountRights } from '../venueApi.ts';
import { BrokenReplyError, RefusedHereError, VenueReplyError } from '../venueErrors.ts';

const envelope = z.object({ code: z.string(), data: z.unknown() });
const ids = z.object({ orderId: z.union([z.literal(''), id]).nullish(), clientOid: z.string().nullish() });

/** What an answer holds; a refusal that came with HTTP 200 is thrown like any other. */
export function dataOf<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const { code, data } = read('the answer', envelope, reply);
  if (code !== '00000') throw new VenueReplyError(200, JSON.stringify(reply), null);
  return read(what, schema, data);
}

/**
 * New orders are answered with ids alone. Null: a reduce-only order in one-way mode that made the venue cancel older ones is answered
 * without its own (api-doc/contract/trade/Place-Order).
 */
export function readPlacedId(reply: unknown, clientOrderId: string): string | null {
  const placed = dataOf('the order', ids, reply);
  if (placed.clientOid && placed.clientOid !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  if (!placed.orderId && placed.clientOid !== clientOrderId) throw new BrokenReplyError('the answer names no order');
  return placed.orderId || null;
}

/** The answer to a cancel is that it was taken, what has become of the order must be asked. */
export function readCanceled(reply: unknown): void {
  dataOf('the canceled order', z.unknown(), reply);
}

/** What the venue says of an order it does not have. */
export const ABSENT = JSON.stringify({ code: '40109', msg: 'The data of the order cannot be found, please confirm the order number' });

const info = z.object({ authorities: z.array(z.string()).default([]), ips: z.string().nullish() });

/** GET /api/v2/spot/account/info: what the key may do, as a list of words, and the addresses it is bound to. */
export function readRights(reply: unknown, trade: { readonly words: readonly string[]; readonly lacks: string }): AccountRights {
  const { authorities, ips } = dataOf('the account', info, reply);
  const addressBound = typeof ips === 'string' ? ips !== '' : null;
  if (authorities.length === 0) return { canTrade: null, canWithdraw: null, addressBound };
  const has = (words: readonly string[]): boolean => words.some((word) => authorities.includes(word));
  return { canTrade: has(trade.words), canWithdraw: has(WITHDRAW), addressBound, lacks: trade.lacks };
}

/** Words for "may withdraw" (api-doc/spot/account/Get-Account-Info, "authorities"). */
const WITHDRAW = ['wwow', 'withdraw'];

/** All classic endpoints answer so to the key of a unified account, a wrong one too. */
const UNIFIED_CODE = '40085';
export const UNIFIED =
  'the account is a unified trading account (UTA), whose endpoints are others than those of a classic account and are not supported here. Use the key of a classic account: Bitget lets a classic sub-account be made beside a unified one.';

function said(error: unknown, code: string): boolean {
  return error instanceof VenueReplyError && jsonObject(error.body)?.code === code;
}

/** A key may be good for futures and not for the endpoint, of spot, that tells what it may do. */
export function isNotPermitted(error: unknown): boolean {
  return said(error, '40014');
}

/** The answer, or our words in the place of the venue's when the account is a unified one. */
export async function ofClassic<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw said(error, UNIFIED_CODE) ? new RefusedHereError('VENUE_AUTH', UNIFIED) : error;
  }
}

/** Why the account is not opened, if it is a unified one; what else may be wrong with the question is no obstacle. */
export async function unifiedObstacle(ask: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    if (said(error, UNIFIED_CODE)) return [UNIFIED];
    throw error;
  }
}

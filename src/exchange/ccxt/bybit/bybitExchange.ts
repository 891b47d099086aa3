import type { Market } from '../../../domain/market/market.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import type { Page } from './bybitReplies.ts';

/** Parameters as Bybit types them: amounts are text, the rest is what it is. */
export type Terms = Readonly<Record<string, string | number | boolean>>;

/** ccxt's implicit methods: one per endpoint of the venue. */
export interface BybitExchange extends CcxtExchange {
  /** The venue's time, once it has been taken over. */
  nonce(): number;
  readonly urls: { readonly api: { readonly private: string } };
  privatePostV5OrderCreate(terms: Terms): Promise<unknown>;
  privatePostV5OrderCancel(terms: Terms): Promise<unknown>;
  privateGetV5OrderRealtime(terms: Terms): Promise<unknown>;
  privateGetV5OrderHistory(terms: Terms): Promise<unknown>;
  privateGetV5ExecutionList(terms: Terms): Promise<unknown>;
  privateGetV5PositionList(terms: Terms): Promise<unknown>;
  privatePostV5PositionSetLeverage(terms: Terms): Promise<unknown>;
  privateGetV5AccountWalletBalance(terms: Terms): Promise<unknown>;
  privateGetV5AccountTransactionLog(terms: Terms): Promise<unknown>;
  privateGetV5AccountInfo(): Promise<unknown>;
  privateGetV5UserQueryApi(): Promise<unknown>;
}

/** Which part of the venue an account trades; one unified account holds both. */
export type Category = 'spot' | 'linear';

export function categoryOf({ type }: Market): Category {
  return type === 'spot' ? 'spot' : 'linear';
}

/** How a request names a market. */
export function marketTerms(market: Market): Terms {
  return { category: categoryOf(market), symbol: market.venueSymbol };
}

/**
 * Everything a list holds. Cursors come escaped and are handed back as they are. Pages may be shorter than asked for, so only one without
 * rows or cursor is the last. Throws `BrokenReplyError` when there is more than `pagesMax` of them: half a list would be taken for all.
 */
export async function allPages<T>(pagesMax: number, ask: (cursor: Terms) => Promise<Page<T>>): Promise<readonly T[]> {
  const rows: T[] = [];
  let cursor = '';
  for (let page = 1; page <= pagesMax; page += 1) {
    const listed = await ask(cursor === '' ? {} : { cursor });
    rows.push(...listed.rows);
    cursor = listed.cursor;
    if (cursor === '' || listed.rows.length === 0) return rows;
  }
  throw new BrokenReplyError('the list is longer than is read');
}

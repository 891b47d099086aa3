import type { BookOrder, SymbolRules } from '../venue/bookTypes.ts';
import type { MarginWallet } from '../venue/marginWallet.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';
import { BybitError } from './bybitError.ts';

/** JSON of a request: types count. */
export type Terms = Readonly<Record<string, unknown>>;

export type BybitBook = MatchingBook<SpotWallet | MarginWallet>;

export interface Settlement {
  readonly id: string;
  readonly symbol: string;
  /** Positive: received. */
  readonly amount: string;
  readonly at: number;
}

export interface BybitAccountSettings {
  /** 1: classic; 3 to 6: unified. */
  unifiedMarginStatus: number;
  marginMode: 'REGULAR_MARGIN' | 'ISOLATED_MARGIN' | 'PORTFOLIO_MARGIN';
  hedgeMode: boolean;
  readOnly: boolean;
  permissions: Readonly<Record<string, readonly string[]>>;
  /** `*`: any. */
  ips: readonly string[];
}

export interface BybitContext {
  readonly category: 'spot' | 'linear';
  readonly book: BybitBook;
  readonly now: () => number;
  readonly account: BybitAccountSettings;
  /** Why the next orders are rejected once they have been taken, one each. */
  readonly rejections: string[];
  /** Orders that were taken and then rejected, and why. */
  readonly rejected: Map<BookOrder, string>;
  readonly settlements: Settlement[];
  /** Orders of the venue itself, and what it calls their trades. */
  readonly byVenue: Map<number, 'BustTrade' | 'AdlTrade'>;
  /** Ended orders before this time are no longer among the recent ones. */
  restartedAt: number;
  readonly createsPerSecond: number;
  readonly creates: number[];
}

/** A parameter that must be there as text. */
export function required(terms: Terms, name: string): string {
  const value = terms[name];
  if (typeof value !== 'string' || value === '') throw new BybitError(10001, `params error: ${name} is required or of a wrong type`);
  return value;
}

export function oneOf<const T extends string>(terms: Terms, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === required(terms, name));
  if (found === undefined) throw new BybitError(10001, `params error: ${name} invalid`);
  return found;
}

/** One account's server holds one category. */
export function checkCategory({ category }: BybitContext, terms: Terms): void {
  if (required(terms, 'category') !== category) throw new BybitError(10001, 'params error: Category is invalid');
}

export function rulesOf({ book, category }: BybitContext, terms: Terms): SymbolRules {
  const symbol = required(terms, 'symbol');
  const rules = book.symbols.find((candidate) => candidate.symbol === symbol);
  if (rules) return rules;
  throw category === 'spot' ? new BybitError(170121, 'Invalid symbol.') : new BybitError(10001, 'params error: symbol invalid BTCUSD');
}

/** Futures name orders by UUIDs, spot by long numbers. */
export function idOf({ category }: BybitContext, number: number): string {
  return category === 'spot' ? `13${String(number).padStart(17, '0')}` : `0ffe2c5b-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function isOpen({ book }: BybitContext, order: BookOrder): boolean {
  return book.openOrders(order.symbol).includes(order);
}

/** One page, newest first. Cursors are handed out escaped, as the real ones are, and must come back as they are. */
export function pageOf<T>(rows: readonly T[], terms: Terms, limitMax: number, limitDefault: number): { list: T[]; nextPageCursor: string } {
  const limit = terms.limit === undefined ? limitDefault : Number(terms.limit);
  if (!(limit >= 1 && limit <= limitMax)) throw new BybitError(10001, 'params error: limit invalid');
  const offset = /^page=(\d{1,9})$/.exec(String(terms.cursor ?? 'page=0'))?.[1];
  if (offset === undefined) throw new BybitError(10001, 'params error: cursor invalid');
  const list = rows.slice(Number(offset), Number(offset) + limit);
  // Also after the last row there is a cursor, behind which there is nothing.
  return { list, nextPageCursor: list.length === 0 ? '' : `page%3D${Number(offset) + limit}` };
}

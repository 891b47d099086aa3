import { Decimal } from '../../../src/domain/money.ts';
import { BookRefusal, type SymbolRules } from '../venue/bookTypes.ts';
import type { MarginWallet } from '../venue/marginWallet.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import type { SpotWallet } from '../venue/spotWallet.ts';

export type OkxBook = MatchingBook<SpotWallet> | MatchingBook<MarginWallet>;
/** What of a query or a JSON body is read here: text and flags. */
export type Params = Readonly<Record<string, unknown>>;

/** A refusal of a whole request. `status`: what its row in the table of error codes says. */
export class OkxError extends Error {
  override readonly name = 'OkxError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, msg: string, status = 200) {
    super(msg);
    this.code = code;
    this.status = status;
  }
}

/** A refusal of the one order a request was about: HTTP 200 and `"code":"1"`, with the code in its row. */
export class OrderRefusal extends OkxError {
  /** Names of the order, as its row repeats them. */
  readonly row: Readonly<Record<string, string>>;
  constructor(code: string, msg: string, row: Readonly<Record<string, string>>) {
    super(code, msg);
    this.row = row;
  }
}

export interface FundingBill {
  readonly billId: string;
  readonly instId: string;
  readonly pnl: string;
  readonly ts: number;
}

export interface OkxAccount {
  /** 1 spot, 2 futures, 3 multi-currency margin, 4 portfolio margin. */
  readonly acctLv: string;
  readonly posMode: 'net_mode' | 'long_short_mode';
  readonly perm: string;
  /** In spot mode: orders may borrow. */
  readonly enableSpotBorrow: boolean;
  /** The key is one of demo trading: only good with `x-simulated-trading: 1`. */
  readonly demo: boolean;
}

export interface OkxContext {
  readonly instType: 'SPOT' | 'SWAP';
  readonly book: OkxBook;
  readonly account: OkxAccount;
  readonly bills: readonly FundingBill[];
  /** Leverage that was set, by instrument, margin mode and side. */
  readonly leverage: Map<string, string>;
  readonly now: () => number;
}

export function param(params: Params, name: string): string | undefined {
  const value = params[name];
  return value === undefined || value === '' ? undefined : String(value);
}

export function required(params: Params, name: string): string {
  const value = param(params, name);
  if (value === undefined) throw new OkxError('50014', `Parameter ${name} can not be empty.`, 400);
  return value;
}

/** Base units in one contract; on spot sizes are base units. */
export function contractValue({ instType }: Pick<OkxContext, 'instType'>, instId: string): Decimal {
  if (instType === 'SPOT') return new Decimal(1);
  return new Decimal(instId.startsWith('BTC-') ? '0.01' : '0.1');
}

/** Base units as the venue shows them. */
export function shownSize(context: Pick<OkxContext, 'instType'>, instId: string, quantity: Decimal): string {
  return quantity.div(contractValue(context, instId)).toFixed();
}

export function marketOf({ book }: Pick<OkxContext, 'book'>, instId: string): { readonly rules: SymbolRules; readonly price: Decimal } {
  try {
    return book.market(instId);
  } catch (error) {
    if (error instanceof BookRefusal) throw new OkxError('51001', "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
    throw error;
  }
}

/** One page of rows that begin with the newest: those after the row with the id given. */
export function pageOf<T>(rows: readonly T[], params: Params, idOf: (row: T) => string): readonly T[] {
  const after = param(params, 'after');
  const start = after === undefined ? 0 : rows.findIndex((row) => idOf(row) === after) + 1;
  return rows.slice(start, start + Math.min(Number(param(params, 'limit') ?? 100), 100));
}

import type { MarginWallet } from '../venue/marginWallet.ts';
import type { MatchingBook } from '../venue/matchingBook.ts';
import { BinanceError } from './binanceError.ts';
import { type Params, required } from './spotRequests.ts';

export type SwapBook = MatchingBook<MarginWallet>;

/** One row of GET /fapi/v1/income. */
export interface SwapIncome {
  readonly symbol: string;
  readonly incomeType: 'FUNDING_FEE';
  readonly income: string;
  readonly asset: string;
  readonly info: string;
  readonly time: number;
  readonly tranId: number;
  readonly tradeId: string;
}

export interface SwapContext {
  readonly book: SwapBook;
  readonly now: () => number;
  /** Long and short side by side. */
  hedgeMode: boolean;
  readonly canTrade: boolean;
  /** Ids beyond 2^53. */
  readonly longIds: boolean;
  readonly income: SwapIncome[];
  readonly key: Readonly<Record<'ipRestrict' | 'enableReading' | 'enableFutures' | 'enableWithdrawals', boolean>>;
}

export function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === required(params, name));
  if (found === undefined) throw new BinanceError(-1102, `Mandatory parameter '${name}' was malformed.`);
  return found;
}

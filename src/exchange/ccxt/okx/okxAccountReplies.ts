import { z } from 'zod';
import type { Market } from '../../../domain/market/market.ts';
import type { BalanceReport, FundingPayment, PositionReport } from '../../exchange.ts';
import { baseUnits } from '../contracts.ts';
import { amountOrNone, decimalOf, id, signed, time } from '../replies.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import { rowsOf } from './okxReplies.ts';

const balances = z.object({
  details: z.array(
    z.object({ ccy: z.string().min(1), cashBal: signed, availBal: signed, availEq: z.union([signed, z.literal('')]).nullish() }),
  ),
});
const config = z.object({
  /** 1 spot, 2 futures, 3 multi-currency margin, 4 portfolio margin. */
  acctLv: z.enum(['1', '2', '3', '4']),
  posMode: z.enum(['net_mode', 'long_short_mode']),
  perm: z.string().nullish(),
  /** In spot mode: an order may be paid with what is borrowed. */
  enableSpotBorrow: z.boolean().nullish(),
  /** Addresses the key is bound to; empty for any. */
  ip: z.string().nullish(),
});
const position = z.object({
  instId: z.string().min(1),
  posSide: z.enum(['net', 'long', 'short']),
  pos: signed,
  avgPx: amountOrNone.nullish(),
  markPx: amountOrNone.nullish(),
  liqPx: amountOrNone.nullish(),
  lever: amountOrNone.nullish(),
  mgnMode: z.enum(['cross', 'isolated']),
});
const bill = z.object({ billId: id, instId: z.string().min(1), ccy: z.string().min(1), pnl: signed, ts: time });
const leverage = z.object({ lever: z.coerce.number().positive() });

export type OkxConfig = z.infer<typeof config>;
export type OkxBill = z.infer<typeof bill>;

/** GET balance. What margin is taken from is "available equity", which spot mode does not have. */
export function readBalances(reply: unknown): readonly BalanceReport[] {
  const [account] = rowsOf('the balances', balances, reply);
  if (!account) throw new BrokenReplyError('the balances are missing from the answer');
  return account.details.map(({ ccy, cashBal, availBal, availEq }) => ({
    asset: ccy,
    free: decimalOf(availEq || availBal),
    total: decimalOf(cashBal),
  }));
}

/** GET config. */
export function readConfig(reply: unknown): OkxConfig {
  const [account] = rowsOf('the configuration of the account', config, reply);
  if (!account) throw new BrokenReplyError('the configuration of the account is missing from the answer');
  return account;
}

/** GET positions: those of markets that are traded here. `pos` is signed in net mode, and never below zero else. */
export function readPositions(reply: unknown, marketOf: (venueSymbol: string) => Market | undefined): readonly PositionReport[] {
  return rowsOf('the positions', position, reply).flatMap((row) => {
    const market = marketOf(row.instId);
    const size = decimalOf(row.pos);
    if (!market || size.isZero()) return [];
    const quantity = baseUnits(row.posSide === 'short' ? size.abs().neg() : size, market);
    const price = (text: string | null | undefined) => (text && text !== '0' ? decimalOf(text) : null);
    return [
      {
        symbol: market.symbol,
        quantity,
        entryPrice: price(row.avgPx),
        markPrice: price(row.markPx),
        liquidationPrice: price(row.liqPx),
        leverage: price(row.lever),
        marginMode: row.mgnMode,
      },
    ];
  });
}

/** GET bills of type 8: one page. */
export function readFundingBills(reply: unknown): readonly OkxBill[] {
  return rowsOf('the bills', bill, reply);
}

export function fundingOf(row: OkxBill, market: Market): FundingPayment {
  return { id: row.billId, symbol: market.symbol, asset: row.ccy, amount: decimalOf(row.pnl), at: row.ts };
}

/** POST set-leverage: what is set now. */
export function readLeverage(reply: unknown): number {
  const [row] = rowsOf('the leverage', leverage, reply);
  if (!row) throw new BrokenReplyError('the leverage is missing from the answer');
  return row.lever;
}

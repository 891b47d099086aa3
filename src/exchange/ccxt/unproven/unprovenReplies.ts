import { z } from 'zod';
import type { Market } from '../../../domain/market/market.ts';
import { Decimal, maxDecimal, ZERO } from '../../../domain/money.ts';
import type { Fill } from '../../../domain/order/order.ts';
import type { VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { baseUnits } from '../contracts.ts';
import { id, type OrderFacts, read, statusOf, time } from '../replies.ts';
import { BrokenReplyError } from '../venueErrors.ts';

/** Numbers in an exchange's JSON may be written with an exponent. */
const NUMBER = /^-?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,2})?$/i;
const signed = z
  .string()
  .regex(NUMBER)
  .transform((text) => new Decimal(text));
const amount = signed.refine((value) => !value.isNegative());

const named = z.looseObject({ id, clientOrderId: z.string().nullish() });
const order = z.object({
  id,
  status: z.string(),
  timeInForce: z.string().nullish(),
  amount: amount.nullish(),
  filled: amount,
  timestamp: time.nullish(),
});
const fee = z.object({ cost: signed.nullish(), currency: z.string().nullish() });
const trade = z.object({
  id: id,
  order: id.nullish(),
  amount,
  price: amount,
  fee: fee.nullish(),
  fees: z.array(fee).nullish(),
  takerOrMaker: z.string().nullish(),
  timestamp: time,
});
const sums = z.record(z.string(), signed.nullish());
const balance = z.looseObject({ free: sums, total: sums });

export type UnifiedOrder = z.infer<typeof order>;
export type UnifiedTrade = z.infer<typeof trade>;

/** ccxt's manual, "Order Structure". */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  open: 'open',
  closed: 'filled',
  canceled: 'canceled',
  expired: 'expired',
  rejected: 'rejected',
};

/** A call that went through may still have answered with nothing. */
export function readPlacedId(reply: unknown): string {
  return read('the id of the order', z.object({ id }), reply).id;
}

export function readOrder(reply: unknown): UnifiedOrder {
  return read('the order', order, reply);
}

/** Of a list the one order that is wanted; what the others are need not be readable. */
export function findIn(list: unknown, wanted: (one: { readonly id: string; readonly clientOrderId: string | null }) => boolean): unknown {
  return read('the list of orders', z.array(named), list).find((one) => wanted({ id: one.id, clientOrderId: one.clientOrderId ?? null }));
}

/** Throws `BrokenReplyError` for what contradicts itself: then ccxt has read something else than it took it for. */
export function orderFacts(state: UnifiedOrder, market: Market, clientOrderId: string): OrderFacts {
  const { filled, amount: whole } = state;
  if (whole && filled.gt(whole)) throw new BrokenReplyError('more is filled than was ordered');
  const status = statusNow(statusOf(STATUS, state.status), state);
  const code = codeOf(status, state);
  return { clientOrderId, venueOrderId: state.id, symbol: market.symbol, status, filledQuantity: baseUnits(filled, market), code };
}

/** ccxt calls closed whatever has ended by itself, also what ended before all of it had filled. */
function statusNow(status: VenueOrderStatus, { filled, amount: whole }: UnifiedOrder): VenueOrderStatus {
  if (status === 'open') return filled.isZero() ? 'open' : 'partially_filled';
  if (status === 'filled') return filled.isZero() || (whole && filled.lt(whole)) ? 'canceled' : 'filled';
  return status;
}

function codeOf(status: VenueOrderStatus, { timeInForce }: UnifiedOrder): OrderFacts['code'] {
  if (status === 'rejected') return 'VENUE_REJECTED';
  if (status === 'expired') return timeInForce === 'IOC' ? 'VENUE_NO_LIQUIDITY' : 'VENUE_EXPIRED';
  if (status !== 'canceled') return null;
  return timeInForce === 'IOC' ? 'VENUE_NO_LIQUIDITY' : 'VENUE_CANCELED';
}

export function readTrades(reply: unknown): readonly UnifiedTrade[] {
  return read('the trades', z.array(trade), reply);
}

export function fillOf(row: UnifiedTrade, market: Market): Fill {
  const { takerOrMaker } = row;
  return {
    venueTradeId: row.id,
    quantity: baseUnits(row.amount, market),
    price: row.price,
    ...feeOf(row, market),
    liquidity: takerOrMaker === 'maker' || takerOrMaker === 'taker' ? takerOrMaker : 'unknown',
    executedAt: row.timestamp,
  };
}

/** One fee, or several of one asset; an exchange that does not list fees with its trades has none booked. */
function feeOf({ fee: one, fees }: UnifiedTrade, market: Market): Pick<Fill, 'fee' | 'feeAsset'> {
  const listed = (fees && fees.length > 0 ? fees : [one]).filter((each) => each?.cost && each.currency);
  const [feeAsset = market.quote, ...others] = new Set(listed.map((each) => each?.currency ?? market.quote));
  if (others.length > 0) throw new BrokenReplyError('a trade has fees in several assets');
  return { fee: listed.reduce((sum, each) => sum.plus(each?.cost ?? ZERO), ZERO), feeAsset };
}

export function readBalances(reply: unknown): readonly BalanceReport[] {
  const { free, total } = read('the balances', balance, reply);
  const assets = new Set([...Object.keys(free), ...Object.keys(total)]);
  return [...assets].flatMap((asset) => {
    const [left, all] = [free[asset] ?? total[asset], total[asset] ?? free[asset]];
    return left && all ? [{ asset, free: maxDecimal(left, ZERO), total: maxDecimal(all, ZERO) }] : [];
  });
}

export function isHedged(reply: unknown): boolean {
  return read('the position mode', z.object({ hedged: z.boolean() }), reply).hedged;
}

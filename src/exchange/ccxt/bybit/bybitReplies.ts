import { z } from 'zod';
import type { MarginMode } from '../../../domain/alert/alert.ts';
import { ZERO } from '../../../domain/money.ts';
import type { OrderReport, VenueOrderStatus } from '../../../domain/order/report.ts';
import type { BalanceReport } from '../../exchange.ts';
import { decimalOf, id, type OrderFacts, read, signed, statusOf, time } from '../replies.ts';
import { BrokenReplyError, VenueReplyError } from '../venueErrors.ts';

/** Numbers are text; what is nothing is an empty text, or left out. */
export const figure = z.union([signed, z.literal('').transform(() => '0')]).default('0');

const envelope = z.object({ retCode: z.number().int(), result: z.unknown() });
const ids = z.object({ orderId: id, orderLinkId: z.string() });
const order = z.object({
  orderId: id,
  orderLinkId: z.string(),
  symbol: z.string().min(1),
  side: z.enum(['Buy', 'Sell']),
  orderStatus: z.string(),
  rejectReason: z.string().default(''),
  timeInForce: z.string().default(''),
  orderType: z.string(),
  stopOrderType: z.string().default(''),
  triggerDirection: z.number().default(0),
  qty: figure,
  marketUnit: z.string().default(''),
  cumExecQty: figure,
  price: figure,
  triggerPrice: figure,
  reduceOnly: z.boolean().default(false),
  createdTime: time,
});
const coin = z.object({
  coin: z.string().min(1),
  walletBalance: figure,
  locked: figure,
  totalOrderIM: figure,
  totalPositionIM: figure,
});
const key = z.object({
  readOnly: z.number(),
  ips: z.array(z.string()).nullish(),
  permissions: z.record(z.string(), z.array(z.string()).nullable()),
});
const account = z.object({ unifiedMarginStatus: z.number().int(), marginMode: z.string() });

export type BybitOrder = z.infer<typeof order>;

/** One page of a list; an empty cursor is the last. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly cursor: string;
}

/** Limits of a user are counted by the second (docs/v5/rate-limit), and the wait is told in a header that is not kept. */
const RATE_WINDOW_MS = 1_000;
const USER_RATE_LIMIT = 10006;

/** What an answer holds; a refusal that came with HTTP 200 is thrown like any other. */
export function resultOf<T>(what: string, schema: z.ZodType<T>, reply: unknown): T {
  const { retCode, result } = read('the answer', envelope, reply);
  if (retCode !== 0) throw new VenueReplyError(200, JSON.stringify(reply), retCode === USER_RATE_LIMIT ? RATE_WINDOW_MS : null);
  return read(what, schema, result);
}

export function pageOf<T>(what: string, row: z.ZodType<T>, reply: unknown): Page<T> {
  const { list, nextPageCursor } = resultOf(what, z.object({ list: z.array(row), nextPageCursor: z.string().nullish() }), reply);
  return { rows: list, cursor: nextPageCursor ?? '' };
}

/** POST order/create and order/cancel: that the request was taken. What becomes of it must be asked. */
export function readTaken(reply: unknown, clientOrderId: string): string {
  const { orderId, orderLinkId } = resultOf('the order', ids, reply);
  if (orderLinkId !== '' && orderLinkId !== clientOrderId) throw new BrokenReplyError('the answer is about another order');
  return orderId;
}

/** GET order/realtime and order/history. */
export function readOrders(reply: unknown): Page<BybitOrder> {
  return pageOf('the list of orders', order, reply);
}

/** docs/v5/enum, "orderStatus". An order whose trigger has come is open until it says otherwise. */
const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  New: 'open',
  Untriggered: 'open',
  Triggered: 'open',
  PartiallyFilled: 'partially_filled',
  Filled: 'filled',
  Cancelled: 'canceled',
  PartiallyFilledCanceled: 'canceled',
  Deactivated: 'canceled',
  Rejected: 'rejected',
};

/** docs/v5/enum, "rejectReason": told of canceled orders too. */
const REASON: Readonly<Record<string, NonNullable<OrderReport['code']>>> = {
  EC_PostOnlyWillTakeLiquidity: 'VENUE_WOULD_MATCH',
  EC_NoImmediateQtyToFill: 'VENUE_NO_LIQUIDITY',
  EC_NoEnoughQtyToFill: 'VENUE_NO_LIQUIDITY',
  EC_CancelForNoFullFill: 'VENUE_NO_LIQUIDITY',
  EC_DuplicatedClOrdID: 'VENUE_REJECTED',
};

export function orderFacts(state: BybitOrder, symbol: string, name: string): OrderFacts {
  const status = statusOf(STATUS, state.orderStatus);
  const facts = { clientOrderId: name, venueOrderId: state.orderId, symbol, status, filledQuantity: decimalOf(state.cumExecQty) };
  return { ...facts, code: endCode(status, state) };
}

function endCode(status: VenueOrderStatus, { rejectReason, timeInForce, orderType }: BybitOrder): OrderReport['code'] {
  if (status !== 'canceled' && status !== 'rejected') return null;
  const reason = REASON[rejectReason];
  if (reason) return reason;
  if (status === 'rejected') return 'VENUE_REJECTED';
  return orderType === 'Market' || timeInForce === 'IOC' || timeInForce === 'FOK' ? 'VENUE_NO_LIQUIDITY' : 'VENUE_CANCELED';
}

/**
 * GET account/wallet-balance. What is free of a coin is told nowhere: it is what is neither locked by spot orders nor margin of orders and
 * positions, and never what could be borrowed.
 */
export function readBalances(reply: unknown): readonly BalanceReport[] {
  const accounts = z.object({ list: z.array(z.object({ coin: z.array(coin) })) });
  return resultOf('the balances', accounts, reply).list.flatMap(({ coin: coins }) =>
    coins.map((row) => {
      const total = decimalOf(row.walletBalance);
      const free = total.minus(row.locked).minus(row.totalOrderIM).minus(row.totalPositionIM);
      return { asset: row.coin, free: free.gt(0) ? free : ZERO, total };
    }),
  );
}

export interface BybitKey {
  readonly readOnly: boolean;
  /** Null where it is not told. */
  readonly addressBound: boolean | null;
  readonly may: (area: string, what: string) => boolean;
}

/** GET user/query-api. A key for any address is bound to `*`. */
export function readKey(reply: unknown): BybitKey {
  const { readOnly, ips, permissions } = resultOf('the key', key, reply);
  const addressBound = ips ? ips.length > 0 && !ips.includes('*') : null;
  return { readOnly: readOnly !== 0, addressBound, may: (area, what) => permissions[area]?.includes(what) === true };
}

export interface BybitAccount {
  /** False for a classic account, which has other rules and other endpoints. */
  readonly unified: boolean;
  /** Of all its positions; null for portfolio margin, which is neither. */
  readonly marginMode: MarginMode | null;
}

/** docs/v5/enum, "unifiedMarginStatus". */
const CLASSIC = 1;

/** GET account/info. */
export function readAccount(reply: unknown): BybitAccount {
  const { unifiedMarginStatus, marginMode } = resultOf('the account', account, reply);
  const mode = marginMode === 'ISOLATED_MARGIN' ? 'isolated' : marginMode === 'REGULAR_MARGIN' ? 'cross' : null;
  return { unified: unifiedMarginStatus !== CLASSIC, marginMode: mode };
}

/** An answer that says only that it was done. */
export function readDone(reply: unknown): void {
  resultOf('the answer', z.unknown(), reply);
}

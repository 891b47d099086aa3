import { clientOrderIdFor, externalSignalId, fillIdFor, orderIdFor } from '../../domain/ids.ts';
import type { Market } from '../../domain/market/market.ts';
import { type Decimal, floorToStep, maxDecimal, ZERO } from '../../domain/money.ts';
import type { Order, OrderStatus } from '../../domain/order/order.ts';
import { isFinal, mayFollow } from '../../domain/order/transition.ts';
import { bookFill } from '../../domain/portfolio/bookFill.ts';
import type { Position } from '../../domain/portfolio/position.ts';
import type { Signal } from '../../domain/signal/signal.ts';
import type { RestingOrder, VenueTrade } from '../../exchange/exchange.ts';
import type { BookedFill, Change } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import type { Holder } from '../orderPlace.ts';
import { positionOf } from '../state.ts';
import { leftBehind } from './leftBehind.ts';

/** What a venue lists of a symbol that is not of us. `resting` null: it could not be learned. */
export interface AtVenue {
  readonly resting: readonly RestingOrder[] | null;
  readonly trades: readonly VenueTrade[];
}

/** Told one by one up to here, the others by their number. */
const TOLD_MAX = 5;

interface Met {
  readonly venueOrderId: string;
  readonly resting: RestingOrder | null;
  readonly trades: readonly VenueTrade[];
  readonly known: Order | null;
}

/**
 * Gives every order that others placed a place in the ledger, and books what it filled, so that the position is what the venue holds.
 * Its ids follow from the venue's: met again, by whichever leader, it is the same order. Nothing follows from it.
 */
export function externalChanges(holder: Holder, market: Market, atVenue: AtVenue, known: readonly Order[]): Change[] {
  const { account, term } = holder;
  let held = positionOf(account, market.symbol);
  const changes: Change[] = [];
  const traded: string[] = [];
  for (const met of meet(atVenue, known)) {
    const { fills, order, position } = book(holder, market, met, held);
    if (met.known && fills.length === 0 && met.known.status === order.status && met.known.quantity.eq(order.quantity)) continue;
    held = position;
    const from = met.known ?? null;
    if (!from) changes.push(...firstMet(holder, order));
    const detail = fills.length > 0 ? `filled ${order.filledQuantity.toFixed()} of ${order.quantity.toFixed()}` : null;
    changes.push({ kind: 'order.updated', order, from: from?.status ?? 'open', at: term.now, detail }, ...fills);
    if (fills.length > 0) traded.push(wordsFor(order, fills));
  }
  const [first] = traded;
  if (first !== undefined) changes.push(tell(holder, market, traded, held, changes));
  return changes;
}

function meet({ resting, trades }: AtVenue, known: readonly Order[]): Met[] {
  const externals = known.filter(({ role }) => role === 'external');
  const open = externals.filter(({ status }) => !isFinal(status));
  const vanished = resting === null ? [] : open.filter(({ venueOrderId }) => !resting.some((order) => order.venueOrderId === venueOrderId));
  const ids = [...(resting ?? []), ...trades, ...vanished].flatMap(({ venueOrderId }) => venueOrderId ?? []);
  return [...new Set(ids)].map((venueOrderId) => ({
    venueOrderId,
    resting: resting?.find((order) => order.venueOrderId === venueOrderId) ?? null,
    trades: trades.filter((trade) => trade.venueOrderId === venueOrderId),
    known: externals.find((order) => order.venueOrderId === venueOrderId) ?? null,
  }));
}

interface Booked {
  readonly order: Order;
  readonly fills: readonly Change[];
  readonly position: Position;
}

function book(holder: Holder, market: Market, met: Met, before: Position): Booked {
  const { term } = holder;
  const start = met.known ?? orderFor(holder, market, met);
  const filled = met.trades.reduce((sum, { quantity }) => sum.plus(quantity), ZERO);
  const notional = met.trades.reduce((sum, { quantity, price }) => sum.plus(quantity.mul(price)), ZERO);
  const filledQuantity = start.filledQuantity.plus(filled);
  const quantity = maxDecimal(met.resting?.quantity ?? start.quantity, filledQuantity);
  const order: Order = {
    ...start,
    ...{ quantity, filledQuantity, filledNotional: start.filledNotional.plus(notional), updatedAt: term.now },
    ...endOf(start, quantity, filledQuantity, met.resting !== null),
  };
  let position = before;
  const fills = met.trades.map((fill): Change => {
    const booking = bookFill(position, market, order.side, fill);
    position = booking.position;
    const { venueTradeId, price, fee, feeAsset, liquidity, executedAt } = fill;
    const booked: BookedFill = {
      id: fillIdFor(order.accountId, order.symbol, venueTradeId),
      ...{ order, fill: { venueTradeId, quantity: fill.quantity, price, fee, feeAsset, liquidity, executedAt }, ...booking },
      balances: booking.balances.filter(({ asset }) => !isContained(holder, asset, executedAt)),
    };
    return { kind: 'fill.booked', ...booked };
  });
  return { order, fills, position };
}

/** The venue's own balance has taken the place of ours since: it knew of the trade before we did. */
function isContained({ account }: Holder, asset: string, executedAt: number): boolean {
  const setAt = account.balancesSetAt.get(asset);
  return setAt !== undefined && setAt >= executedAt;
}

function endOf(start: Order, quantity: Decimal, filled: Decimal, rests: boolean): Pick<Order, 'status' | 'code'> {
  const whole = filled.gte(quantity) && !filled.isZero();
  const wanted: OrderStatus = whole ? 'filled' : rests ? (filled.isZero() ? 'open' : 'partially_filled') : 'canceled';
  const status = wanted === start.status || mayFollow(start.status, wanted) ? wanted : start.status;
  return { status, code: status === 'canceled' ? 'VENUE_CANCELED' : null };
}

/** Of one that nobody has listed while it rested only what filled is known: so large it then was. */
function orderFor({ term, account }: Holder, market: Market, { venueOrderId, resting, trades }: Met): Order {
  const [trade] = trades;
  const signalId = externalSignalId(account.account.id, market.symbol, venueOrderId);
  const id = orderIdFor(signalId, account.account.id, 0);
  const at = resting?.createdAt ?? trade?.executedAt ?? term.now;
  return {
    ...{ id, signalId, leg: 0, accountId: account.account.id, symbol: market.symbol, venueOrderId, role: 'external', status: 'open' },
    clientOrderId: (resting ?? trade)?.clientOrderId || clientOrderIdFor(id),
    side: (resting ?? trade)?.side ?? 'buy',
    type: typeOf(resting, trade),
    quantity: resting?.quantity ?? ZERO,
    ...{ price: resting?.price ?? null, stopPrice: resting?.stopPrice ?? null, timeInForce: 'GTC', expiresAt: null, postOnly: false },
    reduceOnly: resting?.reduceOnly ?? false,
    ...{ parentId: null, ocoGroup: null, parentShare: null, strategy: null, tag: null, terms: null, sliceOf: null, progress: null },
    ...{ filledQuantity: ZERO, filledNotional: ZERO, code: null, message: null, createdAt: at, updatedAt: term.now, sentAt: at },
  };
}

function typeOf(resting: RestingOrder | null, trade: VenueTrade | undefined): Order['type'] {
  if (resting && resting.type !== 'other') return resting.type;
  if (resting) return resting.stopPrice ? (resting.price ? 'stop_limit' : 'stop') : 'limit';
  return trade?.liquidity === 'maker' ? 'limit' : 'market';
}

function firstMet({ term, account }: Holder, order: Order): Change[] {
  const { now } = term;
  const payload = JSON.stringify({ symbol: order.symbol, side: order.side, venueOrderId: order.venueOrderId });
  const signal: Signal = {
    ...{ id: order.signalId, seq: 0, hookId: null, ownerId: account.account.ownerId, source: 'external' },
    ...{ actor: { name: `venue:${account.account.name}`, address: null }, payload, correlationId: order.signalId },
    ...{ receivedAt: now, strategy: null, tag: null },
  };
  const part = { signalId: signal.id, accountId: account.account.id, status: 'done', code: null, message: null } as const;
  return [
    { kind: 'signal.received', signal },
    { kind: 'signal.part', part, at: now },
    { kind: 'signal.event', signalId: signal.id, stage: 'received', detail: `${account.account.name}: found at the venue`, at: now },
    { kind: 'order.created', order: { ...order, status: 'open', filledQuantity: ZERO, filledNotional: ZERO, code: null } },
  ];
}

function wordsFor(order: Order, fills: readonly Change[]): string {
  const quantity = fills.reduce((sum, change) => (change.kind === 'fill.booked' ? sum.plus(change.fill.quantity) : sum), ZERO);
  const price = order.filledQuantity.isZero() ? ZERO : order.filledNotional.div(order.filledQuantity).toSignificantDigits(12);
  return `${order.side} ${quantity.toFixed()} ${order.symbol} at ${price.toFixed()} (order ${order.venueOrderId} at the venue)`;
}

function tell({ term, account }: Holder, market: Market, traded: readonly string[], held: Position, changes: readonly Change[]): Change {
  const more = traded.length > TOLD_MAX ? ` and ${traded.length - TOLD_MAX} more` : '';
  const flat = floorToStep(held.quantity.abs(), market.stepSize).isZero();
  const rest = flat ? leftBehind(account, market.symbol) : '';
  const text = `Traded by hand on ${account.account.name}: ${traded.slice(0, TOLD_MAX).join('; ')}${more}. Position now ${held.quantity.toFixed()} ${market.symbol}.${rest}`;
  const [order] = changes.flatMap((change) => (change.kind === 'order.updated' ? [change.order] : []));
  return notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: order?.signalId ?? null });
}

import type { Market } from '../../../domain/market/market.ts';
import type { Decimal } from '../../../domain/money.ts';
import type { OrderReport } from '../../../domain/order/report.ts';
import type { OrderRef, PlaceRequest } from '../../exchange.ts';
import { justCanceled, justPlaced } from '../askAgain.ts';
import { hasStopPrice, text, unpassedStop } from '../orderParams.ts';
import { AbsentError, RefusedHereError } from '../venueErrors.ts';
import type { KrakenDesk } from './krakenDesk.ts';
import type { Form, KrakenExchange } from './krakenExchange.ts';
import { findOrder } from './krakenLookup.ts';
import * as replies from './krakenReplies.ts';

/** add-order, "deadline": from 2 s to 60 s ahead. Some of it passes while the order waits for its turn. */
const DEADLINE_MS_MIN = 5_000;
const DEADLINE_MS_MAX = 55_000;
/** add-order, "expiretm": "up to one month in future". */
const GTD_MS_MAX = 28 * 24 * 3_600_000;

/** How long after it was made a new order may still be taken, milliseconds. */
export function deadlineMs(recvWindowMs: number): number {
  return Math.min(Math.max(recvWindowMs, DEADLINE_MS_MIN), DEADLINE_MS_MAX);
}

/** A new order is answered with its id alone, so it is asked about at once (https://docs.kraken.com/api-reference/trading/add-order). */
export async function placeOrder(desk: KrakenDesk, request: PlaceRequest, market: Market): Promise<OrderReport> {
  const { exchange, pace, ids } = desk;
  const { clientOrderId, side, type } = request;
  demandSteps(request, market);
  if (hasStopPrice(type)) await unpassedStop(desk.quote, request, market);
  const form: Form = {
    pair: market.venueSymbol,
    type: side,
    ...kindOf(request),
    volume: request.quantity.toFixed(),
    // Else the fee of a sale is taken from what is sold, and of a purchase it may be (add-order, "oflags").
    oflags: request.postOnly ? 'fciq,post' : 'fciq',
    ...timeTerms(exchange, request),
    cl_ord_id: clientOrderId,
    deadline: new Date(exchange.nonce() + deadlineMs(Number(exchange.options.recvWindow))).toISOString(),
  };
  pace.place(market.venueSymbol, clientOrderId);
  const venueOrderId = await ids.learn(clientOrderId, exchange.privatePostAddOrder(form).then(replies.readPlacedId));
  const ref = { clientOrderId, venueOrderId, symbol: market.symbol, type };
  const report = await justPlaced(request, venueOrderId, () => findOrder(desk, ref, market, 'changed'));
  return endedAtOnce(report, request);
}

/** Of an order that waits for a price, `price` is that one and `price2` its limit. */
function kindOf({ type, price, stopPrice }: PlaceRequest): Form {
  switch (type) {
    case 'market':
      return { ordertype: 'market' };
    case 'limit':
      return { ordertype: 'limit', price: text(price) };
    case 'stop':
      return { ordertype: 'stop-loss', price: text(stopPrice), trigger: 'last' };
    case 'stop_limit':
      return { ordertype: 'stop-loss-limit', price: text(stopPrice), price2: text(price), trigger: 'last' };
  }
}

function timeTerms(exchange: KrakenExchange, { type, timeInForce, expiresAt }: PlaceRequest): Form {
  if (type === 'market') return {};
  if (timeInForce !== 'GTD' || expiresAt === null) return { timeinforce: timeInForce };
  if (expiresAt - exchange.nonce() > GTD_MS_MAX)
    throw new RefusedHereError(
      'FEATURE_NOT_SUPPORTED',
      'an order may end by itself four weeks ahead at most. Use GTC, and cancel it later.',
    );
  return { timeinforce: 'GTD', expiretm: String(Math.floor(expiresAt / 1000)) };
}

/** What is finer than the market's steps might be made coarser. */
function demandSteps({ quantity, price, stopPrice }: PlaceRequest, { stepSize, tickSize }: Market): void {
  const fits = (value: Decimal | null, step: Decimal) => value === null || value.mod(step).isZero();
  if (!fits(quantity, stepSize)) throw new RefusedHereError('VENUE_PRECISION', `${quantity.toFixed()} is finer than its market allows.`);
  for (const value of [price, stopPrice])
    if (!fits(value, tickSize)) throw new RefusedHereError('VENUE_PRECISION', `${text(value)} is finer than its market allows.`);
}

/** An order does not say its time in force when it is asked about; whoever placed it knows. */
function endedAtOnce(report: OrderReport, { timeInForce }: PlaceRequest): OrderReport {
  const atOnce = timeInForce === 'IOC' || timeInForce === 'FOK';
  return atOnce && report.code === 'VENUE_CANCELED' ? { ...report, code: 'VENUE_NO_LIQUIDITY' } : report;
}

export async function cancelOrder(desk: KrakenDesk, ref: OrderRef, market: Market): Promise<OrderReport> {
  const { exchange, pace } = desk;
  pace.cancel(market.venueSymbol, ref.clientOrderId);
  const form: Form = ref.venueOrderId === null ? { cl_ord_id: ref.clientOrderId } : { txid: ref.venueOrderId };
  if (replies.readCanceled(await exchange.privatePostCancelOrder(form)) === 0) throw new AbsentError('no such order is open');
  return justCanceled(() => findOrder(desk, ref, market, 'changed'));
}

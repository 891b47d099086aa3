import { describe, expect, it } from 'vitest';
import { judge } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import { BINANCE_SPOT_REFUSALS, BINANCE_SWAP_REFUSALS } from './binanceRefusals.ts';

const error = (code: number, msg: string, status = 400) => new VenueReplyError(status, JSON.stringify({ code, msg }), null);
const swap = (code: number, msg: string, status = 400) => judge(BINANCE_SWAP_REFUSALS, error(code, msg, status));

describe('what Binance futures prove', () => {
  it.each([
    [-2019, 'Margin is insufficient.', 'VENUE_INSUFFICIENT_FUNDS'],
    [-2018, 'Balance is insufficient.', 'VENUE_INSUFFICIENT_FUNDS'],
    [-4164, "Order's notional must be no smaller than 100 (unless you choose reduce only).", 'VENUE_MIN_NOTIONAL'],
    [-1111, 'Precision is over the maximum defined for this asset.', 'VENUE_PRECISION'],
    [-4014, 'Price not increased by tick size.', 'VENUE_PRECISION'],
    [-2021, 'Order would immediately trigger.', 'VENUE_WOULD_TRIGGER'],
    [-4142, 'REJECT: take profit or stop order will be triggered immediately.', 'VENUE_WOULD_TRIGGER'],
    [-5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected.', 'VENUE_WOULD_MATCH'],
    [-5021, 'Due to the order could not be filled immediately, the FOK order has been rejected.', 'VENUE_NO_LIQUIDITY'],
    [-2020, 'Unable to fill.', 'VENUE_NO_LIQUIDITY'],
    [-2022, 'ReduceOnly Order is rejected.', 'REDUCE_ONLY_WOULD_OPEN'],
    [-4118, 'ReduceOnly Order Failed. Please check your existing position and open orders', 'REDUCE_ONLY_WOULD_OPEN'],
    [-4061, "Order's position side does not match user's setting.", 'VENUE_REJECTED'],
    [-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.", 'VENUE_REJECTED'],
    [-2023, 'User in liquidation mode now.', 'VENUE_REJECTED'],
    [-2025, 'Reach max open order limit.', 'VENUE_REJECTED'],
    [-4140, 'Invalid symbol status for opening position.', 'VENUE_SYMBOL'],
    [-2017, 'API Keys are locked on this account.', 'VENUE_AUTH'],
    [-4088, 'User can not place order currently.', 'VENUE_AUTH'],
    [-1021, 'Timestamp for this request is outside of the recvWindow.', 'VENUE_CLOCK'],
    [-5028, 'Timestamp for this request is outside of the ME recvWindow', 'VENUE_CLOCK'],
    [-1003, 'Too many requests.', 'VENUE_RATE_LIMIT'],
    [-1015, 'Too many new orders.', 'VENUE_RATE_LIMIT'],
  ])('%i (%s) is a rejection', (code, msg, reason) => {
    expect(swap(code, msg)).toMatchObject({ kind: 'rejected', code: reason });
    if (reason !== 'VENUE_RATE_LIMIT') expect(swap(code, msg, 500).kind).toBe('unknown');
  });

  it.each([
    [400, -4117, 'Stop order is in triggering process. Please wait.'],
    [400, -1000, 'An unknown error occurred while processing the request.'],
    [400, -1001, 'Internal error; unable to process your request. Please try again.'],
    [400, -1006, 'An unexpected response was received from the message bus. Execution status unknown.'],
    [408, -1007, 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.'],
    [503, -1008, 'Request throttled by system-level protection.'],
    [400, -1008, 'Server is currently overloaded with other requests.'],
    [400, -1010, 'ERROR_MSG_RECEIVED.'],
    [400, -1016, 'This service is no longer available.'],
  ])('HTTP %i with %i (%s) proves nothing', (status, code, msg) => {
    expect(swap(code, msg, status).kind).toBe('unknown');
    expect(judge(BINANCE_SPOT_REFUSALS, error(code, msg, status)).kind).toBe('unknown');
  });

  it.each([
    [-4116, 'ClientOrderId is duplicated.'],
    [-20132, 'The client algo id is duplicated'],
    [-2010, 'Duplicate order sent.'],
  ])('%i (%s): an order with this id is there, says the venue', (code, msg) => {
    expect(swap(code, msg)).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
    expect(swap(code, msg, 500)).toMatchObject({ kind: 'unknown', code: 'VENUE_REPLY_BROKEN' });
  });

  it.each([
    [-2011, 'Unknown order sent.'],
    [-2013, 'Order does not exist.'],
  ])('%i (%s): there is none, or none that is open', (code, msg) => {
    expect(swap(code, msg).kind).toBe('absent');
  });
});

describe('codes that are one thing on spot and another on futures', () => {
  const both = (code: number, msg: string) => [judge(BINANCE_SPOT_REFUSALS, error(code, msg)).kind, swap(code, msg).kind];

  it('-2021: half of a cancel-replace went wrong, and which half is not known; a stop that has been passed', () => {
    expect(both(-2021, 'Order cancel-replace partially failed.')).toEqual(['unknown', 'rejected']);
  });

  it('-2022: both halves did; a reduce-only order that would open', () => {
    expect(both(-2022, 'Order cancel-replace failed.')).toEqual(['unknown', 'rejected']);
  });

  it('-2026: an order of long ago is archived, which is no refusal; a type that cannot be reduce-only', () => {
    expect(both(-2026, 'Order was canceled or expired with no executed qty over 90 days ago and has been archived.')).toEqual([
      'unknown',
      'rejected',
    ]);
  });
});

it.each([
  ['Order book liquidity is less than MARKET_LOT_SIZE filter minimum quantity.', 'VENUE_NO_LIQUIDITY'],
  ['Rest API trading is not enabled.', 'VENUE_AUTH'],
  ['This symbol is restricted for this account.', 'VENUE_SYMBOL'],
  ['Stop loss orders are not supported for this symbol.', 'VENUE_SYMBOL'],
])('-2010 is told apart by its words: %s', (msg, reason) => {
  expect(judge(BINANCE_SPOT_REFUSALS, error(-2010, msg))).toMatchObject({ kind: 'rejected', code: reason });
});

it.each([
  [418, '{"code":-1003,"msg":"Way too many requests; IP banned until 1700000000000."}'],
  [429, '{"code":-1003,"msg":"Too many requests."}'],
  [403, '<html><title>403 Forbidden</title></html>'],
])('HTTP %i: nothing was done, and nothing is sent for a while', (status, body) => {
  const verdict = judge(BINANCE_SWAP_REFUSALS, new VenueReplyError(status, body, 7_000));
  expect(verdict).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT', backOff: { scope: 'venue', ms: 7_000 } });
});

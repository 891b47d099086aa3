import { describe, expect, it } from 'vitest';
import { judge, type Verdict } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import { BYBIT_REFUSALS } from './bybitRefusals.ts';

/** As Bybit says it: HTTP 200, and the refusal in the body. */
const bybit = (retCode: number, retMsg: string, status = 200): Verdict =>
  judge(BYBIT_REFUSALS, new VenueReplyError(status, JSON.stringify({ retCode, retMsg, result: {}, retExtInfo: {}, time: 1 }), null));

describe('what Bybit proves', () => {
  it.each([
    [110007, 'ab not enough for new order', 'VENUE_INSUFFICIENT_FUNDS'],
    [110004, 'Insufficient wallet balance', 'VENUE_INSUFFICIENT_FUNDS'],
    [170131, 'Insufficient balance.', 'VENUE_INSUFFICIENT_FUNDS'],
    [110094, 'Order does not meet minimum order value 5USDT', 'VENUE_MIN_NOTIONAL'],
    [170140, 'Order value exceeded lower limit.', 'VENUE_MIN_NOTIONAL'],
    [10001, 'The number of contracts exceeds minimum limit allowed', 'VENUE_MIN_NOTIONAL'],
    [10001, 'Qty invalid', 'VENUE_PRECISION'],
    [170137, 'Order volume decimal too long.', 'VENUE_PRECISION'],
    [10001, 'params error: symbol invalid BTCUSD', 'VENUE_SYMBOL'],
    [170121, 'Invalid symbol.', 'VENUE_SYMBOL'],
    [110092, 'expect Rising, but trigger_price[1] <= current[2]??LastPrice', 'VENUE_WOULD_TRIGGER'],
    [110093, 'expect Falling, but trigger_price[2] >= current[1]??LastPrice', 'VENUE_WOULD_TRIGGER'],
    [170218, 'The LIMIT-MAKER order is rejected due to invalid price.', 'VENUE_WOULD_MATCH'],
    [110017, 'current position is zero, cannot fix reduce-only order qty', 'REDUCE_ONLY_WOULD_OPEN'],
    [10003, 'API key is invalid.', 'VENUE_AUTH'],
    [10005, 'Permission denied, please check your API key permissions.', 'VENUE_AUTH'],
    [33004, 'Your api key has expired.', 'VENUE_AUTH'],
    [10002, 'invalid request, please check your server timestamp or recv_window param.', 'VENUE_CLOCK'],
    [10006, 'Too many visits!', 'VENUE_RATE_LIMIT'],
    [10018, 'Exceeded the IP Rate Limit.', 'VENUE_RATE_LIMIT'],
    [10001, 'params error: side invalid', 'VENUE_REJECTED'],
    [130125, 'position idx not match position mode', 'VENUE_REJECTED'],
    [110003, 'Order price is out of permissible range', 'VENUE_REJECTED'],
  ])('%i (%s) is a rejection, unless the venue itself has failed', (code, msg, reason) => {
    expect(bybit(code, msg)).toMatchObject({ kind: 'rejected', code: reason });
    expect(bybit(code, msg, 500).kind).toBe('unknown');
  });

  it.each([
    [0, 'OK'],
    [10000, 'Server Timeout'],
    [10014, 'Invalid duplicate request.'],
    [10016, 'Internal System Error.'],
    [110079, 'The order is processing and can not be operated, please try again later'],
    [170001, 'Internal error.'],
    [170007, 'Timeout waiting for response from backend server.'],
    [170032, 'Network error. Please try again later.'],
    [170146, 'Order creation timeout.'],
    [170147, 'Order cancellation timeout.'],
    [170149, 'Create order failed.'],
    [170234, 'System Error'],
    [999999, 'whatever comes next year'],
  ])('%i (%s) proves nothing', (code, msg) => {
    expect(bybit(code, msg).kind).toBe('unknown');
  });

  it.each([
    [10001, 'OrderLinkedID is duplicate'],
    [110030, 'Duplicate orderId'],
    [110072, 'OrderLinkedID is duplicate'],
    [170141, 'Duplicate clientOrderId.'],
  ])('%i (%s): an order with this id is there, says the venue', (code, msg) => {
    expect(bybit(code, msg)).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
  });

  it.each([110001, 110008, 110010, 170139, 170142, 170143, 170190, 170213])('%i: there is no such order, or none that is open', (code) => {
    expect(bybit(code, 'order not exists or too late to cancel').kind).toBe('absent');
  });

  it('a user who asks too often waits alone, an address that does keeps all its accounts waiting', () => {
    expect([bybit(10006, 'x').backOff?.scope, bybit(10018, 'x').backOff?.scope]).toEqual(['account', 'venue']);
  });

  it('the page of a banned address is a refusal too', () => {
    const page = new VenueReplyError(403, '<html>403, access too frequent</html>', null);
    expect(judge(BYBIT_REFUSALS, page)).toMatchObject({ kind: 'rejected', code: 'VENUE_RATE_LIMIT', backOff: { scope: 'venue' } });
  });
});

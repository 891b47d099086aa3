import { describe, expect, it } from 'vitest';
import { BITGET_SPOT_REFUSALS, BITGET_SWAP_REFUSALS } from './bitget/bitgetRefusals.ts';
import { COINBASE_REFUSALS } from './coinbase/coinbaseRefusals.ts';
import { OKX_REFUSALS } from './okx/okxRefusals.ts';
import { judge } from './outcomes.ts';
import { RefusedHereError, VenueReplyError } from './venueErrors.ts';

const bitget = (code: string, msg: string, status = 400) =>
  judge(BITGET_SPOT_REFUSALS, new VenueReplyError(status, JSON.stringify({ code, msg, requestTime: 1, data: null }), null));

describe('what Bitget proves', () => {
  it.each([
    ['43012', 'Insufficient balance', 'VENUE_INSUFFICIENT_FUNDS'],
    ['40762', 'The order amount exceeds the balance', 'VENUE_INSUFFICIENT_FUNDS'],
    ['45110', 'less than the minimum amount 5 USDT', 'VENUE_MIN_NOTIONAL'],
    ['40808', 'checkBDScale error', 'VENUE_PRECISION'],
    ['40034', 'Parameter does not exist', 'VENUE_SYMBOL'],
    ['40009', 'sign signature error', 'VENUE_AUTH'],
    ['40018', 'Invalid IP', 'VENUE_AUTH'],
    ['40008', 'Request timestamp expired', 'VENUE_CLOCK'],
    ['43011', 'The parameter does not meet the specification', 'VENUE_REJECTED'],
  ])('%s (%s) is a rejection', (code, msg, reason) => {
    expect(bitget(code, msg)).toMatchObject({ kind: 'rejected', code: reason });
    expect(bitget(code, msg, 200)).toMatchObject({ kind: 'rejected', code: reason });
    expect(bitget(code, msg, 500).kind).toBe('unknown');
  });

  it.each([
    ['40010', 'Request timed out'],
    ['40015', 'System is abnormal, please try again later'],
    ['40725', 'service return an error'],
    ['45001', 'Unknown error'],
    ['40200', 'Server upgrade, please try again later'],
    ['99999', 'whatever comes next year'],
  ])('%s (%s) proves nothing, whatever ccxt takes it for', (code, msg) => {
    expect(bitget(code, msg).kind).toBe('unknown');
  });

  it.each([
    ['40786', 'Duplicate clientOid'],
    ['40708', 'clientOid already exists'],
  ])('%s (%s): an order with this id is there, says the venue', (code, msg) => {
    expect(bitget(code, msg)).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
    expect(bitget(code, msg, 500)).toMatchObject({ kind: 'unknown', code: 'VENUE_REPLY_BROKEN' });
  });

  it('40708 in other words is a parameter that was not liked', () => {
    expect(bitget('40708', 'Parameter verification is abnormal')).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
  });

  it.each(['43001', '40109', '40768', '43025'])('%s: there is no such order', (code) => {
    expect(bitget(code, 'not found').kind).toBe('absent');
  });

  it('a success is no refusal', () => {
    expect(bitget('00000', 'success').kind).toBe('unknown');
  });
});

describe("what Bitget's futures prove", () => {
  const futures = (code: string) =>
    judge(BITGET_SWAP_REFUSALS, new VenueReplyError(400, JSON.stringify({ code, msg: 'words', requestTime: 1, data: null }), null));

  it.each([
    ['22002', 'REDUCE_ONLY_WOULD_OPEN'],
    ['40774', 'VENUE_REJECTED'],
    ['40797', 'VENUE_REJECTED'],
    ['45117', 'VENUE_REJECTED'],
    ['45115', 'VENUE_PRECISION'],
    ['40085', 'VENUE_AUTH'],
    ['40099', 'VENUE_AUTH'],
    ['43012', 'VENUE_INSUFFICIENT_FUNDS'],
  ])('%s is a rejection', (code, reason) => {
    expect(futures(code)).toMatchObject({ kind: 'rejected', code: reason });
  });

  it.each(['40010', '45023', '40910'])('%s proves nothing', (code) => {
    expect(futures(code)).toMatchObject({ kind: 'unknown', code: 'VENUE_REPLY_BROKEN' });
  });

  it.each(['40786', '43118', '45034'])('%s: an order with this id is there, says the venue', (code) => {
    expect(futures(code)).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
  });
});

const coinbase = (status: number, body: object | string) =>
  judge(COINBASE_REFUSALS, new VenueReplyError(status, typeof body === 'string' ? body : JSON.stringify(body), null));
const notMade = (error: string, preview = 'UNKNOWN_PREVIEW_FAILURE_REASON') => ({
  success: false,
  error_response: { error, message: 'words', error_details: '', preview_failure_reason: preview },
});

describe('what Coinbase proves', () => {
  it.each([
    ['too little money', 200, notMade('INSUFFICIENT_FUND'), 'VENUE_INSUFFICIENT_FUNDS'],
    ['too little money, in the preview', 200, notMade('UNKNOWN_FAILURE_REASON', 'PREVIEW_INSUFFICIENT_FUND'), 'VENUE_INSUFFICIENT_FUNDS'],
    ['too small', 200, notMade('UNKNOWN_FAILURE_REASON', 'PREVIEW_INVALID_BASE_SIZE_TOO_SMALL'), 'VENUE_MIN_NOTIONAL'],
    ['a post-only order that would match', 200, notMade('INVALID_LIMIT_PRICE_POST_ONLY'), 'VENUE_WOULD_MATCH'],
    [
      'a stop that has been passed',
      200,
      notMade('UNKNOWN_FAILURE_REASON', 'PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE'),
      'VENUE_WOULD_TRIGGER',
    ],
    ['too many digits', 200, notMade('INVALID_SIZE_PRECISION'), 'VENUE_PRECISION'],
    ['an unknown product', 200, notMade('INVALID_PRODUCT_ID'), 'VENUE_SYMBOL'],
    ['a malformed request', 400, { error: 'INVALID_ARGUMENT', message: 'side is required' }, 'VENUE_REJECTED'],
    ['a key that may not trade', 403, { error: 'PERMISSION_DENIED', message: 'Missing required scopes' }, 'VENUE_AUTH'],
    ['a wrong token', 401, 'Unauthorized\n', 'VENUE_AUTH'],
    ['too many requests', 429, { error: 'RESOURCE_EXHAUSTED', message: 'too many requests' }, 'VENUE_RATE_LIMIT'],
  ])('%s is a rejection', (_, status, body, code) => {
    expect(coinbase(status, body)).toMatchObject({ kind: 'rejected', code });
  });

  it.each([
    ['a failure it does not know itself', 200, notMade('UNKNOWN_FAILURE_REASON')],
    ['an error inside, in JSON', 500, { error: 'INTERNAL', message: 'internal error' }],
    ['a refusal with a status of 5xx', 503, notMade('INSUFFICIENT_FUND')],
    ['a page', 400, '<html>'],
    ['something new', 400, { error: 'BRAND_NEW', message: 'x' }],
  ])('%s proves nothing', (_, status, body) => {
    expect(coinbase(status, body).kind).toBe('unknown');
  });

  it.each([
    ['by its code', { error: 'NOT_FOUND', message: 'x' }],
    ['by its words', { error: 'unknown', message: 'order with this orderID was not found' }],
    ['to be canceled', { success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER', order_id: '1' }],
  ])('an order may be absent, told %s', (_, body) => {
    expect(coinbase(404, body).kind).toBe('absent');
  });

  it('a token refused may be a matter of our clock, which is then asked for', () => {
    expect(coinbase(401, 'Unauthorized').resyncClock).toBe(true);
  });
});

it('what we refuse ourselves is refused, with our reason', () => {
  const error = new RefusedHereError('VENUE_WOULD_TRIGGER', 'the price has passed the stop.');
  expect(judge(COINBASE_REFUSALS, error)).toMatchObject({ kind: 'rejected', code: 'VENUE_WOULD_TRIGGER' });
});

const okx = (body: object, status = 200) => judge(OKX_REFUSALS, new VenueReplyError(status, JSON.stringify(body), null));
const whole = (code: string, msg = 'words') => ({ code, data: [], msg });
const ofOrder = (sCode: string, sMsg = 'words') => ({
  code: '1',
  data: [{ clOrdId: 'x', ordId: '', sCode, sMsg }],
  msg: 'Operation failed.',
});

describe('what OKX proves', () => {
  it.each([
    ['51008', 'VENUE_INSUFFICIENT_FUNDS'],
    ['51020', 'VENUE_MIN_NOTIONAL'],
    ['51121', 'VENUE_PRECISION'],
    ['51001', 'VENUE_SYMBOL'],
    ['51280', 'VENUE_WOULD_TRIGGER'],
    ['51169', 'REDUCE_ONLY_WOULD_OPEN'],
    ['50113', 'VENUE_AUTH'],
    ['50102', 'VENUE_CLOCK'],
    ['50036', 'VENUE_CLOCK'],
    ['51000', 'VENUE_REJECTED'],
  ])('%s is a rejection, of the request or of the one order in it', (code, reason) => {
    for (const body of [whole(code), ofOrder(code), { ...ofOrder(code), code: '0' }]) {
      expect(okx(body)).toMatchObject({ kind: 'rejected', code: reason });
      expect(okx(body, 400)).toMatchObject({ kind: 'rejected', code: reason });
      expect(okx(body, 500).kind).toBe('unknown');
    }
  });

  it.each([
    ['50004', 'API endpoint request timeout'],
    ['50026', 'System error'],
    ['51149', 'Order timed out.'],
    ['99999', 'whatever comes next year'],
  ])('%s (%s) proves nothing', (code, msg) => {
    for (const body of [whole(code, msg), ofOrder(code, msg)]) expect(okx(body).kind).toBe('unknown');
  });

  it.each(['50071', '51011', '51016', '51065', '51068'])('%s: an order with this id is there, says the venue', (code) => {
    for (const body of [whole(code), ofOrder(code)]) expect(okx(body)).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
  });

  it('1 without an order, 0, and what is no answer of its own prove nothing', () => {
    for (const body of [whole('1'), whole('0'), ofOrder('0'), {}, []]) expect(okx(body).kind).toBe('unknown');
  });

  it.each(['51400', '51401', '51402', '51603'])('%s: there is no such order, or none that is open', (code) => {
    expect(okx(whole(code)).kind).toBe('absent');
    expect(okx(ofOrder(code)).kind).toBe('absent');
  });

  it('too many requests are refused with 200 and with 429, and slow this account down; "busy" is no refusal though it comes with 429', () => {
    for (const status of [200, 429])
      expect(okx(whole('50011', 'Too Many Requests'), status)).toMatchObject({
        kind: 'rejected',
        code: 'VENUE_RATE_LIMIT',
        backOff: { scope: 'account' },
      });
    expect(okx(whole('50013', 'Systems are busy.'), 429)).toMatchObject({ kind: 'unknown', backOff: { scope: 'venue' } });
  });
});

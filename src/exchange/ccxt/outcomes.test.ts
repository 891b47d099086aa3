import { DDoSProtection, RateLimitExceeded } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { BINANCE_SPOT_REFUSALS } from './binance/binanceRefusals.ts';
import { judge, noRefusals, scrub } from './outcomes.ts';
import { BrokenReplyError, NoReplyError, NotSentError, VenueReplyError } from './venueErrors.ts';

const said = (status: number, code: number, msg: string) => new VenueReplyError(status, JSON.stringify({ code, msg }), null);

describe('what an error of Binance or the network proves', () => {
  it.each([
    ['insufficient balance', said(400, -2010, 'Account has insufficient balance for requested action.'), 'VENUE_INSUFFICIENT_FUNDS'],
    ['a post-only order that would match', said(400, -2010, 'Order would immediately match and take.'), 'VENUE_WOULD_MATCH'],
    ['a stop already passed', said(400, -2010, 'Stop price would trigger immediately.'), 'VENUE_WOULD_TRIGGER'],
    ['a stop already passed, other words', said(400, -2010, 'Order would trigger immediately.'), 'VENUE_WOULD_TRIGGER'],
    ['a closed market', said(400, -2010, 'Market is closed.'), 'VENUE_SYMBOL'],
    ['an account that may not trade', said(400, -2010, 'This action is disabled on this account.'), 'VENUE_AUTH'],
    ['another refusal of the matching engine', said(400, -2010, 'Price * QTY is zero or less.'), 'VENUE_REJECTED'],
    ['too small a value', said(400, -1013, 'Filter failure: NOTIONAL'), 'VENUE_MIN_NOTIONAL'],
    ['too small a value, the older filter', said(400, -1013, 'Filter failure: MIN_NOTIONAL'), 'VENUE_MIN_NOTIONAL'],
    ['a quantity off its step', said(400, -1013, 'Filter failure: LOT_SIZE'), 'VENUE_PRECISION'],
    ['a market quantity off its step', said(400, -1013, 'Filter failure: MARKET_LOT_SIZE'), 'VENUE_PRECISION'],
    ['a price off its tick', said(400, -1013, 'Filter failure: PRICE_FILTER'), 'VENUE_PRECISION'],
    ['another filter', said(400, -1013, 'Filter failure: MAX_NUM_ORDERS'), 'VENUE_REJECTED'],
    ['too many digits', said(400, -1111, "Parameter 'quantity' has too much precision."), 'VENUE_PRECISION'],
    ['an unknown symbol', said(400, -1121, 'Invalid symbol.'), 'VENUE_SYMBOL'],
    ['a wrong signature', said(400, -1022, 'Signature for this request is not valid.'), 'VENUE_AUTH'],
    ['an unknown key', said(401, -2015, 'Invalid API-key, IP, or permissions for action.'), 'VENUE_AUTH'],
    ['a malformed key', said(401, -2014, 'API-key format invalid.'), 'VENUE_AUTH'],
    ['a malformed request', said(400, -1102, "Mandatory parameter 'price' was not sent."), 'VENUE_REJECTED'],
    ['a clock out of step', said(400, -1021, 'Timestamp for this request is outside of the recvWindow.'), 'VENUE_CLOCK'],
    ['too many requests', said(429, -1003, 'Too much request weight used.'), 'VENUE_RATE_LIMIT'],
    ['too many orders', said(400, -1015, 'Too many new orders; current limit is 100 orders per TEN_SECONDS.'), 'VENUE_RATE_LIMIT'],
    ['the firewall', new VenueReplyError(403, '<html>Forbidden</html>', null), 'VENUE_RATE_LIMIT'],
    ['a request that never left', new NotSentError('no connection'), 'VENUE_UNREACHABLE'],
  ])('%s is a rejection', (_, error, code) => {
    expect(judge(BINANCE_SPOT_REFUSALS, error)).toMatchObject({ kind: 'rejected', code });
  });

  it.each([new RateLimitExceeded('kraken {}'), new DDoSProtection('kraken {}')])(
    '%o, read by ccxt, proves nothing, and the venue is left alone',
    (error) => {
      expect(judge(noRefusals('kraken'), error)).toMatchObject({ kind: 'unknown', backOff: { scope: 'venue' } });
    },
  );

  it.each([
    ['an id that is already there', said(400, -2010, 'Duplicate order sent.'), 'VENUE_DUPLICATE_ID'],
    ['a timeout inside the venue', said(408, -1007, 'Timeout waiting for response from backend server.'), 'VENUE_TIMEOUT'],
    ['an unexpected answer inside the venue', said(400, -1006, 'Execution status unknown.'), 'VENUE_REPLY_BROKEN'],
    ['an overloaded venue', said(503, -1008, 'Server is currently overloaded.'), 'VENUE_REPLY_BROKEN'],
    ['an internal error', said(400, -1000, 'An unknown error occurred.'), 'VENUE_REPLY_BROKEN'],
    ['a code nobody has documented', said(400, -9999, 'New.'), 'VENUE_REPLY_BROKEN'],
    ['a refusal with a status of 5xx', said(500, -2010, 'Account has insufficient balance.'), 'VENUE_REPLY_BROKEN'],
    ['a gateway without the venue behind it', new VenueReplyError(502, '<html>', null), 'VENUE_REPLY_BROKEN'],
    ['a gateway that waited in vain', new VenueReplyError(504, '<html>', null), 'VENUE_TIMEOUT'],
    ['a page instead of an answer', new VenueReplyError(400, '<html>', null), 'VENUE_REPLY_BROKEN'],
    ['half an answer', new VenueReplyError(400, '{"code":-2010,"ms', null), 'VENUE_REPLY_BROKEN'],
    ['a redirect', new VenueReplyError(302, '', null), 'VENUE_REPLY_BROKEN'],
    ['silence', new NoReplyError('timeout'), 'VENUE_TIMEOUT'],
    ['a broken connection', new NoReplyError('dropped'), 'VENUE_REPLY_BROKEN'],
    ['an answer too large', new NoReplyError('too_large'), 'VENUE_REPLY_BROKEN'],
    ['an answer of another form', new BrokenReplyError('the order in the answer cannot be read'), 'VENUE_REPLY_BROKEN'],
    ['anything unforeseen', new TypeError('x is undefined'), 'VENUE_REPLY_BROKEN'],
  ])('%s proves nothing', (_, error, code) => {
    expect(judge(BINANCE_SPOT_REFUSALS, error)).toMatchObject({ kind: 'unknown', code });
  });

  it.each([
    ['asked for', said(400, -2013, 'Order does not exist.')],
    ['to be canceled', said(400, -2011, 'Unknown order sent.')],
  ])('an order %s may be absent', (_, error) => {
    expect(judge(BINANCE_SPOT_REFUSALS, error).kind).toBe('absent');
  });

  it('a venue without a table has no definitive refusals', () => {
    expect(judge(noRefusals('kraken'), said(400, -2010, 'Account has insufficient balance.')).kind).toBe('unknown');
  });

  it('takes the pause from Retry-After: of the whole venue, or of the account when its orders are too many', () => {
    const banned = new VenueReplyError(418, '{"code":-1003,"msg":"banned"}', 120_000);
    expect(judge(BINANCE_SPOT_REFUSALS, banned).backOff).toEqual({ scope: 'venue', ms: 120_000 });
    expect(judge(BINANCE_SPOT_REFUSALS, said(429, -1015, 'Too many new orders.')).backOff).toEqual({ scope: 'account', ms: 10_000 });
  });
});

it("keeps the venue's words and nothing that must not be passed on", () => {
  expect(scrub('Filter failure: LOT_SIZE')).toBe('Filter failure: LOT_SIZE');
  const leak = `GET https://api.binance.com/api/v3/order?x=1&signature=${'ab'.repeat(32)} failed, signature=abc key ${'K'.repeat(64)}\u0000`;
  const clean = scrub(leak);
  expect(clean).not.toMatch(/binance\.com|abab|KKKK|=abc/);
  expect(clean.includes('\u0000')).toBe(false);
  expect(scrub('x '.repeat(500)).length).toBe(200);
});

import { describe, expect, it } from 'vitest';
import { judge, type Verdict } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import { KRAKEN_REFUSALS, saidBy } from './krakenRefusals.ts';

/** As Kraken says it: HTTP 200, and the errors in the body. */
const kraken = (errors: readonly string[], status = 200): Verdict =>
  judge(KRAKEN_REFUSALS, new VenueReplyError(status, JSON.stringify({ error: errors }), null));

describe('what Kraken proves', () => {
  it.each([
    ['EOrder:Insufficient funds', 'VENUE_INSUFFICIENT_FUNDS'],
    ['EOrder:Order minimum not met', 'VENUE_MIN_NOTIONAL'],
    ['EOrder:Cost minimum not met', 'VENUE_MIN_NOTIONAL'],
    ['EGeneral:Invalid arguments:volume minimum not met', 'VENUE_MIN_NOTIONAL'],
    ['EOrder:Tick size check failed', 'VENUE_PRECISION'],
    ['EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.', 'VENUE_PRECISION'],
    ['EGeneral:Invalid arguments:price', 'VENUE_PRECISION'],
    ['EGeneral:Invalid arguments:volume', 'VENUE_PRECISION'],
    ['EOrder:Post only order', 'VENUE_WOULD_MATCH'],
    ['EQuery:Unknown asset pair', 'VENUE_SYMBOL'],
    ['EAPI:Invalid key', 'VENUE_AUTH'],
    ['EAPI:Invalid signature', 'VENUE_AUTH'],
    ['EGeneral:Permission denied', 'VENUE_AUTH'],
    ['EAccount:Invalid permissions:USDT trading restricted for AT.', 'VENUE_AUTH'],
    ['EAPI:Invalid nonce', 'VENUE_CLOCK'],
    ['EGeneral:Invalid arguments:deadline', 'VENUE_CLOCK'],
    ['EAPI:Rate limit exceeded', 'VENUE_RATE_LIMIT'],
    ['EOrder:Rate limit exceeded', 'VENUE_RATE_LIMIT'],
    ['EService: Throttled: 1700000000', 'VENUE_RATE_LIMIT'],
    ['EGeneral:Temporary lockout', 'VENUE_RATE_LIMIT'],
    ['EService:Market in cancel_only mode', 'VENUE_REJECTED'],
    ['EOrder:Orders limit exceeded', 'VENUE_REJECTED'],
    ['EGeneral:Invalid arguments:cl_ord_id', 'VENUE_REJECTED'],
    ['EGeneral:Invalid arguments', 'VENUE_REJECTED'],
  ])('%s is a rejection, unless the venue itself has failed', (error, reason) => {
    expect(kraken([error])).toMatchObject({ kind: 'rejected', code: reason });
    expect(kraken([error], 500).kind).toBe('unknown');
  });

  it.each([
    'EService:Unavailable',
    'EService:Busy',
    'EService:Timeout',
    'EService:Deadline elapsed',
    'EGeneral:Internal error',
    'EGeneral:Internal error:1600000000',
    'EDatabase:Internal error',
    'EOrder:Whatever comes next year',
    'EOrder',
    '',
  ])('"%s" proves nothing', (error) => {
    expect(kraken([error]).kind).toBe('unknown');
  });

  it('an order with this id is there, says the venue of one that is open', () => {
    expect(kraken(['EGeneral:Invalid arguments:cl_ord_id not unique'])).toMatchObject({ kind: 'unknown', code: 'VENUE_DUPLICATE_ID' });
  });

  it.each(['EOrder:Unknown order', 'EOrder:Invalid order'])('%s: there is no such order, or none that is open', (error) => {
    expect(kraken([error]).kind).toBe('absent');
  });

  it('of several errors one that proves nothing decides, wherever it stands', () => {
    expect(kraken(['EOrder:Insufficient funds', 'EAPI:Invalid key'])).toMatchObject({ kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS' });
    expect(kraken(['EOrder:Insufficient funds', 'EService:Unavailable']).kind).toBe('unknown');
    expect(kraken(['EService:Unavailable', 'EOrder:Insufficient funds']).kind).toBe('unknown');
  });

  it('a warning is no refusal', () => {
    expect(saidBy(JSON.stringify({ error: ['WGeneral:Something to know'], result: {} }))).toBeNull();
    expect(kraken(['WGeneral:Something to know', 'EOrder:Insufficient funds']).kind).toBe('rejected');
  });

  it('an order that came too late, or seemed to come too early, is a reason to look at our clock', () => {
    expect(kraken(['EService:Deadline elapsed'])).toMatchObject({ kind: 'unknown', resyncClock: true });
    expect(kraken(['EGeneral:Invalid arguments:deadline']).resyncClock).toBe(true);
    expect(kraken(['EService:Unavailable']).resyncClock).toBe(false);
  });

  it('whoever asks too often waits alone, an address that does keeps all its accounts waiting', () => {
    expect(kraken(['EAPI:Rate limit exceeded']).backOff?.scope).toBe('account');
    expect(kraken(['EOrder:Rate limit exceeded']).backOff?.scope).toBe('account');
    expect(kraken(['EGeneral:Too many requests']).backOff?.scope).toBe('venue');
  });
});

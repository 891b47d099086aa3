import { type Breaker, BreakerOpenError } from '../../ops/breaker.ts';
import type { Transport } from './fetchImplementation.ts';
import { NoReplyError, NotSentError, VenueReplyError } from './venueErrors.ts';

/** Whether a request's error says that the venue is not there: no connection (DNS, TCP, TLS), no whole reply, or a server that fails. */
export function isVenueFailure(error: unknown): boolean {
  if (error instanceof VenueReplyError) return error.status >= 500 || error.status === 408;
  return error instanceof NotSentError || error instanceof NoReplyError;
}

/**
 * Requests to a venue behind its circuit breaker. It sits where requests leave, so that what it turns away is a `NotSentError`
 * like any other, with the same outcomes (outcomes.ts): a new order is rejected as `VENUE_UNREACHABLE`, a look-up stays unknown,
 * a price is not to be had. What was sent is never judged by it.
 */
export function withBreaker(fetch: Transport['fetch'], breaker: Breaker): Transport['fetch'] {
  return async (url, request) => {
    try {
      return await breaker.execute(() => fetch(url, request));
    } catch (error) {
      if (error instanceof BreakerOpenError)
        throw new NotSentError('nothing is sent while it does not answer; it is tried again and again');
      throw error;
    }
  };
}

import type { ReasonCode } from '../../domain/errors.ts';

/** The request provably never left: no connection was established for it. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** The request may have arrived and no whole answer came back. `timeout`: within the deadline; `dropped`: the connection broke. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
  readonly reason: 'timeout' | 'dropped' | 'too_large';
  constructor(reason: NoReplyError['reason']) {
    super(`no whole reply: ${reason}`);
    this.reason = reason;
  }
}

/** The venue answered with a status other than 2xx. `body` is its text as sent; it is never shown whole. */
export class VenueReplyError extends Error {
  override readonly name = 'VenueReplyError';
  readonly status: number;
  readonly body: string;
  /** From Retry-After, or null. */
  readonly retryAfterMs: number | null;
  constructor(status: number, body: string, retryAfterMs: number | null) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The venue answered 2xx with something that is not the answer its documentation describes. `detail` holds none of its content. */
export class BrokenReplyError extends Error {
  override readonly name = 'BrokenReplyError';
}

/** The venue answered, and has no such order, or none that is open. For venues that do not say so with a refusal of their own. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}

/** We refuse it ourselves, before anything is sent, because the venue would take it for something else. */
export class RefusedHereError extends Error {
  override readonly name = 'RefusedHereError';
  readonly code: ReasonCode;
  constructor(code: ReasonCode, words: string) {
    super(words);
    this.code = code;
  }
}

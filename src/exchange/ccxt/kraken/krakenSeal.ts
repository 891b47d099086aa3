import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../../../lib/clock.ts';
import type { FetchRequest, Transport } from '../fetchImplementation.ts';
import { createTurns } from './krakenTurns.ts';

const PRIVATE = '/0/private/';
/** Orders and their cancels do not wait behind questions. */
const FIRST: ReadonlySet<string> = new Set(['/0/private/AddOrder', '/0/private/CancelOrder']);
const INVALID_NONCE = 'EAPI:Invalid nonce';
/** How far nonces leap after one was refused, milliseconds: twice as far each time in a row. */
const LEAP_MS = 1_000;
const LEAP_MS_MAX = 10 * 60_000;

/**
 * Kraken takes a request only with a larger nonce than any before it (https://docs.kraken.com/exchange/guides/rest/authentication). So
 * each is numbered and signed at the last moment, when it is its turn and there is room for it, and the next one leaves when it is answered.
 */
export function sealInTurn(fetch: Transport['fetch'], credentials: Readonly<Record<string, string>>, clock: Clock): Transport['fetch'] {
  const { secret = '' } = credentials;
  const turns = createTurns(clock);
  const nonces = createNonces(clock);
  return async (url, request) => {
    const { pathname } = new URL(url);
    if (!pathname.startsWith(PRIVATE)) return fetch(url, request);
    const done = await turns.take(FIRST.has(pathname), request.signal);
    try {
      const response = await fetch(url, sealed(request, pathname, nonces.next(), secret));
      nonces.learn(await response.text());
      return response;
    } finally {
      done();
    }
  };
}

/** The same with another nonce, which comes first in the form that ccxt has made. */
export function sealed(request: FetchRequest, pathname: string, nonce: string, secret: string): FetchRequest {
  const form = request.body ?? '';
  if (!/^nonce=\d+/.test(form)) throw new TypeError('a private request has no nonce');
  const body = form.replace(/^nonce=\d+/, `nonce=${nonce}`);
  const digest = createHash('sha256').update(`${nonce}${body}`).digest();
  const signature = createHmac('sha512', Buffer.from(secret, 'base64')).update(pathname).update(digest).digest('base64');
  return { ...request, body, headers: { ...request.headers, 'API-Sign': signature } };
}

interface Nonces {
  next(): string;
  /** Takes note of an answer. */
  learn(answer: string): void;
}

/**
 * Microseconds of this machine's clock, so that the next leader's are larger without being told. One whose clock is behind the last
 * leader's leaps until it has caught up.
 */
function createNonces(clock: Clock): Nonces {
  let last = 0;
  let leapMs = LEAP_MS;
  return {
    next: () => {
      last = Math.max(last + 1, Math.floor(clock.now() * 1_000));
      return String(last);
    },
    learn: (answer) => {
      if (!answer.includes(INVALID_NONCE)) {
        leapMs = LEAP_MS;
        return;
      }
      last += leapMs * 1_000;
      leapMs = Math.min(2 * leapMs, LEAP_MS_MAX);
    },
  };
}

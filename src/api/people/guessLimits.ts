import type { Clock } from '../../lib/clock.ts';
import { createFailureThrottle, type FailureThrottle } from '../throttle.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Failures as one account within an hour, from everywhere, that mean: somebody is guessing. */
export const ALARM_FAILURES = 15;

export type Admission =
  | { readonly ok: true /** The attempt was good after all. */; refund(): void }
  | { readonly ok: false; readonly waitMs: number };

/** Who tries: an account, the network it is tried from, and the browser where its owner has signed in there before. */
export interface Attempt {
  readonly account: string;
  readonly network: string;
  /** Proved by a cookie; null: a browser nobody knows. */
  readonly device: string | null;
}

/**
 * How often somebody may fail to sign in. No account is ever closed: that would let strangers lock its owner out. Instead each
 * network has a budget of its own for each account, small while somebody is guessing at it (one try in a quarter of an hour);
 * and a browser where the owner has signed in before has a budget that strangers cannot spend, whatever network they share
 * (OWASP: "Slow Down Online Guessing Attacks with Device Cookies").
 */
export interface GuessLimits {
  /** Charged before the password is looked at, so that guesses side by side do not slip through. */
  admit(attempt: Attempt): Admission;
  /** Failures of whatever kind from one network. */
  readonly network: FailureThrottle;
  /** Wrong codes shown by somebody who is already signed in, by user. */
  readonly factor: FailureThrottle;
}

export function createGuessLimits(options: { readonly clock: Clock; readonly onAlarm: (account: string) => void }): GuessLimits {
  const { clock, onAlarm } = options;
  const network = createFailureThrottle(clock, 10, MINUTE_MS);
  const pair = createFailureThrottle(clock, 5, 15 * MINUTE_MS);
  const pairWhileGuessed = createFailureThrottle(clock, 1, 15 * MINUTE_MS);
  const device = createFailureThrottle(clock, 10, 15 * MINUTE_MS);
  const account = createFailureThrottle(clock, ALARM_FAILURES, HOUR_MS);
  const alarms = createFailureThrottle(clock, 1, HOUR_MS);

  const isGuessed = (name: string): boolean => {
    if (!account.isFull(name)) return false;
    if (alarms.charge(name) === null) onAlarm(name);
    return true;
  };

  /** What an attempt is charged to, one after the other; whoever is made to wait by one is not charged to the next. */
  function* budgetsOf({ account: name, network: from, device: known }: Attempt): Generator<readonly [FailureThrottle, string]> {
    if (known !== null) return yield [device, `${name}\0${known}`];
    const key = `${name}\0${from}`;
    yield [network, from];
    yield [pair, key];
    yield isGuessed(name) ? [pairWhileGuessed, key] : [account, name];
  }

  return {
    admit: (attempt) => {
      const charged: (readonly [FailureThrottle, string])[] = [];
      const refund = (): void => {
        for (const [throttle, key] of charged) throttle.refund(key);
      };
      for (const [throttle, key] of budgetsOf(attempt)) {
        const waitMs = throttle.charge(key);
        if (waitMs !== null) {
          refund(); // Only what is looked at counts: who is made to wait does not make others wait.
          return { ok: false, waitMs };
        }
        charged.push([throttle, key]);
      }
      return { ok: true, refund };
    },
    network,
    factor: createFailureThrottle(clock, 5, 15 * MINUTE_MS),
  };
}

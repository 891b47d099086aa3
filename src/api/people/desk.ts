import type { ApiDeps } from '../deps.ts';
import { createDeviceCookies, type DeviceCookies } from './deviceCookies.ts';
import { createFactorDesk, type FactorDesk } from './factorDesk.ts';
import { ALARM_FAILURES, createGuessLimits, type GuessLimits } from './guessLimits.ts';
import { createPasswordDesk, type PasswordDesk } from './passwordDesk.ts';

/** Everything that checks who somebody is, with the one count of failures they share. */
export interface Desk {
  readonly guesses: GuessLimits;
  readonly devices: DeviceCookies;
  readonly passwords: PasswordDesk;
  readonly factors: FactorDesk;
}

const HOUR_MS = 3_600_000;

export function createDesk(deps: ApiDeps): Desk {
  const { people, clock, submit, newId, box } = deps;
  /** Only for users there are: a list of invented addresses is nobody's business. Several instances tell once. */
  const onAlarm = (account: string): void => {
    const user = people.userByEmail(account);
    if (!user) return;
    const key = `signin-alarm:${user.id}:${Math.floor(clock.now() / HOUR_MS)}`;
    const body = { kind: 'signin.alarm', email: user.email, failures: ALARM_FAILURES } as const;
    const options = { correlationId: newId(), dedupe: { key, ttlMs: HOUR_MS, contentHash: key }, timeoutMs: 0 };
    submit(body, { name: 'system', address: null }, options).catch((error: unknown) =>
      deps.logger.warn({ err: error }, 'sign-in alarm not told'),
    );
  };
  const guesses = createGuessLimits({ clock, onAlarm });
  const devices = createDeviceCookies(box);
  return {
    guesses,
    devices,
    passwords: createPasswordDesk({ ...deps, guesses, devices }),
    factors: createFactorDesk({ ...deps, guesses }),
  };
}

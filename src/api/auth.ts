import type { Role, User } from '../domain/people/user.ts';
import type { Clock } from '../lib/clock.ts';
import { sameSecret, sha256Hex } from '../lib/hash.ts';
import { type Problem, problem } from './problem.ts';
import { createFailureThrottle } from './throttle.ts';

/** Who a request comes from. `name` is the actor of its commands: `token:admin`, `token:local` or `user:<e-mail>`. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}

export interface AuthOptions {
  /** `ADMIN_API_TOKEN`; null when unset. */
  readonly adminToken: string | null;
  /** Written to `DATA_DIR` for the command line on this machine; equal in rights. */
  readonly localToken: string | null;
  readonly userByEmail: (email: string) => Promise<User | null>;
  /** Whether the password belongs to the argon2id hash (PHC string). Slow on purpose. */
  readonly verifyPassword: (hash: string, password: string) => Promise<boolean>;
  readonly clock: Clock;
}

export interface Authenticator {
  /** `header` is the value of `Authorization`. Never says which part was wrong. */
  authenticate(header: string | undefined, address: string): Promise<Identity | Problem>;
}

/** Of a random value nobody kept: checked for unknown e-mails, so that they take as long as known ones. */
const NOBODY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$xA74L7LR8/er1d8biYp9vw$xVXn3lvNwLcEIwR//NLMc+VF3a1oadC5VLloyFiOImM';
const GOOD_FOR_MS = 60_000;
const REMEMBERED_MAX = 1000;
/** Password checks at once; each costs tens of milliseconds of a core. */
const CHECKS_MAX = 8;

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="signalman", Basic realm="signalman", charset="UTF-8"' };
const refused = problem('UNAUTHENTICATED', undefined, { headers: CHALLENGE });

export function createAuthenticator(options: AuthOptions): Authenticator {
  const throttle = createFailureThrottle(options.clock);
  const passwords = createPasswordCheck(options);

  return {
    async authenticate(header, address) {
      const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header ?? '') ?? [];
      if (value === '') return refused;
      // Whoever has a token is not held up by somebody else's guesses from the same address: it may be the one who wants to halt.
      const holder = scheme.toLowerCase() === 'bearer' ? tokenIdentity(options, value) : null;
      if (holder) return holder;
      const waitMs = throttle.charge(address);
      if (waitMs !== null) return problem('TOO_MANY_FAILURES', undefined, { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } });
      const identity = scheme.toLowerCase() === 'basic' ? await passwords(value) : null;
      if (identity === null) return refused;
      throttle.refund(address);
      return identity === 'busy' ? problem('BUSY', undefined, { headers: { 'Retry-After': '1' } }) : identity;
    },
  };
}

function tokenIdentity({ adminToken, localToken }: AuthOptions, token: string): Identity | null {
  if (adminToken !== null && sameSecret(token, adminToken)) return { name: 'token:admin', role: 'admin' };
  if (localToken !== null && sameSecret(token, localToken)) return { name: 'token:local', role: 'admin' };
  return null;
}

/** Checks Basic credentials; a good pair is remembered by its hash for a minute, so that not every request costs an argon2. */
function createPasswordCheck({ userByEmail, verifyPassword, clock }: AuthOptions): (encoded: string) => Promise<Identity | 'busy' | null> {
  const remembered = new Map<string, { identity: Identity; until: number }>();
  let checking = 0;

  async function check(email: string, password: string): Promise<Identity | null> {
    const user = await userByEmail(email);
    const matches = await verifyPassword(user?.passwordHash ?? NOBODY_HASH, password);
    return user && matches ? { name: `user:${user.email}`, role: user.role } : null;
  }

  return async (encoded) => {
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = credentials.indexOf(':');
    if (colon < 1) return null;
    const key = sha256Hex(credentials);
    const known = remembered.get(key);
    if (known && known.until > clock.monotonic()) return known.identity;
    if (checking >= CHECKS_MAX) return 'busy';
    checking += 1;
    try {
      const identity = await check(credentials.slice(0, colon), credentials.slice(colon + 1));
      if (identity && remembered.size >= REMEMBERED_MAX) remembered.clear();
      if (identity) remembered.set(key, { identity, until: clock.monotonic() + GOOD_FOR_MS });
      return identity;
    } finally {
      checking -= 1;
    }
  };
}

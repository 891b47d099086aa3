import { roleOfToken } from '../domain/people/access.ts';
import type { PeopleDirectory } from '../domain/people/peopleChange.ts';
import type { User } from '../domain/people/user.ts';
import type { Clock } from '../lib/clock.ts';
import { sameSecret, sha256Hex } from '../lib/hash.ts';
import { houseIdentity, type Identity, personIdentity, sightOf } from './identity.ts';
import { csrfTokenOf } from './people/cookies.ts';
import type { GuessLimits } from './people/guessLimits.ts';
import type { PasswordDesk } from './people/passwordDesk.ts';
import type { SeenNotes } from './people/seen.ts';
import { type Problem, problem, tooManyFailures } from './problem.ts';

/** Programs' tokens begin so, for people and secret scanners to know them by. */
export const TOKEN_PREFIX = 'sm_';

export interface AuthOptions {
  /** `ADMIN_API_TOKEN`; null when unset. */
  readonly adminToken: string | null;
  /** Written to `DATA_DIR` for the command line on this machine; equal in rights. */
  readonly localToken: string | null;
  readonly people: PeopleDirectory;
  /** Reads people again if anything changed: for what another instance has just let in. */
  readonly catchUp: () => Promise<void>;
  readonly passwords: PasswordDesk;
  readonly guesses: Pick<GuessLimits, 'network'>;
  readonly seen: SeenNotes;
  readonly clock: Clock;
  /** A session that was not used for so long has ended, milliseconds. */
  readonly sessionIdleMs: number;
  /** Admins without a second factor may only set one up. */
  readonly requireTotp: boolean;
}

/** What a request brings to say who it is. */
export interface Credentials {
  /** The header of that name. */
  readonly authorization: string | undefined;
  /** Value of the session cookie. */
  readonly session: string | null;
  /** Value of the device cookie. */
  readonly device: string | null;
  /** Address or, for IPv6, network that failures count for. */
  readonly network: string;
}

export interface Authenticator {
  /** Never says which part was wrong. */
  authenticate(credentials: Credentials): Promise<Identity | Problem>;
}

const GOOD_FOR_MS = 60_000;
const REMEMBERED_MAX = 1000;
/** Longer than any address (RFC 5321 §4.5.3.1.3); failures are counted by it. */
const EMAIL_LENGTH_MAX = 254;

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="signalman", Basic realm="signalman", charset="UTF-8"' };
const refused = problem('UNAUTHENTICATED', undefined, { headers: CHALLENGE });
const busy = problem('BUSY', undefined, { headers: { 'Retry-After': '1' } });

export function createAuthenticator(options: AuthOptions): Authenticator {
  const basic = createBasicCheck(options);
  return {
    async authenticate({ authorization, session, device, network }) {
      if (authorization === undefined && session !== null) return (await sessionIdentity(options, session)) ?? refused;
      const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization ?? '') ?? [];
      if (value === '') return refused;
      switch (scheme.toLowerCase()) {
        case 'bearer':
          return bearer(options, value, network);
        case 'basic':
          return basic(value, network, device);
        default:
          return refused;
      }
    },
  };
}

/** Whoever has a token is not held up by somebody else's guesses from the same address: it may be the one who wants to halt. */
async function bearer(options: AuthOptions, token: string, network: string): Promise<Identity | Problem> {
  const known = houseToken(options, token) ?? programToken(options, token);
  if (known) return known;
  const waitMs = options.guesses.network.charge(network);
  if (waitMs !== null) return tooManyFailures(waitMs);
  if (!token.startsWith(TOKEN_PREFIX)) return refused;
  await options.catchUp();
  const fresh = programToken(options, token);
  if (fresh) options.guesses.network.refund(network);
  return fresh ?? refused;
}

function houseToken({ adminToken, localToken }: AuthOptions, token: string): Identity | null {
  if (adminToken !== null && sameSecret(token, adminToken)) return houseIdentity('token:admin');
  if (localToken !== null && sameSecret(token, localToken)) return houseIdentity('token:local');
  return null;
}

function programToken({ people, clock, seen }: AuthOptions, text: string): Identity | null {
  const token = text.startsWith(TOKEN_PREFIX) ? people.tokenByHash(sha256Hex(text)) : undefined;
  const owner = token && people.userById(token.userId);
  if (!owner || owner.disabledAt !== null || token.expiresAt <= clock.now()) return null;
  seen.note('token', token.id, token.lastUsedAt ?? 0);
  const role = roleOfToken(token, owner.role);
  return {
    name: `token:${owner.email}/${token.name}`,
    role,
    userId: owner.id,
    sees: sightOf(owner),
    by: 'program',
    session: null,
    mustEnrol: false,
  };
}

/** The session may have been opened on another instance this very moment. */
async function sessionIdentity(options: AuthOptions, token: string): Promise<Identity | null> {
  const { people, catchUp, clock, seen, sessionIdleMs } = options;
  const hash = sha256Hex(token);
  if (!people.sessionByHash(hash)) await catchUp();
  const session = people.sessionByHash(hash);
  const user = session && people.userById(session.userId);
  if (!user || user.disabledAt !== null) return null;
  const now = clock.now();
  if (session.expiresAt <= now || seen.lastSeen(session.id, session.lastSeenAt) + sessionIdleMs <= now) return null;
  seen.note('session', session.id, session.lastSeenAt);
  return personIdentity(user, mustEnrol(options, user), { id: session.id, csrf: csrfTokenOf(token) });
}

export function mustEnrol({ requireTotp }: Pick<AuthOptions, 'requireTotp'>, user: User): boolean {
  return requireTotp && user.role === 'admin' && user.sealedTotp === null;
}

type BasicCheck = (encoded: string, network: string, device: string | null) => Promise<Identity | Problem>;

/**
 * E-mail and password with every request, for scripts of people without a second factor: who has one signs in or makes a token.
 * A good pair is remembered by its hash for a minute, as long as its user stays the same.
 */
function createBasicCheck(options: AuthOptions): BasicCheck {
  const { people, passwords, clock } = options;
  const remembered = new Map<string, { readonly userId: string; readonly passwordHash: string; readonly until: number }>();

  const userOf = (key: string): User | null => {
    const known = remembered.get(key);
    const user = known && known.until > clock.monotonic() ? people.userById(known.userId) : undefined;
    return user && known && user.passwordHash === known.passwordHash && user.disabledAt === null && user.sealedTotp === null ? user : null;
  };

  return async (encoded, network, device) => {
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = credentials.indexOf(':');
    if (colon < 1 || colon > EMAIL_LENGTH_MAX) return refused;
    const key = sha256Hex(credentials);
    const known = userOf(key);
    if (known) return personIdentity(known, mustEnrol(options, known));
    const checked = await passwords({ email: credentials.slice(0, colon), password: credentials.slice(colon + 1), network, device });
    if (checked.kind === 'wait') return tooManyFailures(checked.waitMs);
    if (checked.kind === 'busy') return busy;
    if (checked.kind === 'wrong' || checked.user.sealedTotp !== null) return refused;
    const { user, refund } = checked;
    refund();
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(key, { userId: user.id, passwordHash: user.passwordHash, until: clock.monotonic() + GOOD_FOR_MS });
    return personIdentity(user, mustEnrol(options, user));
  };
}

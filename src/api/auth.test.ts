import { describe, expect, it } from 'vitest';
import type { ApiToken, Session } from '../domain/people/access.ts';
import type { PeopleDirectory } from '../domain/people/peopleChange.ts';
import { newUser, type User } from '../domain/people/user.ts';
import type { Clock } from '../lib/clock.ts';
import { sha256Hex } from '../lib/hash.ts';
import { createSecretBox } from '../ops/secrets.ts';
import { createAuthenticator } from './auth.ts';
import { createDeviceCookies } from './people/deviceCookies.ts';
import { createGuessLimits } from './people/guessLimits.ts';
import { createPasswordDesk } from './people/passwordDesk.ts';

const ann: User = newUser({ id: 'u1', email: 'ann@example.com', role: 'trader', passwordHash: 'hash of sesame', createdAt: 0 });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

interface World {
  users: User[];
  sessions: Session[];
  tokens: ApiToken[];
}

function setup({ requireTotp = false, world = { users: [ann], sessions: [], tokens: [] } as World } = {}) {
  let now = 0;
  const checked: string[] = [];
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
  const people: PeopleDirectory = {
    users: () => world.users,
    userById: (id) => world.users.find((user) => user.id === id),
    userByEmail: (email) => world.users.find((user) => user.email === email.toLowerCase()),
    sessionByHash: (hash) => world.sessions.find(({ tokenHash }) => tokenHash === hash),
    sessionsOf: (userId) => world.sessions.filter((session) => session.userId === userId),
    tokens: () => world.tokens,
    tokenByHash: (hash) => world.tokens.find(({ tokenHash }) => tokenHash === hash),
  };
  const verifyPassword = async (hash: string, password: string): Promise<boolean> => {
    checked.push(hash);
    return hash === `hash of ${password}`;
  };
  const catchUp = async (): Promise<void> => undefined;
  const alarms: string[] = [];
  const guesses = createGuessLimits({ clock, onAlarm: (account) => alarms.push(account) });
  const devices = createDeviceCookies(createSecretBox(Buffer.alloc(32, 7).toString('base64')));
  const passwords = createPasswordDesk({ people, catchUp, guesses, devices, verifyPassword });
  const notes: string[] = [];
  const seen = { lastSeen: (_id: string, known: number) => known, note: (what: string, id: string) => void notes.push(`${what} ${id}`) };
  const house = { adminToken: 'admin-token', localToken: 'local-token' };
  const authenticator = createAuthenticator({
    ...house,
    people,
    catchUp,
    passwords,
    guesses,
    seen,
    clock,
    requireTotp,
    sessionIdleMs: 1000,
  });
  const ask = (authorization: string | undefined, network = '192.0.2.1', device: string | null = null) =>
    authenticator.authenticate({ authorization, session: null, device, network });
  const askWithCookie = (session: string) =>
    authenticator.authenticate({ authorization: undefined, session, device: null, network: '192.0.2.1' });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ask, askWithCookie, checked, pass, world, devices, alarms, notes };
}

describe('who asks', () => {
  it.each([
    ['the token of the environment', 'Bearer admin-token', { name: 'token:admin', role: 'admin' }],
    ['the token in the data directory', 'bearer local-token', { name: 'token:local', role: 'admin' }],
    ['e-mail and password', basic('ann@example.com:sesame'), { name: 'user:ann@example.com', role: 'trader' }],
  ])('knows %s', async (_name, header, identity) => {
    expect(await setup().ask(header)).toMatchObject(identity);
  });

  it.each([
    ['nothing', undefined],
    ['a wrong token', 'Bearer admin-tokem'],
    ['a token under another scheme', 'Token admin-token'],
    ['a wrong password', basic('ann@example.com:open')],
    ['an unknown e-mail', basic('bob@example.com:sesame')],
    ['credentials without a colon', basic('ann@example.com')],
    ['something that is not base64', 'Basic %%%'],
  ])('refuses %s, always in the same words', async (_name, header) => {
    const refused = await setup().ask(header);
    expect(refused).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
      headers: { 'WWW-Authenticate': expect.stringContaining('Bearer') },
    });
    expect(refused).toEqual(await setup().ask(undefined));
  });

  it('checks a password for an unknown e-mail too, so that both take the same time', async () => {
    const { ask, checked } = setup();
    await ask(basic('bob@example.com:sesame'));
    expect(checked).toEqual([expect.stringMatching(/^\$argon2id\$/)]);
  });

  it('remembers a good password for a minute, and a bad one never', async () => {
    const { ask, checked, pass } = setup();
    await ask(basic('ann@example.com:sesame'));
    await ask(basic('ann@example.com:sesame'));
    expect(checked).toHaveLength(1);
    pass(60_001);
    await ask(basic('ann@example.com:sesame'));
    expect(checked).toHaveLength(2);
  });

  it('throttles an address after ten failures, but never whoever has the right token, and no other address', async () => {
    const { ask, pass } = setup();
    for (let attempt = 0; attempt < 10; attempt++) await ask('Bearer wrong');
    pass(20_000);
    expect(await ask('Bearer wrong')).toMatchObject({ status: 429, headers: { 'Retry-After': '40' } });
    expect(await ask('Bearer admin-token')).toMatchObject({ role: 'admin' });
    expect(await ask('Bearer wrong', '192.0.2.2')).toMatchObject({ status: 401 });
    pass(40_001);
    expect(await ask('Bearer wrong')).toMatchObject({ status: 401 });
  });

  it('does not count good sign-ins', async () => {
    const { ask } = setup();
    for (let attempt = 0; attempt < 50; attempt++) expect(await ask('Bearer admin-token')).toMatchObject({ role: 'admin' });
  });
});

describe('a password remembered for Basic', () => {
  const good = basic('ann@example.com:sesame');

  it.each<[string, Partial<User>]>([
    ['is disabled', { disabledAt: 1 }],
    ['has a new password', { passwordHash: 'hash of open' }],
    ['has set up a second factor', { sealedTotp: 'sealed' }],
  ])('is forgotten once its user %s', async (_what, change) => {
    const { ask, world } = setup();
    expect(await ask(good)).toMatchObject({ role: 'trader' });
    world.users = [{ ...ann, ...change }];
    expect(await ask(good)).toMatchObject({ status: 401 });
  });

  it('has the rights its user has now', async () => {
    const { ask, world } = setup();
    await ask(good);
    world.users = [{ ...ann, role: 'viewer' }];
    expect(await ask(good)).toMatchObject({ role: 'viewer' });
  });
});

describe('tokens and sessions', () => {
  const at = { createdAt: 0, expiresAt: 5000 };
  const token: ApiToken = { id: 't1', userId: 'u1', name: 'bot', tokenHash: sha256Hex('sm_x'), scopes: ['read'], lastUsedAt: null, ...at };
  const session: Session = { id: 's1', userId: 'u1', tokenHash: sha256Hex('cookie'), address: null, agent: null, lastSeenAt: 0, ...at };
  const given = (user: Partial<User> = {}, requireTotp = false) =>
    setup({ requireTotp, world: { users: [{ ...ann, ...user }], sessions: [session], tokens: [token] } });

  it('say whose they are, with no more rights than their scope, and that they are in use', async () => {
    const { ask, askWithCookie, notes } = given();
    expect(await ask('Bearer sm_x')).toMatchObject({ name: 'token:ann@example.com/bot', role: 'viewer', by: 'program', userId: 'u1' });
    expect(await askWithCookie('cookie')).toMatchObject({
      name: 'user:ann@example.com',
      role: 'trader',
      by: 'person',
      session: { id: 's1' },
    });
    expect(notes).toEqual(['token t1', 'session s1']);
  });

  it('end when their time is up, and sessions when nobody used them for long', async () => {
    const { ask, askWithCookie, pass } = given();
    pass(999);
    expect(await askWithCookie('cookie')).toMatchObject({ role: 'trader' });
    pass(1);
    expect(await askWithCookie('cookie')).toMatchObject({ status: 401 });
    expect(await ask('Bearer sm_x')).toMatchObject({ role: 'viewer' });
    pass(4000);
    expect(await ask('Bearer sm_x')).toMatchObject({ status: 401 });
  });

  it('end with their user', async () => {
    const { ask, askWithCookie } = given({ disabledAt: 1 });
    expect([await ask('Bearer sm_x'), await askWithCookie('cookie')]).toMatchObject([{ status: 401 }, { status: 401 }]);
  });

  it('of an admin who must have a second factor are good for setting it up only; tokens have nobody to ask', async () => {
    const { ask, askWithCookie, world } = given({ role: 'admin' }, true);
    expect(await askWithCookie('cookie')).toMatchObject({ mustEnrol: true });
    expect(await ask(basic('ann@example.com:sesame'))).toMatchObject({ mustEnrol: true });
    expect(await ask('Bearer sm_x')).toMatchObject({ mustEnrol: false });
    world.users = [{ ...ann, role: 'admin', sealedTotp: 'sealed' }];
    expect(await askWithCookie('cookie')).toMatchObject({ mustEnrol: false });
  });
});

describe('strangers who guess at an account', () => {
  const wrong = basic('ann@example.com:guess');

  it('get five tries per network, then one while many guess, and cannot shut its owner out', async () => {
    const { ask, devices, alarms, pass } = setup();
    for (let n = 0; n < 5; n++) expect(await ask(wrong, '198.51.100.1')).toMatchObject({ status: 401 });
    expect(await ask(wrong, '198.51.100.1')).toMatchObject({ status: 429 });
    for (let network = 2; network < 6; network++) for (let n = 0; n < 5; n++) await ask(wrong, `198.51.100.${network}`);
    expect(alarms).toEqual(['ann@example.com']);
    expect(await ask(wrong, '198.51.100.9')).toMatchObject({ status: 401 });
    for (let again = 0; again < 4; again++)
      expect(await ask(wrong, '198.51.100.9'), 'and no more for asking again').toMatchObject({ status: 429 });
    const good = basic('ann@example.com:sesame');
    expect(await ask(good, '192.0.2.200'), 'from a new network').toMatchObject({ role: 'trader' });
    pass(120_000);
    expect(await ask(good, '198.51.100.1', devices.make(ann)), 'from a known browser in the very network of a guesser').toMatchObject({
      role: 'trader',
    });
  });

  it('do not make it forgotten by naming ten thousand others', async () => {
    const { ask } = setup();
    for (let network = 1; network < 4; network++) for (let n = 0; n < 5; n++) await ask(wrong, `198.51.100.${network}`);
    for (let n = 0; n < 10_001; n++) await ask(basic(`nobody${n}@example.com:guess`), '203.0.113.1');
    expect(await ask(wrong, '198.51.100.9')).toMatchObject({ status: 401 });
    expect(await ask(wrong, '198.51.100.9')).toMatchObject({ status: 429 });
  });

  it('are not heard by names longer than an address can be', async () => {
    const { ask, checked } = setup();
    expect(await ask(basic(`${'a'.repeat(255)}:guess`))).toMatchObject({ status: 401 });
    expect(checked).toEqual([]);
  });

  it('make no device cookie, and a changed password voids those there are', async () => {
    const { devices } = setup();
    const cookie = devices.make(ann);
    expect(devices.read(cookie, ann)).toEqual(expect.any(String));
    for (const [text, user] of [
      ['sm1.forged', ann],
      [`${cookie.slice(0, -3)}AAA`, ann],
      [cookie, { ...ann, id: 'u2' }],
      [cookie, { ...ann, passwordHash: 'hash of open' }],
    ] as const)
      expect(devices.read(text, user)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { newUser, type User } from '../domain/people/user.ts';
import type { Clock } from '../lib/clock.ts';
import { createAuthenticator } from './auth.ts';

const ann: User = newUser({ id: 'u1', email: 'ann@example.com', role: 'trader', passwordHash: 'hash of sesame', createdAt: 0 });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function setup() {
  let now = 0;
  const checked: string[] = [];
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
  const authenticator = createAuthenticator({
    adminToken: 'admin-token',
    localToken: 'local-token',
    userByEmail: async (email) => (email === ann.email ? ann : null),
    verifyPassword: async (hash, password) => {
      checked.push(hash);
      return hash === `hash of ${password}`;
    },
    clock,
  });
  const ask = (header: string | undefined, address = '192.0.2.1') => authenticator.authenticate(header, address);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ask, checked, pass };
}

describe('who asks', () => {
  it.each([
    ['the token of the environment', 'Bearer admin-token', { name: 'token:admin', role: 'admin' }],
    ['the token in the data directory', 'bearer local-token', { name: 'token:local', role: 'admin' }],
    ['e-mail and password', basic('ann@example.com:sesame'), { name: 'user:ann@example.com', role: 'trader' }],
  ])('knows %s', async (_name, header, identity) => {
    expect(await setup().ask(header)).toEqual(identity);
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

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/domain/people/user.ts';
import { totpCode } from '../../src/ops/totp.ts';
import { enrol, signIn } from '../helpers/signIn.ts';
import { type ApiServer, PASSWORD, startApi } from './apiServer.ts';

let api: ApiServer;
let now = Date.now();
beforeAll(async () => {
  const clock = { now: () => now, monotonic: () => now, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
  api = await startApi({ deps: { requireTotp: true, clock } });
});
afterAll(() => api.close());

let made = 0;
async function person(role: Role): Promise<{ email: string; password: string }> {
  const email = `p${++made}@example.com`;
  await api.addUser(email, role);
  return { email, password: PASSWORD };
}

/** Far enough for a code nobody has used, and for every budget of failures to be full again. */
function later(ms = 3_600_000): void {
  now += ms;
}

describe('a session', () => {
  it('is a cookie that scripts and other sites cannot use, over TLS for this host only', async () => {
    const ann = await person('trader');
    const plain = await signIn(api.url, ann);
    expect(plain.answer.status, plain.answer.text).toBe(201);
    const [session = '', device = ''] = plain.answer.headers.getSetCookie();
    expect(session).toMatch(/^signalman=[\w-]{32}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/);
    expect(device).toMatch(/^signalman-device=sm1\.\S+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Strict$/);
    const secure = await startApi({ deps: { publicUrl: 'https://bot.example' } });
    await secure.addUser(ann.email, 'trader');
    const { answer } = await signIn(secure.url, ann);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-signalman=\S+; .*; SameSite=Strict; Secure$/);
    await secure.close();
  });

  it('says who is signed in, and ends when they sign out', async () => {
    const ann = await person('trader');
    const tab = await signIn(api.url, ann);
    const me = await tab.call('GET', '/api/v1/session');
    expect(me.body).toMatchObject({ user: { email: ann.email, role: 'trader', totp: false }, actor: `user:${ann.email}`, role: 'trader' });
    expect(me.body.csrfToken).toBe(tab.answer.body.csrfToken);
    const gone = await tab.call('DELETE', '/api/v1/session');
    expect(gone.status).toBe(204);
    expect(gone.headers.getSetCookie()).toEqual([expect.stringMatching(/^signalman=; Path=\/; Max-Age=0;/)]);
    expect((await tab.call('GET', '/api/v1/session')).status).toBe(401);
  });

  it.each<[string, Record<string, string>, string]>([
    ['without its CSRF token', { 'x-csrf-token': '' }, 'CSRF_TOKEN_WRONG'],
    ['with a wrong one', { 'x-csrf-token': 'f'.repeat(43) }, 'CSRF_TOKEN_WRONG'],
    ['from a page of another site', { 'sec-fetch-site': 'cross-site' }, 'CROSS_SITE'],
    ['from a neighbouring host', { 'sec-fetch-site': 'same-site' }, 'CROSS_SITE'],
    ['from another origin, by a browser that says no more', { origin: 'https://evil.example' }, 'CROSS_SITE'],
    ['from a page without an origin', { origin: 'null' }, 'CROSS_SITE'],
  ])('changes nothing %s', async (_what, headers, code) => {
    const tab = await signIn(api.url, await person('trader'));
    const refused = await tab.call('POST', '/api/v1/trading/halt', {}, headers);
    expect([refused.status, refused.body.code]).toEqual([403, code]);
    expect((await tab.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'active' });
  });

  it('is not opened by a page of another site either', async () => {
    const { answer } = await signIn(api.url, await person('trader'), { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.body.code, answer.headers.getSetCookie()]).toEqual([403, 'CROSS_SITE', []]);
  });

  it('is listed and ended one by one by its owner, and by nobody else', async () => {
    const ann = await person('trader');
    const [here, there] = [await signIn(api.url, ann, { 'user-agent': 'Firefox' }), await signIn(api.url, ann, { 'user-agent': 'Phone' })];
    const { items } = (await here.call('GET', '/api/v1/sessions')).body as { items: { id: string; current: boolean; agent: string }[] };
    expect(items.map(({ current, agent }) => [current, agent])).toEqual([
      [true, 'Firefox'],
      [false, 'Phone'],
    ]);
    const stranger = await signIn(api.url, await person('trader'));
    expect((await stranger.call('DELETE', `/api/v1/sessions/${items[1]?.id}`)).status).toBe(403);
    expect((await here.call('DELETE', `/api/v1/sessions/${items[1]?.id}`)).status).toBe(204);
    expect((await there.call('GET', '/api/v1/session')).status).toBe(401);
    expect((await here.call('GET', '/api/v1/session')).status).toBe(200);
  });

  it('ends when nobody used it for two hours, and after a day however busy', async () => {
    const ann = await person('trader');
    const [busy, idle] = [await signIn(api.url, ann), await signIn(api.url, ann)];
    for (let hour = 1; hour < 24; hour++) {
      later();
      expect((await busy.call('GET', '/api/v1/session')).status, `hour ${hour}`).toBe(200);
      if (hour >= 2) expect((await idle.call('GET', '/api/v1/session')).status).toBe(401);
    }
    later();
    expect((await busy.call('GET', '/api/v1/session')).status).toBe(401);
  });

  it('ends with all others of its owner when the password changes', async () => {
    const ann = await person('trader');
    const [here, there] = [await signIn(api.url, ann), await signIn(api.url, ann)];
    const change = (current: string) => here.call('PUT', '/api/v1/me/password', { current, password: 'a new and better one' });
    expect((await change('wrong')).status).toBe(403);
    expect((await change(PASSWORD)).status).toBe(204);
    for (const tab of [here, there]) expect((await tab.call('GET', '/api/v1/session')).status).toBe(401);
    expect((await signIn(api.url, ann)).answer.status).toBe(401);
    expect((await signIn(api.url, { ...ann, password: 'a new and better one' })).answer.status).toBe(201);
  });
});

describe('signing in', () => {
  it('fails in the same words whatever is wrong', async () => {
    const [ann, bob] = [await person('trader'), await person('trader')];
    const { secret } = await enrol(await signIn(api.url, ann), now);
    await api.call('DELETE', `/api/v1/users/${bob.email}`);
    later();
    const tries = [
      { ...ann, password: 'wrong' },
      { email: 'nobody@example.com', password: PASSWORD },
      bob,
      ann,
      { ...ann, totp: '000000' === totpCode(secret, now) ? '000001' : '000000' },
      { ...ann, password: 'wrong', totp: totpCode(secret, now) },
    ];
    const answers = [];
    for (const credentials of tries) answers.push((await signIn(api.url, credentials)).answer);
    const said = answers.map(({ status, body: { requestId: _, ...body } }) => JSON.stringify({ status, ...body }));
    expect(new Set(said).size, said.join('\n')).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } });
    expect((await signIn(api.url, { ...ann, totp: totpCode(secret, now) })).answer.status).toBe(201);
  });

  it('is slowed down for an address that keeps failing, and told to the operators', async () => {
    later();
    const ann = await person('trader');
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await signIn(api.url, { ...ann, password: `guess ${n}` })).answer);
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(Number(statuses[5]?.headers.get('retry-after'))).toBeGreaterThan(60);
    for (let n = 0; n < 16; n++) {
      later(901_000 / 5);
      await signIn(api.url, { ...ann, password: `guess again ${n}` });
    }
    const { items } = (await api.call('GET', '/api/v1/audit')).body as { items: { action: string; subject: string }[] };
    expect(items.filter(({ action }) => action === 'signin.alarm')).toMatchObject([{ subject: ann.email }]);
  });
});

describe('a second factor', () => {
  it('is the first thing an admin sets up where it is required, and until then the only one', async () => {
    later();
    const admin = await person('admin');
    const tab = await signIn(api.url, admin);
    expect(tab.answer.body).toMatchObject({ enrolmentRequired: true });
    for (const [method, path, body] of [
      ['GET', '/api/v1/accounts', undefined],
      ['POST', '/api/v1/trading/halt', {}],
      ['POST', '/api/v1/tokens', { name: 'sly', scopes: ['admin'] }],
    ] as const)
      expect((await tab.call(method, path, body)).body).toMatchObject({ status: 403, code: 'TOTP_ENROLMENT_REQUIRED' });
    const { recoveryCodes } = await enrol(tab, now);
    expect(recoveryCodes).toHaveLength(10);
    expect((await tab.call('GET', '/api/v1/accounts')).status).toBe(200);
    expect((await signIn(api.url, admin)).answer.status, 'the password alone').toBe(401);
    const basic = `Basic ${Buffer.from(`${admin.email}:${admin.password}`).toString('base64')}`;
    expect((await api.call('GET', '/api/v1/accounts', undefined, { authorization: basic })).status, 'Basic').toBe(401);
  });

  it('is shown as text and picture, and not a word of it is kept in clear', async () => {
    const tab = await signIn(api.url, await person('trader'));
    const { body } = await tab.call('POST', '/api/v1/me/totp', {});
    expect(body).toMatchObject({ uri: expect.stringMatching(/^otpauth:\/\/totp\//), qrSvg: expect.stringMatching(/^<svg/) });
    const confirmed = await tab.call('POST', '/api/v1/me/totp/confirm', { totp: totpCode(String(body.secret), now) });
    const secrets = [String(body.secret), ...(confirmed.body.recoveryCodes as string[]), String(tab.headers.cookie?.split(/[=;]/)[1])];
    const dump = await dumpOf(api.databaseUrl);
    expect(dump.length).toBeGreaterThan(1000);
    for (const secret of secrets) for (const form of [secret, secret.replaceAll('-', '')]) expect(dump.includes(form)).toBe(false);
  });

  it('is asked for again by who resumes trading: a fresh code, once', async () => {
    later();
    const ann = await person('trader');
    const tab = await signIn(api.url, ann);
    expect((await tab.call('POST', '/api/v1/trading/resume', {})).body, 'without any').toMatchObject({ code: 'TOTP_ENROLMENT_REQUIRED' });
    const { secret, recoveryCodes } = await enrol(tab, now);
    const resume = async (totp?: string) => {
      const { status, body } = await tab.call('POST', '/api/v1/trading/resume', totp === undefined ? {} : { totp });
      return [status, body.code];
    };
    expect(await resume()).toEqual([403, 'SECOND_FACTOR_REQUIRED']);
    expect(await resume(totpCode(secret, now)), 'the code of the enrolment').toEqual([403, 'SECOND_FACTOR_REFUSED']);
    later(30_000);
    expect(await resume(totpCode(secret, now))).toEqual([200, undefined]);
    expect(await resume(totpCode(secret, now))).toEqual([403, 'SECOND_FACTOR_REFUSED']);
    expect(await resume(recoveryCodes[0])).toEqual([200, undefined]);
    expect(await resume(recoveryCodes[0])).toEqual([403, 'SECOND_FACTOR_REFUSED']);
    expect((await api.call('POST', '/api/v1/trading/resume', {})).status, 'a script with ADMIN_API_TOKEN').toBe(200);
    for (let n = 0; n < 4; n++) await resume('000000');
    expect(await resume('000000'), 'guessing').toEqual([429, 'TOO_MANY_FAILURES']);
  });

  it('that is lost is replaced by a recovery code once, or reset by somebody else', async () => {
    later();
    const ann = await person('trader');
    const { recoveryCodes } = await enrol(await signIn(api.url, ann), now);
    const byRecovery = () => signIn(api.url, { ...ann, totp: recoveryCodes[3]?.toLowerCase() ?? '' });
    expect((await byRecovery()).answer.body).toMatchObject({ user: { recoveryCodesLeft: 9 } });
    expect((await byRecovery()).answer.status).toBe(401);
    expect((await api.call('DELETE', `/api/v1/users/${ann.email}/totp`)).status).toBe(204);
    expect((await signIn(api.url, ann)).answer.body).toMatchObject({ user: { totp: false } });
  });
});

describe('a code that links a chat', () => {
  it('takes a fresh code from whoever has a second factor, and is made for the first admin by its address', async () => {
    later();
    const tab = await signIn(api.url, await person('viewer'));
    const ask = (body?: object) => tab.call('POST', '/api/v1/me/telegram-code', body);
    expect((await ask()).status).toBe(201);
    const { secret } = await enrol(tab, now);
    later();
    expect((await ask()).body).toMatchObject({ status: 403, code: 'SECOND_FACTOR_REQUIRED' });
    expect((await ask({ totp: totpCode(secret, now) })).status).toBe(201);
    await api.addUser('admin@localhost', 'admin');
    expect((await api.call('POST', '/api/v1/telegram/codes', { user: 'admin@localhost' })).status).toBe(201);
  });
});

describe("a program's token", () => {
  it('has part of its owner’s rights, is shown once, and ends when it is revoked', async () => {
    later();
    const tab = await signIn(api.url, await person('trader'));
    const created = await tab.call('POST', '/api/v1/tokens', { name: 'reader', scopes: ['read'] });
    expect(created.status, created.text).toBe(201);
    const token = String(created.body.token);
    expect(token).toMatch(/^sm_[\w-]{32}$/);
    expect(Date.parse(String(created.body.expiresAt)) - now).toBe(90 * 86_400_000);
    const authorization = `Bearer ${token}`;
    const as = (method: string, path: string, body?: unknown) => api.call(method, path, body, { authorization });
    expect((await as('GET', '/api/v1/accounts')).status).toBe(200);
    expect((await as('POST', '/api/v1/trading/halt', {})).status).toBe(403);
    expect((await as('POST', '/api/v1/tokens', { name: 'more', scopes: ['read'] })).status).toBe(403);
    const listed = (await tab.call('GET', '/api/v1/tokens')).body.items as Record<string, unknown>[];
    expect(listed).toMatchObject([{ name: 'reader', scopes: ['read'] }]);
    expect(JSON.stringify(listed)).not.toContain(token);
    expect((await tab.call('DELETE', `/api/v1/tokens/${created.body.id}`)).status).toBe(204);
    expect((await as('GET', '/api/v1/accounts')).status).toBe(401);
  });

  it('takes a fresh code where it may do more than read: else a stolen session would be one that resumes trading', async () => {
    later();
    const tab = await signIn(api.url, await person('trader'));
    const { secret } = await enrol(tab, now);
    later();
    const make = (body: object) => tab.call('POST', '/api/v1/tokens', body);
    expect((await make({ name: 'reader', scopes: ['read'] })).status).toBe(201);
    const trade = { name: 'trader', scopes: ['trade'] };
    expect((await make(trade)).body).toMatchObject({ status: 403, code: 'SECOND_FACTOR_REQUIRED' });
    expect((await make({ ...trade, totp: '000000' })).body).toMatchObject({ code: 'SECOND_FACTOR_REFUSED' });
    const totp = totpCode(secret, now);
    expect((await make({ ...trade, totp })).status).toBe(201);
    expect((await make({ ...trade, name: 'another', totp })).body, 'once').toMatchObject({ code: 'SECOND_FACTOR_REFUSED' });
  });

  it.each([
    ['a scope its owner lacks', { name: 'x', scopes: ['admin'] }, 403],
    ['no scope', { name: 'x', scopes: [] }, 400],
    ['a life longer than a year', { name: 'x', scopes: ['read'], expiresInDays: 366 }, 400],
    ['another owner', { name: 'x', scopes: ['read'], user: 'p1@example.com' }, 403],
  ])('is not made with %s', async (_what, body, status) => {
    const tab = await signIn(api.url, await person('trader'));
    expect((await tab.call('POST', '/api/v1/tokens', body)).status).toBe(status);
  });

  it('that nobody ever made, or that was made up as a JWT, is refused', async () => {
    later();
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"admin","role":"admin"}').toString('base64url')}.`;
    for (const token of [none, `sm_${'A'.repeat(32)}`, 'sm_', 'undefined'])
      expect((await api.call('GET', '/api/v1/accounts', undefined, { authorization: `Bearer ${token}` })).status, token).toBe(401);
  });
});

describe('admins look after users', () => {
  it('add, change, disable them and give them new passwords; others may not even look', async () => {
    later();
    const created = await api.call('POST', '/api/v1/users', { email: 'New@Example.com', name: 'New', role: 'viewer' });
    expect(created.status, created.text).toBe(201);
    const given = { email: 'new@example.com', password: String(created.body.password) };
    const tab = await signIn(api.url, given);
    expect(tab.answer.status).toBe(201);
    expect((await tab.call('GET', '/api/v1/users')).status).toBe(403);
    expect((await api.call('POST', '/api/v1/users', { email: 'NEW@example.com', role: 'admin' })).body).toMatchObject({
      code: 'EMAIL_TAKEN',
    });
    expect((await api.call('PUT', '/api/v1/users/new@example.com', { role: 'trader' })).body).toMatchObject({
      role: 'trader',
      name: 'New',
    });
    expect((await tab.call('GET', '/api/v1/session')).status).toBe(401);
    const reset = await api.call('PUT', '/api/v1/users/new@example.com/password', {});
    expect((await signIn(api.url, given)).answer.status).toBe(401);
    expect((await signIn(api.url, { ...given, password: String(reset.body.password) })).answer.status).toBe(201);
    expect((await api.call('DELETE', '/api/v1/users/new@example.com')).status).toBe(204);
    expect((await signIn(api.url, { ...given, password: String(reset.body.password) })).answer.status).toBe(401);
    expect((await api.call('GET', '/api/v1/users/new@example.com')).body).toMatchObject({ disabled: true });
  });
});

/** Every row of every table as text. */
async function dumpOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
    let dump = '';
    for (const { name } of tables.rows) dump += JSON.stringify((await client.query(`SELECT t::text FROM "${name}" t`)).rows);
    return dump;
  } finally {
    await client.end();
  }
}

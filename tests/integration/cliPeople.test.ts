import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../src/cli/signalman.ts';
import { totpCode } from '../../src/ops/totp.ts';
import { type Ran, runInShell } from '../helpers/shell.ts';
import { enrol, signIn } from '../helpers/signIn.ts';
import { ADMIN_TOKEN, type ApiServer, PASSWORD, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

function run(argv: string[], stdin = ''): Promise<Ran> {
  return runInShell(argv, { SIGNALMAN_URL: api.url, ADMIN_API_TOKEN: ADMIN_TOKEN }, stdin);
}

it('from a new colleague to a lost phone, on the command line', async () => {
  const made = await run(['user', 'create', 'ann@example.com', '--role', 'trader', '--name', 'Ann']);
  const [, password = ''] = /not shown again:\n\nPassword {2}(\S+)/.exec(made.out) ?? [];
  expect(made.code, made.err).toBe(0);
  const tab = await signIn(api.url, { email: 'ann@example.com', password });
  await enrol(tab);
  expect((await run(['user', 'list'])).out).toMatch(/ann@example\.com\s+Ann\s+trader\s+yes\s+active/);
  expect((await run(['user', 'totp-reset', 'ann@example.com'])).code).toBe(0);
  expect((await signIn(api.url, { email: 'ann@example.com', password })).answer.status).toBe(201);
  expect((await run(['user', 'password', 'ann@example.com', '--ask-password'], 'correct horse battery\n')).out).not.toContain('correct');
  expect((await signIn(api.url, { email: 'ann@example.com', password: 'correct horse battery' })).answer.status).toBe(201);
  expect((await run(['user', 'role', 'ann@example.com', 'viewer'])).out).toContain('is viewer');
  expect((await run(['user', 'role', 'ann@example.com', 'boss'])).code).toBe(2);
});

it('a second factor is set up and replaced at a terminal', async () => {
  await api.addUser('eve@example.com', 'admin');
  let secret = '';
  let now = Date.now();
  const asked: string[] = [];
  const at = (answers: Record<string, () => string>) => ({
    interactive: true,
    out: () => undefined,
    err: (text: string) => {
      secret = /type in: (\S+)/.exec(text)?.[1] ?? secret;
    },
    askSecret: async (question: string) => {
      asked.push(question);
      return Object.entries(answers).find(([start]) => question.startsWith(start))?.[1]() ?? '';
    },
    readAll: async () => '',
  });
  const code = (): string => {
    now += 30_000;
    return totpCode(secret, now);
  };
  const environment = { SIGNALMAN_URL: api.url };
  now -= 60_000;
  const first = at({ Password: () => PASSWORD, 'Code the app': code });
  expect(await runCli(['user', 'totp', 'eve@example.com'], environment, first)).toBe(0);
  expect(asked).toHaveLength(3);
  const old = secret;
  const again = at({
    Password: () => PASSWORD,
    'Code of the': () => totpCode(old, now + 30_000),
    'The next': () => totpCode(old, now + 60_000),
    'Code the app': () => totpCode(secret, now + 60_000),
  });
  expect(await runCli(['user', 'totp', 'eve@example.com'], environment, again)).toBe(0);
  expect(secret).not.toBe(old);
});

it('a token is made for somebody, listed without itself, and revoked', async () => {
  const wrong = await run(['token', 'create', 'bot', '--user', 'ann@example.com', '--scope', 'trade']);
  expect(wrong.err).toContain('SCOPE_TOO_WIDE');
  const made = await run(['token', 'create', 'bot', '--user', 'ann@example.com', '--scope', 'read', '--days', '7', '--json']);
  const { id, token } = JSON.parse(made.out) as { id: string; token: string };
  const listed = await run(['token', 'list']);
  expect(listed.out).toMatch(/bot\s+ann@example\.com\s+read/);
  expect(listed.out).not.toContain(token);
  const asBot = () => api.call('GET', '/api/v1/accounts', undefined, { authorization: `Bearer ${token}` });
  expect((await asBot()).status).toBe(200);
  expect((await run(['token', 'revoke', id])).code).toBe(0);
  expect((await asBot()).status).toBe(401);
  expect((await run(['user', 'disable', 'ann@example.com'])).out).toContain('may not sign in again');
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/signalman.ts';
import { ADMIN_TOKEN, type ApiAnswer, type ApiServer, PASSWORD, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi({ fourEyes: ['whitelist', 'live_accounts'] });
  for (const name of ['ada', 'bea', 'tom']) await api.addUser(`${name}@example.com`, name === 'tom' ? 'trader' : 'admin');
});
afterAll(() => api.close());

const call = (who: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> => {
  const authorization = `Basic ${Buffer.from(`${who}@example.com:${PASSWORD}`).toString('base64')}`;
  return api.call(method, `/api/v1${path}`, body, { authorization });
};
const items = (answer: ApiAnswer) => answer.body.items as Record<string, unknown>[];
const whitelisted = async () => items(await api.call('GET', '/api/v1/whitelist')).map(({ cidr }) => String(cidr).replace(/\/32$/, ''));
let last = 0;
const propose = async (who = 'ada') => {
  const cidr = `203.0.113.${++last}`;
  const answer = await call(who, 'POST', '/whitelist', { cidr, label: 'office' });
  expect(answer.status, answer.text).toBe(202);
  return { cidr, id: String(answer.body.proposalId) };
};
const decide = (who: string, id: string, decision = 'confirm') => call(who, 'POST', `/proposals/${id}/${decision}`);

describe('what needs four eyes', () => {
  it('waits until another admin confirms it, and is then carried out in both names', async () => {
    const { cidr, id } = await propose();
    expect(await whitelisted()).not.toContain(cidr);
    const [waiting] = items(await call('bea', 'GET', '/proposals'));
    expect(waiting).toMatchObject({ id, topic: 'whitelist', status: 'open', proposedBy: 'user:ada@example.com', decidedBy: null });
    expect(waiting?.summary).toBe(`list ${cidr} ("office") for every hook`);
    expect((await decide('bea', id)).body).toEqual({ id, status: 'confirmed' });
    expect(await whitelisted()).toContain(cidr);
    const actors = items(await api.call('GET', '/api/v1/audit')).map(({ actor, action }) => `${action} ${actor}`);
    expect(actors).toContain('whitelist.put user:bea@example.com with user:ada@example.com');
    expect((await decide('bea', id)).body, 'once').toMatchObject({ status: 409, code: 'PROPOSAL_DECIDED' });
  });

  it.each<[string, (id: string) => Promise<ApiAnswer>]>([
    ['who proposed it', (id) => decide('ada', id)],
    ['a trader', (id) => decide('tom', id)],
    ['a token nobody sits behind', (id) => api.call('POST', `/api/v1/proposals/${id}/confirm`)],
  ])('is not confirmed by %s', async (_who, attempt) => {
    const { cidr, id } = await propose();
    expect((await attempt(id)).status).toBe(403);
    expect(await whitelisted()).not.toContain(cidr);
  });

  it('comes to nothing when it is rejected or taken back', async () => {
    for (const who of ['bea', 'ada']) {
      const { id } = await propose();
      expect((await decide(who, id, 'reject')).body).toMatchObject({ status: 'rejected' });
      expect((await decide('bea', id)).body).toMatchObject({ code: 'PROPOSAL_DECIDED' });
    }
  });

  it('is held on the command line like everywhere else, told as what it is, and confirmed by who signs in for it', async () => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal = {
      interactive: false,
      out: (t: string) => void out.push(t),
      err: (t: string) => void err.push(t),
      askSecret: async () => '',
      readAll: async () => `${PASSWORD}\n`,
    };
    const environment = { SIGNALMAN_URL: api.url, ADMIN_API_TOKEN: ADMIN_TOKEN };
    expect(await runCli(['whitelist', 'add', '198.51.100.77'], environment, terminal)).toBe(0);
    expect(err.join()).toMatch(/^Proposed\. Another admin confirms/);
    expect(await runCli(['proposal', 'list'], environment, terminal)).toBe(0);
    const [, id = ''] = /^(\S+)\s+open\s+token:admin/m.exec(out.join('\n')) ?? [];
    expect(await runCli(['proposal', 'reject', id], environment, terminal)).toBe(0);
    const { cidr, id: another } = await propose();
    expect(await runCli(['proposal', 'confirm', another], environment, terminal), 'nobody said who').toBe(2);
    expect(await runCli(['proposal', 'confirm', another, '--as', 'ada@example.com'], environment, terminal)).toBe(1);
    expect(err.join('\n')).toContain('SECOND_ADMIN_NEEDED');
    expect(await runCli(['proposal', 'confirm', another, '--as', 'bea@example.com', '--json'], environment, terminal)).toBe(0);
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({ id: another, status: 'confirmed' });
    expect(await whitelisted()).toContain(cidr);
    const wrong = { ...terminal, readAll: async () => 'guess' };
    expect(await runCli(['proposal', 'confirm', another, '--as', 'bea@example.com'], environment, wrong)).toBe(1);
    expect(err.at(-1)).toMatch(/^E-mail, password or code is wrong/);
    expect((await api.deps.readModel.people()).sessions, 'signed out again').toEqual([]);
  });
});

describe('a hook', () => {
  it('is no way round the whitelist: its own list grows by nobody’s single word, and it keeps its layer ip', async () => {
    await api.call('POST', '/api/v1/accounts', { name: 'paper', venue: 'paper' });
    const made = { name: 'tv', accounts: ['paper'] };
    expect((await call('ada', 'POST', '/hooks', { ...made, allowlist: ['203.0.113.0/24'] })).body).toMatchObject({
      code: 'SECOND_ADMIN_NEEDED',
    });
    expect((await call('ada', 'POST', '/hooks', made)).status).toBe(201);
    for (const change of [{ allowlist: ['203.0.113.9'] }, { layers: ['path'] }])
      expect((await call('ada', 'PUT', '/hooks/tv', change)).body, JSON.stringify(change)).toMatchObject({ code: 'SECOND_ADMIN_NEEDED' });
    expect((await call('ada', 'PUT', '/hooks/tv', { maxAgeSec: 30 })).status).toBe(200);
    expect((await call('ada', 'POST', '/whitelist', { cidr: '203.0.113.9', scope: 'hook:tv' })).status, 'waits').toBe(202);
  });
});

describe('an account with real credentials', () => {
  it('may not trade before a second admin has enabled it; paper and sandbox accounts may', async () => {
    const credentials = { apiKey: 'k', secret: 's' };
    const live = await call('ada', 'POST', '/accounts', { name: 'live', venue: 'binance', market: 'spot', credentials });
    expect(live.body, live.text).toMatchObject({ name: 'live', enabled: false });
    expect((await call('ada', 'POST', '/accounts', { name: 'toy', venue: 'paper' })).body).toMatchObject({ enabled: true });
    const order = await api.call('POST', '/api/v1/orders', { account: 'live', action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' });
    expect(order.body).toMatchObject({ code: 'ACCOUNT_NOT_CONFIRMED' });
    const told = await api.call('POST', '/api/v1/signals/explain', { account: 'live', action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' });
    expect(told.body).toMatchObject({ dryRun: [{ verdict: 'would_be_refused', code: 'ACCOUNT_NOT_CONFIRMED' }] });
    const waiting = items(await call('bea', 'GET', '/proposals')).find(
      ({ topic, status }) => topic === 'live_accounts' && status === 'open',
    );
    expect(waiting?.summary).toBe('let the account "live" at binance trade');
    expect((await call('ada', 'POST', '/accounts/live/enable')).status, 'her own word again').toBe(202);
    expect((await decide('bea', String(waiting?.id))).status).toBe(200);
    expect((await api.call('GET', '/api/v1/accounts/live')).body).toMatchObject({ enabled: true });
  });
});

describe('one admin does not become two', () => {
  it.each<[string, () => Promise<ApiAnswer>, number]>([
    ['by adding one', () => call('ada', 'POST', '/users', { email: 'puppet@example.com', role: 'admin' }), 403],
    ['by promoting one', () => call('ada', 'PUT', '/users/tom@example.com', { role: 'admin' }), 202],
    ["by another's second factor", () => call('ada', 'DELETE', '/users/bea@example.com/totp'), 202],
    ["by another's chat", () => call('ada', 'POST', '/telegram/codes', { user: 'bea@example.com' }), 403],
    ["by another's password", () => call('ada', 'PUT', '/users/bea@example.com/password', {}), 403],
  ])('%s', async (_how, attempt, status) => {
    const answer = await attempt();
    expect(answer.status, answer.text).toBe(status);
    const tom = await api.call('GET', '/api/v1/users/tom@example.com');
    expect(tom.body).toMatchObject({ role: 'trader' });
    expect((await call('bea', 'GET', '/accounts')).status, 'bea still signs in').toBe(200);
  });

  it('but a second one may be made by two, or on the server', async () => {
    const answer = await call('ada', 'PUT', '/users/tom@example.com', { role: 'admin' });
    const waiting = items(await call('bea', 'GET', '/proposals')).find(({ id }) => id === answer.body.proposalId);
    expect(waiting?.summary).toBe('tom@example.com: role admin');
    expect((await decide('bea', String(answer.body.proposalId))).status).toBe(200);
    expect((await api.call('GET', '/api/v1/users/tom@example.com')).body).toMatchObject({ role: 'admin' });
    expect((await api.call('POST', '/api/v1/users', { email: 'new@example.com', role: 'admin' })).status).toBe(201);
  });
});

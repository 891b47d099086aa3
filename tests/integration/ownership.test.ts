import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, PASSWORD, startApi } from './apiServer.ts';

/** Two traders with an account and a hook each, a viewer, and an account of the house. Everybody has traded once. */
let api: ApiServer;
const orders: Record<string, string> = {};
const signals: Record<string, string> = {};

const as = (who: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${who}@example.com:${PASSWORD}`).toString('base64')}`,
});
const call = (who: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> =>
  api.call(method, `/api/v1${path}`, body, as(who));
const buy = (account: string) => ({ account, action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' });

beforeAll(async () => {
  api = await startApi();
  for (const [name, role] of [
    ['ann', 'trader'],
    ['bob', 'trader'],
    ['vic', 'viewer'],
    ['ada', 'admin'],
  ] as const)
    await api.addUser(`${name}@example.com`, role);
  for (const [account, owner] of [
    ['house', null],
    ['anns', 'ann@example.com'],
    ['bobs', 'bob@example.com'],
  ] as const) {
    expect((await api.call('POST', '/api/v1/accounts', { name: account, venue: 'paper', owner })).body).toMatchObject({ owner });
    const hook = await api.call('POST', '/api/v1/hooks', { name: `tv-${account}`, accounts: [account], owner });
    expect(hook.body, hook.text).toMatchObject({ owner });
    await api.call('POST', '/api/v1/trading/resume', { account });
    const alert = await fetch(String(hook.body.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' }),
    });
    signals[account] = String(((await alert.json()) as { signalId: string }).signalId);
    const order = await api.call('POST', '/api/v1/orders', buy(account));
    expect(order.status, order.text).toBe(201);
    orders[account] = String(order.body.id);
    signals[`${account} by hand`] = String(order.body.signalId);
  }
  const all = Object.values(signals);
  await until(
    async () => {
      const answers = await Promise.all(all.map((id) => api.call('GET', `/api/v1/signals/${id}`)));
      return answers.every(({ body }) => body.status === 'done');
    },
    { what: 'all signals to be done' },
  );
});
afterAll(() => api.close());

const SEES: Record<string, string[]> = {
  ann: ['house', 'anns'],
  bob: ['house', 'bobs'],
  vic: ['house'],
  ada: ['house', 'anns', 'bobs'],
};

describe.each(Object.entries(SEES))('%s sees what is theirs and the house’s, and nothing else:', (who, accounts) => {
  const names = (answer: ApiAnswer, field: string): string[] => {
    expect(answer.status, answer.text).toBe(200);
    return [...new Set((answer.body.items as Record<string, string>[]).map((item) => item[field] ?? ''))].sort();
  };

  it.each([
    ['/accounts', 'name', ''],
    ['/hooks', 'name', 'tv-'],
    ['/orders?limit=200', 'account', ''],
    ['/trades?limit=200', 'account', ''],
    ['/trades/summary', 'account', ''],
    ['/portfolio/positions', 'account', ''],
    ['/portfolio/balances', 'account', ''],
    ['/portfolio/performance', 'account', ''],
    ['/signals?limit=200', 'hook', 'tv-'],
  ])('%s', async (path, field, prefix) => {
    const shown = names(await call(who, 'GET', path), field).filter((name) => name !== '');
    expect(shown).toEqual(accounts.map((account) => prefix + account).sort());
  });

  it('the portfolio and the trading state', async () => {
    const portfolio = (await call(who, 'GET', '/portfolio')).body.accounts as { account: string }[];
    expect(portfolio.map(({ account }) => account).sort()).toEqual([...accounts].sort());
    const state = (await call(who, 'GET', '/trading/state')).body.accounts as { account: string }[];
    expect(state.map(({ account }) => account).sort()).toEqual([...accounts].sort());
  });

  it('single things, by name and by id', async () => {
    for (const account of ['house', 'anns', 'bobs']) {
      const status = accounts.includes(account) ? 200 : 404;
      const paths = [`/accounts/${account}`, `/hooks/tv-${account}`, `/orders/${orders[account]}`, `/signals/${signals[account]}`];
      for (const path of [...paths, `/signals/${signals[`${account} by hand`]}`])
        expect((await call(who, 'GET', path)).status, path).toBe(status);
    }
  });
});

describe('the answer to a command', () => {
  it('is for who gave it and for admins; to others there is no such command', async () => {
    const ids = await Promise.all(
      ['ann', 'bob'].map(async (who) => {
        const { users } = await api.deps.readModel.people();
        const userId = users.find(({ email }) => email === `${who}@example.com`)?.id ?? '';
        const actor = { name: `user:${who}@example.com`, address: null, rights: { userId, role: 'trader', by: 'person' } } as const;
        const done = await api.deps.submit({ kind: 'order.cancel', orderId: 'none' }, actor, { correlationId: 'c', dedupe: null });
        return 'commandId' in done ? done.commandId : '';
      }),
    );
    for (const [who, statuses] of Object.entries({ ann: [200, 202], bob: [202, 200], ada: [200, 200] }))
      for (const [index, id] of ids.entries()) expect((await call(who, 'GET', `/commands/${id}`)).status, who).toBe(statuses[index]);
  });
});

describe('a trader trades', () => {
  it.each([
    ['their own account', 'anns', 201],
    ['one of the house', 'house', 201],
    ["nobody else's, which is not even known to them", 'bobs', 400],
  ])('%s', async (_what, account, status) => {
    const answer = await call('ann', 'POST', '/orders', buy(account));
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text.includes('bobs')).toBe(account === 'bobs' && answer.text.includes('No account \\"bobs\\"'));
  });

  it('and the leader says so again, should a door let it through', async () => {
    const { users } = await api.deps.readModel.people();
    const ann = users.find(({ email }) => email === 'ann@example.com');
    const actor = { name: 'user:ann', address: null, rights: { userId: ann?.id ?? '', role: 'trader', by: 'person' } } as const;
    const accounts = await api.deps.readModel.accounts();
    const open = await api.call('POST', '/api/v1/orders', { ...buy('bobs'), type: 'limit', price: '20000' });
    const bobs = accounts.find(({ name }) => name === 'bobs')?.id ?? '';
    for (const body of [
      { kind: 'order.create', payload: JSON.stringify(buy('bobs')) },
      { kind: 'order.cancel', orderId: String(open.body.id) },
      { kind: 'account.test', accountId: bobs },
      { kind: 'trading.set', action: 'halt', accountId: bobs, reason: null },
      { kind: 'trading.set', action: 'flatten', accountId: null, reason: null },
      { kind: 'trading.set', action: 'resume', accountId: null, reason: null },
      { kind: 'hook.remove', hookId: 'any' },
      { kind: 'account.change', accountId: bobs, ownerId: ann?.id ?? '' },
    ] as const) {
      const done = await api.deps.submit(body, actor, { correlationId: 'c', dedupe: null });
      const answered = done.kind === 'reply' ? done.reply.status : done.kind;
      expect(answered, JSON.stringify(body)).toBe(403);
    }
  });

  it('may halt everything, because that takes nobody’s money, and resume only what is theirs', async () => {
    expect((await call('ann', 'POST', '/trading/halt', {})).status).toBe(200);
    expect((await call('ann', 'POST', '/trading/resume', {})).status).toBe(403);
    expect((await call('ann', 'POST', '/trading/resume', { account: 'anns' })).status).toBe(200);
    expect((await call('ada', 'POST', '/trading/resume', {})).status).toBe(200);
  });
});

describe('ownership', () => {
  it('is never mixed by a hook, and changes with the account', async () => {
    const mixed = await api.call('POST', '/api/v1/hooks', { name: 'mixed', accounts: ['anns', 'bobs'], owner: 'ann@example.com' });
    expect(mixed.body).toMatchObject({ status: 409, code: 'OWNER_MISMATCH' });
    expect((await api.call('PUT', '/api/v1/accounts/anns', { owner: 'bob@example.com' })).body).toMatchObject({ code: 'OWNER_MISMATCH' });
    expect((await api.call('PUT', '/api/v1/accounts/anns', { owner: 'nobody@example.com' })).status).toBe(400);
    await api.call('PUT', '/api/v1/hooks/tv-bobs', { enabled: false });
    expect((await api.call('GET', '/api/v1/hooks/tv-bobs')).body, 'what is left out stays').toMatchObject({ owner: 'bob@example.com' });
    await api.call('DELETE', '/api/v1/hooks/tv-bobs');
    expect((await api.call('PUT', '/api/v1/accounts/bobs', { owner: null })).body).toMatchObject({ owner: null });
    expect((await call('ann', 'GET', '/accounts/bobs')).status).toBe(200);
  });
});

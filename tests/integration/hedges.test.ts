import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/signalman.ts';
import { until } from '../helpers/until.ts';
import { ADMIN_TOKEN, type ApiServer, PASSWORD, startApi } from './apiServer.ts';

/** Hedging rules over the API and the command line, on paper: a trader's account, another's, and one of the house. */
let api: ApiServer;
const as = (who: string) => ({ authorization: `Basic ${Buffer.from(`${who}@example.com:${PASSWORD}`).toString('base64')}` });
const call = (who: string, method: string, path: string, body?: unknown) => api.call(method, `/api/v1${path}`, body, as(who));
const rule = {
  ...{ name: 'cover', ratio: '-1', band: '2%', minIntervalSec: 1 },
  parent: { account: 'anns', symbol: 'BTCUSDT' },
  hedge: { account: 'anns', symbol: 'BTCUSDT.P' },
};

beforeAll(async () => {
  api = await startApi();
  for (const [name, role] of [
    ['ann', 'trader'],
    ['bob', 'trader'],
    ['vic', 'viewer'],
  ] as const)
    await api.addUser(`${name}@example.com`, role);
  for (const [account, owner] of [
    ['house', null],
    ['anns', 'ann@example.com'],
    ['bobs', 'bob@example.com'],
  ] as const)
    expect((await api.call('POST', '/api/v1/accounts', { name: account, venue: 'paper', owner })).status).toBe(201);
});
afterAll(() => api.close());

async function held(symbol: string): Promise<string> {
  const { items } = (await call('ann', 'GET', '/portfolio/positions')).body as {
    items: { account: string; symbol: string; quantity: string }[];
  };
  return items.find((position) => position.account === 'anns' && position.symbol === symbol)?.quantity ?? '0';
}

describe('hedging rules', () => {
  it('are for traders, of accounts that are theirs to trade', async () => {
    expect((await call('vic', 'POST', '/hedges', rule)).status).toBe(403);
    expect((await call('bob', 'POST', '/hedges', rule)).status).toBe(400);
    const added = await call('ann', 'POST', '/hedges', rule);
    expect(added.status, added.text).toBe(201);
    expect(added.body).toMatchObject({
      name: 'cover',
      by: 'base',
      enabled: true,
      last: null,
      parent: { account: 'anns', symbol: 'BTC/USDT' },
    });
    expect((await call('bob', 'GET', '/hedges')).body).toEqual({ items: [], nextCursor: null });
    expect((await call('bob', 'DELETE', '/hedges/cover')).status).toBe(404);
    expect((await call('ann', 'GET', '/hedges/cover')).body).toEqual(added.body);
  });

  it('follow a fill, tell of it, and unwind when the parent is closed', async () => {
    const order = { account: 'anns', action: 'buy', symbol: 'BTCUSDT', quantity: '0.05' };
    expect((await call('ann', 'POST', '/orders', order)).status).toBe(201);
    await until(async () => (await held('BTC/USDT:USDT')).startsWith('-0.0'), { what: 'the hedge to follow' });
    const { last } = (await call('ann', 'GET', '/hedges/cover')).body as { last: { signalId: string; target: string } };
    const { body: signal } = await call('ann', 'GET', `/signals/${last.signalId}`);
    expect(signal).toMatchObject({ source: 'hedge', tag: 'hedge:cover', status: 'done' });
    expect((await call('bob', 'GET', `/signals/${last.signalId}`)).status).toBe(404);
    expect((await call('ann', 'POST', '/orders', { account: 'anns', action: 'close', symbol: 'BTCUSDT' })).status).toBe(201);
    await until(async () => (await held('BTC/USDT:USDT')) === '0', { what: 'the hedge to unwind' });
  });

  it('are changed, stopped, started and refused with words', async () => {
    const changed = await call('ann', 'PUT', '/hedges/cover', { ...rule, ratio: '-0.5' });
    expect([changed.status, changed.body.ratio], changed.text).toEqual([200, '-0.5']);
    expect((await call('ann', 'POST', '/hedges/cover/stop')).body).toMatchObject({ enabled: false });
    expect((await call('ann', 'POST', '/hedges/cover/start')).body).toMatchObject({ enabled: true });
    const cycle = await call('ann', 'POST', '/hedges', { ...rule, name: 'back', ratio: '1', parent: rule.hedge, hedge: rule.parent });
    expect([cycle.status, cycle.body.code], cycle.text).toEqual([409, 'HEDGE_CYCLE']);
    const short = await call('ann', 'POST', '/hedges', { ...rule, name: 'spot', hedge: { account: 'anns', symbol: 'ETHUSDT' } });
    expect([short.status, short.body.code], short.text).toEqual([422, 'SHORT_NOT_SUPPORTED']);
    for (const wrong of [{ ratio: '0' }, { band: '100%' }, { band: '-1' }, { minIntervalSec: 0 }, { ratio: 'x' }])
      expect((await call('ann', 'POST', '/hedges', { ...rule, name: 'wrong', ...wrong })).status).toBe(400);
    expect((await api.call('PUT', '/api/v1/accounts/nope')).status).toBeGreaterThanOrEqual(400);
    expect((await api.call('DELETE', '/api/v1/accounts/anns')).body.code).toBe('ACCOUNT_IN_USE');
  });

  it('can be kept from the command line', async () => {
    const out: string[] = [];
    const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void out.push(text) };
    const run = (...words: string[]) => runCli([...words, '--url', api.url, '--token', ADMIN_TOKEN], {}, terminal as never);
    expect(
      await run('hedge', 'add', 'eth', '--parent', 'house:ETHUSDT', '--hedge', 'house:ETH/USDT:USDT', '--ratio=-1', '--stopped'),
      out.join(),
    ).toBe(0);
    expect(await run('hedge', 'list')).toBe(0);
    expect(out.at(-1)).toMatch(/eth +house ETH\/USDT +house ETH\/USDT:USDT +-1 base +5% +off/);
    for (const word of ['start', 'stop', 'remove']) expect(await run('hedge', word, 'eth'), out.join()).toBe(0);
    expect(await run('hedge', 'add', 'eth', '--parent', 'house', '--hedge', 'house:ETHUSDT.P', '--ratio=-1')).toBe(2);
  });
});

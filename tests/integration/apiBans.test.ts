import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const items = (answer: ApiAnswer) => answer.body.items as Record<string, unknown>[];

describe('bans', () => {
  it('are listed and lifted', async () => {
    const knock = () => fetch(`${api.url}/hooks/no-such-key-anywhere-at-all`, { method: 'POST', body: '{}' });
    await until(async () => (await knock()).status === 403, { what: 'a ban' });
    const [ban] = items(await api.call('GET', '/api/v1/bans'));
    expect(ban).toMatchObject({ address: '127.0.0.1', level: 1 });
    expect(Date.parse(String(ban?.until))).toBeGreaterThan(Date.now());
    expect((await api.call('DELETE', '/api/v1/bans/127.0.0.1')).status).toBe(204);
    expect(items(await api.call('GET', '/api/v1/bans'))).toEqual([]);
    expect((await knock()).status).toBe(401);
    const [row] = items(await api.call('GET', '/api/v1/audit?limit=1'));
    expect(row).toMatchObject({ action: 'ban.lift', subject: '127.0.0.1', actor: 'token:admin' });
  });

  it('are imposed by hand, and lifted', async () => {
    const banned = await api.call('POST', '/api/v1/bans', { address: '2001:db8::1', forSec: 60, reason: 'guesses keys' });
    expect(banned.status, banned.text).toBe(201);
    const listed = items(await api.call('GET', '/api/v1/bans'));
    expect(listed).toMatchObject([
      {
        ...{ address: '2001:db8::1', network: '2001:db8:0:0::/64', appliesTo: 'everything' },
        ...{ level: 0, by: 'token:admin', reason: 'guesses keys', until: banned.body.until },
      },
    ]);
    expect((await api.call('DELETE', '/api/v1/bans/2001:db8::99')).status).toBe(204);
    expect(items(await api.call('GET', '/api/v1/bans'))).toEqual([]);
    const local = await api.call('POST', '/api/v1/bans', { address: '127.0.0.1', forSec: 60 });
    expect(local.status, local.text).toBe(201);
    expect((await fetch(`${api.url}/hooks/any`, { method: 'POST', body: '{}' })).status).toBe(403);
    expect((await api.call('DELETE', '/api/v1/bans/::ffff:127.0.0.1')).status).toBe(204);
  });

  it('are listed page by page', async () => {
    const addresses = ['198.18.0.1', '198.18.0.2', '198.18.0.3'];
    for (const address of addresses) await api.call('POST', '/api/v1/bans', { address });
    const first = await api.call('GET', '/api/v1/bans?limit=2');
    const second = await api.call('GET', `/api/v1/bans?limit=2&cursor=${String(first.body.nextCursor)}`);
    expect([...items(first), ...items(second)].map(({ address }) => address)).toEqual(addresses);
    expect(second.body.nextCursor).toBeNull();
    for (const address of addresses) await api.call('DELETE', `/api/v1/bans/${address}`);
  });

  it('by hand spare the whitelist, unless forced', async () => {
    const refused = await api.call('POST', '/api/v1/bans', { address: '52.89.214.238' });
    expect(refused.body).toMatchObject({ status: 409, code: 'ADDRESS_WHITELISTED', detail: expect.stringContaining('TradingView') });
    expect((await api.call('POST', '/api/v1/bans', { address: '52.89.214.238', force: true })).status).toBe(201);
    expect((await api.call('DELETE', '/api/v1/bans/52.89.214.238')).status).toBe(204);
    expect((await api.call('POST', '/api/v1/bans', { address: 'garbage' })).body).toMatchObject({ mistakes: [{ pointer: '/address' }] });
    expect((await api.call('DELETE', '/api/v1/bans/192.0.2.9?force=true')).status).toBe(204);
  });
});

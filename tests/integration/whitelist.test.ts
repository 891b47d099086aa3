import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, startApi } from './apiServer.ts';

const OFFICE = '203.0.113.5';
const ELSEWHERE = '198.18.0.9';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi({ trustProxyHops: 1 });
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  await api.call('POST', '/api/v1/hooks', { name: 'trend', accounts: ['main'] });
});
afterAll(() => api.close());
afterEach(async () => {
  for (const { id, source } of await listed()) if (source === 'admin') await remove(String(id), '?force=true');
});

/** As if a trusted proxy had received it from there; without, from this machine. */
const from = (address: string) => ({ 'x-forwarded-for': address });
const add = (body: Record<string, unknown>, headers = {}) => api.call('POST', '/api/v1/whitelist', body, headers);
const remove = (id: string, query = '', headers = {}) =>
  api.call('DELETE', `/api/v1/whitelist/${encodeURIComponent(id)}${query}`, undefined, headers);

async function listed(): Promise<Record<string, unknown>[]> {
  return items(await api.call('GET', '/api/v1/whitelist'));
}

function items(answer: ApiAnswer): Record<string, unknown>[] {
  return answer.body.items as Record<string, unknown>[];
}

describe('entries', () => {
  it('are added, shown with who and when, changed, and removed by id or by block', async () => {
    const added = await add({ cidr: '203.0.113.77/24', label: 'office' });
    expect(added.status, added.text).toBe(201);
    expect(added.body).toMatchObject({
      ...{ cidr: '203.0.113.0/24', label: 'office', scope: 'global', hook: null, expiresAt: null },
      ...{ createdBy: 'token:admin', source: 'admin' },
    });
    expect(await listed()).toContainEqual(added.body);
    const changed = await add({ cidr: '203.0.113.0/24', label: 'new office', forSec: 3600 });
    expect([changed.status, changed.body.id, changed.body.label]).toEqual([200, added.body.id, 'new office']);
    expect(Date.parse(String(changed.body.expiresAt))).toBeGreaterThan(Date.now() + 3_500_000);
    expect((await remove('203.0.113.0/24')).status).toBe(204);
    expect((await remove(String(added.body.id))).status).toBe(404);
  });

  it('leave a row in the audit and a notice for operators', async () => {
    await add({ cidr: OFFICE, label: 'office' });
    await remove(OFFICE);
    const rows = items(await api.call('GET', '/api/v1/audit?limit=2'));
    expect(rows).toMatchObject([
      { action: 'whitelist.remove', subject: OFFICE, actor: 'token:admin', before: { label: 'office' }, after: null },
      { action: 'whitelist.put', subject: OFFICE, before: null, after: { scope: 'global', label: 'office' } },
    ]);
  });

  it('of one hook name it', async () => {
    const added = await add({ cidr: OFFICE, scope: 'hook:trend' });
    expect(added.body).toMatchObject({ hook: 'trend', scope: expect.stringMatching(/^hook:.{36}$/) });
    expect((await add({ cidr: OFFICE, scope: 'hook:nobody' })).body).toMatchObject({
      mistakes: [{ pointer: '/scope', code: 'HOOK_UNKNOWN' }],
    });
    await add({ cidr: OFFICE });
    expect((await remove(OFFICE)).body).toMatchObject({ status: 409, code: 'AMBIGUOUS' });
  });

  it.each([
    ['no address', { cidr: 'office' }, 400, 'INVALID_REQUEST'],
    ['the whole internet', { cidr: '0.0.0.0/0', force: true }, 422, 'NETWORK_TOO_WIDE'],
    ['a wide network', { cidr: '10.0.0.0/8' }, 422, 'NETWORK_TOO_WIDE'],
    ['an expiry in the past', { cidr: OFFICE, expiresAt: '2020-01-01T00:00:00Z' }, 422, 'EXPIRY_IN_THE_PAST'],
    ['two expiries', { cidr: OFFICE, expiresAt: '2099-01-01T00:00:00Z', forSec: 5 }, 400, 'INVALID_REQUEST'],
    ['an unknown scope', { cidr: OFFICE, scope: 'everything' }, 400, 'INVALID_REQUEST'],
    ['an unknown field', { cidr: OFFICE, until: 'tomorrow' }, 400, 'INVALID_REQUEST'],
  ])('%s is refused', async (_name, body, status, code) => {
    expect((await add(body)).body).toMatchObject({ status, code });
  });

  it('are for admins to change', async () => {
    await api.addUser('vera@example.com', 'trader');
    const vera = { authorization: `Basic ${Buffer.from('vera@example.com:correct horse battery staple').toString('base64')}` };
    expect((await api.call('GET', '/api/v1/whitelist', undefined, vera)).status).toBe(200);
    expect((await add({ cidr: OFFICE }, vera)).status).toBe(403);
  });

  it('stop at their time, and are swept with a row in the audit', async () => {
    const added = await add({ cidr: OFFICE, forSec: 1 });
    await until(async () => !(await listed()).some(({ id }) => id === added.body.id), { what: 'the entry to end' });
    const swept = async () => items(await api.call('GET', '/api/v1/audit?limit=1'))[0]?.action === 'whitelist.expire';
    await until(swept, { what: 'the entry to be swept' });
  });

  it('of the settings are shown and cannot be removed', async () => {
    const fixed = (await listed()).find(({ source }) => source === 'settings');
    expect(fixed).toMatchObject({ cidr: '198.51.100.0/24', label: 'IP_ALLOWLIST', createdAt: null });
    const refused = await remove('198.51.100.0/24', '?force=true');
    expect(refused.body).toMatchObject({ status: 409, code: 'ENTRY_FIXED', detail: expect.stringContaining('IP_ALLOWLIST') });
  });
});

describe('the list of TradingView', () => {
  const preset = '/api/v1/whitelist/presets/tradingview';
  const addresses = async () => (await listed()).filter(({ source }) => source === 'preset:tradingview').map(({ cidr }) => cidr);

  it('is built in, is replaced when TradingView changes it, and comes back', async () => {
    expect(await addresses()).toEqual(['52.89.214.238', '34.212.75.30', '54.218.53.128', '52.32.178.7']);
    const changed = await api.call('PUT', preset, { addresses: ['203.0.113.20', '203.0.113.21'] });
    expect(changed.body, changed.text).toMatchObject({ name: 'tradingview', stored: ['203.0.113.20', '203.0.113.21'] });
    expect(await addresses()).toEqual(['203.0.113.20', '203.0.113.21']);
    const single = await remove('203.0.113.20');
    expect(single.body).toMatchObject({ status: 409, code: 'ENTRY_OF_PRESET' });
    expect((await api.call('DELETE', preset)).body).toMatchObject({ stored: [] });
    expect(await addresses()).toHaveLength(4);
  });

  it('is refused whole when one address is none, and no other list is known', async () => {
    expect((await api.call('PUT', preset, { addresses: ['203.0.113.20', 'x'] })).body).toMatchObject({
      status: 422,
      code: 'NOT_AN_ADDRESS',
    });
    expect(await addresses()).toHaveLength(4);
    expect((await api.call('PUT', `${preset}s`, {})).status).toBe(404);
  });
});

describe('the API for listed addresses only', () => {
  const asks = async (address: string, path = '/api/v1/orders') => (await api.call('GET', path, undefined, from(address))).status;

  it('closes to all others, probes aside, with the first entry, and opens with the last', async () => {
    expect(await asks(ELSEWHERE)).toBe(200);
    expect((await add({ cidr: OFFICE, scope: 'api' }, from(OFFICE))).status).toBe(201);
    expect([await asks(OFFICE), await asks(ELSEWHERE), await asks(`${OFFICE}, ${ELSEWHERE}`)]).toEqual([200, 403, 403]);
    expect(await asks(ELSEWHERE, '/docs')).toBe(403);
    expect([await asks(ELSEWHERE, '/health'), await asks(ELSEWHERE, '/ready'), await asks(ELSEWHERE, '/metrics')]).toEqual([200, 200, 200]);
    const refused = await api.call('GET', '/api/v1/orders', undefined, { ...from(ELSEWHERE), authorization: '' });
    expect(refused.body).toMatchObject({ status: 403, code: 'ADDRESS_NOT_ALLOWED' });
    expect((await api.call('GET', '/api/v1/orders')).status).toBe(200);
    expect((await remove(OFFICE, '', from(OFFICE))).status).toBe(204);
    expect(await asks(ELSEWHERE)).toBe(200);
  });

  it.each([
    ['adding a first entry without themselves', async () => add({ cidr: OFFICE, scope: 'api' }, from(ELSEWHERE))],
    [
      'removing the entry that lets them in',
      async () => {
        await add({ cidr: ELSEWHERE, scope: 'api' });
        await add({ cidr: OFFICE, scope: 'api' });
        return remove(ELSEWHERE, '', from(ELSEWHERE));
      },
    ],
    [
      'letting it expire before the others',
      async () => {
        await add({ cidr: ELSEWHERE, scope: 'api' });
        await add({ cidr: OFFICE, scope: 'api' });
        return add({ cidr: ELSEWHERE, scope: 'api', forSec: 3600 }, from(ELSEWHERE));
      },
    ],
  ])('nobody locks themselves out by %s', async (_name, attempt) => {
    const refused = await attempt();
    expect(refused.body).toMatchObject({ status: 409, code: 'WOULD_LOCK_YOU_OUT', detail: expect.stringContaining('force') });
    expect(await asks(ELSEWHERE)).toBe(200);
  });

  it('unless they insist', async () => {
    expect((await add({ cidr: OFFICE, scope: 'api', force: true }, from(ELSEWHERE))).status).toBe(201);
    expect(await asks(ELSEWHERE)).toBe(403);
  });
});

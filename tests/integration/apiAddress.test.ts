import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApi } from './apiServer.ts';

const FORGED = '52.89.214.238';
const REAL = '203.0.113.9';

/** The address in the audit trail of a change that was asked for with these headers. */
async function audited(api: ApiServer, headers: Record<string, string>): Promise<unknown> {
  const answer = await api.call('PUT', '/api/v1/risk/limits', { maxOpenOrders: 100 }, headers);
  if (answer.status !== 200) return answer.body.code;
  const { items } = (await api.call('GET', '/api/v1/audit?limit=1')).body as { items: { address: string }[] };
  return items[0]?.address;
}

describe('behind one proxy', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApi({ trustProxyHops: 1 });
  });
  afterAll(() => api.close());

  it('the API takes the address the proxy wrote, never the one the sender did', async () => {
    expect(await audited(api, { 'x-forwarded-for': `${FORGED}, ${REAL}`, 'x-real-ip': FORGED, forwarded: `for=${FORGED}` })).toBe(REAL);
    expect(await audited(api, { 'x-forwarded-for': `::ffff:${REAL}` })).toBe(REAL);
  });

  it('the command line on this machine needs no proxy; a request that had one and does not say whose it is gets in nowhere', async () => {
    expect(await audited(api, {})).toBe('127.0.0.1');
    expect(await audited(api, { 'x-real-ip': FORGED })).toBe('PROXY_NOT_TRUSTED');
    expect(await audited(api, { 'x-forwarded-for': 'unknown' })).toBe('ADDRESS_UNREADABLE');
  });

  it('failed sign-ins are counted against the address the proxy wrote', async () => {
    const guess = (left: string) =>
      api.call('GET', '/api/v1/hooks', undefined, { authorization: 'Bearer wrong', 'x-forwarded-for': `${left}, ${REAL}` });
    const statuses = new Set<number>();
    for (let i = 0; i < 30; i++) statuses.add((await guess(`198.18.0.${i}`)).status);
    expect(statuses).toContain(429);
  });
});

describe('with no proxy', () => {
  it('a forwarding header from this machine is refused, naming the setting', async () => {
    const api = await startApi();
    try {
      const answer = await api.call('GET', '/api/v1/hooks', undefined, { 'x-forwarded-for': FORGED });
      expect(answer.body).toMatchObject({ status: 403, code: 'PROXY_NOT_TRUSTED', detail: expect.stringContaining('TRUST_PROXY_HOPS') });
      expect((await api.call('GET', '/health', undefined, { 'x-forwarded-for': FORGED })).status).toBe(200);
    } finally {
      await api.close();
    }
  });
});

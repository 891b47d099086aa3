import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(() => api.close());

const UNKNOWN = '00000000-0000-8000-8000-000000000000';

it('lists no drift where there is none, and knows its filters', async () => {
  expect(await api.call('GET', '/api/v1/portfolio/drift')).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
  expect((await api.call('GET', '/api/v1/portfolio/drift?account=main&status=gone')).status).toBe(200);
  expect((await api.call('GET', '/api/v1/portfolio/drift?status=lost')).status).toBe(400);
  expect(await api.call('GET', '/api/v1/orders?role=external')).toMatchObject({ status: 200, body: { items: [] } });
});

it('decides about nothing that is not there, and only in its own words', async () => {
  const path = `/api/v1/portfolio/drift/${UNKNOWN}`;
  expect(await api.call('POST', path, { decision: 'adopt' })).toMatchObject({ status: 404 });
  expect(await api.call('POST', path, { decision: 'guess' })).toMatchObject({ status: 400 });
});

it('takes a word only on an order that is in doubt', async () => {
  const resolve = (id: string, body: object) => api.call('POST', `/api/v1/orders/${id}/resolve`, body);
  expect(await resolve(UNKNOWN, { exists: false })).toMatchObject({ status: 404 });
  const { body } = await api.call('POST', '/api/v1/orders', {
    ...{ account: 'main', symbol: 'BTC/USDT', action: 'buy', quantity: '0.01', type: 'limit', price: '1000' },
  });
  const { id } = body as { id: string };
  expect(await resolve(id, { exists: false, venueOrderId: '7' })).toMatchObject({ status: 400 });
  expect(await resolve(id, { exists: false })).toMatchObject({ status: 409, body: { code: 'ORDER_NOT_IN_DOUBT' } });
  expect(await api.call('GET', `/api/v1/orders/${id}`)).toMatchObject({ body: { status: 'open' } });
});

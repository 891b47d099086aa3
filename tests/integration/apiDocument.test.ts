import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { apiRoutes, createApi } from '../../src/api/app.ts';
import type { CandleReader } from '../../src/marketdata/candleStore.ts';
import { createMemoryCandleStore } from '../../src/marketdata/memoryCandleStore.ts';
import { candle, candleJob, EPOCH, MINUTES } from '../contract/marketdataContract.ts';
import { type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi({ deps: { candles: await someCandles() } });
});
afterAll(() => api.close());

/** One series with a candle that was corrected, and the job that did it. */
async function someCandles(): Promise<CandleReader> {
  const store = createMemoryCandleStore(() => EPOCH);
  const at = Date.parse('2026-11-20T12:00:00Z');
  const [series] = await store.claim(EPOCH, [MINUTES], at);
  for (const close of [101, 102]) {
    const state = { covered: { from: at, to: at + 60_000 } };
    await store.update(EPOCH, { seriesId: series?.id ?? 0, at, candles: [candle(at, close)], state });
  }
  await store.saveJob(EPOCH, candleJob('job'));
  return store;
}

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
  readonly security: unknown[];
}

/** `GET /api/v1/orders/{id}` of everything express would really answer. */
function mounted(app: Express): string[] {
  return app.router.stack.flatMap(({ route }) => {
    if (!route) return [];
    const refusesTheRest = route.stack.some(({ method }) => method === 'trace');
    if (refusesTheRest) return [];
    const methods = route.stack.flatMap(({ method }) => (method === undefined ? [] : [method.toUpperCase()]));
    return [...new Set(methods)].map((method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
}

describe('the OpenAPI document', () => {
  it('describes every route that is mounted, and no other', async () => {
    const { body } = await api.call('GET', '/openapi.json', undefined, { authorization: '' });
    expect(body.openapi).toBe('3.1.0');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const described = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.sort()).toEqual(mounted(createApi(api.deps)).sort());
    expect(described.length).toBeGreaterThan(40);
  });

  it('says for each operation who may use it and that it can fail', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const signIn = paths['/api/v1/session']?.post;
    for (const [path, item] of Object.entries(paths)) {
      for (const operation of Object.values(item)) {
        const open = !path.startsWith('/api/') || operation === signIn;
        expect(operation.security.length === 0, path).toBe(open);
        if (path.startsWith('/api/')) expect(operation.responses.default?.content, path).toHaveProperty('application/problem+json');
      }
    }
  });

  it('resolves every reference in it', async () => {
    const { body, text } = await api.call('GET', '/openapi.json');
    const schemas = Object.keys((body.components as { schemas: object }).schemas);
    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((name) => !schemas.includes(name ?? ''))).toEqual([]);
  });
});

describe('answers agree with the document', () => {
  /** Every GET that needs no id, after one order has given everybody something to tell. */
  it('in every list and view', async () => {
    await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
    await api.call('POST', '/api/v1/hooks', { name: 'tv', accounts: ['main'] });
    await api.call('PUT', '/api/v1/risk/limits', { account: 'main', maxOpenOrders: 50 });
    await api.call('POST', '/api/v1/trading/resume', { account: 'main' });
    const order = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' });
    expect(order.status).toBe(201);
    const ids: Record<string, string> = {
      '/api/v1/orders/:id': String(order.body.id),
      '/api/v1/signals/:id': String(order.body.signalId),
      '/api/v1/accounts/:id': 'main',
      '/api/v1/hooks/:id': 'tv',
      '/api/v1/commands/:id': String(order.body.signalId),
    };
    const queries: Record<string, string> = {
      '/api/v1/market-data/ticker': '?symbol=BTC/USDT',
      '/api/v1/market-data/ohlcv': '?symbol=BTC/USDT&timeframe=1m',
      '/api/v1/market-data/corrections': '?symbol=BTC/USDT&timeframe=1m',
    };
    let checked = 0;
    for (const route of apiRoutes(api.deps)) {
      if (route.method !== 'get' || (route.path.includes(':') && !ids[route.path])) continue;
      const path = (ids[route.path] ? route.path.replace(':id', ids[route.path] ?? '') : route.path) + (queries[route.path] ?? '');
      const { status, body, text } = await api.call('GET', path);
      expect(status, `${path}: ${text.slice(0, 300)}`).toBe(200);
      expectToFit(route.answers[200]?.schema, route.path === '/metrics' ? text : body, path);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(20);
    const lists = await api.call('GET', '/api/v1/orders');
    expect(lists.body.items).toHaveLength(1);
  });
});

/** Valid, and with no member the schema does not name: parsing would drop it. */
function expectToFit(schema: z.ZodType | undefined, value: unknown, what: string): void {
  expect(schema, what).toBeDefined();
  const parsed = schema?.safeParse(value);
  expect(parsed?.error?.issues ?? [], what).toEqual([]);
  expect(parsed?.data, what).toEqual(value);
}

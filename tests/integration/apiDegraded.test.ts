import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandClient } from '../../src/api/commandClient.ts';
import { createPostgresCommandLog } from '../../src/commandlog/postgresCommandLog.ts';
import { createPostgresReadModel } from '../../src/ledger/postgresReadModel.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { createHealth } from '../../src/ops/health.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { type ApiServer, startApi } from './apiServer.ts';

describe('while nobody leads', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApi({ leading: false, timeoutMs: 200 });
  });
  afterAll(() => api.close());

  it('a command nobody carries out yet is stored, and says where its answer will be', async () => {
    const answer = await api.call('POST', '/api/v1/trading/halt', {});
    expect(answer.body).toMatchObject({ status: 504, code: 'COMMAND_PENDING', commandId: expect.any(String) });
    expect(answer.headers.get('location')).toBe(answer.body.url);
    const pending = await api.call('GET', String(answer.body.url));
    expect([pending.status, pending.body]).toEqual([202, { id: answer.body.commandId, status: 'pending' }]);
    expect((await api.call('GET', '/api/v1/cluster')).body).toMatchObject({ leader: null, lag: 1 });
  });

  it('a repeat under the same key waits for the same command', async () => {
    const key = { 'idempotency-key': 'halt-now' };
    const first = await api.call('POST', '/api/v1/trading/halt', { reason: 'a' }, key);
    const second = await api.call('POST', '/api/v1/trading/halt', { reason: 'a' }, key);
    expect(second.body.commandId).toBe(first.body.commandId);
  });

  it('says what it cannot know without a leader', async () => {
    expect((await api.call('GET', '/api/v1/trading/state')).body).toMatchObject({ mode: 'active', accounts: [] });
    expect((await api.call('GET', '/api/v1/market-data/symbols')).body).toMatchObject({
      status: 400,
      mistakes: [{ code: 'ACCOUNT_MISSING' }],
    });
  });
});

describe('while the database is away', () => {
  let api: ApiServer;
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 1_000 });
  const log = createPostgresCommandLog({ pool, maxQueue: 10, logger, metrics: createMetrics('away') });
  beforeAll(async () => {
    const readModel = createPostgresReadModel({ pool });
    const health = createHealth();
    health.register('command log', async () => void (await log.lag()));
    api = await startApi({ deps: { readModel, health, submit: createCommandClient({ log, readModel, clock, newId: uuidv7 }) } });
  });
  afterAll(async () => {
    await api.close();
    await log.close();
    await pool.end();
  });

  it('reads are asked to try again, and readiness says why', async () => {
    const answer = await api.call('GET', '/api/v1/orders');
    expect(answer.body).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.text).not.toContain('ECONNREFUSED');
    const ready = await api.call('GET', '/ready');
    expect([ready.status, ready.body]).toMatchObject([503, { ready: false, checks: { 'command log': { ok: false } } }]);
    expect((await api.call('GET', '/health')).status).toBe(200);
  });

  it('a change that cannot be stored promises nothing', async () => {
    const answer = await api.call('POST', '/api/v1/trading/halt', {});
    expect(answer.body).toMatchObject({ status: 503, code: 'COMMAND_NOT_STORED' });
    expect(answer.headers.get('retry-after')).toBe('1');
  });
});

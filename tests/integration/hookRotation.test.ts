import { createHmac } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
let database: pg.Pool;
beforeAll(async () => {
  api = await startApi({ gateway: { ratePoints: 1_000, banThreshold: 10_000 } });
  database = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(async () => {
  await database.end();
  await api.close();
});

interface Keys {
  readonly key: string;
  readonly secret: string;
  readonly hmacKey: string;
}

let count = 0;

/** Posts an alert of its own with these proofs, and returns the status. */
async function knock({ key, secret, hmacKey }: Keys): Promise<number> {
  const body = JSON.stringify({
    ...(secret === '' ? {} : { secret }),
    action: 'buy',
    symbol: 'BTCUSDT',
    quantity: '0.001',
    id: `alert-${++count}`,
  });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = `sha256=${createHmac('sha256', hmacKey).update(`${timestamp}.${body}`).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-signalman-timestamp': timestamp, 'x-signalman-signature': signature };
  return (await fetch(`${api.url}/hooks/${key}`, { method: 'POST', headers, body })).status;
}

async function createHook(name: string): Promise<Keys> {
  const made = await api.call('POST', '/api/v1/hooks', {
    name,
    accounts: ['main'],
    layers: ['ip', 'path', 'secret', 'hmac'],
    ratePoints: 1_000,
  });
  expect(made.status, made.text).toBe(201);
  const { key, secret, hmacKey } = made.body as unknown as Keys;
  return { key, secret, hmacKey };
}

async function rotate(name: string, body?: unknown): Promise<Keys & { oldWorksUntil: Record<string, string | null> }> {
  const answer = await api.call('POST', `/api/v1/hooks/${name}/rotate`, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as unknown as Keys & { oldWorksUntil: Record<string, string | null> };
}

describe('a hook with every proof', () => {
  it('answers its keys once; what is kept of them is hashes and ciphertext', async () => {
    const keys = await createHook('kept');
    expect(await knock(keys)).toBe(202);
    for (const wrong of [{ secret: 'x' }, { hmacKey: 'x' }, { key: keys.secret }]) expect(await knock({ ...keys, ...wrong })).toBe(401);
    const rotated = await rotate('kept');
    const shown = (await api.call('GET', '/api/v1/hooks')).text + (await api.call('GET', '/api/v1/audit?limit=200')).text;
    const tables = ['hooks', 'audit', 'outbox', 'command_log', 'command_replies', 'command_dedupe', 'signals'];
    const dumps = await Promise.all(
      tables.map((table) => database.query(`SELECT coalesce(json_agg(t), '[]')::text AS text FROM ${table} t`)),
    );
    const everything = shown + dumps.map(({ rows }) => rows[0].text).join('');
    for (const value of [keys.key, keys.secret, keys.hmacKey, rotated.key, rotated.secret, rotated.hmacKey]) {
      expect(value).toMatch(/^[\w-]{27,}$/);
      expect(everything).not.toContain(value);
    }
  });
});

describe('a rotation', () => {
  it('renews everything unless told otherwise; old and new work side by side, in any mixture', async () => {
    const old = await createHook('whole');
    const fresh = await rotate('whole', undefined);
    for (const key of ['key', 'secret', 'hmacKey'] as const) {
      expect(fresh[key]).not.toBe(old[key]);
      expect(Date.parse(String(fresh.oldWorksUntil[key])) - Date.now()).toBeGreaterThan(3_500_000);
      expect(await knock({ ...fresh, [key]: old[key] })).toBe(202);
    }
    expect([await knock(old), await knock(fresh)]).toEqual([202, 202]);
    const shown = await api.call('GET', '/api/v1/hooks/whole');
    expect(shown.body.oldWorksUntil).toEqual(fresh.oldWorksUntil);
  });

  it('ends the old when its time is up', async () => {
    const old = await createHook('brief');
    const fresh = await rotate('brief', { overlapSec: 1 });
    expect(await knock(old)).toBe(202);
    await until(async () => (await knock(old)) === 401, { what: 'the old refused' });
    expect(await knock(fresh)).toBe(202);
    expect((await api.call('GET', '/api/v1/hooks/brief')).body.oldWorksUntil).toEqual({ key: null, secret: null, hmacKey: null });
  });

  it('of one thing leaves the others; a second one ends the older', async () => {
    const first = await createHook('parts');
    const second = { ...first, ...(await rotate('parts', { what: ['key'], overlapSec: 600 })) };
    expect([second.secret, second.hmacKey]).toEqual([first.secret, first.hmacKey]);
    const third = { ...second, ...(await rotate('parts', { what: ['key'], overlapSec: 600 })) };
    expect([await knock(first), await knock(second), await knock(third)]).toEqual([401, 202, 202]);
  });

  it('without an overlap cuts at once, also what an earlier one had left', async () => {
    const first = await createHook('leaked');
    const second = await rotate('leaked', {});
    const third = await rotate('leaked', { overlapSec: 0 });
    expect([await knock(first), await knock(second), await knock(third)]).toEqual([401, 401, 202]);
    expect(third.oldWorksUntil).toEqual({ key: null, secret: null, hmacKey: null });
  });

  it('is not undone by a change asked for before it', async () => {
    const first = await createHook('raced');
    const changes = () => Array.from({ length: 5 }, (_, i) => api.call('PUT', '/api/v1/hooks/raced', { maxAgeSec: 60 + i }));
    const before = changes();
    const rotation = rotate('raced', { overlapSec: 0 });
    const answers = await Promise.all([...before, ...changes()]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const second = await rotation;
    expect([await knock(first), await knock(second)]).toEqual([401, 202]);
  });

  it('of what a hook does not have, or of nothing known, is refused', async () => {
    await api.call('POST', '/api/v1/hooks', { name: 'plain', accounts: ['main'] });
    const bad = [
      { what: ['secret'] },
      { what: [] },
      { what: ['key', 'key'] },
      { what: ['name'] },
      { overlapSec: -1 },
      { overlapSec: 1e9 },
      { over: 1 },
    ];
    for (const body of bad) expect((await api.call('POST', '/api/v1/hooks/plain/rotate', body)).status, JSON.stringify(body)).toBe(400);
  });

  it('reaches a person and the audit trail, with what was renewed and nothing of it', async () => {
    await createHook('told');
    await rotate('told', { what: ['secret', 'hmacKey'], overlapSec: 60 });
    const audit = (await api.call('GET', '/api/v1/audit')).body.items as { action: string; subject: string; after: unknown }[];
    expect(audit.find(({ subject }) => subject === 'told')).toMatchObject({
      action: 'hook.rotate',
      after: { rotated: ['secret', 'HMAC key'], overlapSec: 60 },
    });
    const { rows } = await database.query('SELECT text FROM outbox WHERE text LIKE \'%"told"%\'');
    expect(rows[0]?.text).toMatch(/New secret, HMAC key for the hook "told", by token:admin\. What it had before works for 60 s more\./);
  });
});

describe('a layer that is added later', () => {
  it('brings its key, shown once; taken away and added again it brings another', async () => {
    const made = await api.call('POST', '/api/v1/hooks', { name: 'later', accounts: ['main'] });
    const added = await api.call('PUT', '/api/v1/hooks/later', { layers: ['ip', 'path', 'hmac'] });
    expect(added.body.hmacKey).toMatch(/^[\w-]{27,}$/);
    expect((await api.call('PUT', '/api/v1/hooks/later', { layers: ['ip', 'path', 'hmac'] })).body.hmacKey).toBeUndefined();
    const keys = { key: String(made.body.key), secret: '', hmacKey: String(added.body.hmacKey) };
    expect(await knock({ ...keys, hmacKey: 'x' })).toBe(401);
    await api.call('PUT', '/api/v1/hooks/later', { layers: ['ip', 'path'] });
    const again = await api.call('PUT', '/api/v1/hooks/later', { layers: ['hmac'] });
    expect(again.body.hmacKey).not.toBe(added.body.hmacKey);
  });
});

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { clusterEnvironment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

const account = { name: 'spot', venue: 'binance', market: 'spot', credentials: { apiKey: 'key-id', secret: 'api-secret' } };
const newKey = () => randomBytes(32).toString('base64');

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(environment: Record<string, string>): Promise<Instance> {
  const instance = await startInstance(environment);
  closing.push(() => instance.close());
  return instance;
}

it('a key from the environment is changed: both, rotate, one; and a start without the right one is refused', async () => {
  const database = await createTestDatabase();
  closing.push(() => database.drop());
  const [old, next] = [newKey(), newKey()];
  const instance = await start({ ...clusterEnvironment(), DATABASE_URL: database.url, SECRETS_KEY: old });
  expect((await instance.call('POST', '/api/v1/accounts', account)).status).toBe(201);
  await expect(instance.restart({ SECRETS_KEY: next })).rejects.toThrow(/1 × account credentials with key [0-9a-f]{12}/);
  expect(instance.output()).not.toContain(old);
  await instance.restart({ SECRETS_KEY: next, SECRETS_KEY_PREVIOUS: old });
  expect((await instance.call('POST', '/api/v1/secrets/rotate', {})).body).toMatchObject({ rewrapped: 1, outdated: 0, newKey: false });
  await instance.restart({ SECRETS_KEY: next, SECRETS_KEY_PREVIOUS: undefined });
  expect((await instance.call('GET', '/api/v1/secrets')).body).toMatchObject({ outdated: 0, keyIds: [expect.any(String)] });
});

it('the key file is changed in one call, survives a kill, and the old key is forgotten at the next start', async () => {
  const { HOST, ADMIN_API_TOKEN, ADMIN_PASSWORD } = clusterEnvironment() as {
    HOST: string;
    ADMIN_API_TOKEN: string;
    ADMIN_PASSWORD: string;
  };
  const instance = await start({ HOST, ADMIN_API_TOKEN, ADMIN_PASSWORD });
  const previous = join(instance.directory, '.data/secrets.key.previous');
  expect((await instance.call('POST', '/api/v1/accounts', account)).status).toBe(201);
  const { keyId } = (await instance.call('GET', '/api/v1/secrets')).body;
  const rotated = await instance.call('POST', '/api/v1/secrets/rotate', {});
  expect(rotated.body).toMatchObject({ source: 'file', newKey: true, rewrapped: 1, outdated: 0 });
  expect(existsSync(previous)).toBe(true);
  await instance.kill('SIGKILL');
  await instance.restart();
  expect(existsSync(previous)).toBe(false);
  const after = (await instance.call('GET', '/api/v1/secrets')).body;
  expect(after).toMatchObject({ outdated: 0, keyIds: [rotated.body.keyId] });
  expect(after.keyId).not.toBe(keyId);
});

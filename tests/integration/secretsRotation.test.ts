import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertKeysKnown, createStoredSecrets } from '../../src/ledger/secretKeeper.ts';
import { createKeyRing, createSecretBox, SecretsKeyMismatchError } from '../../src/ops/secrets.ts';
import { type ApiServer, startApi } from './apiServer.ts';

const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as [string, string];
const CREDENTIALS = { apiKey: 'key-id', secret: 'api-secret' };
/** More than one batch. */
const ACCOUNTS = 450;
/** The one in use and the one it replaced. */
const HMAC_KEYS = 2;

let keys: readonly string[] = [OLD];
let api: ApiServer;
let pool: pg.Pool;

beforeAll(async () => {
  api = await startApi({ secretsKeys: () => keys });
  pool = new pg.Pool({ connectionString: api.databaseUrl, max: 2 });
  const account = { name: 'spot', venue: 'binance', market: 'spot', credentials: CREDENTIALS };
  expect((await api.call('POST', '/api/v1/accounts', account)).status).toBe(201);
  const hook = { name: 'signed', accounts: ['spot'], layers: ['ip', 'path', 'hmac'] };
  expect((await api.call('POST', '/api/v1/hooks', hook)).status).toBe(201);
  expect((await api.call('POST', '/api/v1/hooks/signed/rotate', { what: ['hmacKey'], overlapSec: 3600 })).status).toBe(200);
  const box = createSecretBox(OLD);
  const more = Array.from({ length: ACCOUNTS }, (_, i) => ({
    id: `more-${i}`,
    sealed: box.seal(JSON.stringify(CREDENTIALS), `more-${i}`),
  }));
  await pool.query(
    `INSERT INTO accounts (id, name, venue, sandbox, sealed_credentials, settings, created_at)
     SELECT id, id, 'binance', false, sealed, '{}', now() FROM json_to_recordset($1) AS given (id text, sealed text)`,
    [JSON.stringify(more)],
  );
});
afterAll(async () => {
  await pool.end();
  await api.close();
});

const rotate = () => api.call('POST', '/api/v1/secrets/rotate', {});
const status = async () => (await api.call('GET', '/api/v1/secrets')).body;
const sealedNow = async () =>
  (await pool.query<{ id: string; sealed: string }>('SELECT id, sealed_credentials AS sealed FROM accounts')).rows;

it('leaves everything as it is while there is one key only', async () => {
  const { keyId } = createSecretBox(OLD);
  expect(await status()).toMatchObject({
    keyId,
    keyIds: [keyId],
    outdated: 0,
    records: expect.arrayContaining([expect.objectContaining({ place: 'account credentials', count: ACCOUNTS + 1, known: true })]),
  });
  expect((await rotate()).body).toMatchObject({ rewrapped: 0, outdated: 0, newKey: false });
});

it('refuses a leader that seals with another key than the instance asked', async () => {
  const body = { kind: 'secrets.rewrap', toKeyId: 'another', after: null } as const;
  const submitted = await api.deps.submit(body, { name: 'test', address: null }, { correlationId: 'c', dedupe: null });
  expect(submitted).toMatchObject({ kind: 'reply', reply: { status: 409, body: { code: 'SECRETS_KEY_DIFFERS' } } });
});

it('wraps every record with the new key, in batches, and says what it cannot open', async () => {
  keys = [NEW, OLD];
  const foreign = createSecretBox(randomBytes(32).toString('base64')).seal('{}', 'more-7');
  await pool.query('UPDATE accounts SET sealed_credentials = $1 WHERE id = $2', [foreign, 'more-7']);
  const before = new Map((await sealedNow()).map(({ id, sealed }) => [id, sealed]));
  expect((await rotate()).body).toMatchObject({ rewrapped: ACCOUNTS + HMAC_KEYS, unreadable: ['account credentials/more-7'], outdated: 1 });
  const box = createSecretBox(NEW);
  for (const { id, sealed } of await sealedNow()) {
    if (id === 'more-7') expect(sealed).toBe(foreign);
    else {
      expect(JSON.parse(box.open(sealed, id))).toEqual(CREDENTIALS);
      expect(sealed.split('.')[3]).toBe(before.get(id)?.split('.')[3]);
    }
  }
  expect((await rotate()).body).toMatchObject({ rewrapped: 0, outdated: 1 });
});

it('reaches what the leader has in memory: a change of settings does not bring the old wrapping back', async () => {
  expect((await api.call('PUT', '/api/v1/hooks/signed', { maxAgeSec: 30 })).status).toBe(200);
  const { records } = (await status()) as { records: { place: string; keyId: string; count: number }[] };
  const { keyId } = createSecretBox(NEW);
  expect(records.filter(({ place }) => place.startsWith('HMAC keys'))).toEqual([
    { place: 'HMAC keys of hooks', keyId, count: 1, known: true },
    { place: 'HMAC keys of hooks that a rotation replaced', keyId, count: 1, known: true },
  ]);
});

it('records each batch in the audit trail, without a secret in it', async () => {
  const { items } = (await api.call('GET', '/api/v1/audit?limit=50')).body as {
    items: { action: string; before: unknown; after: { rewrapped: number } }[];
  };
  const batches = items.filter(({ action }) => action === 'secrets.rewrap').map(({ after }) => after.rewrapped);
  expect(batches.filter((count) => count > 0)).toEqual([ACCOUNTS + HMAC_KEYS - 400, 200, 200]);
  expect(JSON.stringify(items)).not.toContain('sm1.');
});

it('refuses a start with a key missing, naming the ids, and takes one with all of them', async () => {
  const refusal = assertKeysKnown(createStoredSecrets({ pool, ring: createKeyRing(() => [NEW]) }));
  await expect(refusal).rejects.toThrow(SecretsKeyMismatchError);
  await expect(refusal).rejects.toThrow(/1 × account credentials with key [0-9a-f]{12}.*SECRETS_KEY_PREVIOUS/);
  await pool.query('UPDATE accounts SET sealed_credentials = NULL WHERE id = $1', ['more-7']);
  await assertKeysKnown(createStoredSecrets({ pool, ring: createKeyRing(() => [NEW]) }));
});

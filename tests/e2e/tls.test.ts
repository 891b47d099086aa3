import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientCertificate, createAuthority, type Identity, serverCertificate } from '../helpers/certificates.ts';
import { clusterEnvironment, type Environment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { type Ran, runInShell } from '../helpers/shell.ts';
import { until } from '../helpers/until.ts';

let authority: Identity;
let database: TestDatabase;
let instance: Instance;
let environment: Environment;
let directory: string;

const file = (name: string): string => join(directory, name);

/** A certificate for a name that is not 127.0.0.1, as a real one is. */
async function renew(): Promise<void> {
  const identity = await serverCertificate(authority, ['signals.example.com']);
  writeFileSync(file('cert.pem'), `${identity.cert}\n${authority.cert}\n`);
  writeFileSync(file('key.pem'), identity.key);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'signalman-tls-'));
  authority = await createAuthority('Test CA');
  await renew();
  writeFileSync(file('ca.pem'), authority.cert);
  database = await createTestDatabase();
  const tls = { TLS_CERT: file('cert.pem'), TLS_KEY: file('key.pem'), TLS_CLIENT_CA: file('ca.pem') };
  environment = { ...clusterEnvironment(), ...tls, DATABASE_URL: database.url, DATA_DIR: directory };
  instance = await startInstance(environment);
});
afterAll(async () => {
  await instance.close();
  await database.drop();
  rmSync(directory, { recursive: true });
});

interface Heard {
  readonly status: number;
  readonly text: string;
  readonly fingerprint: string;
}

function ask(path: string, options: { body?: string; client?: Identity; port?: number } = {}): Promise<Heard> {
  const { body, client } = options;
  const identity = client ? { cert: client.cert, key: client.key } : {};
  const target = { host: '127.0.0.1', port: new URL(instance.url).port, servername: 'signals.example.com', ca: authority.cert, path };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...target, ...identity, method: body ? 'POST' : 'GET', agent: false }, (response) => {
      const { fingerprint256: fingerprint } = (response.socket as TLSSocket).getPeerCertificate();
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, fingerprint }));
    });
    outgoing.on('error', reject).end(body);
  });
}

/** The command line in the environment of the instance, which says where it listens and with which certificate. */
function cli(argv: string[], more: Environment = {}): Promise<Ran> {
  return runInShell(argv, { ...environment, PORT: new URL(instance.url).port, ...more });
}

it('says that it speaks HTTPS, and serves API, documentation and health over it', async () => {
  expect(instance.url).toMatch(/^https:/);
  expect((await ask('/health')).status).toBe(200);
  expect((await ask('/docs')).status).toBe(200);
  expect(JSON.parse((await ask('/openapi.json')).text)).toMatchObject({ openapi: '3.1.0' });
  expect((await ask('/api/v1/hooks')).status).toBe(401);
});

it('the command line trusts the certificate it shares with the instance, and no other', async () => {
  expect(await cli(['account', 'add', 'main', '--venue', 'paper'])).toMatchObject({ code: 0 });
  const doctor = await cli(['doctor']);
  expect(doctor.out).toMatch(/✓ TLS: .*valid until 20/);
  expect(doctor.out).toContain('client certificates: verified here');
  const other = await serverCertificate(await createAuthority('Test CA'), ['signals.example.com']);
  writeFileSync(file('other.pem'), other.cert);
  const strange = await cli(['account', 'list'], { TLS_CERT: file('other.pem') });
  expect(strange).toMatchObject({ code: 1, err: expect.stringContaining('cannot be reached') });
});

it("a hook that demands TradingView's certificate trades on it, and on nothing less", async () => {
  const made = await cli(['hook', 'create', 'tv', '--account', 'main', '--layers', 'ip,path,mtls', '--json']);
  expect(made.code, made.err).toBe(0);
  const { pathname } = new URL((JSON.parse(made.out) as { url: string }).url);
  const body = '{"action":"buy","symbol":"BTCUSDT","quantity":"0.01"}';
  expect((await ask(pathname, { body })).status).toBe(401);
  const { status, text } = await ask(pathname, { body, client: await clientCertificate(authority) });
  expect(status).toBe(202);
  const { signalId } = JSON.parse(text) as { signalId: string };
  await until(async () => (await cli(['signal', 'show', signalId])).out.includes('done'), { what: 'the order filled', timeoutMs: 15_000 });
});

it('a renewed certificate is served without a restart', async () => {
  const before = (await ask('/health')).fingerprint;
  await renew();
  process.kill(instance.pid, 'SIGHUP');
  await until(async () => (await ask('/health')).fingerprint !== before, { what: 'the new certificate' });
  expect(await cli(['account', 'list'])).toMatchObject({ code: 0 });
});

it('without TLS_CLIENT_CA the hook is shut, and start and doctor say so', async () => {
  await instance.restart({ TLS_CLIENT_CA: '' });
  environment = { ...environment, TLS_CLIENT_CA: '' };
  await until(() => /demands a client certificate, and nothing here verifies one/.test(instance.output()), {
    what: 'the warning at start',
  });
  expect(await cli(['doctor'])).toMatchObject({ code: 1, out: expect.stringContaining('✗ hook tv: demands a client certificate') });
});

it('wrong files stop the start with the name of the setting', async () => {
  await expect(instance.restart({ TLS_KEY: file('ca.pem') })).rejects.toThrow(/TLS_KEY \(.*\) is not the key of TLS_CERT/);
});

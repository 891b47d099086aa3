import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Agent, Agent as HttpsAgent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { followTlsFiles, readTlsFiles, TlsFilesError } from '../../src/ops/tlsFiles.ts';
import { clientCertificate, createAuthority, type Identity, serverCertificate, TRADINGVIEW_SUBJECT } from '../helpers/certificates.ts';
import { until } from '../helpers/until.ts';
import { alertBody, KEYS, startGateway, type TestServer } from './gatewayServer.ts';

let authority: Identity;
let stranger: Identity;
let ours: Identity;
let directory: string;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority('Test CA'), createAuthority('Test CA')]);
  ours = await serverCertificate(authority);
  directory = mkdtempSync(join(tmpdir(), 'signalman-tls-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const plenty = { ratePoints: 1_000, banThreshold: 10_000 };

function material(identity: Identity, ca?: Identity) {
  const { cert, key } = { cert: Buffer.from(identity.cert), key: Buffer.from(identity.key) };
  return ca ? { cert, key, ca: Buffer.from(ca.cert) } : { cert, key };
}

interface Heard {
  readonly status: number;
  readonly text: string;
  /** Of the certificate that was served. */
  readonly fingerprint: string;
  readonly resumed: boolean;
}

let count = 0;

/** Posts an alert over TLS, with a client certificate or without. */
function post(server: TestServer, key: string, client: Identity | null, agent?: Agent): Promise<Heard> {
  const body = alertBody({ tag: `n${++count}` });
  const identity = client ? { cert: client.cert, key: client.key } : {};
  const options = { host: '127.0.0.1', port: server.port, method: 'POST', path: `/hooks/${key}`, ca: authority.cert, ...identity };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, ...(agent ? { agent } : { agent: false }) }, (response) => {
      const socket = response.socket as TLSSocket;
      const heard = { fingerprint: socket.getPeerCertificate().fingerprint256, resumed: socket.isSessionReused() };
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, ...heard }));
    });
    outgoing.on('error', reject).end(body);
  });
}

describe('our own TLS listener', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGateway({
      settings: { ...plenty, certificates: { kind: 'tls' } },
      tls: { ...material(ours), ca: Buffer.from(authority.cert) },
    });
  });
  afterAll(() => server.close());

  it("lets TradingView's certificate in, and does not ask others of hooks that demand none", async () => {
    expect((await post(server, KEYS.certified, await clientCertificate(authority))).status).toBe(202);
    expect((await post(server, KEYS.open, null)).status).toBe(202);
    expect((await post(server, KEYS.open, await clientCertificate(stranger))).status).toBe(202);
  });

  const yesterday = new Date(Date.now() - 86_400_000);
  const forged: [string, () => Promise<Identity | null>][] = [
    ['no certificate', async () => null],
    ['one of another authority with the same name', () => clientCertificate(stranger)],
    ['one signed by nobody', async () => createAuthority('TradingView Webhooks')],
    ['one that has ended', () => clientCertificate(authority, { notBeforeDate: new Date(0), notAfterDate: yesterday })],
    ['one for servers', () => clientCertificate(authority, { forServers: true })],
    [
      'another name',
      () => clientCertificate(authority, { subject: [{ name: 'commonName', value: 'TradingView' }, ...TRADINGVIEW_SUBJECT.slice(1)] }),
    ],
    [
      'another organization',
      () =>
        clientCertificate(authority, { subject: [...TRADINGVIEW_SUBJECT.slice(0, 1), { name: 'organizationName', value: 'TradingView' }] }),
    ],
    ['no organization', () => clientCertificate(authority, { subject: TRADINGVIEW_SUBJECT.slice(0, 1) })],
    ['the name twice', () => clientCertificate(authority, { subject: [{ name: 'commonName', value: 'mallory' }, ...TRADINGVIEW_SUBJECT] })],
    [
      'both names in one',
      () => clientCertificate(authority, { subject: [{ name: 'commonName', value: 'TradingView Webhooks, O=TradingView, Inc.' }] }),
    ],
  ];
  it.each(forged)('refuses %s like a wrong key', async (_name, client) => {
    const refused = await post(server, KEYS.certified, await client());
    const unknown = await post(server, 'nobody-knows-this-key-0123456789', null);
    expect([refused.status, refused.text]).toEqual([401, unknown.text]);
  });

  it('a resumed session without a certificate proves nothing', async () => {
    const agent = new HttpsAgent({ keepAlive: false, maxCachedSessions: 10 });
    const heard: Heard[] = [];
    for (let i = 0; i < 3; i++) heard.push(await post(server, KEYS.certified, null, agent));
    expect(heard.some(({ resumed }) => resumed)).toBe(true);
    expect(heard.map(({ status }) => status)).toEqual([401, 401, 401]);
    agent.destroy();
  });
});

describe('the files of the certificate', () => {
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  it('are replaced without a restart, once they belong together', async () => {
    const files = { cert: write('cert.pem', ours.cert), key: write('key.pem', ours.key), clientCa: null };
    const inUse = readTlsFiles(files);
    const server = await startGateway({ settings: plenty, tls: inUse });
    const [stopping, next] = [new AbortController(), await serverCertificate(authority)];
    const following = followTlsFiles({
      server: server.https(),
      files,
      inUse,
      clock: systemClock,
      logger: silentLogger,
      signal: stopping.signal,
    });
    try {
      const before = (await post(server, KEYS.open, null)).fingerprint;
      write('cert.pem', next.cert); // Half a renewal: the key does not fit yet.
      process.emit('SIGHUP');
      expect((await post(server, KEYS.open, null)).fingerprint).toBe(before);
      write('key.pem', next.key);
      await until(
        async () => {
          process.emit('SIGHUP');
          return (await post(server, KEYS.open, null)).fingerprint !== before;
        },
        { what: 'the new certificate served' },
      );
    } finally {
      stopping.abort();
      await following;
      await server.close();
    }
  });

  it.each<[string, (path: (name: string) => string) => { cert: string; key: string; clientCa: string | null }, string]>([
    ['a file that is not there', (path) => ({ cert: path('none.pem'), key: path('k.pem'), clientCa: null }), 'TLS_CERT names'],
    ['a certificate that is none', (path) => ({ cert: path('nonsense.pem'), key: path('k.pem'), clientCa: null }), 'TLS_CERT ('],
    ['the key of another', (path) => ({ cert: path('c.pem'), key: path('other.pem'), clientCa: null }), 'TLS_KEY ('],
    [
      'an authority that is none',
      (path) => ({ cert: path('c.pem'), key: path('k.pem'), clientCa: path('nonsense.pem') }),
      'TLS_CLIENT_CA (',
    ],
  ])('%s is told by the name of its setting', (_name, files, message) => {
    for (const [name, text] of [
      ['c.pem', ours.cert],
      ['k.pem', ours.key],
      ['other.pem', stranger.key],
      ['nonsense.pem', 'nonsense'],
    ] as const)
      write(name, text);
    const read = () => readTlsFiles(files((name) => join(directory, name)));
    expect(read).toThrow(TlsFilesError);
    expect(read).toThrow(message);
  });
});

describe('a proxy that passes the certificate on', () => {
  const subject = 'CN=TradingView Webhooks,O=TradingView\\, Inc.,C=US';
  const headers = { subjectHeader: 'x-client-cert-subject', verifyHeader: 'x-client-cert-verify' } as const;

  async function answers(proxy: { verifyHeader: string | null }, sent: Record<string, string | readonly string[]>): Promise<number> {
    const certificates = { kind: 'proxy' as const, ...headers, ...proxy };
    const server = await startGateway({ settings: { ...plenty, trustProxyHops: 1, certificates }, allowlist: ['203.0.113.7'] });
    try {
      return (await server.post({ key: KEYS.certified, from: '203.0.113.7', headers: sent })).status;
    } finally {
      await server.close();
    }
  }

  it.each<[string, string | null, Record<string, string | readonly string[]>, number]>([
    ['verified', headers.verifyHeader, { 'x-client-cert-subject': subject, 'x-client-cert-verify': 'SUCCESS' }, 202],
    ['verified by a proxy that only passes on what it verified', null, { 'x-client-cert-subject': subject }, 202],
    [
      'not verified',
      headers.verifyHeader,
      { 'x-client-cert-subject': subject, 'x-client-cert-verify': 'FAILED:self signed certificate' },
      401,
    ],
    ['without a word on verifying', headers.verifyHeader, { 'x-client-cert-subject': subject }, 401],
    ['none', headers.verifyHeader, { 'x-client-cert-verify': 'SUCCESS' }, 401],
    ['empty', null, { 'x-client-cert-subject': '' }, 401],
    ['of somebody else', null, { 'x-client-cert-subject': 'CN=mallory,O=TradingView\\, Inc.' }, 401],
    ['sent along by the client and appended to by the proxy', null, { 'x-client-cert-subject': [subject, 'CN=mallory'] }, 401],
  ])('%s', async (_name, verifyHeader, sent, status) => expect(await answers({ verifyHeader }, sent)).toBe(status));

  it('is not believed where no proxy is said to verify', async () => {
    for (const kind of ['none', 'tls'] as const) {
      const server = await startGateway({ settings: { ...plenty, trustProxyHops: 1, certificates: { kind } }, allowlist: ['203.0.113.7'] });
      const sent = { 'x-client-cert-subject': subject, 'x-client-cert-verify': 'SUCCESS' };
      expect((await server.post({ key: KEYS.certified, from: '203.0.113.7', headers: sent })).status).toBe(401);
      await server.close();
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, runInShell } from '../helpers/shell.ts';
import { ADMIN_TOKEN, type ApiServer, startApi } from './apiServer.ts';

interface RanWithData extends Ran {
  readonly data: Record<string, unknown>;
}

let api: ApiServer;
let directory: string;
/** The environment of a shell on the instance's machine: no token, but the file the instance left. */
let environment: Record<string, string>;

beforeAll(async () => {
  api = await startApi();
  directory = mkdtempSync(join(tmpdir(), 'signalman-cli-'));
  writeFileSync(join(directory, 'admin-token'), `${ADMIN_TOKEN}\n`, { mode: 0o600 });
  environment = { DATA_DIR: directory, SIGNALMAN_URL: api.url, PORT: new URL(api.url).port };
});
afterAll(async () => {
  await api.close();
  rmSync(directory, { recursive: true });
});

async function run(argv: string[], more: { environment?: Record<string, string>; stdin?: string } = {}): Promise<RanWithData> {
  const ran = await runInShell(argv, { ...environment, ...more.environment }, more.stdin);
  return { ...ran, data: argv.includes('--json') ? JSON.parse(ran.out) : {} };
}

describe('from nothing to a filled order on the command line', () => {
  let url = '';

  it('adds a paper account and tests it', async () => {
    expect(await run(['account', 'add', 'main', '--venue', 'paper'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('"main" is added'),
    });
    expect(await run(['account', 'test', 'main'])).toMatchObject({ code: 0, out: expect.stringMatching(/^✓ settings/) });
    expect((await run(['account', 'list'])).out).toMatch(/^NAME\s+VENUE.*\nmain\s+paper\s+all\s+paper/);
  });

  it('makes a hook and shows its URL and secret once', async () => {
    const created = await run(['hook', 'create', 'tv', '--account', 'main', '--json']);
    expect(created.data).toMatchObject({ name: 'tv', accounts: ['main'], url: expect.stringContaining(`${api.url}/hooks/`) });
    url = String(created.data.url);
    const guarded = await run(['hook', 'create', 'guarded', '--account', 'main', '--layer', 'secret', '--max-age', '30']);
    expect(guarded.out).toMatch(/not shown again[\s\S]*URL\s+http[\s\S]*Secret\s+\S{27}/);
    expect((await run(['hook', 'list'])).out).toMatch(/guarded\s+main\s+ip\+path\+secret\s+30 s\s+on/);
  });

  it('sends a test alert and follows it to its fill', async () => {
    const sent = await run(['send', url, '--symbol', 'BTCUSDT', '--quantity', '0.01']);
    expect(sent.code, sent.err).toBe(0);
    expect(sent.out).toMatch(/^Accepted as signal [0-9a-f-]{36}/);
    expect(sent.out).toMatch(/received[\s\S]*fill/);
    const last = await run(['signal', 'show', 'last', '--json']);
    expect(last.data).toMatchObject({ status: 'done', hook: 'tv', orders: [{ symbol: 'BTC/USDT', status: 'filled' }] });
    expect((await run(['signal', 'list'])).out).toMatch(/tv\s+done/);
    const asToldOnThePhone = String(last.data.id).slice(-8);
    expect((await run(['signal', 'show', asToldOnThePhone])).out).toContain(`Signal ${String(last.data.id)}: done`);
  });

  it('sends a message of its own, and fails when the signal is refused', async () => {
    const sent = await run(['send', url, '{"action":"buy","symbol":"NOPEUSDT","quantity":"1"}', '--json']);
    expect(sent).toMatchObject({ code: 1, data: { status: 'refused', code: 'SYMBOL_UNKNOWN' } });
  });

  it("tells the gateway's mistakes as it names them", async () => {
    const sent = await run(['send', url, '{"action":"hold","symbol":"BTCUSDT"}']);
    expect(sent.code).toBe(1);
    expect(sent.err).toMatch(/ALERT_NOT_UNDERSTOOD[\s\S]*\/action/);
  });

  it('lists and cancels orders', async () => {
    const order = await api.call('POST', '/api/v1/orders', {
      action: 'buy',
      symbol: 'BTCUSDT',
      quantity: '1',
      type: 'limit',
      price: '100',
      account: 'main',
    });
    const id = String(order.body.id);
    expect((await run(['order', 'list', '--open'])).out).toContain(id);
    expect((await run(['order', 'cancel', id])).out).toBe(`Order ${id} is canceled.`);
    expect(await run(['order', 'cancel', id])).toMatchObject({ code: 1, err: expect.stringContaining('ORDER_NOT_OPEN') });
    expect((await run(['order', 'list', '--open'])).out).toBe('No order fits.');
  });

  it('keeps the whitelist', async () => {
    const added = await run(['whitelist', 'add', '203.0.113.5', '--for', '2h', '--label', 'office']);
    expect(added.out).toMatch(/^203\.0\.113\.5 is listed for every hook until \S+Z\.$/);
    expect((await run(['whitelist', 'list'])).out).toMatch(/203\.0\.113\.5\s+office\s+every hook\s+\S+\s+admin\s+token:admin/);
    const listed = await run(['whitelist', 'list', '--json']);
    expect(listed.data.items).toContainEqual(expect.objectContaining({ cidr: '203.0.113.5', source: 'admin' }));
    expect((await run(['whitelist', 'remove', '203.0.113.5'])).out).toBe('203.0.113.5 is off the whitelist.');
    expect(await run(['whitelist', 'remove', '203.0.113.5'])).toMatchObject({ code: 1, err: expect.stringContaining('NOT_FOUND') });
    expect(await run(['whitelist', 'add', '203.0.113.5', '--for', 'soon'])).toMatchObject({ code: 2 });
    expect(await run(['whitelist', 'add', '10.0.0.0/8'])).toMatchObject({ code: 1, err: expect.stringContaining('NETWORK_TOO_WIDE') });
    const replaced = await run(['whitelist', 'add', 'tradingview', '--address', '203.0.113.6', '--json']);
    expect(replaced.data).toMatchObject({ name: 'tradingview', stored: ['203.0.113.6'] });
    expect((await run(['whitelist', 'remove', 'tradingview'])).out).toContain('built in: 52.89.214.238');
  });

  it('bans and lifts', async () => {
    expect((await run(['ban', 'list'])).out).toBe('Nobody is banned.');
    const banned = await run(['ban', 'add', '198.18.0.9', '--for', '1h', '--reason', 'noise']);
    expect(banned.out).toMatch(/^198\.18\.0\.9 is banned until \S+Z\.$/);
    expect((await run(['ban', 'list'])).out).toMatch(/198\.18\.0\.9\s+everything\s+\S+\s+–\s+token:admin\s+noise/);
    expect((await run(['ban', 'list', '--json'])).data.items).toMatchObject([{ address: '198.18.0.9', by: 'token:admin' }]);
    expect((await run(['ban', 'lift', '198.18.0.9'])).out).toBe('198.18.0.9 is banned no more.');
    expect(await run(['ban', 'lift', '198.18.0.9'])).toMatchObject({ code: 1, err: expect.stringContaining('NOT_FOUND') });
    expect(await run(['ban', 'add', '52.89.214.238'])).toMatchObject({ code: 1, err: expect.stringContaining('ADDRESS_WHITELISTED') });
  });

  it('halts, flattens and resumes', async () => {
    expect((await run(['trading', 'halt', '--reason', 'storm'])).out).toMatch(/^Trading is halted since .*: storm\.$/);
    expect((await run(['trading', 'flatten'])).out).toMatch(/reduce-only/);
    expect((await run(['trading', 'resume', '--json'])).data).toMatchObject({ mode: 'active' });
    expect((await run(['trading', 'state'])).out).toMatch(/^Trading is active/);
  });

  it('rotates a hook: the old URL works beside the new one while told to', async () => {
    const shared = await run(['hook', 'rotate', 'tv', '--what', 'key', '--overlap', '600']);
    expect(shared.out).toMatch(/The old works until 20/);
    expect((await run(['hook', 'list'])).out).toMatch(/OLD WORKS UNTIL[\s\S]*20\d\d-/);
    expect((await run(['send', url, '--id', 'r1'])).code).toBe(0);
    expect((await run(['send', /https?:\S+/.exec(shared.out)?.[0] ?? '', '--id', 'r2'])).code).toBe(0);
    expect(await run(['hook', 'rotate', 'tv', '--what', 'secret'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no secret'),
    });
  });

  it('makes a hook for signed requests, and signs them', async () => {
    const made = await run(['hook', 'create', 'relay', '--account', 'main', '--layers', 'ip,path,hmac', '--json']);
    const { hmacKey, url: relay } = made.data as { hmacKey: string; url: string };
    expect((await run(['send', relay, '--id', 's1'])).err).toContain('UNAUTHORIZED');
    expect((await run(['send', relay, '--id', 's2'], { environment: { SIGNALMAN_HOOK_HMAC_KEY: hmacKey } })).code).toBe(0);
  });

  it('rotates and revokes a hook: the old URL opens nothing', async () => {
    const rotated = await run(['hook', 'rotate', 'tv', '--overlap', '0', '--json']);
    expect((await run(['send', url])).err).toMatch(/hook rotate.*UNAUTHORIZED/);
    expect((await run(['send', String(rotated.data.url)])).code).toBe(0);
    expect((await run(['hook', 'revoke', 'tv'])).out).toContain('is revoked');
    expect(await run(['hook', 'rotate', 'tv'])).toMatchObject({ code: 1, err: expect.stringContaining('NOT_FOUND') });
  });
});

describe('secrets', () => {
  it('shows which keys are in use, and how to change one that comes from the environment', async () => {
    expect((await run(['secrets', 'status'])).out).toMatch(/^New secrets are sealed with key [0-9a-f]{12} \(SECRETS_KEY\)\./);
    const rotated = await run(['secrets', 'rotate']);
    expect(rotated.code).toBe(0);
    expect(rotated.out).toMatch(/^0 records are now wrapped[\s\S]*SECRETS_KEY=[A-Za-z0-9+/]{43}=\n\s+SECRETS_KEY_PREVIOUS=/);
    expect((await run(['secrets', 'rotate', '--json'])).data).toMatchObject({ rewrapped: 0, outdated: 0, source: 'environment' });
  });
});

describe('audit', () => {
  it('lists who changed what, filtered', async () => {
    const all = await run(['audit', 'list']);
    expect(all.out).toMatch(/^SEQ\s+AT\s+ACTOR.*\n\d+\s+\S+Z\s+token:admin\s+127\.0\.0\.1\s+secrets\.rewrap/);
    const hooks = await run(['audit', 'list', '--action', 'hook.*', '--subject', 'tv', '--from', '2020-01-01T00:00:00Z', '--json']);
    expect((hooks.data.items as { action: string }[]).map(({ action }) => action)).toEqual([
      'hook.remove',
      'hook.rotate',
      'hook.rotate',
      'hook.created',
    ]);
    expect((await run(['audit', 'list', '--actor', 'nobody'])).out).toBe('No entry fits.');
    expect((await run(['audit', 'list', '--to', '2020-01-01T00:00:00Z'])).out).toBe('No entry fits.');
    expect((await run(['audit', 'list', '--from', 'yesterday'])).err).toContain('2026-01-31T12:00:00Z');
  });

  it('verifies the chain, and against a hash noted before', async () => {
    const verified = await run(['audit', 'verify', '--json']);
    expect(verified).toMatchObject({ code: 0, data: { intact: true, broken: null } });
    const { hash } = verified.data.head as { hash: string };
    expect((await run(['audit', 'verify', '--expect', hash])).out).toMatch(/^Unbroken: \d+ entries.*The expected hash is entry \d+/);
    expect(await run(['audit', 'verify', '--expect', 'f'.repeat(64)])).toMatchObject({ code: 1, out: expect.stringContaining('BROKEN') });
    expect((await run(['audit', 'verify', '--expect', 'abc'])).code).toBe(2);
  });
});

describe('credentials', () => {
  it('come from the environment or standard input, and show up nowhere', async () => {
    const secret = 'a-secret-of-the-exchange';
    const keys = { SIGNALMAN_API_KEY: 'key-id', SIGNALMAN_API_SECRET: secret };
    const added = await run(['account', 'add', 'spot', '--venue', 'binance', '--market', 'spot'], { environment: keys });
    expect(added.code, added.err).toBe(0);
    const piped = await run(['account', 'add', 'spot2', '--venue', 'binance', '--market', 'spot', '--credentials-stdin', '--json'], {
      stdin: JSON.stringify({ apiKey: 'key-id', secret }),
    });
    expect(piped.data).toMatchObject({ hasCredentials: true });
    expect(added.out + piped.out).not.toContain(secret);
    const wrong = await run(['account', 'add', 'spot3', '--venue', 'binance', '--credentials-stdin'], { stdin: `not json ${secret}` });
    expect(wrong.code).toBe(2);
    expect(wrong.err).not.toContain(secret);
    for (const name of ['spot', 'spot2']) expect((await run(['account', 'remove', name])).code).toBe(0);
  });
});

describe('when something is wrong, one line says what to do', () => {
  it('no instance', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    const down = await run(['hook', 'list', '--url', url]);
    expect(down).toMatchObject({
      code: 1,
      err: `Signalman is not running at ${url}. Start it with "npm start", or say where it runs with --url.`,
    });
  });

  it('a wrong token', async () => {
    expect(await run(['hook', 'list', '--token', 'wrong'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The token was refused'),
    });
  });

  it('every mistake of a refused request', async () => {
    const refused = await run(['hook', 'create', 'Bad Name', '--account', 'nobody']);
    expect(refused.err).toMatch(/INVALID_REQUEST\)\n {2}\/name: /);
    const json = await run(['hook', 'create', 'x', '--account', 'nobody', '--json']);
    expect(json.data).toMatchObject({ code: 'INVALID_REQUEST', mistakes: [{ pointer: '/accounts/0' }] });
  });

  it('wrong settings stop the start, all of them named', async () => {
    const started = await run(['start'], { environment: { PORT: 'x', LEASE_TTL_MS: '1' } });
    expect(started.code).toBe(1);
    expect(started.err).toMatch(/PORT is "x"[\s\S]*LEASE_TTL_MS is "1"/);
  });
});

describe('doctor', () => {
  let telegram: Server;
  let other: Server;
  beforeAll(async () => {
    telegram = createServer((request, response) => {
      const known = new Map([
        ['/botgood-token/getMe', { username: 'signal_bot' }],
        ['/botgood-token/getChat?chat_id=1', { type: 'private' }],
      ]);
      const result = known.get(request.url ?? '');
      const status = result ? 200 : request.url?.startsWith('/botgood-token/') ? 400 : 401;
      response.writeHead(status).end(JSON.stringify({ ok: status === 200, result }));
    });
    other = createServer((_request, response) => response.end('hello'));
    for (const server of [telegram, other]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const server of [telegram, other]) await new Promise((resolve) => server.close(resolve));
  });
  const port = (server: Server): string => String((server.address() as AddressInfo).port);

  it('finds a running instance, its accounts and its bot in order', async () => {
    const bot = {
      TELEGRAM_TRADING_TOKEN: 'good-token',
      TELEGRAM_TRADING_CHAT_ID: '1',
      TELEGRAM_API_ROOT: `http://127.0.0.1:${port(telegram)}`,
    };
    const found = await run(['doctor'], { environment: bot });
    expect(found.code, found.out).toBe(0);
    expect(found.out).toMatch(
      /✓ instance: api-test[\s\S]*✓ readiness[\s\S]*✓ account main[\s\S]*✓ telegram: bot @signal_bot answers and reaches its private chat 1/,
    );
    expect(found.out).toMatch(
      /✓ allowlist: [\s\S]*✓ secrets key: [0-9a-f]{12}[\s\S]*✓ audit trail: \d+ entries, unbroken; head [0-9a-f]{64}/,
    );
  });

  it('checks a database of its own: schema and clock', async () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    const found = await run(['doctor', '--json'], { environment: { DATABASE_URL: api.databaseUrl, SECRETS_KEY: key } });
    expect(found.data.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'database', level: 'ok', detail: expect.stringContaining('schema up to date') }),
        expect.objectContaining({ check: 'clock', level: 'ok' }),
      ]),
    );
    const away = await run(['doctor'], { environment: { DATABASE_URL: 'postgres://user:hidden-word@127.0.0.1:1/x', SECRETS_KEY: key } });
    expect(away.code).toBe(1);
    expect(away.out).toContain('✗ database: does not answer: ECONNREFUSED');
    expect(away.out).not.toContain('hidden-word');
  });

  it('tries the way through the public address, and tells a chat that is not reached', async () => {
    // One proxy in front, of which the instance has not been told.
    const proxy = createServer((request, response) => {
      const headers = { ...request.headers, 'x-forwarded-for': `${request.headers['x-forwarded-for']}, 203.0.113.5` };
      forward(api.url + request.url, { headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const environment = {
      ...{ TELEGRAM_TRADING_TOKEN: 'good-token', TELEGRAM_TRADING_CHAT_ID: '404', TELEGRAM_API_ROOT: `http://127.0.0.1:${port(telegram)}` },
      PUBLIC_URL: `http://127.0.0.1:${port(proxy)}`,
    };
    const found = await run(['doctor', '--json'], { environment });
    expect(found.code).toBe(1);
    expect(found.data.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'proxies', level: 'failure', advice: expect.stringContaining('TRUST_PROXY_HOPS') }),
        expect.objectContaining({ check: 'tls', level: 'warning' }),
        expect.objectContaining({ check: 'disk', level: 'ok' }),
        expect.objectContaining({ check: 'redis', level: 'ok' }),
        expect.objectContaining({ check: 'telegram', level: 'failure', detail: expect.stringContaining('does not reach chat 404') }),
      ]),
    );
    await new Promise((resolve) => proxy.close(resolve));
    const shut = await run(['doctor'], { environment: { PUBLIC_URL: 'https://127.0.0.1:1' } });
    expect(shut.out).toMatch(/✗ tls: 127\.0\.0\.1:1: ECONNREFUSED[\s\S]*✗ proxies: asked through https:/);
  });

  it('looks at the certificate the world is shown', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const server = createTlsServer({ key, cert });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const found = await run(['doctor'], { environment: { PUBLIC_URL: `https://localhost:${(server.address() as AddressInfo).port}` } });
    await new Promise((resolve) => server.close(resolve));
    expect(found.out).toMatch(
      /! public URL: has port \d+[\s\S]*✗ tls: localhost:\d+: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
  });

  it('finds an audit trail that was tampered with', async () => {
    const pool = new pg.Pool({ connectionString: api.databaseUrl, max: 1 });
    const tamper = (sql: string) => pool.query(`ALTER TABLE audit DISABLE TRIGGER USER; ${sql}; ALTER TABLE audit ENABLE TRIGGER USER`);
    await tamper("UPDATE audit SET actor = 'nobody' WHERE seq = 2");
    expect((await run(['doctor'])).out).toMatch(/✗ audit trail: entry 2 \([0-9a-f-]+\): it is not what was written/);
    expect(await run(['audit', 'verify'])).toMatchObject({ code: 1, out: expect.stringMatching(/^BROKEN at entry 2/) });
    await tamper("UPDATE audit SET actor = 'token:admin' WHERE seq = 2");
    expect((await run(['audit', 'verify'])).code).toBe(0);
    await pool.end();
  });

  it('finds a stranger on the port, a wrong bot token and wrong settings, and gives nothing away', async () => {
    const bot = {
      TELEGRAM_TRADING_TOKEN: 'bad-token',
      TELEGRAM_TRADING_CHAT_ID: '1',
      TELEGRAM_API_ROOT: `http://127.0.0.1:${port(telegram)}`,
    };
    const found = await run(['doctor', '--url', `http://127.0.0.1:${port(other)}`], { environment: bot });
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/✗ instance: another program answers[\s\S]*✗ telegram: the Bot API refused the token/);
    expect(found.out).not.toContain('bad-token');
    const settings = await run(['doctor'], { environment: { ROLE: 'king' } });
    expect(settings.out).toMatch(/✗ settings: ROLE is "king"/);
  });
});

describe('migrate', () => {
  it('brings a database up to date, and says so when it is', async () => {
    const migrated = await run(['migrate'], { environment: { DATABASE_URL: api.databaseUrl } });
    expect(migrated).toMatchObject({ code: 0, out: 'The database is up to date.' });
    const away = await run(['migrate'], { environment: { DATABASE_URL: 'postgres://127.0.0.1:1/x' } });
    expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/^The database was not migrated/) });
  });
});

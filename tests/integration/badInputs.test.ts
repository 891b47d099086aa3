import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiServer, startApi } from './apiServer.ts';
import { alertBody, HMAC_KEYS, KEYS, type Post, SECRET, startGateway, type TestServer } from './gatewayServer.ts';

// Every bad input that a webhook receiver must expect, by number, over real HTTP. What is more to each of them is in the suites of its
// subject (gatewayInputs, gatewayProofs, gatewayLimits, clientAddressMatrix, httpHardening).

const TRADINGVIEW = '52.89.214.238';
const STRANGER = '198.51.100.7';

let server: TestServer;
beforeEach(async () => {
  server = await startGateway({ settings: { ratePoints: 10_000, banThreshold: 100_000 } });
});
afterEach(() => server.close());

const text = (body: string): Post => ({ body, headers: { 'content-type': 'text/plain' } });
const body = (more: string): Post => ({ body: `{"action":"buy","symbol":"BTCUSDT","quantity":"1",${more}}` });
const quantity = (raw: string): Post => ({ body: `{"action":"buy","symbol":"BTCUSDT","quantity":${raw}}` });
const guarded = (secret: unknown): Post => ({ key: KEYS.guarded, body: alertBody({ secret }) });

const now = (): number => Math.floor(Date.now() / 1000);
const hex = (timestamp: number | string, of: string, key: string = HMAC_KEYS[0]): string =>
  createHmac('sha256', key).update(`${timestamp}.${of}`).digest('hex');

function signed(timestamp: number | string | null, signature?: string, sent = alertBody()): Post {
  const stamp = timestamp === null ? {} : { 'x-signalman-timestamp': String(timestamp) };
  const value = signature ?? `sha256=${hex(timestamp ?? '', sent)}`;
  return { key: KEYS.signed, body: sent, headers: { ...stamp, 'x-signalman-signature': value } };
}

const INPUTS: readonly (readonly [number: number, what: string, post: () => Post, status: number])[] = [
  [1, 'no body', () => ({ body: '' }), 400],
  [1, 'blanks', () => ({ body: ' \r\n\t' }), 400],
  [1, 'half a body', () => ({ body: '{"action":"buy"' }), 400],
  [2, '65,537 bytes', () => ({ body: Buffer.alloc(65_537, ' ') }), 413],
  [3, 'a gzip bomb', () => ({ body: gzipSync(Buffer.alloc(10_000_000, ' ')), headers: { 'content-encoding': 'gzip' } }), 415],
  [4, '8,000 nested arrays', () => body(`"note":${'['.repeat(8_000)}${']'.repeat(8_000)}`), 400],
  [4, '30,000 nested objects, open', () => ({ body: '{"a":'.repeat(10_000) }), 400],
  [5, '__proto__', () => body('"__proto__":{"admin":true}'), 400],
  [5, 'constructor.prototype', () => body('"constructor":{"prototype":{"admin":true}}'), 400],
  [6, 'a name twice', () => body('"action":"sell"'), 400],
  [7, 'JSON as text, as TradingView sends it when it is broken', () => text(alertBody()), 202],
  [8, 'prose', () => text('BTC Crossing 42000'), 400],
  [
    9,
    'UTF-16',
    () => ({ body: Buffer.from(alertBody(), 'utf16le'), headers: { 'content-type': 'application/json; charset=utf-16' } }),
    415,
  ],
  [9, 'Latin-1', () => ({ headers: { 'content-type': 'text/plain; charset=latin1' } }), 415],
  [9, 'bytes that are no UTF-8', () => ({ body: Buffer.from([0x7b, 0xff, 0x7d]) }), 400],
  [10, 'a wrong secret with the right beginning', () => guarded(SECRET.slice(0, -1)), 401],
  [10, 'the secret in a list', () => guarded([SECRET]), 401],
  [10, 'the secret in an object', () => guarded({ secret: SECRET }), 401],
  [10, 'a number for a secret', () => guarded(42), 401],
  [10, 'no secret', () => guarded(undefined), 401],
  [11, 'a key with %00', () => ({ path: '/hooks/%00' }), 400],
  [11, 'a key with /..', () => ({ path: `/hooks/${KEYS.open}/..` }), 400],
  [11, 'a key of 10 KB', () => ({ key: 'x'.repeat(10_000) }), 400],
  [11, 'a broken percent', () => ({ path: '/hooks/%zz' }), 400],
  [12, 'GET', () => ({ method: 'GET' }), 405],
  [13, 'a list', () => ({ body: '[]' }), 400],
  [13, 'a number', () => ({ body: '1' }), 400],
  [13, 'a string', () => ({ body: '"buy"' }), 400],
  [13, 'null', () => ({ body: 'null' }), 400],
  [14, 'quantity -1', () => quantity('"-1"'), 400],
  [14, 'quantity 0', () => quantity('0'), 400],
  [14, 'quantity 1e400', () => quantity('1e400'), 400],
  [14, 'quantity NaN', () => quantity('"NaN"'), 400],
  [14, 'quantity 1,5', () => quantity('"1,5"'), 400],
  [14, 'quantity 0x10', () => quantity('"0x10"'), 400],
  [14, 'a placeholder that was not filled in', () => quantity('"{{strategy.order.contracts}}"'), 400],
  [15, '19 decimals', () => quantity('"0.1234567890123456789"'), 400],
  [15, '16 digits', () => quantity('"1234567890123456"'), 400],
  [16, 'NUL', () => body('"note":"a\\u0000b"'), 400],
  [16, 'half a surrogate pair', () => body('"note":"\\ud800"'), 400],
  [20, 'ten minutes old', () => signed(now() - 600), 401],
  [20, 'ten minutes ahead', () => signed(now() + 600), 401],
  [20, 'no timestamp', () => signed(null), 401],
  [20, 'milliseconds', () => signed(Date.now()), 401],
  [21, 'signed over JSON written anew', () => signed(now(), `sha256=${hex(now(), JSON.stringify(JSON.parse(alertBody()), null, 1))}`), 401],
  [21, 'a signature of wrong length', () => signed(now(), `sha256=${hex(now(), alertBody()).slice(2)}`), 401],
  [21, 'a signature in capitals', () => signed(now(), `sha256=${hex(now(), alertBody()).toUpperCase()}`), 401],
  [21, 'v0=', () => signed(now(), `v0=${hex(now(), alertBody())}`), 401],
  [21, 'a signature that is no hex', () => signed(now(), `sha256=${'zz'.repeat(32)}`), 401],
  [26, 'six thousand names', () => ({ body: `{${Array.from({ length: 6_000 }, (_, i) => `"k${i}":1`).join(',')}}` }), 400],
];

it.each(INPUTS)('%i: %s', async (_number, _what, post, status) => {
  const reply = await server.post(post());
  expect([reply.status, reply.text]).toEqual([status, expect.any(String)]);
  expect(reply.headers['content-type']).toBe(status === 202 ? 'application/json' : 'application/problem+json');
  expect(server.log.ofKind('alert')).toHaveLength(status === 202 ? 1 : 0);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect(reply.text + server.logged()).not.toContain(SECRET);
});

it('10: every wrong secret gets the very answer of an unknown key', async () => {
  const unknown = await server.post({ key: 'nobody-knows-this-key-0123456789' });
  for (const wrong of [SECRET.slice(0, -1), [SECRET], 42, null]) expect((await server.post(guarded(wrong))).text).toBe(unknown.text);
});

it('18: the same id fifty times at once, at three gateways, is one command', async () => {
  const others = await Promise.all([startGateway({ log: server.log }), startGateway({ log: server.log })]);
  const gateways = [server, ...others];
  const replies = await Promise.all(Array.from({ length: 48 }, (_, i) => gateways[i % 3]?.post({ body: alertBody({ id: 'same' }) })));
  expect(new Set(replies.map((reply) => reply?.status))).toEqual(new Set([202]));
  expect(new Set(replies.map((reply) => reply?.json.signalId)).size).toBe(1);
  expect(server.log.ofKind('alert')).toHaveLength(1);
  await Promise.all(others.map((other) => other.close()));
});

it('19: the same id for another alert', async () => {
  expect((await server.post({ body: alertBody({ id: 'one' }) })).status).toBe(202);
  expect((await server.post({ body: alertBody({ id: 'one', quantity: '2' }) })).status).toBe(409);
  expect(server.log.ofKind('alert')).toHaveLength(1);
});

describe('behind a proxy', () => {
  let proxied: TestServer;
  beforeEach(async () => {
    proxied = await startGateway({ settings: { trustProxyHops: 1 }, allowLoopback: false });
  });
  afterEach(() => proxied.close());

  it('22: forwarding headers that name TradingView, from elsewhere', async () => {
    const forged = [
      { from: `${TRADINGVIEW}, ${STRANGER}` },
      { from: STRANGER, headers: { 'x-real-ip': TRADINGVIEW, forwarded: `for=${TRADINGVIEW}`, 'cf-connecting-ip': TRADINGVIEW } },
    ];
    for (const post of forged) expect((await proxied.post(post)).json).toMatchObject({ status: 403, code: 'ADDRESS_NOT_ALLOWED' });
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded'])
      expect((await server.post({ headers: { [header]: TRADINGVIEW } })).json).toMatchObject({ status: 403, code: 'PROXY_NOT_TRUSTED' });
    expect([...proxied.log.commands, ...server.log.commands]).toEqual([]);
  });

  it('23: TradingView, written as IPv6', async () => {
    for (const from of [`::ffff:${TRADINGVIEW}`, '[::ffff:3459:d6ee]', '0:0:0:0:0:FFFF:3459:D6EE'])
      expect((await proxied.post({ from, body: alertBody({ tag: from }) })).status).toBe(202);
  });

  it('24: the sixth request in a minute, the ban after fifty, and the right key then', async () => {
    const stranger = (more: Post = {}) =>
      proxied.post({ from: STRANGER, key: KEYS.anywhere, path: '/hooks/wrong-key-000000000000', ...more });
    const listed = (i: number) => proxied.post({ from: TRADINGVIEW, path: `/hooks/wrong-${i}` });
    const first = [];
    for (let i = 0; i < 6; i++) first.push(await listed(i));
    expect(first.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(Number(first[5]?.headers['retry-after'])).toBeGreaterThan(0);
    for (let i = 0; i < 50; i++) expect((await stranger()).status).toBe(403);
    const banned = await proxied.post({ from: STRANGER, key: KEYS.anywhere });
    expect(banned.json).toMatchObject({ status: 403, code: 'BANNED' });
    expect(Number(banned.headers['retry-after'])).toBeGreaterThan(3_500);
    // The bans of those four addresses would be the bans of all their users.
    expect((await proxied.post({ from: TRADINGVIEW })).status).toBe(202);
  });
});

describe('the whole server', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApi({ limits: { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 } });
    await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  });
  afterAll(() => api.close());

  it.each(['NOSUCHUSDT', 'BTC/USDT:', '\u0412TCUSDT', 'BTC/USDT:USDT:X'])(
    '17: the symbol %s, which the venue does not have, is refused by name, and nothing is ordered',
    async (symbol) => {
      const { key } = (await api.call('POST', '/api/v1/hooks', { name: `tv-${Buffer.from(symbol).toString('hex')}`, accounts: ['main'] }))
        .body;
      const taken = await api.call('POST', `/hooks/${String(key)}`, { action: 'buy', symbol, quantity: '1' });
      expect(taken.status).toBe(202);
      const signal = async () => (await api.call('GET', `/api/v1/signals/${String(taken.body.signalId)}`)).body;
      await until(async () => (await signal()).status === 'refused', { what: 'the signal refused' });
      expect(await signal()).toMatchObject({ code: 'SYMBOL_UNKNOWN', orders: [] });
    },
  );

  it('25: tokens of another kind: no algorithm, expired, for another audience', async () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: 'admin', role: 'admin', aud: 'elsewhere', exp: 1 };
    const tokens = [
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${part({ alg: 'HS256' })}.${part(claims)}.${'x'.repeat(43)}`,
      '',
      'null',
      '[object Object]',
    ];
    for (const token of tokens) {
      const answer = await api.call('GET', '/api/v1/hooks', undefined, { authorization: `Bearer ${token}` });
      expect([answer.status, answer.body.code], token).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  it.each<[string, string, RegExp]>([
    [
      'a body that never comes to its end',
      'POST /api/v1/hooks HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{',
      /^HTTP\/1\.1 (401|408) /,
    ],
    ['headers that never come to their end', 'POST /hooks/x HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 408 /],
    ['32 KB of headers', `GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(32_768)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ])('26: %s', async (_what, sent, answer) => {
    const { hostname, port } = new URL(api.url);
    const heard = await new Promise<string>((resolve) => {
      let all = '';
      const socket = connect(Number(port), hostname, () => socket.write(sent));
      socket.on('data', (chunk) => (all += chunk.toString('latin1')));
      socket.on('error', () => undefined).on('close', () => resolve(all));
    });
    expect(heard).toMatch(answer);
  });
});

import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOOR_LIMITS } from '../../src/gateway/httpDoor.ts';
import { until } from '../helpers/until.ts';
import { ADMIN_TOKEN, type ApiServer, startApi } from './apiServer.ts';
import { startGateway } from './gatewayServer.ts';

let api: ApiServer;
beforeAll(async () => {
  const limits = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 };
  api = await startApi({ limits });
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(() => api.close());

/** Writes raw bytes and returns all the server says until it closes. */
function raw(text: string, more: { readonly every?: number; readonly drip?: string } = {}): Promise<string> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    const dripping = more.every === undefined ? undefined : setInterval(() => socket.write(more.drip ?? 'x'), more.every);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(heard);
    });
  });
}

const post = (extra: string, body = '') =>
  `POST /api/v1/hooks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\nContent-Type: application/json\r\n${extra}\r\n${body}`;

describe('answers', () => {
  it.each(['/docs', '/openapi.json', '/health', '/api/v1/hooks', '/nowhere'])('%s carries the headers that bind browsers', async (path) => {
    const { headers } = await api.call('GET', path);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'self'.*object-src 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('allow no other origin, whether asked before or not', async () => {
    const foreign = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    for (const [method, path] of [
      ['OPTIONS', '/api/v1/hooks'],
      ['GET', '/api/v1/hooks'],
      ['OPTIONS', '/hooks/x'],
      ['OPTIONS', '/openapi.json'],
    ] as const) {
      const { headers } = await api.call(method, path, undefined, foreign);
      expect(
        [...headers.keys()].filter((name) => name.startsWith('access-control-')),
        `${method} ${path}`,
      ).toEqual([]);
    }
    const change = await api.call('POST', '/api/v1/trading/halt', {}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    expect([change.status, change.body.code]).toEqual([403, 'CROSS_SITE']);
  });

  it('tell nothing of the inside, whatever is wrong', async () => {
    const wrong = await Promise.all([
      api.call('GET', '/api/v1/hooks/%zz'),
      api.call('GET', '/%E0%A4%A'),
      api.call('GET', '/api/v1/hooks/a%00b'),
      api.call('DELETE', '/api/v1/telegram/links/%00'),
      api.call('GET', '/api/v1/audit?cursor=%00'),
      api.call('POST', '/api/v1/hooks', '{"name":'),
      api.call('GET', '/api/v1/orders?cursor=AAAA'),
      api.call('GET', `/api/v1/hooks/${'x'.repeat(8_000)}`),
      api.call('PATCH', '/api/v1/hooks'),
    ]);
    for (const { status, text, headers } of wrong) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(text).not.toMatch(/node_modules|\bat .*\.[tj]s|Error:|\/src\/|express/);
    }
  });
});

describe('JSON bodies of the API', () => {
  const hook = '"name":"x","accounts":["main"]';
  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['a name twice', `{${hook},"name":"y"}`, {}, 400, 'INVALID_REQUEST'],
    ['a name twice, once escaped', `{${hook},"\\u006eame":"y"}`, {}, 400, 'INVALID_REQUEST'],
    ['a prototype', `{${hook},"__proto__":{"enabled":false}}`, {}, 400, 'INVALID_REQUEST'],
    ['a prototype below', `{"name":"x","venue":"paper","settings":{"__proto__":{"polluted":true}}}`, {}, 400, 'INVALID_REQUEST'],
    ['a constructor', `{${hook},"constructor":{"prototype":{"polluted":true}}}`, {}, 400, 'INVALID_REQUEST'],
    ['30,000 levels', '['.repeat(30_000) + ']'.repeat(30_000), {}, 400, 'INVALID_REQUEST'],
    ['an open end', '{"a":'.repeat(10_000), {}, 400, 'MALFORMED_JSON'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, 'MALFORMED_JSON'],
    ['a list', '[]', {}, 400, 'INVALID_REQUEST'],
    ['ten thousand names', `{${Array.from({ length: 6_000 }, (_, i) => `"k${i}":1`).join(',')}}`, {}, 400, 'INVALID_REQUEST'],
    ['a gzip bomb', gzipSync(Buffer.alloc(10_000_000, ' ')), { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['65 KiB', `{"name":"${'x'.repeat(66_000)}"}`, {}, 413, 'BODY_TOO_LARGE'],
  ])('%s', async (_name, body, headers, status, code) => {
    const path = String(body).includes('"venue"') ? '/api/v1/accounts' : '/api/v1/hooks';
    const type = { 'content-type': 'application/json', ...headers };
    const response = await fetch(api.url + path, { method: 'POST', headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...type }, body });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(['limit[a]=1', 'limit=1&limit=2', '__proto__[limit]=1', 'limit=1&__proto__=2', 'constructor=1', 'limit=%ff%00'])(
    'the query %s is text to us, never an object',
    async (query) => expect((await api.call('GET', `/api/v1/hooks?${query}`)).status).toBeLessThan(500),
  );
});

describe('no setting given over the API makes us call an address of the sender', () => {
  const addresses = { url: 'http://169.254.169.254/', hostname: '169.254.169.254' };
  const forbidden = [
    'urls',
    'proxyUrl',
    'httpProxy',
    'httpsProxy',
    'socksProxy',
    'wsProxy',
    'origins',
    'hostname',
    'baseUrl',
    'options',
    'fetchImplementation',
    'agent',
    'headers',
  ];

  it.each(['paper', 'binance'])('of a %s account', async (venue) => {
    const market = venue === 'paper' ? {} : { market: 'spot', credentials: { apiKey: 'k', secret: 's' } };
    for (const name of forbidden)
      for (const value of [addresses.url, addresses, { api: addresses }]) {
        const answer = await api.call('POST', '/api/v1/accounts', { name: 'ssrf', venue, ...market, settings: { [name]: value } });
        expect([answer.status, name], answer.text).toEqual([400, name]);
        expect((await api.call('POST', '/api/v1/accounts', { name: 'ssrf', venue, ...market, [name]: value })).status).toBe(400);
        const credentials = { apiKey: 'k', secret: 's', [name]: addresses.url };
        expect((await api.call('POST', '/api/v1/accounts', { name: 'ssrf', venue, ...market, credentials })).status).toBe(400);
      }
    expect((await api.call('POST', '/api/v1/accounts', { name: 'ssrf', venue: addresses.url })).status).toBe(400);
  });

  it('every request says what it takes and takes nothing else, and nothing it takes is an address to call', async () => {
    const { paths, components } = (await api.call('GET', '/openapi.json')).body as unknown as OpenApi;
    const open: string[] = [];
    const walk = (schema: Schema | undefined, at: string): void => {
      if (!schema) return;
      const target = schema.$ref ? components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
      if (!target) return;
      if (target.properties && target.additionalProperties !== false) open.push(at);
      for (const [name, property] of Object.entries(target.properties ?? {})) {
        expect(name, at).not.toMatch(/url|uri|host|proxy|callback|webhook|endpoint/i);
        walk(property, `${at}.${name}`);
      }
      for (const each of [...(target.anyOf ?? []), ...(target.oneOf ?? []), ...(target.allOf ?? [])]) walk(each, at);
    };
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { requestBody }] of Object.entries(operations))
        walk(requestBody?.content['application/json']?.schema, `${method} ${path}`);
    // Alerts: read by the parser of the door, which knows its fields and refuses others; the schema is only its description.
    expect(open).toEqual(['post /api/v1/signals/explain', 'post /api/v1/orders']);
    const alert = { action: 'buy', symbol: 'BTCUSDT', quantity: '1', account: 'main', proxyUrl: addresses.url };
    for (const path of ['/api/v1/signals/explain', '/api/v1/orders'])
      expect((await api.call('POST', path, alert)).text).toContain('/proxyUrl');
  });
});

interface Schema {
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> } }>
  >;
  readonly components: { readonly schemas: Record<string, Schema> };
}

describe('connections', () => {
  const timed = async (work: Promise<string>): Promise<[heard: string, ms: number]> => {
    const startedAt = performance.now();
    const heard = await work;
    return [heard, performance.now() - startedAt];
  };

  it('that drip headers, or a body, are cut off however busily they drip', async () => {
    const [headers, headersMs] = await timed(raw('GET /health HTTP/1.1\r\nHost: x\r\n', { every: 40, drip: 'X-A: b\r\n' }));
    expect(headers).toMatch(/^HTTP\/1\.1 408 /);
    expect(headersMs).toBeLessThan(3_000);
    const [body, bodyMs] = await timed(raw(post('Content-Length: 5000\r\n', '{"name":"'), { every: 40 }));
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodyMs).toBeLessThan(3_000);
    const [chunked] = await timed(raw(post('Transfer-Encoding: chunked\r\n', '1\r\n{\r\n'), { every: 40, drip: '1\r\n \r\n' }));
    expect(chunked).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('with more than 16 KiB of headers, or of URL, are answered 431', async () => {
    expect(await raw(post(`X-Big: ${'x'.repeat(16_500)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(post(`X-Many: ${'y'.repeat(50)}\r\n`.repeat(300)))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(`GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n'],
    ['length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'],
    ['a length that is no number', 'Content-Length: 0x2\r\n'],
    ['an unknown transfer encoding', 'Transfer-Encoding: chunked, identity\r\n'],
    ['a folded header', 'X-A: b\r\n c\r\n'],
    ['a header without a name', ': b\r\n'],
    ['a bare line feed in a header', 'X-A: b\nX-B: c\r\n'],
  ])('with %s, which two servers might read differently, end at once', async (_name, headers) => {
    expect(await raw(post(`${headers}Connection: close\r\n`, '{}'))).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('without a Host, or of another protocol, end at once', async () => {
    expect(await raw('GET /health HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw('\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03')).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect(await raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toMatch(/^HTTP\/1\.1 (400|505) |^$/);
    expect(await raw('CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    const absolute = await raw(`GET http://169.254.169.254/latest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(absolute).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('beyond the limit are closed as they come, and there is room again when others leave', async () => {
    const narrow = await startGateway({ limits: { ...DOOR_LIMITS, maxConnections: 8 } });
    try {
      const sockets = Array.from({ length: 24 }, () => connect(narrow.port, '127.0.0.1').on('error', () => undefined));
      let closed = 0;
      for (const socket of sockets) socket.on('close', () => (closed += 1));
      await until(() => closed === 16, { what: 'all but eight closed' });
      for (const socket of sockets) socket.destroy();
      await until(
        () =>
          narrow.post({}).then(
            ({ status }) => status === 202,
            () => false,
          ),
        { what: 'room for another' },
      );
    } finally {
      await narrow.close();
    }
  });

  it('have limits that fit TradingView, which hangs up after three seconds', () => {
    expect(DOOR_LIMITS).toEqual({
      maxHeaderSize: 16_384,
      headersTimeout: 5_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1_000,
      maxConnections: 10_000,
    });
  });
});

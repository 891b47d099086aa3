import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertBody, KEYS, startGateway, type TestServer } from './gatewayServer.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startGateway({ settings: { ratePoints: 10_000, banThreshold: 100_000 } });
});
afterEach(async () => {
  await server.close();
});

/** Writes raw bytes and returns all the server says until it closes or has been silent for a while. */
function raw(port: number, text: string, { thenMs = 300, chunks = [] as string[] } = {}): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      for (const chunk of chunks) socket.write(chunk);
    });
    socket.setTimeout(thenMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

const head = (extra: string): string => `POST /hooks/${KEYS.open} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${extra}\r\n`;

describe('URLs nobody should ask for', () => {
  const malformed = ['%00', 'a%2fb', 'a/b', '../api', '..', '%zz', '%ff', 'a%0d%0aSet-Cookie:x', '%E0%A4%A', 'a\\b'];
  it.each(malformed)('/hooks/%s is refused and not echoed', async (path) => {
    const reply = await server.post({ path: `/hooks/${path}` });
    expect([reply.status, reply.json.code]).toEqual([400, 'URL_NOT_UNDERSTOOD']);
    expect(reply.text.length).toBeLessThan(400);
  });

  it('a key of 10,000 characters is refused without being looked up', async () => {
    expect((await server.post({ key: 'x'.repeat(10_000) })).json.code).toBe('URL_NOT_UNDERSTOOD');
  });

  it('an encoded key is the key', async () => {
    const encoded = [...KEYS.open].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('');
    expect((await server.post({ path: `/hooks/${encoded}` })).status).toBe(202);
  });
});

describe('connections', () => {
  it('stay usable after every kind of small refusal', async () => {
    const body = alertBody();
    const length = `Content-Length: ${body.length}\r\n`;
    const refused = head(length).replace('application/json', 'application/xml') + body;
    const wrongKey = head(length).replace(KEYS.open, 'wrong') + body;
    const heard = await raw(server.port, `${refused}${wrongKey}${head(length)}${body}`);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 401', 'HTTP/1.1 202']);
  });

  it('are closed after a body declared too large, and the sender hears why', async () => {
    const heard = await raw(server.port, head('Content-Length: 10000000\r\n'), { chunks: ['x'.repeat(500_000)], thenMs: 3_000 });
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
    expect(heard.toLowerCase()).toContain('connection: close');
    expect(heard).toContain('BODY_TOO_LARGE');
  });

  it('are closed after a chunked body that grew too large', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const heard = await raw(server.port, head('Transfer-Encoding: chunked\r\n'), {
      chunks: [chunk, chunk, chunk, chunk, chunk],
      thenMs: 3_000,
    });
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
    expect(heard.toLowerCase()).toContain('connection: close');
  });

  it('may ask first: 100-continue is given to who may send and kept from who may not', async () => {
    const body = alertBody();
    const length = `Expect: 100-continue\r\nContent-Length: ${body.length}\r\n`;
    expect(await raw(server.port, head(length), { chunks: [body] })).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
    const refused = await raw(server.port, head(length).replace(KEYS.open, 'wrong'), { thenMs: 3_000 });
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    expect(refused).not.toContain('100 Continue');
  });

  it('with two bodies in one, a broken request line or huge headers end with the error of HTTP itself', async () => {
    expect(await raw(server.port, head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(server.port, 'POST /hooks/\u0000 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(server.port, head(`X-Big: ${'x'.repeat(32_768)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
    expect((await server.post({})).status).toBe(202);
  });

  it('that end in the middle of a body store nothing and harm nobody', async () => {
    await raw(server.port, head('Content-Length: 500\r\n'), { chunks: ['{"action":'], thenMs: 50 });
    expect((await server.post({})).status).toBe(202);
    expect(server.log.ofKind('alert')).toHaveLength(1);
  });
});

describe('slow senders', () => {
  let patient: TestServer;
  beforeAll(async () => {
    patient = await startGateway({ answerWithinMs: 100 });
  });
  afterAll(async () => {
    await patient.close();
  });

  it('of a body are answered 503 in time', async () => {
    const heard = await raw(patient.port, head('Content-Length: 500\r\n'), { chunks: ['{'], thenMs: 2_000 });
    expect(heard).toMatch(/^HTTP\/1\.1 503 /);
    expect(heard).toContain('TOO_SLOW');
    expect(heard.toLowerCase()).toContain('connection: close');
    await patient.gateway.drain();
  });

  it('of headers are cut off', async () => {
    const startedAt = performance.now();
    await raw(patient.port, 'POST /hooks/x HTTP/1.1\r\nHost: x\r\n', { thenMs: 20_000 });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});

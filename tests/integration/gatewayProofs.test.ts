import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { alertBody, HMAC_KEYS, KEYS, type Reply, startGateway, type TestServer } from './gatewayServer.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startGateway({ settings: { ratePoints: 1_000, banThreshold: 10_000, hookRatePoints: 1_000 } });
});
afterEach(async () => {
  await server.close();
});

const nowSec = (): number => Math.floor(Date.now() / 1000);

function sign(body: string | Buffer, timestamp: string | number = nowSec(), key: string = HMAC_KEYS[0]): string {
  return createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');
}

interface Signed {
  readonly body?: string;
  readonly timestamp?: string | number;
  readonly signature?: string;
}

function signed({ body = alertBody(), timestamp = nowSec(), signature = `sha256=${sign(body, timestamp)}` }: Signed = {}) {
  const headers = { 'x-signalman-timestamp': String(timestamp), 'x-signalman-signature': signature };
  return { key: KEYS.signed, body, headers };
}

describe('a signed alert', () => {
  it('is accepted, also when its text is not ASCII, and nothing of the signature is stored or logged', async () => {
    const post = signed({ body: alertBody({ note: 'größer — 大' }) });
    expect((await server.post(post)).status).toBe(202);
    const signature = post.headers['x-signalman-signature'].slice('sha256='.length);
    expect(server.logged() + JSON.stringify(server.log.commands)).not.toContain(signature);
  });

  it('may be signed with the new or the old key while a rotation overlaps', async () => {
    for (const [index, key] of HMAC_KEYS.entries()) {
      const body = alertBody({ note: `key ${index}` });
      expect((await server.post(signed({ body, signature: `sha256=${sign(body, nowSec(), key)}` }))).status).toBe(202);
    }
  });

  it('is signed over its raw bytes: a byte order mark and blanks count', async () => {
    const body = `\uFEFF${alertBody({ tag: 'bom' })} `;
    expect((await server.post(signed({ body }))).status).toBe(202);
    expect((await server.post(signed({ body, signature: `sha256=${sign(body.trim())}` }))).status).toBe(401);
  });

  it('may be up to five minutes off, either way', async () => {
    for (const offset of [-295, 295]) {
      expect((await server.post(signed({ body: alertBody({ tag: `t${offset}` }), timestamp: nowSec() + offset }))).status).toBe(202);
    }
  });

  const body = alertBody();
  const now = nowSec();
  const hex = sign(body, now);
  it.each<[string, Signed]>([
    ['ten minutes old', { timestamp: nowSec() - 600 }],
    ['ten minutes ahead', { timestamp: nowSec() + 600 }],
    ['in milliseconds', { timestamp: Date.now() }],
    ['without a timestamp', { timestamp: '', signature: `sha256=${sign(body, '')}` }],
    ['with a fraction', { timestamp: `${now}.5` }],
    ['with a negative timestamp', { timestamp: `-${now}` }],
    ['with a timestamp in hex', { timestamp: '0x65000000' }],
    ['with the timestamp of another', { timestamp: now, signature: `sha256=${sign(body, now - 1)}` }],
    ['without a signature', { timestamp: now, signature: '' }],
    ['with v0= before it', { timestamp: now, signature: `v0=${hex}` }],
    ['with nothing before it', { timestamp: now, signature: hex }],
    ['with SHA256= before it', { timestamp: now, signature: `SHA256=${hex}` }],
    ['in capital letters', { timestamp: now, signature: `sha256=${hex.toUpperCase()}` }],
    ['too short', { timestamp: now, signature: `sha256=${hex.slice(0, 62)}` }],
    ['too long', { timestamp: now, signature: `sha256=${hex}00` }],
    ['that is not hex', { timestamp: now, signature: `sha256=${'zz'.repeat(32)}` }],
    ['with an empty value', { timestamp: now, signature: 'sha256=' }],
    ['over the same JSON written anew', { body: `{ ${body.slice(1)}`, timestamp: now, signature: `sha256=${hex}` }],
    ['with another key', { timestamp: now, signature: `sha256=${sign(body, now, 'guess')}` }],
    ['with an empty key', { timestamp: now, signature: `sha256=${sign(body, now, '')}` }],
  ])('is refused like any other when its proof is %s', async (_name, given) => {
    const reply = await server.post(signed(given));
    const unknown = await server.post({ key: 'nobody-knows-this-key-0123456789' });
    expect([reply.status, reply.text]).toEqual([401, unknown.text]);
    expect(server.log.commands).toEqual([]);
  });

  it('with two signatures, one of them right, is refused', async () => {
    const post = signed();
    const right = post.headers['x-signalman-signature'];
    const headers = { ...post.headers, 'x-signalman-signature': [`sha256=${'0'.repeat(64)}`, right] };
    expect((await server.post({ ...post, headers })).status).toBe(401);
  });

  it('for a hook without a key is refused, and the log says why', async () => {
    expect((await server.post({ ...signed(), key: KEYS.keyless })).status).toBe(401);
    expect(server.logged()).toContain('"reason":"misconfigured"');
  });
});

describe('a signature is accepted once', () => {
  const replayed = (reply: Reply) => [reply.status, reply.json.code, reply.json.signalId];

  it('again is 409 with the signal it was accepted for, also long after the same alert would be a new one', async () => {
    const post = signed({ body: alertBody({ id: 'once' }) });
    const first = await server.post(post);
    for (let i = 0; i < 3; i++) expect(replayed(await server.post(post))).toEqual([409, 'SIGNATURE_REUSED', first.json.signalId]);
    expect(server.log.ofKind('alert')).toHaveLength(1);
    expect(server.log.ofKind('alert.repeat')).toHaveLength(0);
  });

  it('fifty times at once is one 202 and 49 times 409, and no ban', async () => {
    const post = signed();
    const replies = await Promise.all(Array.from({ length: 50 }, () => server.post(post)));
    const first = replies.find(({ status }) => status === 202);
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(replies.filter((reply) => reply.status === 409 && reply.json.signalId === first?.json.signalId)).toHaveLength(49);
    expect(server.bans.list()).toEqual([]);
  });

  it('on an instance that never saw it the log refuses it', async () => {
    const other = await startGateway({ log: server.log });
    try {
      const post = signed();
      const first = await server.post(post);
      expect(replayed(await other.post(post))).toEqual([409, 'SIGNATURE_REUSED', first.json.signalId]);
    } finally {
      await other.close();
    }
  });

  it('signed anew, the same alert is the same signal, and its second signature is spent too', async () => {
    const first = await server.post(signed({ timestamp: nowSec() - 1 }));
    const again = signed();
    expect((await server.post(again)).json).toEqual(first.json);
    expect(replayed(await server.post(again))).toEqual([409, 'SIGNATURE_REUSED', first.json.signalId]);
  });

  it('is free again when the alert could not be stored', async () => {
    const post = signed();
    server.log.setAvailable(false);
    expect((await server.post(post)).status).toBe(503);
    server.log.setAvailable(true);
    expect((await server.post(post)).status).toBe(202);
    expect((await server.post(post)).status).toBe(409);
  });

  it('copies cost the hook nothing of its budget', async () => {
    const narrow = await startGateway({ settings: { hookRatePoints: 2 }, hooksRatePoints: 2 });
    try {
      const post = signed();
      const first = await narrow.post(post);
      for (let i = 0; i < 10; i++) expect((await narrow.post(post)).status).toBe(409);
      expect([first.status, (await narrow.post(signed({ body: alertBody({ tag: 'next' }) }))).status]).toEqual([202, 202]);
    } finally {
      await narrow.close();
    }
  });

  it('an alert that is not understood spends none', async () => {
    const post = signed({ body: alertBody({ action: 'bye' }) });
    expect([(await server.post(post)).status, (await server.post(post)).status]).toEqual([400, 400]);
    await until(() => server.log.ofKind('alert.malformed').length === 2, { what: 'both told to a person' });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { alertBody, KEYS, SECRET, startGateway, type TestServer } from './gatewayServer.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startGateway();
});
afterEach(async () => {
  await server.close();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an alert that is accepted', () => {
  it('is answered 202 after it was stored, with the id it is stored under', async () => {
    const reply = await server.post({ body: alertBody({ note: 'first' }), headers: { 'x-request-id': 'req-12345678' } });
    expect(reply.status).toBe(202);
    expect(reply.json).toEqual({ signalId: expect.stringMatching(UUID), status: 'accepted' });
    expect(server.log.commands).toHaveLength(1);
    expect(server.log.commands[0]).toMatchObject({
      id: reply.json.signalId,
      body: { kind: 'alert', hookId: 'hook-open' },
      actor: { name: 'hook:open', address: '127.0.0.1' },
      correlationId: 'req-12345678',
    });
  });

  it('correlates by its own id when the sender names none that can be used', async () => {
    for (const id of ['short', 'x'.repeat(65), 'with spaces in it', 'semi;colon-12345']) {
      const reply = await server.post({ body: alertBody({ note: id }), headers: { 'x-request-id': id } });
      expect(server.log.commands.at(-1)?.correlationId).toBe(reply.json.signalId);
    }
  });

  it('may be JSON sent as text, one line of text, without a type, or with a byte order mark', async () => {
    const text = { 'content-type': 'text/plain; charset=utf-8' };
    const bodies = [alertBody({ tag: 'a' }), 'buy BTCUSDT 10% sl=1% tp=2%', `\uFEFF${alertBody({ tag: 'b' })}`];
    for (const body of bodies) expect((await server.post({ body, headers: text })).status, body).toBe(202);
    const typed = [
      'application/json; charset="UTF-8"',
      'Application/JSON',
      'application/vnd.alert+json',
      'text/plain; charset=us-ascii',
      '',
    ];
    for (const type of typed)
      expect((await server.post({ body: alertBody({ tag: type }), headers: { 'content-type': type } })).status, type).toBe(202);
  });

  it('with a secret is stored without it', async () => {
    const json = await server.post({ key: KEYS.guarded, body: alertBody({ secret: SECRET }) });
    const text = await server.post({
      key: KEYS.guarded,
      body: `buy BTCUSDT 10% secret=${SECRET}`,
      headers: { 'content-type': 'text/plain' },
    });
    expect([json.status, text.status]).toEqual([202, 202]);
    expect(JSON.stringify(server.log.commands)).not.toContain(SECRET);
  });

  it('is accepted at a URL with a query or a trailing slash', async () => {
    expect((await server.post({ path: `/hooks/${KEYS.open}/` })).status).toBe(202);
    expect((await server.post({ path: `/hooks/${KEYS.open}?from=tv` })).status).toBe(202);
  });
});

describe('the same alert again', () => {
  it('fifty times at once is one command, one signal id, fifty times 202', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => server.post({})));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([202]));
    expect(new Set(replies.map((reply) => reply.json.signalId)).size).toBe(1);
    expect(server.log.ofKind('alert')).toHaveLength(1);
    await until(() => server.log.ofKind('alert.repeat').length === 49, { what: '49 repeats counted' });
    expect(server.log.ofKind('alert.repeat')[0]?.body).toEqual({
      kind: 'alert.repeat',
      hookId: 'hook-open',
      signalId: replies[0]?.json.signalId,
      explicitId: false,
    });
  });

  it('with its id is a meant repeat; the same id for another alert is 409 naming the first', async () => {
    const first = await server.post({ body: alertBody({ id: 'order-1' }) });
    const again = await server.post({ body: alertBody({ id: 'order-1' }) });
    const other = await server.post({ body: alertBody({ id: 'order-1', quantity: '0.02' }) });
    expect(again.json).toEqual(first.json);
    expect(other.status).toBe(409);
    expect(other.headers['content-type']).toBe('application/problem+json');
    expect(other.json).toMatchObject({ code: 'ID_REUSED', status: 409, detail: expect.stringContaining(String(first.json.signalId)) });
    await until(() => server.log.ofKind('alert.malformed').length === 1, { what: 'the conflict recorded' });
    expect(server.log.ofKind('alert.repeat')[0]?.body).toMatchObject({ explicitId: true });
  });

  it('at another hook is another alert', async () => {
    const one = await server.post({ body: alertBody({ id: 'x1' }) });
    const two = await server.post({ key: KEYS.anywhere, body: alertBody({ id: 'x1' }) });
    expect(two.status).toBe(202);
    expect(two.json.signalId).not.toBe(one.json.signalId);
  });
});

describe('what is turned away', () => {
  it('400: an alert not understood, with every mistake, told to a person without its secret', async () => {
    const body = JSON.stringify({ action: 'bye', quantity: '{{strategy.order.contracts}}', secret: SECRET, sybmol: 'BTCUSDT' });
    const reply = await server.post({ key: KEYS.guarded, body });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ type: 'urn:signalman:problem:alert-not-understood', status: 400, code: 'ALERT_NOT_UNDERSTOOD' });
    const pointers = (reply.json.mistakes as { pointer: string }[]).map((mistake) => mistake.pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/action', '/quantity', '/sybmol']));
    await until(() => server.log.ofKind('alert.malformed').length === 1, { what: 'the malformed alert recorded' });
    const told = server.log.ofKind('alert.malformed')[0]?.body;
    expect(told).toMatchObject({ hookId: 'hook-guarded', mistakes: reply.json.mistakes });
    expect(JSON.stringify(told) + reply.text).not.toContain(SECRET);
  });

  it('of malformed alerts a few per minute are recorded, not all', async () => {
    for (let i = 0; i < 12; i++) expect((await server.post({ body: `{"action": ${i}` })).status).toBe(400);
    await server.gateway.drain();
    expect(server.log.ofKind('alert.malformed')).toHaveLength(5);
  });

  it('401: a wrong key, a missing key, a disabled hook and a wrong secret get the very same answer', async () => {
    const replies = [
      await server.post({ key: 'nobody-knows-this-key-0123456789' }),
      await server.post({ path: '/hooks/' }),
      await server.post({ key: KEYS.disabled }),
      await server.post({ key: KEYS.guarded, body: alertBody({ secret: 's3cr3t-wrong' }) }),
      await server.post({ key: KEYS.guarded, body: alertBody() }),
    ];
    for (const { status, text, headers } of replies) {
      expect([status, headers['content-type'], headers['www-authenticate']]).toEqual([401, 'application/problem+json', 'SignalmanHook']);
      expect(text).toBe(replies[0]?.text);
    }
  });

  it.each([
    ['array', [SECRET]],
    ['object', { a: SECRET }],
    ['number', 42],
    ['null', null],
    ['prefix', SECRET.slice(0, -1)],
    ['empty', ''],
  ])('401: the secret as %s', async (_name, secret) => {
    expect((await server.post({ key: KEYS.guarded, body: alertBody({ secret }) })).status).toBe(401);
  });

  it('401: a hook that demands what nothing here can check is closed, and the log says why', async () => {
    expect((await server.post({ key: KEYS.certified })).status).toBe(401);
    expect(server.log.commands).toEqual([]);
    expect(server.logged()).toContain('"reason":"misconfigured"');
  });

  it('405: any other method, with what is allowed', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const reply = await server.post({ method });
      expect([reply.status, reply.headers.allow], method).toEqual([405, 'POST']);
    }
  });

  it('413: more than 64 KiB; exactly 64 KiB is read', async () => {
    const tooLarge = await server.post({ body: Buffer.alloc(65_537, ' ') });
    expect([tooLarge.status, tooLarge.json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect((await server.post({ body: alertBody().padEnd(65_536, ' ') })).status).toBe(202);
  });

  it.each([
    ['application/xml', 'MEDIA_TYPE_UNSUPPORTED'],
    ['application/x-www-form-urlencoded', 'MEDIA_TYPE_UNSUPPORTED'],
    ['multipart/form-data; boundary=x', 'MEDIA_TYPE_UNSUPPORTED'],
    ['application/json; charset=utf-16', 'CHARSET_UNSUPPORTED'],
    ['text/plain; charset=latin1', 'CHARSET_UNSUPPORTED'],
  ])('415: %s', async (type, code) => {
    const reply = await server.post({ headers: { 'content-type': type } });
    expect([reply.status, reply.json.code]).toEqual([415, code]);
  });

  it('415 of a hook authenticated by its key is recorded for a person', async () => {
    await server.post({ headers: { 'content-type': 'application/xml' } });
    await until(() => server.log.ofKind('alert.malformed').length === 1, { what: 'the refused body recorded' });
    expect(server.log.commands[0]?.body).toMatchObject({ mistakes: [{ pointer: '', code: 'MEDIA_TYPE_UNSUPPORTED' }] });
  });

  it('everything that is not a hook goes to the others', async () => {
    for (const path of ['/', '/hooks', '/hook/x', '/api/v1/hooks', '/Hooks/x'])
      expect((await server.post({ path })).text, path).toBe('others');
  });
});

describe('503, so that TradingView sends again', () => {
  it('when the log is unavailable; the same alert is accepted once it is back', async () => {
    server.log.setAvailable(false);
    const reply = await server.post({});
    expect([reply.status, reply.headers['retry-after'], reply.json.code]).toEqual([503, '5', 'NOT_STORED']);
    server.log.setAvailable(true);
    expect((await server.post({})).status).toBe(202);
  });

  it('when storing fails in a way nobody foresaw', async () => {
    server.log.failWith(new TypeError('a bug'));
    expect((await server.post({})).json).toMatchObject({ status: 503, code: 'NOT_STORED' });
    server.log.failWith(null);
    expect((await server.post({})).status).toBe(202);
  });

  it('when the log does not answer in time; sent again it is one alert, with the first id', async () => {
    const slow = await startGateway({ answerWithinMs: 60 });
    slow.log.hold();
    const reply = await slow.post({});
    expect([reply.status, reply.json.code]).toEqual([503, 'TOO_SLOW']);
    slow.log.release();
    const again = await slow.post({});
    expect([again.status, again.json.signalId]).toEqual([202, slow.log.ofKind('alert')[0]?.id]);
    expect(slow.log.ofKind('alert')).toHaveLength(1);
    await slow.close();
  });

  it('when draining, while what was under way is still answered', async () => {
    server.log.hold();
    const underWay = server.post({});
    await until(() => server.log.held === 1, { what: 'an alert under way' });
    const drained = server.gateway.drain();
    const late = await server.post({ body: alertBody({ tag: 'late' }) });
    expect([late.status, late.json.code, late.headers.connection]).toEqual([503, 'DRAINING', 'close']);
    server.log.release();
    expect((await underWay).status).toBe(202);
    await drained;
    expect(server.log.ofKind('alert')).toHaveLength(1);
  });

  it('is not waited for by a repeat: it is answered though counting it fails', async () => {
    const first = await server.post({});
    const { append } = server.log;
    server.log.append = async (command) => {
      if (command.body.kind === 'alert.repeat') throw new Error('not now');
      return append.call(server.log, command);
    };
    const again = await server.post({});
    expect([again.status, again.json]).toEqual([202, first.json]);
    await until(() => server.logged().includes('could not be recorded'), { what: 'the failure in the log' });
  });
});

it('no key, secret or body is logged or answered, whatever is sent', async () => {
  const replies = [
    await server.post({ key: KEYS.guarded, body: alertBody({ secret: SECRET }) }),
    await server.post({ key: KEYS.guarded, body: alertBody({ secret: SECRET, action: SECRET, note: [SECRET], [SECRET]: 1 }) }),
    await server.post({ key: KEYS.guarded, body: `{"secret":"${SECRET}", broken` }),
    await server.post({ key: KEYS.guarded, body: `hello secret=${SECRET}`, headers: { 'content-type': 'text/plain' } }),
    await server.post({ key: KEYS.open, body: `{"secret":"${SECRET}","secrt":"${SECRET}"}` }),
    await server.post({ path: `/hooks/${KEYS.open}%00?secret=${SECRET}` }),
    await server.post({ path: `/hooks/${SECRET}` }),
    await server.post({ key: KEYS.signed, headers: { 'x-signalman-signature': `sha256=${SECRET}`, authorization: `Bearer ${SECRET}` } }),
  ];
  server.log.failWith(new TypeError('a bug'));
  replies.push(await server.post({ key: KEYS.guarded, body: alertBody({ secret: SECRET, tag: 'x' }) }));
  const seen = [server.logged(), JSON.stringify(server.log.commands), await server.metrics(), ...replies.map((reply) => reply.text)].join(
    '\n',
  );
  for (const hidden of [SECRET, ...Object.values(KEYS)]) expect(seen).not.toContain(hidden);
  expect(seen).toContain('"code":"ACCEPTED"');
});

it('answers are counted by status and code, and timed', async () => {
  await server.post({});
  await server.post({ key: 'unknown-key' });
  const metrics = await server.metrics();
  expect(metrics).toMatch(/signalman_alerts_total\{.*status="202",code="ACCEPTED".*\} 1/);
  expect(metrics).toMatch(/signalman_alerts_total\{.*status="401",code="UNAUTHORIZED".*\} 1/);
  expect(metrics).toMatch(/signalman_stage_seconds_count\{.*stage="answer".*\} 2/);
});

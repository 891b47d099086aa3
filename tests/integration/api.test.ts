import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, PASSWORD, startApi } from './apiServer.ts';

let api: ApiServer;
const as = (email: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${email}:${PASSWORD}`).toString('base64')}`,
});
const items = (answer: ApiAnswer): Record<string, unknown>[] => answer.body.items as Record<string, unknown>[];

beforeAll(async () => {
  api = await startApi();
  await api.addUser('viewer@example.com', 'viewer');
  await api.addUser('trader@example.com', 'trader');
  await api.addUser('admin@example.com', 'admin');
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(() => api.close());

describe('who may do what', () => {
  it('a request without credentials is told how to authenticate, and nothing else', async () => {
    const answer = await api.call('GET', '/api/v1/orders', undefined, { authorization: '' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/Bearer.*Basic/);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.body).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', title: 'Unauthorized' });
  });

  it.each([
    ['viewer@example.com', 'GET', '/api/v1/orders', undefined, 200],
    ['viewer@example.com', 'POST', '/api/v1/trading/resume', {}, 403],
    ['viewer@example.com', 'POST', '/api/v1/orders', { action: 'buy' }, 403],
    ['viewer@example.com', 'GET', '/api/v1/audit', undefined, 403],
    ['trader@example.com', 'POST', '/api/v1/trading/resume', {}, 200],
    ['trader@example.com', 'POST', '/api/v1/hooks', {}, 403],
    ['trader@example.com', 'PUT', '/api/v1/risk/limits', {}, 403],
    ['admin@example.com', 'GET', '/api/v1/audit', undefined, 200],
    ['admin@example.com', 'PUT', '/api/v1/risk/limits', {}, 200],
  ])('%s %s %s %j → %i', async (email, method, path, body, status) => {
    const answer = await api.call(method, path, body, as(email));
    expect(answer.status, answer.text).toBe(status);
    if (status === 403) expect(answer.body.detail).toMatch(/needs the role/);
  });

  it('the audit names who changed what', async () => {
    await api.call('POST', '/api/v1/trading/reduce-only', { account: 'main', reason: 'news' }, as('trader@example.com'));
    await api.call('POST', '/api/v1/trading/resume', { account: 'main' });
    const rows = items(await api.call('GET', '/api/v1/audit?limit=2'));
    expect(rows.map(({ actor, action, address }) => [actor, action, address])).toEqual([
      ['token:admin', 'trading.resume', '127.0.0.1'],
      ['user:trader@example.com', 'trading.reduce_only', '127.0.0.1'],
    ]);
  });

  it('a page of another site cannot act with the credentials a browser remembers', async () => {
    const answer = await api.call('POST', '/api/v1/trading/halt', {}, { ...as('admin@example.com'), 'sec-fetch-site': 'cross-site' });
    expect(answer.body).toMatchObject({ status: 403, code: 'CROSS_SITE' });
    expect((await api.call('GET', '/api/v1/trading/state')).body.mode).toBe('active');
  });
});

describe('every refusal is a problem that says what to do', () => {
  it.each([
    ['an unknown address', 'GET', '/api/v2/orders', undefined, 404, 'NOT_FOUND'],
    ['an unknown order', 'GET', '/api/v1/orders/0194b8d2-3c5e-7a4b-9f6d-2e1c0b8a7f65', undefined, 404, 'NOT_FOUND'],
    ['an id that cannot be one', 'GET', '/api/v1/trades/%00', undefined, 400, 'BAD_URL'],
    ['a URL that cannot be decoded', 'GET', '/api/v1/orders/%ff', undefined, 400, 'BAD_URL'],
    ['another method', 'PUT', '/api/v1/orders', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['broken JSON', 'POST', '/api/v1/hooks', '{"name":', 400, 'MALFORMED_JSON'],
    ['JSON that is no object', 'POST', '/api/v1/hooks', '"x"', 400, 'MALFORMED_JSON'],
    ['an array', 'POST', '/api/v1/hooks', '[]', 400, 'INVALID_REQUEST'],
    ['a body of 65 KiB', 'POST', '/api/v1/hooks', JSON.stringify({ name: 'x'.repeat(65 * 1024) }), 413, 'BODY_TOO_LARGE'],
    ['a limit out of range', 'GET', '/api/v1/orders?limit=201', undefined, 400, 'INVALID_REQUEST'],
    ['a misspelt filter', 'GET', '/api/v1/orders?acount=main', undefined, 400, 'INVALID_REQUEST'],
    ['a cursor of its own making', 'GET', '/api/v1/orders?cursor=bm9uc2Vuc2U', undefined, 400, 'INVALID_REQUEST'],
    ['cancelling an unknown order', 'POST', '/api/v1/orders/0194b8d2-3c5e-7a4b-9f6d-2e1c0b8a7f65/cancel', {}, 404, 'NOT_FOUND'],
    ['lifting a ban there is not', 'DELETE', '/api/v1/bans/192.0.2.9', undefined, 404, 'NOT_FOUND'],
    ['a key that is none', 'POST', '/api/v1/trading/halt', {}, 400, 'BAD_IDEMPOTENCY_KEY'],
  ])('%s', async (name, method, path, body, status, code) => {
    const headers: Record<string, string> = name === 'a key that is none' ? { 'idempotency-key': 'with space' } : {};
    const answer = await api.call(method, path, body, headers);
    expect(answer.body).toMatchObject({ status, code, requestId: answer.headers.get('x-request-id') });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at async/);
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('a body of another type is refused before anything is done', async () => {
    const answer = await api.call('POST', '/api/v1/trading/halt', 'reason=x', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.body).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it('all mistakes of a body are named at once, each with its pointer', async () => {
    const answer = await api.call('POST', '/api/v1/accounts', { name: 'Main!', venue: 'paper', sandbox: 'yes', colour: 'red' });
    expect((answer.body.mistakes as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual(['/colour', '/name', '/sandbox']);
  });

  it('a client may bring its own request id, if it is one', async () => {
    const own = await api.call('GET', '/api/v1/orders', undefined, { 'x-request-id': 'deploy-check-1' });
    expect(own.headers.get('x-request-id')).toBe('deploy-check-1');
    const other = await api.call('GET', '/api/v1/orders', undefined, { 'x-request-id': 'a b' });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('accounts', () => {
  it('an exchange account keeps its credentials to itself', async () => {
    const secret = 'never-to-be-seen-again';
    const created = await api.call('POST', '/api/v1/accounts', {
      name: 'spot1',
      venue: 'binance',
      market: 'spot',
      credentials: { apiKey: 'key-id', secret },
    });
    expect(created.status, created.text).toBe(201);
    expect(created.body).toMatchObject({ name: 'spot1', venue: 'binance', market: 'spot', sandbox: false, hasCredentials: true });
    const everything = created.text + (await api.call('GET', '/api/v1/accounts')).text + (await api.call('GET', '/api/v1/audit')).text;
    expect(everything).not.toContain(secret);
    const stored = (await api.deps.readModel.accounts()).find(({ name }) => name === 'spot1');
    expect(stored?.sealedCredentials).toMatch(/^sm1\./);
    expect((await api.call('DELETE', '/api/v1/accounts/spot1')).status).toBe(204);
    expect((await api.call('GET', '/api/v1/accounts/spot1')).status).toBe(404);
  });

  it.each([
    ['an unknown venue', { name: 'a', venue: 'mtgox', market: 'spot', credentials: { apiKey: 'k', secret: 's' } }, ['/venue']],
    ['an exchange without market and credentials', { name: 'a', venue: 'binance' }, ['/market', '/credentials']],
    ['credentials for paper', { name: 'a', venue: 'paper', credentials: { apiKey: 'k', secret: 's' } }, ['/credentials']],
    [
      'a watch for liquidation on spot',
      { name: 'a', venue: 'paper', market: 'spot', settings: { onLiquidationRisk: 'reduce' } },
      ['/settings/onLiquidationRisk'],
    ],
    ['wrong paper settings', { name: 'a', venue: 'paper', settings: { takerFee: '7' } }, ['/settings']],
  ])('%s is refused', async (_name, body, pointers) => {
    const answer = await api.call('POST', '/api/v1/accounts', body);
    expect(answer.status, answer.text).toBe(400);
    expect((answer.body.mistakes as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('a name is given once', async () => {
    expect((await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' })).body).toMatchObject({
      status: 409,
      code: 'NAME_TAKEN',
    });
  });

  it('the leader tests an account', async () => {
    const answer = await api.call('POST', '/api/v1/accounts/main/test', {});
    expect(answer.body).toMatchObject({ ok: true, checks: [{ ok: true }, { ok: true }] });
  });

  it('the same request twice under one key makes one account', async () => {
    const body = { name: 'once', venue: 'paper' };
    const key = { 'idempotency-key': 'create-once' };
    const [first, second] = await Promise.all([
      api.call('POST', '/api/v1/accounts', body, key),
      api.call('POST', '/api/v1/accounts', body, key),
    ]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.id).toBe(second.body.id);
    const other = await api.call('POST', '/api/v1/accounts', { name: 'twice', venue: 'paper' }, key);
    expect(other.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('hooks', () => {
  it('a key and a secret are shown once, and only their hashes kept', async () => {
    const created = await api.call('POST', '/api/v1/hooks', { name: 'tv', accounts: ['main'], layers: ['secret'] });
    expect(created.status, created.text).toBe(201);
    const { key, url, secret, layers } = created.body;
    expect(layers).toEqual(['path', 'secret']);
    expect(String(key).length).toBeGreaterThanOrEqual(27);
    expect(url).toBe(`${api.url}/hooks/${key}`);
    const later = (await api.call('GET', '/api/v1/hooks/tv')).text + (await api.call('GET', '/api/v1/hooks')).text;
    expect(later).not.toContain(String(key));
    expect(later).not.toContain(String(secret));
    const rotated = await api.call('POST', '/api/v1/hooks/tv/rotate', {});
    expect(rotated.body.id).toBe(created.body.id);
    expect(rotated.body.key).not.toBe(key);
    expect(rotated.body.secret).not.toBe(secret);
  });

  it('a layer that nothing here can check is refused, never an open door', async () => {
    const answer = await api.call('POST', '/api/v1/hooks', { name: 'relay', accounts: ['main', 'nobody'], layers: ['ip', 'hmac', 'mtls'] });
    expect(answer.status).toBe(400);
    expect((answer.body.mistakes as { pointer: string; code: string }[]).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/accounts/1', 'ACCOUNT_UNKNOWN'],
      ['/layers/2', 'LAYER_NOT_AVAILABLE'],
    ]);
  });

  it('a change keeps what it does not name, and a revoked hook is gone', async () => {
    await api.call('POST', '/api/v1/hooks', { name: 'tmp', accounts: ['main'], maxAgeSec: 30 });
    const changed = await api.call('PUT', '/api/v1/hooks/tmp', { enabled: false, allowlist: ['192.0.2.0/24'] });
    expect(changed.body).toMatchObject({ name: 'tmp', enabled: false, maxAgeSec: 30, allowlist: ['192.0.2.0/24'], accounts: ['main'] });
    expect(changed.body).not.toHaveProperty('secret');
    expect((await api.call('PUT', '/api/v1/hooks/tmp', { allowlist: ['192.0.2.0/33'] })).status).toBe(400);
    expect((await api.call('DELETE', '/api/v1/hooks/tmp')).status).toBe(204);
    expect((await api.call('GET', '/api/v1/hooks/tmp')).status).toBe(404);
  });

  it('a repeat under one key does not show a key that would not work', async () => {
    const body = { name: 'keyed', accounts: ['main'] };
    const key = { 'idempotency-key': 'hook-keyed' };
    expect((await api.call('POST', '/api/v1/hooks', body, key)).status).toBe(201);
    expect((await api.call('POST', '/api/v1/hooks', body, key)).body).toMatchObject({ status: 409, code: 'ALREADY_CREATED' });
  });
});

describe('orders', () => {
  it('a market order is filled, and tells of itself everywhere', async () => {
    const created = await api.call('POST', '/api/v1/orders', {
      action: 'buy',
      symbol: 'BTCUSDT',
      quantity: '0.02',
      account: 'main',
      tag: 'first',
    });
    expect(created.status, created.text).toBe(201);
    const { id, signalId } = created.body;
    const order = await until(
      async () => {
        const { body } = await api.call('GET', `/api/v1/orders/${id}`);
        return body.status === 'filled' ? body : null;
      },
      { what: 'the fill' },
    );
    expect(order).toMatchObject({
      signalId,
      account: 'main',
      symbol: 'BTC/USDT',
      side: 'buy',
      quantity: '0.02',
      filledQuantity: '0.02',
      tag: 'first',
    });
    const trades = items(await api.call('GET', `/api/v1/trades?orderId=${id}`));
    expect(trades[0]).toMatchObject({ orderId: id, side: 'buy', symbol: 'BTC/USDT' });
    const positions = items(await api.call('GET', '/api/v1/portfolio/positions?account=main&symbol=BTC/USDT'));
    expect(positions[0]).toMatchObject({ account: 'main', markPrice: expect.any(String), unrealizedPnl: expect.any(String) });
    const story = (await api.call('GET', `/api/v1/signals/${signalId}`)).body;
    expect(story).toMatchObject({ id: signalId, status: 'done', payload: expect.objectContaining({ action: 'buy' }) });
    expect((story.events as { stage: string }[]).map(({ stage }) => stage)).toEqual(expect.arrayContaining(['received', 'order', 'fill']));
  });

  it('a resting order can be amended and cancelled', async () => {
    const limit = { action: 'buy', symbol: 'ETHUSDT', quantity: '0.5', type: 'limit', price: '10', account: 'main' };
    const created = await api.call('POST', '/api/v1/orders', limit);
    expect(created.body, created.text).toMatchObject({ status: 'open', type: 'limit', price: '10' });
    const amended = await api.call('PUT', `/api/v1/orders/${created.body.id}`, { price: '11' });
    expect(amended.status, amended.text).toBe(200);
    expect(amended.body).toMatchObject({ id: created.body.id, price: '11', status: 'open' });
    expect(items(await api.call('GET', '/api/v1/orders?open=true')).map(({ id }) => id)).toEqual([created.body.id]);
    const canceled = await api.call('DELETE', `/api/v1/orders/${created.body.id}`);
    expect(canceled.body).toMatchObject({ id: created.body.id, status: 'canceled' });
    expect((await api.call('POST', `/api/v1/orders/${created.body.id}/cancel`, {})).body).toMatchObject({
      status: 409,
      code: 'ORDER_NOT_OPEN',
    });
  });

  it('the alert language is read to the letter, and every mistake named', async () => {
    const answer = await api.call('POST', '/api/v1/orders', { action: 'hold', symbol: 'BTCUSDT', quantity: '-1', account: 'main' });
    expect(answer.body).toMatchObject({ status: 400, code: 'ALERT_NOT_UNDERSTOOD' });
    expect((answer.body.mistakes as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/action', '/quantity']),
    );
  });

  it.each([
    ['for an unknown account', { account: 'nobody' }, '/account'],
    ['for two accounts', { account: ['main', 'once'] }, '/account'],
    ['without saying for which of several accounts', {}, '/account'],
    ['with a secret in it', { account: 'main', secret: 'x' }, '/secret'],
  ])('an order %s is refused', async (_name, more, pointer) => {
    const answer = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', ...more });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.mistakes).toMatchObject([{ pointer }]);
  });

  it("the leader's refusal keeps its reason code", async () => {
    const answer = await api.call('POST', '/api/v1/orders', { action: 'close', symbol: 'XRPUSDT', account: 'main' });
    expect([200, 422]).toContain(answer.status);
    const unknown = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'NOPEUSDT', quantity: '1', account: 'main' });
    expect(unknown.body).toMatchObject({ status: 422, code: 'SYMBOL_UNKNOWN', commandId: expect.any(String) });
  });

  it('an id makes a repeat harmless', async () => {
    const body = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: 'main', id: 'once-only' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.call('POST', '/api/v1/orders', body)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const other = await api.call('POST', '/api/v1/orders', { ...body, quantity: '0.02' });
    expect(other.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('lists page through every order once, newest first', async () => {
    const all = items(await api.call('GET', '/api/v1/orders?limit=200')).map(({ id }) => id);
    expect(all.length).toBeGreaterThanOrEqual(3);
    const paged: unknown[] = [];
    let cursor: unknown = null;
    do {
      const page: ApiAnswer = await api.call('GET', `/api/v1/orders?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
      paged.push(...items(page).map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(all);
  });
});

describe('explaining, limits and the kill switch', () => {
  it('explains JSON and text alerts without trading', async () => {
    const before = items(await api.call('GET', '/api/v1/orders?limit=200')).length;
    const text = await api.call('POST', '/api/v1/signals/explain', 'buy BTCUSDT 0.01', { 'content-type': 'text/plain' });
    expect(text.body, text.text).toMatchObject({ understood: true, explanation: expect.stringContaining('BTCUSDT') });
    const hooked = await api.call('POST', '/api/v1/signals/explain?hook=tv', {
      action: 'buy',
      symbol: 'BTCUSDT',
      quantity: '0.01',
      secret: 'hush',
    });
    expect(hooked.body).toMatchObject({ accounts: ['main'], dryRun: [{ account: 'main', verdict: 'would_trade' }] });
    expect(hooked.text).not.toContain('hush');
    const wrong = await api.call('POST', '/api/v1/signals/explain', { action: 'buy' });
    expect(wrong.body).toMatchObject({ status: 400, code: 'ALERT_NOT_UNDERSTOOD' });
    expect(items(await api.call('GET', '/api/v1/orders?limit=200'))).toHaveLength(before);
  });

  it('limits set one by one add up, hold, and go away with null', async () => {
    await api.call('PUT', '/api/v1/risk/limits', { maxOrderNotional: '500.5' });
    const both = await api.call('PUT', '/api/v1/risk/limits', { maxOpenOrders: 7 });
    expect(both.body).toMatchObject({ maxOrderNotional: '500.5', maxOpenOrders: 7, maxDailyLoss: null });
    const refused = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '600 USDT', account: 'main' });
    expect(refused.body).toMatchObject({ status: 422, code: 'ORDER_NOTIONAL_LIMIT' });
    const cleared = await api.call('PUT', '/api/v1/risk/limits', { maxOrderNotional: null, maxOpenOrders: null });
    expect(cleared.body).toMatchObject({ maxOrderNotional: null, maxOpenOrders: null });
    const wrong = await api.call('PUT', '/api/v1/risk/limits', { maxDailyLoss: -1 });
    expect(wrong.body).toMatchObject({ status: 400, mistakes: [{ pointer: '/maxDailyLoss', code: 'INVALID_VALUE' }] });
  });

  it('symbols in limits and prices are written as in an alert', async () => {
    const limited = await api.call('PUT', '/api/v1/risk/limits', { allowedSymbols: ['BTCUSDT'] });
    expect(limited.body).toMatchObject({ allowedSymbols: ['BTC/USDT'] });
    const bought = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: 'main' });
    expect(bought.status, bought.text).toBe(201);
    await api.call('PUT', '/api/v1/risk/limits', { allowedSymbols: null });
    const ticker = await api.call('GET', '/api/v1/market-data/ticker?account=main&symbol=BTCUSDT');
    expect(ticker.body).toMatchObject({ symbol: 'BTC/USDT', source: 'synthetic' });
  });

  it('halt stops, flatten closes, resume goes on', async () => {
    const halted = await api.call('POST', '/api/v1/trading/halt', { reason: 'storm' });
    expect(halted.body).toMatchObject({ mode: 'halted', reason: 'storm' });
    const refused = await api.call('POST', '/api/v1/orders', { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: 'main' });
    expect(refused.body).toMatchObject({ status: 422, code: 'TRADING_HALTED' });
    const flat = await api.call('POST', '/api/v1/trading/flatten', {});
    expect(flat.body, flat.text).toMatchObject({ mode: 'reduce_only' });
    await until(async () => items(await api.call('GET', '/api/v1/portfolio/positions?open=true')).length === 0, {
      what: 'all positions closed',
    });
    expect((await api.call('POST', '/api/v1/trading/resume', {})).body.mode).toBe('active');
  });

  it('an unknown account is a mistake, never "all accounts"', async () => {
    const answer = await api.call('POST', '/api/v1/trading/halt', { account: 'nobody' });
    expect(answer.body).toMatchObject({ status: 400, mistakes: [{ pointer: '/account', code: 'ACCOUNT_UNKNOWN' }] });
  });
});

describe('pages and probes', () => {
  it('health, readiness and metrics need no credentials', async () => {
    const open = { authorization: '' };
    expect((await api.call('GET', '/health', undefined, open)).body).toMatchObject({ status: 'ok', instance: 'api-test' });
    expect((await api.call('GET', '/ready', undefined, open)).body).toEqual({ ready: true, checks: {} });
    expect((await api.call('GET', '/metrics', undefined, open)).text).toContain('signalman_stage_seconds');
  });

  it('the documentation is served from here and by its own content security policy', async () => {
    const page = await api.call('GET', '/docs');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(loaded).toContain('/docs/swagger-ui-bundle.js');
    for (const path of loaded) expect((await api.call('GET', path)).status, path).toBe(200);
    expect(page.text).not.toMatch(/<script>|onload=|style="/);
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect((await api.call('GET', '/')).text).toContain('/docs');
  });
});

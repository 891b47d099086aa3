import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Answer, send } from '../helpers/instance.ts';
import { formsOf, leaksIn } from '../helpers/planted.ts';
import { enrol, signIn } from '../helpers/signIn.ts';
import { type BotApiServer, startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from '../helpers/venue/faults.ts';
import { deliver, settled, startWorld, type World } from './world.ts';

/** With characters that URLs and JSON write differently. */
const newSecret = (): string => `${randomBytes(24).toString('base64url')}+/%"&`;
const newToken = (): string => randomBytes(24).toString('hex');

const CREDENTIALS = { apiKey: newToken(), secret: newToken() };
const TELEGRAM = { trading: `1001:${newToken()}`, user: `1002:${newToken()}`, dev: `1003:${newToken()}` };
const ANN = 'ann@example.com';
const [PASSWORD, ANNS_PASSWORD, NEW_PASSWORD] = [newSecret(), newSecret(), newSecret()];
const [SECRETS_KEY, SECRETS_KEY_PREVIOUS] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

/** Every way the exchange fails; each makes an error whose text the client library fills with the signed request. */
const FAULTS: readonly Fault[] = [
  { kind: 'acceptThenDrop' },
  { kind: 'dropUnread' },
  { kind: 'dropInBody' },
  { kind: 'truncatedJson' },
  { kind: 'emptyObject' },
  { kind: 'html200' },
  { kind: 'html', status: 502, executes: true },
  { kind: 'slowDown', status: 429, retryAfterSec: 1 },
  { kind: 'rejectWith', code: -1022, msg: 'Signature for this request is not valid.' },
  { kind: 'rejectWith', code: -2015, msg: `Invalid API-key ${CREDENTIALS.apiKey}, IP, or permissions for action.`, status: 401 },
  { kind: 'rejectWith', code: -1000, msg: `unknown ${CREDENTIALS.secret}`, status: 500 },
];

let telegram: BotApiServer;
let world: World;
let planted: Record<string, string>;
/** Everything the instance answered, but for the answers that tell a new secret once. */
const answers: string[] = [];

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await send(world.instance.url + path, method, body, { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers });
  answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${answer.text}`);
  return answer;
}

const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`admin@localhost:${password}`).toString('base64')}` });

beforeAll(async () => {
  telegram = await startBotApiServer({ token: TELEGRAM.trading, now: Date.now });
  world = await startWorld({
    exchange: CREDENTIALS,
    environment: {
      ...{
        LOG_LEVEL: 'trace',
        RATE_LIMIT_POINTS: '1000',
        BAN_THRESHOLD: '10000',
        ADMIN_PASSWORD: PASSWORD,
        SECRETS_KEY,
        SECRETS_KEY_PREVIOUS,
      },
      ...{ TELEGRAM_API_ROOT: telegram.apiRoot, TELEGRAM_TRADING_TOKEN: TELEGRAM.trading, TELEGRAM_TRADING_CHAT_ID: '1' },
      // The server does not know these two: what is said of a refused token must not hold it.
      ...{ TELEGRAM_USER_TOKEN: TELEGRAM.user, TELEGRAM_USER_CHAT_ID: '2', TELEGRAM_DEV_TOKEN: TELEGRAM.dev, TELEGRAM_DEV_CHAT_ID: '3' },
    },
  });
  const hook = await world.instance.call('POST', '/api/v1/hooks', {
    ...{ name: 'guarded', accounts: ['main'], maxAgeSec: 600 },
    layers: ['ip', 'path', 'secret', 'hmac'],
  });
  planted = {
    'key of a hook': world.hookKey,
    'key of a guarded hook': String(hook.body.key),
    'secret of a hook': String(hook.body.secret),
    'secret of the first hook': world.hookSecret,
    'HMAC key of a hook': String(hook.body.hmacKey),
    'API key of a venue': CREDENTIALS.apiKey,
    'API secret of a venue': CREDENTIALS.secret,
    'admin token': ADMIN_TOKEN,
    'password of a user': PASSWORD,
    'password of another user': ANNS_PASSWORD,
    'new password of a user': NEW_PASSWORD,
    'token of the trading bot': TELEGRAM.trading,
    'token of the user bot': TELEGRAM.user,
    'token of the dev bot': TELEGRAM.dev,
    'password of the database': new URL(world.database?.url ?? '').password,
    'secrets key': SECRETS_KEY,
    'previous secrets key': SECRETS_KEY_PREVIOUS,
  };
});
afterAll(async () => {
  await world.close();
  await telegram.close();
});

describe('no secret anywhere', () => {
  it('uses every secret rightly and wrongly', async () => {
    const key = planted['key of a guarded hook'] ?? '';
    const secret = planted['secret of a hook'] ?? '';
    const alert = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' };
    const post = (path: string, body: unknown, headers = {}) => ask('POST', path, body, { authorization: '', ...headers });
    const right = sign({ ...alert, id: `right-${Date.now()}`, secret });
    planted['signature of an alert'] = right.signature;
    expect((await post(`/hooks/${key}`, right.body, right.headers)).status).toBe(202);
    expect((await post(`/hooks/${key}`, right.body, right.headers)).status).toBe(409);
    const wrong = sign({ ...alert, id: 'wrong', secret: `${secret}x` });
    expect((await post(`/hooks/${key}`, wrong.body, wrong.headers)).status).toBe(401);
    expect(
      (await post(`/hooks/${key}`, { ...alert, id: 'unsigned', secret }, { 'x-signalman-signature': `sha256=${secret}` })).status,
    ).toBe(401);
    const { hookPath, hookSecret } = world;
    expect((await post(hookPath, { ...alert, secret: hookSecret, misspelt: hookSecret })).status).toBe(400);
    expect((await post(hookPath, `{"secret":"${hookSecret}","action":`)).status).toBeGreaterThanOrEqual(400);
    expect((await post(hookPath, `buy BTCUSDT 0.01 secret=${hookSecret} tp=x`, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await ask('GET', `/hooks/${key}`)).status).toBe(405);
    expect((await post(`/hooks/${key}/more?secret=${secret}`, alert)).status).toBeGreaterThanOrEqual(400);
    await ask('POST', '/api/v1/signals/explain', { ...alert, secret });
    for (const sampleMessage of [{ ...alert, secret }, `{"secret":"${secret}","action":`])
      expect((await ask('PUT', '/api/v1/hooks/guarded', { sampleMessage })).body).toHaveProperty('preflight');
    expect((await ask('GET', '/api/v1/hooks', undefined, basic(PASSWORD))).status).toBe(200);
    for (const headers of [basic(`${PASSWORD}x`), { authorization: `Bearer ${ADMIN_TOKEN}x` }, { authorization: ADMIN_TOKEN }])
      expect((await ask('GET', '/api/v1/hooks', undefined, headers)).status).toBe(401);
    expect((await ask('GET', `/api/v1/hooks?token=${ADMIN_TOKEN}`)).status).toBe(400);
    const account = { name: 'again', venue: 'binance', market: 'spot', credentials: CREDENTIALS };
    expect((await ask('POST', '/api/v1/accounts', account)).status).toBe(201);
    expect((await ask('POST', '/api/v1/accounts', { ...account, credentials: { ...CREDENTIALS, extra: { CREDENTIALS } } })).status).toBe(
      400,
    );
    expect((await ask('POST', '/api/v1/secrets/rotate', {})).status).toBe(200);
  });

  it('lets people in by every way, rightly and wrongly', async () => {
    const { url } = world.instance;
    expect((await ask('POST', '/api/v1/users', { email: ANN, role: 'trader', password: ANNS_PASSWORD })).status).toBe(201);
    await ask('POST', '/api/v1/session', { email: ANN, password: `${ANNS_PASSWORD}x` }, { authorization: '' });
    const tab = await signIn(url, { email: ANN, password: ANNS_PASSWORD });
    expect(tab.answer.status, tab.answer.text).toBe(201);
    planted['session of a browser'] = /=([^;]+)/.exec(tab.headers.cookie ?? '')?.[1] ?? '';
    const link = await tab.call('POST', '/api/v1/me/telegram-code', {});
    expect(link.status, link.text).toBe(201);
    planted['code that links a chat'] = String(link.body.code);
    const { secret, recoveryCodes } = await enrol(tab);
    planted['seed of one-time codes'] = secret;
    for (const [index, code] of recoveryCodes.entries()) planted[`recovery code ${index}`] = code;
    const token = await tab.call('POST', '/api/v1/tokens', { name: 'bot', scopes: ['read'] });
    expect(token.status, token.text).toBe(201);
    planted['token of a program'] = String(token.body.token);
    const bearer = { authorization: `Bearer ${token.body.token}` };
    expect((await ask('GET', '/api/v1/trading/state', undefined, bearer)).status).toBe(200);
    expect((await ask('POST', '/api/v1/trading/halt', {}, bearer)).status).toBe(403);
    for (const totp of ['000000', recoveryCodes[0], recoveryCodes[0]])
      await ask('POST', '/api/v1/session', { email: ANN, password: ANNS_PASSWORD, totp }, { authorization: '', 'user-agent': 'a browser' });
    await ask('PUT', '/api/v1/me/password', { current: ANNS_PASSWORD, password: NEW_PASSWORD }, tab.headers);
    await ask('GET', '/api/v1/me', undefined, { ...tab.headers, authorization: '' });
    await ask('GET', '/api/v1/users');
    await ask('POST', '/api/v1/hooks/guarded/rotate', { what: ['nothing'] });
    expect((await ask('POST', '/api/v1/secrets/rotate', {})).status).toBe(200);
  });

  it.each(FAULTS.map((fault) => [JSON.stringify(fault).slice(0, 60), fault] as const))(
    'meets an exchange that fails: %s',
    async (id, fault) => {
      const { exchange } = world;
      exchange.fail(fault, { times: 4 });
      await ask('POST', '/api/v1/accounts/main/test');
      exchange.heal();
      exchange.fail(fault, { method: 'POST', path: '/api/v3/order', times: 1 });
      await deliver(world, { id, action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' });
      exchange.heal();
      exchange.fail(fault, { method: 'GET', path: '/api/v3/order', times: 2 });
      await deliver(world, { id: `${id} again`, action: 'buy', symbol: 'ETHUSDT', quantity: '0.01' });
      exchange.heal();
      const signals = await settled(world.instance);
      for (const { id: signalId } of signals.slice(0, 3)) await ask('GET', `/api/v1/signals/${signalId}`);
    },
  );

  it('plants what can be told apart', () => {
    for (const [name, value] of Object.entries(planted)) expect(value.length, name).toBeGreaterThanOrEqual(10);
    expect(new Set(Object.values(planted)).size).toBe(Object.keys(planted).length);
  });

  it('is in no log line, answer, metric, message or row', async () => {
    await until(() => telegram.messages.length > 0, { what: 'a message in the chat', timeoutMs: 15_000 });
    await askEverything();
    const database = await everyRow(world);
    await world.instance.kill('SIGTERM');
    const places = {
      log: world.instance.output(),
      'HTTP answers': answers.join('\n'),
      'Telegram messages': telegram.requests.map(({ text }) => text).join('\n'),
      database,
    };
    // Each place is what it is taken for.
    expect(places.log).toContain('"msg":"fill"');
    expect(places['HTTP answers']).toContain('signalman_alerts_total');
    expect(places['Telegram messages']).toContain('BTC/USDT');
    expect(places.database).toContain('secrets.rewrap');
    const leaks = Object.entries(places).flatMap(([place, text]) => leaksIn(text, planted).map((leak) => `${leak} in the ${place}`));
    expect(leaks).toEqual([]);
    for (const [place, text] of Object.entries(places)) expect(text.match(/signature=.{0,80}/g), place).toBeNull();
  });

  it('would find each of them in every form', () => {
    for (const [name, value] of Object.entries(planted))
      for (const [form, shapes] of formsOf(value))
        for (const shape of shapes) expect(leaksIn(`before${shape}after`, planted), name).toContain(`${name} (${form})`);
    const header = Buffer.from(`admin@localhost:${PASSWORD}`).toString('base64');
    expect(leaksIn(header, planted)).toContain('password of a user (in base64)');
  });
});

/** The alert as its sender signs it. */
function sign(alert: Readonly<Record<string, unknown>>) {
  const body = JSON.stringify(alert);
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', planted['HMAC key of a hook'] ?? '')
    .update(`${at}.${body}`)
    .digest('hex');
  return { body, signature, headers: { 'x-signalman-timestamp': at, 'x-signalman-signature': `sha256=${signature}` } };
}

/** Every address that can be read without knowing an id, those of later versions too. */
async function askEverything(): Promise<void> {
  const { body } = await ask('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, unknown>>);
  const readable = paths.filter(([path, operations]) => 'get' in operations && !path.includes('{')).map(([path]) => path);
  expect(readable.length).toBeGreaterThan(10);
  for (const path of readable) await ask('GET', path);
  for (const path of ['/docs', '/api/v1/accounts/main', '/api/v1/hooks/guarded', '/api/v1/audit?limit=200', '/api/v1/signals?limit=200'])
    await ask('GET', path);
}

/** Every row of every table as text. */
async function everyRow({ database }: World): Promise<string> {
  const tables = await database?.pool.query<{ name: string }>(
    "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = await Promise.all(
    (tables?.rows ?? []).map(({ name }) => database?.pool.query<{ t: string }>(`SELECT t::text FROM ${name} t`)),
  );
  return rows.flatMap((result) => result?.rows.map(({ t }) => t) ?? []).join('\n');
}

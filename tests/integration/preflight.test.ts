import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  await api.call('POST', '/api/v1/accounts', { name: 'coins', venue: 'paper', market: 'spot' });
});
afterAll(() => api.close());

const items = (answer: ApiAnswer): Record<string, unknown>[] => answer.body.items as Record<string, unknown>[];
let made = 0;
/** A hook saved with a sample. */
function save(sampleMessage: unknown, more: Record<string, unknown> = {}): Promise<ApiAnswer> {
  made += 1;
  return api.call('POST', '/api/v1/hooks', { name: `hook${made}`, accounts: ['main'], sampleMessage, ...more });
}
const preflightOf = async (sampleMessage: unknown, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> => {
  const saved = await save(sampleMessage, more);
  expect(saved.status, saved.text).toBe(201);
  expect(saved.body).toHaveProperty('url');
  return saved.body.preflight as Record<string, unknown>;
};

describe('a message tried when its hook is saved', () => {
  it('tells what each account would do, as explaining does, and trades and keeps nothing', async () => {
    const sample = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', stopLoss: '1%' };
    const saved = await save(sample, { accounts: ['main', 'coins'] });
    const preflight = saved.body.preflight as { dryRun: unknown[] };
    expect(preflight).toMatchObject({
      understood: true,
      accounts: ['main', 'coins'],
      dryRun: [
        {
          account: 'main',
          symbol: 'BTC/USDT',
          verdict: 'would_trade',
          orders: [{ side: 'buy', type: 'market', quantity: '0.01' }, { role: 'stop_loss' }],
        },
        { account: 'coins', verdict: 'would_trade' },
      ],
    });
    const explained = await api.call('POST', `/api/v1/signals/explain?hook=${saved.body.id}`, sample);
    expect(explained.body.dryRun).toMatchObject(preflight.dryRun.map((each) => ({ ...(each as object), orders: expect.anything() })));
    expect((await api.call('GET', `/api/v1/hooks/${saved.body.id}`)).body).not.toHaveProperty('preflight');
    expect(items(await api.call('GET', '/api/v1/orders'))).toEqual([]);
    expect(items(await api.call('GET', '/api/v1/signals'))).toEqual([]);
  });

  it('reckons without the orders that the message itself would cancel first, as the real way does', async () => {
    await api.call('POST', '/api/v1/accounts', { name: 'swaps', venue: 'paper', market: 'swap' });
    const long = { account: 'swaps', action: 'long', symbol: 'ETHUSDT', quantity: '0.1', stopLoss: '20%' };
    expect((await api.call('POST', '/api/v1/orders', long)).status).toBe(201);
    await until(async () => items(await api.call('GET', '/api/v1/orders?account=swaps&role=stop_loss&open=true')).length > 0 || null, {
      what: 'the stop',
    });
    await api.call('PUT', '/api/v1/risk/limits', { account: 'swaps', maxOpenOrders: 2 });
    const preflight = await preflightOf('short ETHUSDT 0.1', { accounts: ['swaps'] });
    expect(preflight).toMatchObject({ dryRun: [{ verdict: 'would_trade', code: null, orders: [{ role: 'exit' }, { role: 'entry' }] }] });
    expect((preflight.dryRun as { cancels: unknown[] }[])[0]?.cancels).toHaveLength(1);
    const done = await api.call('POST', '/api/v1/orders', { ...long, action: 'short' });
    expect(done.body).toMatchObject({ signal: { code: null }, orders: [{ role: 'exit' }, { role: 'entry' }, { role: 'stop_loss' }] });
  });

  it('is saved without a word about it when no sample comes along', async () => {
    const saved = await api.call('POST', '/api/v1/hooks', { name: 'plain', accounts: ['main'] });
    expect(saved.status).toBe(201);
    expect(saved.body).not.toHaveProperty('preflight');
  });

  it('says what would be refused and what would work, and saves the hook', async () => {
    const preflight = await preflightOf('short BTCUSDT 0.01', { accounts: ['coins'] });
    expect(preflight).toMatchObject({
      understood: true,
      dryRun: [{ verdict: 'would_be_refused', code: expect.any(String), message: expect.any(String) }],
    });
    const unknown = await preflightOf('buy BTCUSTD 0.01');
    expect(unknown).toMatchObject({ dryRun: [{ code: 'SYMBOL_UNKNOWN', message: expect.stringContaining('BTC/USDT') }] });
  });

  it.each([
    ['broken JSON', '{"action":"buy"', 'NOT_JSON'],
    ['nothing', '', 'BODY_EMPTY'],
    ['a field nobody knows', { action: 'buy', symbol: 'BTCUSDT', qty: '1' }, 'FIELD_UNKNOWN'],
    ['an account the hook has not', 'buy BTCUSDT 0.01 account=coins', 'ACCOUNT_UNKNOWN'],
  ])('%s cannot be understood, is told with its mistakes, and the hook is saved', async (_what, sample, code) => {
    const preflight = await preflightOf(sample);
    expect(preflight).toMatchObject({ understood: false });
    expect(preflight.mistakes).toContainEqual(expect.objectContaining({ code }));
  });

  it('a change of the hook tries a message too, at what the hook then is', async () => {
    await save(undefined, { name: 'changing' });
    const changed = await api.call('PUT', '/api/v1/hooks/changing', { accounts: ['coins'], sampleMessage: 'buy BTCUSDT 0.01' });
    expect(changed.body, changed.text).toMatchObject({
      accounts: ['coins'],
      preflight: { dryRun: [{ account: 'coins', verdict: 'would_trade' }] },
    });
    expect((await api.call('PUT', '/api/v1/hooks/changing', { maxAgeSec: 30 })).body).not.toHaveProperty('preflight');
  });

  it('a venue that does not answer keeps nothing back: the key is answered, and where to try again', async () => {
    const deps = { explain: () => Promise.reject(new Error('the venue is away')) };
    const lame = await startApi({ deps });
    await lame.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
    const saved = await lame.call('POST', '/api/v1/hooks', { name: 'tv', accounts: ['main'], sampleMessage: 'buy BTCUSDT 0.01' });
    await lame.close();
    expect(saved.body, saved.text).toMatchObject({
      url: expect.any(String),
      preflight: { understood: false, mistakes: [{ code: 'NOT_TRIED' }] },
    });
    expect(saved.text).not.toContain('is away');
  });
});

describe('placeholders of TradingView', () => {
  const strategy =
    '{"action":"{{strategy.order.action}}","symbol":"{{ticker}}","quantity":{{strategy.order.contracts}},"type":"limit","price":"{{close}}","time":"{{timenow}}"}';

  it('are filled in from the market, so that the message as pasted can be tried', async () => {
    const preflight = await preflightOf(strategy, { sampleSymbol: 'BINANCE:BTCUSDT' });
    expect(preflight, JSON.stringify(preflight)).toMatchObject({
      understood: true,
      dryRun: [{ symbol: 'BTC/USDT', verdict: 'would_trade', orders: [{ side: 'buy', type: 'limit' }] }],
    });
    const values = Object.fromEntries(
      (preflight.placeholders as { placeholder: string; value: string }[]).map(({ placeholder, value }) => [placeholder, value]),
    );
    expect(values).toMatchObject({ '{{ticker}}': 'BTCUSDT', '{{strategy.order.action}}': 'buy' });
    expect(Number(values['{{close}}'])).toBeGreaterThan(1_000);
    expect(Number(values['{{strategy.order.contracts}}'])).toBeLessThan(0.1);
  });

  it('a symbol nobody names is asked for, at saving and at explaining alike', async () => {
    const message = '/symbol';
    expect(await preflightOf(strategy)).toMatchObject({
      understood: false,
      mistakes: [{ pointer: message, code: 'PLACEHOLDER_UNRESOLVED', message: expect.stringContaining('say which one') }],
    });
    const refused = await api.call('POST', '/api/v1/signals/explain', strategy, { 'content-type': 'text/plain' });
    expect(refused.body).toMatchObject({ status: 400, code: 'ALERT_NOT_UNDERSTOOD', mistakes: [{ pointer: message }] });
    const explained = await api.call('POST', '/api/v1/signals/explain?symbol=BTCUSDT', strategy, { 'content-type': 'text/plain' });
    expect(explained.body, explained.text).toMatchObject({
      understood: true,
      placeholders: expect.arrayContaining([expect.objectContaining({ placeholder: '{{close}}' })]),
    });
  });

  it('one that is misspelt is told with the right one', async () => {
    const preflight = await preflightOf('buy BTCUSDT {{strategy.order.contract}}');
    expect(preflight.mistakes).toMatchObject([{ pointer: '/quantity', message: expect.stringContaining('{{strategy.order.contracts}}') }]);
  });

  it('an alert that really arrives unfilled is refused as ever', async () => {
    const { body } = await save(strategy, { name: 'strict', layers: ['path'] });
    const answer = await fetch(String(body.url), { method: 'POST', body: strategy, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('PLACEHOLDER_UNRESOLVED');
  });
});

describe('what every alert of the message would meet at the hook', () => {
  it.each([
    ['buy BTCUSDT 0.01 id=7', /`id` is fixed/],
    ['buy BTCUSDT 0.01 time=2024-01-01T00:00:00Z', /write \{\{timenow\}\}/],
  ])('%s', async (sample, note) => {
    expect((await preflightOf(sample)).notes).toEqual([expect.stringMatching(note)]);
    expect((await preflightOf('buy BTCUSDT 0.01 id=a-{{timenow}} time={{timenow}}')).notes).toEqual([]);
  });

  it('its secret: missing, wrong, right, and never repeated', async () => {
    const saved = await save('buy BTCUSDT 0.01', { name: 'guarded', layers: ['secret'] });
    expect(saved.body).toMatchObject({ preflight: { notes: [expect.stringContaining('add "secret"')] } });
    const secret = String(saved.body.secret);
    const tried = (given: string) => api.call('PUT', '/api/v1/hooks/guarded', { sampleMessage: `buy BTCUSDT 0.01 secret=${given}` });
    const wrong = await tried('of-another-hook-altogether');
    expect(wrong.body).toMatchObject({ preflight: { notes: [expect.stringContaining("not the hook's")] } });
    const right = await tried(secret);
    expect(right.body).toMatchObject({ preflight: { understood: true, notes: [] } });
    expect(wrong.text + right.text).not.toMatch(new RegExp(`of-another-hook|${secret}`));
  });

  it('a person who is asked first, and a hook that is off', async () => {
    const preflight = await preflightOf('buy BTCUSDT 0.01', { approval: {}, enabled: false });
    expect(preflight.notes).toEqual([expect.stringContaining('switched off'), expect.stringContaining('approves')]);
  });
});

it('what is answered is what the document says', async () => {
  const { body } = await api.call('GET', '/openapi.json');
  const { schemas } = body.components as { schemas: Record<string, { properties: Record<string, unknown>; required: string[] }> };
  for (const sample of ['buy BTCUSDT 0.01 sl=1%', '{']) {
    const preflight = await preflightOf(sample);
    expect(Object.keys(schemas.Preflight?.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(preflight)));
    expect(Object.keys(preflight)).toEqual(expect.arrayContaining(schemas.Preflight?.required ?? ['missing']));
  }
});

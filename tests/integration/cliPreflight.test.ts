import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ran, runInShell } from '../helpers/shell.ts';
import { ADMIN_TOKEN, type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
let directory: string;
beforeAll(async () => {
  api = await startApi();
  directory = mkdtempSync(join(tmpdir(), 'signalman-cli-'));
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
  await api.call('POST', '/api/v1/hooks', { name: 'tv', accounts: ['main'] });
});
afterAll(async () => {
  await api.close();
  rmSync(directory, { recursive: true });
});

async function run(argv: string[]): Promise<Ran & { readonly data: unknown }> {
  const ran = await runInShell(argv, { ADMIN_API_TOKEN: ADMIN_TOKEN, SIGNALMAN_URL: api.url });
  return { ...ran, data: argv.includes('--json') ? JSON.parse(ran.out) : null };
}

it('tries the message of a new hook: what it would do, or what is wrong with it', async () => {
  const file = join(directory, 'message.txt');
  writeFileSync(file, '{"action":"{{strategy.order.action}}","symbol":"{{ticker}}","quantity":"{{strategy.order.contracts}}"}\n');
  const tried = await run(['hook', 'create', 'tried', '--account', 'main', '--sample', `@${file}`, '--symbol', 'BTCUSDT']);
  expect(tried.code, tried.err).toBe(0);
  expect(tried.out).toMatch(
    /URL\s+http[\s\S]*understood: Buy [\s\S]*\{\{ticker\}\} was taken to be BTCUSDT[\s\S]*✓ main BTC\/USDT: would trade\n\s+buy 0\.\d+ BTC\/USDT market/,
  );
  const wrong = await run(['hook', 'create', 'wrong', '--account', 'main', '--sample', 'buy BTCUSDT {{plot_0}}']);
  expect(wrong.code).toBe(0);
  expect(wrong.out).toMatch(/URL\s+http[\s\S]*would be refused:\n\s+✗ \/quantity: .*your indicator/);
  const json = await run(['hook', 'create', 'asjson', '--account', 'main', '--sample', 'buy NOPEUSDT 1', '--json']);
  expect(json.data).toMatchObject({
    url: expect.any(String),
    preflight: { dryRun: [{ verdict: 'would_be_refused', code: 'SYMBOL_UNKNOWN' }] },
  });
  expect(await run(['hook', 'create', 'x', '--account', 'main', '--symbol', 'BTCUSDT'])).toMatchObject({ code: 2 });
  expect(await run(['hook', 'create', 'x', '--account', 'main', '--sample', '@/nonexistent'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('/nonexistent cannot be read (ENOENT)'),
  });
});

it('shows what each account was given of one order over several', async () => {
  await api.call('POST', '/api/v1/accounts', { name: 'other', venue: 'paper', settings: { takerFee: '0.01' } });
  const body = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', account: ['main', 'other'], route: 'best' };
  const order = await api.call('POST', '/api/v1/orders', body);
  expect(order.status, order.text).toBe(201);
  const story = await run(['signal', 'show', String(order.body.signalId)]);
  expect(story.out, story.err).toMatch(/ACCOUNT\s+SHARE\s+STATUS\nmain\s+0\.01\s+done\nother\s+(–|0)\s+done \(ROUTED_ELSEWHERE\)/);
  const shown = await api.call('GET', `/api/v1/signals/${order.body.signalId}`);
  expect(shown.body).toMatchObject({ accounts: [{ account: 'main', share: '0.01' }, { account: 'other' }] });
});

it('explains a message without sending it', async () => {
  const told = await run(['signal', 'explain', 'buy {{ticker}} 10% sl=1%', '--hook', 'tv', '--symbol', 'BTCUSDT']);
  expect(told.out, told.err).toMatch(/understood: Buy BTCUSDT for 10 % of equity[\s\S]*✓ main BTC\/USDT: would trade[\s\S]*stop loss/);
  expect(await run(['signal', 'explain', 'buy'])).toMatchObject({ code: 1, err: expect.stringContaining('/symbol') });
});

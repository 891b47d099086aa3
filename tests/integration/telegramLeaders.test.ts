import { expect, it, onTestFinished } from 'vitest';
import { created, leader, openCluster } from '../helpers/cluster.ts';
import { startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';

const TOKEN = '123456:hunter2-bot-token';
const CHAT = '1001';
/** A private chat has the number of its person. */
const ADA = '77';

it('of several instances only the leader hears the Telegram chat, and after its death the next one', async () => {
  const bot = await startBotApiServer({ token: TOKEN, now: Date.now });
  onTestFinished(() => bot.close());
  const cluster = await openCluster({
    names: ['a', 'b'],
    environment: { TELEGRAM_TRADING_TOKEN: TOKEN, TELEGRAM_TRADING_CHAT_ID: CHAT, TELEGRAM_API_ROOT: bot.apiRoot },
  });
  const answer = async (text: string, expected: RegExp): Promise<void> => {
    bot.updates.write({ chat: CHAT, text });
    await until(() => bot.messages.some((message) => expected.test(message.text)), { what: `the answer to ${text}`, timeoutMs: 30_000 });
  };

  const first = await leader(cluster);
  await answer('/status', new RegExp(`Leader: ${first}, epoch \\d+\nInstances: 2`));
  await answer('/halt fire', /^HALTED/);
  const state = await cluster.named(first).call('GET', '/api/v1/trading/state');
  expect(state.body).toMatchObject({ mode: 'halted', reason: 'fire' });
  await until(() => bot.messages.some(({ text }) => /halt for all accounts by telegram:42 \(fire\)/.test(text)), { what: 'the notice' });

  const admin = { email: 'ada@example.com', password: 'correct horse battery staple', role: 'admin' };
  await created(cluster.named(first), '/api/v1/users', admin);
  const { code } = await created(cluster.named(first), '/api/v1/telegram/codes', { user: admin.email });
  bot.updates.write({ chat: ADA, from: Number(ADA), text: `/link ${code}` });
  await until(() => bot.messages.some(({ chat, text }) => chat === ADA && text.startsWith('Linked.')), { what: 'the link' });
  bot.updates.write({ chat: ADA, from: Number(ADA), text: '/flatten main' });
  await until(() => bot.messages.some(({ chat, buttons }) => chat === ADA && buttons.length === 1), {
    what: 'the question',
    timeoutMs: 10_000,
  });

  await cluster.named(first).kill('SIGKILL');
  bot.press('Flatten main', { chat: ADA, from: Number(ADA) });
  const second = await leader(cluster, first);
  await until(() => bot.pressAnswers.some(({ text }) => text.startsWith('☑️ Flatten main: ada@example.com')), {
    what: 'the answer of the next leader to the question of the last one',
    timeoutMs: 30_000,
  });
  await until(() => bot.shown.some(({ chat, text, buttons }) => chat === ADA && text.includes('☑️ Flatten main') && buttons.length === 0), {
    what: 'the message to say so',
    timeoutMs: 10_000,
  });

  await answer('/status', new RegExp(`^Trading: HALTED .*\\(fire\\)\nmain: exits only .*\nLeader: ${second}, `));

  await cluster.named(second).kill('SIGTERM');
  await until(() => bot.updates.held() === 0, { what: 'no poll left open' });
  expect(cluster.instances.map((instance) => instance.output()).join('')).not.toContain('hunter2');
}, 120_000);

import { expect, it, onTestFinished } from 'vitest';
import { leader, openCluster } from '../helpers/cluster.ts';
import { startBotApiServer } from '../helpers/telegram/botApiServer.ts';
import { until } from '../helpers/until.ts';

const TOKEN = '123456:hunter2-bot-token';
const CHAT = '1001';

it('of several instances only the leader hears the Telegram chat, and after its death the next one', async () => {
  const bot = await startBotApiServer({ token: TOKEN, now: Date.now });
  onTestFinished(() => bot.close());
  const cluster = await openCluster({
    names: ['a', 'b'],
    environment: { TELEGRAM_TRADING_TOKEN: TOKEN, TELEGRAM_TRADING_CHAT_ID: CHAT, TELEGRAM_API_ROOT: bot.apiRoot },
  });
  const answer = async (text: string, expected: RegExp): Promise<void> => {
    bot.updates.write({ chat: CHAT, text });
    await until(() => bot.messages.some((message) => expected.test(message.text)), { what: `the answer to ${text}`, timeoutMs: 20_000 });
  };

  const first = await leader(cluster);
  await answer('/status', new RegExp(`Leader: ${first}, epoch \\d+\nInstances: 2`));
  await answer('/halt fire', /^HALTED/);
  const state = await cluster.named(first).call('GET', '/api/v1/trading/state');
  expect(state.body).toMatchObject({ mode: 'halted', reason: 'fire' });
  await until(() => bot.messages.some(({ text }) => /halt for all accounts by telegram:42 \(fire\)/.test(text)), { what: 'the notice' });

  await cluster.named(first).kill('SIGKILL');
  const second = await leader(cluster, first);
  await answer('/status', new RegExp(`^Trading: HALTED .*\\(fire\\)\nLeader: ${second}, `));

  await cluster.named(second).kill('SIGTERM');
  await until(() => bot.updates.held() === 0, { what: 'no poll left open' });
  expect(cluster.instances.map((instance) => instance.output()).join('')).not.toContain('hunter2');
});

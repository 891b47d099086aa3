import type { Config, TelegramBot } from '../../config/config.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

const ANSWER_MS_MAX = 5_000;

/** Whether each bot's token is good, and whether it may write to its chat. */
export async function checkTelegram({ telegram }: Config): Promise<Finding[]> {
  const bots = new Map<string, TelegramBot>();
  for (const bot of [telegram.trading, telegram.user, telegram.dev]) if (bot) bots.set(`${bot.token} ${bot.chatId}`, bot);
  if (bots.size === 0)
    return [warn('telegram', 'no bot is set, so notices only go to the log', 'Set TELEGRAM_TRADING_TOKEN and its _CHAT_ID.')];
  return Promise.all([...bots.values()].map((bot) => checkBot(telegram.apiRoot, bot)));
}

/** The URL holds the token: nothing of it, and no error text that may quote it, is shown. */
async function checkBot(apiRoot: string, { token, chatId }: TelegramBot): Promise<Finding> {
  const advice = 'Check the token with @BotFather, and TELEGRAM_API_ROOT.';
  const me = await ask<{ username?: string }>(apiRoot, token, 'getMe');
  if (me === null) return fail('telegram', `the Bot API at ${new URL(apiRoot).origin} does not answer`, advice);
  if (!me.ok) return fail('telegram', `the Bot API refused the token (HTTP ${me.status})`, advice);
  const name = `bot @${me.result?.username ?? '?'}`;
  const chat = await ask<{ type?: string; title?: string }>(apiRoot, token, `getChat?chat_id=${encodeURIComponent(chatId)}`);
  if (chat?.ok) return fine('telegram', `${name} answers and reaches its ${chat.result?.type ?? ''} chat ${chatId}`.replace('  ', ' '));
  const why = chat === null ? 'no answer' : `HTTP ${chat.status}`;
  return fail(
    'telegram',
    `${name} answers, but does not reach chat ${chatId} (${why})`,
    `Write to ${name} from that chat first, or add it to the group, and check the _CHAT_ID.`,
  );
}

interface BotAnswer<T> {
  readonly ok: boolean;
  readonly status: number;
  readonly result?: T;
}

/** Null when nobody answers, or not as the Bot API does. */
async function ask<T>(apiRoot: string, token: string, method: string): Promise<BotAnswer<T> | null> {
  try {
    const response = await fetch(`${apiRoot}/bot${token}/${method}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const body = (await response.json()) as { ok?: boolean; result?: T };
    return { ok: response.ok && body.ok === true, status: response.status, ...(body.result === undefined ? {} : { result: body.result }) };
  } catch {
    return null;
  }
}

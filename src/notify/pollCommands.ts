import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createAnswers } from './answers.ts';
import { createCommandDesk } from './commands/commandDesk.ts';
import type { DeskDeps } from './commands/deps.ts';
import { menuItems } from './commands/menu.ts';
import type { Pace } from './pace.ts';
import { pollUpdates } from './pollUpdates.ts';
import { type CursorStore, createUpdateCursor } from './updateCursor.ts';
import { createUpdateSource } from './updateSource.ts';

export interface PollCommandsOptions extends DeskDeps {
  readonly outbox: DeskDeps['outbox'] & CursorStore;
  readonly apiRoot: string;
  /** The pace the bot shares with its notices. */
  readonly pace: Pace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telegramUpdates'>;
  /** Aborts when leadership ends: Telegram allows one poller a bot. */
  readonly signal: AbortSignal;
}

/** What people in the chats of the settings are offered when they type a slash; others get theirs with /help. */
async function offerMenus({ bot, userByTelegramId, logger, signal }: PollCommandsOptions): Promise<void> {
  for (const chat of bot.chats) {
    try {
      const isPrivate = !chat.startsWith('-');
      const user = isPrivate ? await userByTelegramId(chat) : null;
      if (!signal.aborted) await bot.voice.setMenu(chat, menuItems({ from: chat, chat, user, isPrivate, inConfiguredChat: true }), signal);
    } catch (error) {
      logger.warn({ err: error, chat }, 'the menu of commands could not be made');
    }
  }
}

/** ⑨ The leader's ear: carries out what people ask one bot for until `signal` aborts. Never rejects. */
export async function pollCommands(options: PollCommandsOptions): Promise<void> {
  const { bot, apiRoot, clock } = options;
  const answers = createAnswers({ ...options, notifier: bot.voice });
  const handle = createCommandDesk({ ...options, answers });
  const source = createUpdateSource({ token: bot.token, apiRoot, clock });
  const cursor = createUpdateCursor({ ...options, store: options.outbox, botId: bot.id });
  await Promise.all([offerMenus(options), pollUpdates({ ...options, source, handle, cursor })]);
  await answers.finished();
}

import type { Audience } from '../ledger/ledger.ts';
import type { Logger } from '../ops/logger.ts';
import { createLogNotifier } from './logNotifier.ts';
import type { Notifier } from './notifier.ts';
import { createTelegrafNotifier, type TelegrafNotifier, telegramLimits } from './telegrafNotifier.ts';

/** Where an audience hears of its notices. */
export interface Destination {
  readonly notifier: Notifier;
  readonly chat: string;
  /** Null: people read the log. */
  readonly bot: DestinationBot | null;
}

/** A bot that can also be listened to, with the chat of the settings. */
export interface DestinationBot {
  readonly token: string;
  readonly chatId: string;
  readonly voice: TelegrafNotifier;
}

export type Destinations = Readonly<Record<Audience, Destination>>;

interface Bot {
  readonly token: string;
  readonly chatId: string;
}

/** One notifier per bot, however many audiences it serves: Telegram's limits are per bot. An audience without a bot reads the log. */
export function createDestinations(
  telegram: { readonly apiRoot: string; readonly chatIntervalMs?: number } & Readonly<Record<Audience, Bot | null>>,
  logger: Logger,
): Destinations {
  const log = createLogNotifier(logger);
  const { apiRoot, chatIntervalMs } = telegram;
  const limits = chatIntervalMs === undefined ? {} : { limits: telegramLimits(chatIntervalMs) };
  const voices = new Map<string, TelegrafNotifier>();
  const destinationOf = (audience: Audience): Destination => {
    const bot = telegram[audience];
    if (bot === null) return { notifier: log, chat: 'log', bot: null };
    const { token, chatId } = bot;
    const voice = voices.get(token) ?? createTelegrafNotifier({ token, apiRoot, logger, ...limits });
    voices.set(token, voice);
    return { notifier: voice, chat: chatId, bot: { token, chatId, voice } };
  };
  return { trading: destinationOf('trading'), user: destinationOf('user'), dev: destinationOf('dev') };
}

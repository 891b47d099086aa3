import type { Audience } from '../ledger/ledger.ts';
import type { Logger } from '../ops/logger.ts';
import { createLogNotifier } from './logNotifier.ts';
import type { Notifier } from './notifier.ts';
import { createTelegrafNotifier } from './telegrafNotifier.ts';

/** Where an audience hears of its notices. */
export interface Destination {
  readonly notifier: Notifier;
  readonly chat: string;
}

export type Destinations = Readonly<Record<Audience, Destination>>;

interface Bot {
  readonly token: string;
  readonly chatId: string;
}

/** One notifier per bot, however many audiences it serves: Telegram's limits are per bot. An audience without a bot reads the log. */
export function createDestinations(
  telegram: { readonly apiRoot: string } & Readonly<Record<Audience, Bot | null>>,
  logger: Logger,
): Destinations {
  const log = createLogNotifier(logger);
  const bots = new Map<string, Notifier>();
  const destinationOf = (audience: Audience): Destination => {
    const bot = telegram[audience];
    if (bot === null) return { notifier: log, chat: 'log' };
    const notifier = bots.get(bot.token) ?? createTelegrafNotifier({ token: bot.token, apiRoot: telegram.apiRoot, logger });
    bots.set(bot.token, notifier);
    return { notifier, chat: bot.chatId };
  };
  return { trading: destinationOf('trading'), user: destinationOf('user'), dev: destinationOf('dev') };
}

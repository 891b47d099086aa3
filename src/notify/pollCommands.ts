import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import { createAnswerLane } from './answerLane.ts';
import { createCommandDesk } from './commands/commandDesk.ts';
import { createPressDesk, type PressDeskOptions } from './commands/pressDesk.ts';
import type { Reads } from './commands/reads.ts';
import type { Submit } from './commands/submit.ts';
import type { Pace } from './pace.ts';
import { pollUpdates } from './pollUpdates.ts';
import type { TelegrafNotifier } from './telegrafNotifier.ts';
import { createUpdateSource } from './updateSource.ts';

export interface PollCommandsOptions extends Reads, Omit<PressDeskOptions, 'clock'> {
  /** Whose commands are heard, in which chat only. */
  readonly bot: { readonly token: string; readonly chatId: string };
  readonly apiRoot: string;
  /** How the bot speaks, at the pace it shares with its notices. */
  readonly notifier: TelegrafNotifier;
  readonly pace: Pace;
  readonly submit: Submit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telegramUpdates'>;
  /** Aborts when leadership ends: Telegram allows one poller a bot. */
  readonly signal: AbortSignal;
}

/** ⑨ The leader's ear: carries out the commands of one Telegram chat until `signal` aborts. Never rejects. */
export async function pollCommands(options: PollCommandsOptions): Promise<void> {
  const { bot, apiRoot, clock, signal } = options;
  const answers = createAnswerLane({ ...options, chat: bot.chatId });
  const handle = createCommandDesk({ ...options, chatId: bot.chatId, reads: options, say: answers.say, press: createPressDesk(options) });
  const source = createUpdateSource({ token: bot.token, apiRoot, clock });
  await Promise.all([pollUpdates({ ...options, source, handle }), answers.run(signal)]);
}

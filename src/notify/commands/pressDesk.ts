import type { MessagePlace } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Bell } from '../bell.ts';
import { readButtonData } from '../buttonData.ts';
import { closedText } from '../composeMessage.ts';
import type { TelegrafNotifier } from '../telegrafNotifier.ts';
import { verdictOf } from '../verdict.ts';
import type { ChatPress } from './chatCommand.ts';
import { type PressAnswer, type PressDeps, pressButton } from './press.ts';

const UNSURE = 'This cannot be looked up or stored now. Look whether the message changes; if not, press again in a moment.';

export interface PressDeskOptions extends PressDeps {
  readonly bot: { readonly token: string; readonly chatId: string };
  readonly notifier: TelegrafNotifier;
  /** Rung when a choice was made, for those who change the messages. */
  readonly choices: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Carries out presses of the buttons of one bot and answers each. Never rejects. */
export function createPressDesk(options: PressDeskOptions): (press: ChatPress) => Promise<void> {
  const { bot, notifier, choices, logger, signal } = options;
  return async ({ callbackId, data, from, place }) => {
    const button = readButtonData(bot.token, data, place.chat);
    if (button === null) return notifier.answerPress(callbackId, 'This button is not one of mine. Nothing was done.', signal);
    const press = { button, from, inConfiguredChat: place.chat === bot.chatId };
    const answer = await pressButton(press, options).catch((error: unknown): PressAnswer => {
      logger.error({ err: error, notice: button.noticeId }, 'the press of a button could not be carried out');
      return { text: UNSURE, choice: null };
    });
    if (answer.choice?.press) choices.ring();
    await Promise.all([notifier.answerPress(callbackId, answer.text, signal), closeLostCopy(answer, place, options)]);
  };
}

/** A message that was sent twice is known by its second place only; the first one, when pressed, is closed here. */
async function closeLostCopy({ choice }: PressAnswer, place: MessagePlace, { notifier, clock, signal }: PressDeskOptions): Promise<void> {
  const verdict = choice && verdictOf(choice, clock.now());
  if (!verdict || choice.place?.messageId === place.messageId) return;
  await notifier.edit(place, closedText(choice, verdict, notifier.limits?.messageUnitsMax ?? Number.POSITIVE_INFINITY), signal);
}

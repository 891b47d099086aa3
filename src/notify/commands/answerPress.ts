import type { MessagePlace } from '../../ledger/ledger.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Bell } from '../bell.ts';
import { readButtonData } from '../buttonData.ts';
import { closedText } from '../composeMessage.ts';
import type { TelegrafNotifier } from '../telegrafNotifier.ts';
import { verdictOf } from '../verdict.ts';
import type { Asker } from './asker.ts';
import type { ChatPress } from './chatCommand.ts';
import { type ChooseDeps, type Chosen, choose } from './choose.ts';

const UNSURE = 'This cannot be looked up or stored now. Look whether the message changes; if not, press again in a moment.';

export interface PressDeps extends ChooseDeps {
  readonly token: string;
  readonly voice: TelegrafNotifier;
  /** Rung when a choice was made, for who changes the messages. */
  readonly choices: Bell;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Carries out the press of a button and answers it. Never rejects. */
export async function answerPress({ callbackId, data, place }: ChatPress, asker: Asker, deps: PressDeps): Promise<void> {
  const { token, voice, choices, logger, signal } = deps;
  const button = readButtonData(token, data, place.chat);
  if (button === null) return voice.answerPress(callbackId, 'This button is not one of mine. Nothing was done.', signal);
  const chosen = await choose(button, asker, deps).catch((error: unknown): Chosen => {
    logger.error({ err: error, notice: button.noticeId }, 'the press of a button could not be carried out');
    return { text: UNSURE, choice: null };
  });
  if (chosen.choice?.press) choices.ring();
  await Promise.all([voice.answerPress(callbackId, chosen.text, signal), closeLostCopy(chosen, place, deps)]);
}

/** A message that was sent twice is known by its second place only; the first one, when pressed, is closed here. */
async function closeLostCopy({ choice }: Chosen, place: MessagePlace, { voice, clock, signal }: PressDeps): Promise<void> {
  const verdict = choice && verdictOf(choice, clock.now());
  if (!verdict || choice.place?.messageId === place.messageId) return;
  await voice.edit(place, closedText(choice, verdict, voice.limits?.messageUnitsMax ?? Number.POSITIVE_INFINITY), signal);
}

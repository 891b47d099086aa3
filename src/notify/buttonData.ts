import { createHmac } from 'node:crypto';
import { sameSecret } from '../lib/hash.ts';

/** A button of a notice as it hangs below a message in one chat. */
export interface ButtonRef {
  readonly noticeId: string;
  readonly index: number;
  readonly chat: string;
}

/** 72 bits; all of it must fit into the 64 bytes of `callback_data` (core.telegram.org/bots/api#inlinekeyboardbutton). */
const SIGNATURE_UNITS = 12;
const BUTTON = /^b:(\d):([\w-]{1,40}):([\w-]{12})$/;

/** What a press will bring back. Signed with the bot's token, for clients can send any text as a press. */
export function buttonData(token: string, ref: ButtonRef): string {
  return `b:${ref.index}:${ref.noticeId}:${signature(token, ref)}`;
}

/** The button that was pressed in `chat`; null when this bot never hung it there. */
export function readButtonData(token: string, data: string, chat: string): ButtonRef | null {
  const [, index = '', noticeId = '', signed = ''] = BUTTON.exec(data) ?? [];
  const ref = { noticeId, index: Number(index), chat };
  return signed !== '' && sameSecret(signed, signature(token, ref)) ? ref : null;
}

function signature(token: string, { noticeId, index, chat }: ButtonRef): string {
  return createHmac('sha256', token).update(`${chat}\n${noticeId}\n${index}`).digest('base64url').slice(0, SIGNATURE_UNITS);
}

import type { Telegram, TelegramError } from 'telegraf';

const DESCRIPTION_UNITS_MAX = 200;

/** Telegraf types its signals with a package older than Node's own class; node-fetch, which takes them, knows both. */
export type TelegrafSignal = NonNullable<NonNullable<Parameters<Telegram['callApi']>[2]>['signal']>;

/** What Telegram refused, in its own words, without the token. */
export function refusalReason(error: TelegramError, token: string): string {
  return `Telegram ${error.code}: ${error.description.replaceAll(token, '[token]').slice(0, DESCRIPTION_UNITS_MAX)}`;
}

/** How long Telegram asked for silence with a 429, milliseconds. */
export function silenceMs(error: TelegramError): number {
  return Math.max(1, error.parameters?.retry_after ?? 1) * 1_000;
}

/** No answer that could be read. Only a code is kept: the messages of network and parse errors hold the URL, and the URL holds the token. */
export function failureReason(error: unknown, timedOut: boolean): string {
  return timedOut ? 'no answer in time' : `network: ${codeOf(error)}`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('type' in error && typeof error.type === 'string') return error.type; // node-fetch: "invalid-json" and the like.
  return error.name;
}

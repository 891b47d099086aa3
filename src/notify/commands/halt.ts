import type { Clock } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { ChatCommand } from './chatCommand.ts';
import type { Submit, Submitted } from './submit.ts';

/** How long the leader gets to answer before the chat hears that it has not. */
const REPLY_MS = 3_000;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 1_000;
const REASON_UNITS_MAX = 500;
/** As long as Telegram keeps an update that nobody confirmed (core.telegram.org/bots/api#getting-updates). */
const DEDUPE_MS = 24 * 3_600_000;

export const HALT_UNSURE = [
  '⚠️ It is NOT certain that trading is halted: the command could not be stored.',
  'Send /halt again, look at /status, or use the CLI: npx signalman trading halt',
].join('\n');

/**
 * The kill switch for everything, through the command log like any other. One update is one command, also when a crash makes
 * Telegram deliver it again after somebody has resumed.
 */
export async function halt(command: ChatCommand, { submit, clock }: { submit: Submit; clock: Clock }): Promise<string> {
  const reason = command.argument.slice(0, REASON_UNITS_MAX) || null;
  const body = { kind: 'trading.set', action: 'halt', accountId: null, reason } as const;
  const key = `telegram:${command.updateId}:${command.sentAt}`;
  const dedupe = { key, ttlMs: DEDUPE_MS, contentHash: sha256Hex(JSON.stringify([command.from, body])) };
  const options = { correlationId: `telegram-${command.updateId}`, dedupe, timeoutMs: REPLY_MS };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 1) await clock.sleep(RETRY_MS);
    const submitted = await submit(body, { name: `telegram:${command.from}`, address: null }, options);
    if (submitted.kind === 'reply') return answerOf(submitted);
    if (submitted.kind === 'timeout') return 'The halt is stored and will take effect; the leader has not confirmed it yet. See /status.';
  }
  return HALT_UNSURE;
}

function answerOf({ reply, duplicate }: Extract<Submitted, { kind: 'reply' }>): string {
  if (reply.status >= 300) return `⚠️ The halt was refused (${reply.status}). Use the CLI: npx signalman trading halt`;
  if (duplicate) return 'This halt was carried out already. /status tells the mode now.';
  return 'HALTED: no order from alerts or the API, on any account. Open orders and positions stay. To go on: npx signalman trading resume';
}

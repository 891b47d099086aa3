import type { Audience } from '../ledger/ledger.ts';
import type { Destinations } from './destinations.ts';
import type { TelegrafNotifier } from './telegrafNotifier.ts';

/** A bot that is listened to. */
export interface Bot {
  /** Telegram's number of it, the public part of the token. */
  readonly id: string;
  readonly token: string;
  readonly voice: TelegrafNotifier;
  /** One of those it speaks for. */
  readonly audience: Audience;
  /** The chats of the settings. */
  readonly chats: ReadonlySet<string>;
}

/** Every bot once, however many audiences it speaks for. */
export function botsOf(destinations: Destinations): readonly Bot[] {
  const bots = new Map<string, Bot & { readonly chats: Set<string> }>();
  for (const audience of ['user', 'trading', 'dev'] as const) {
    const { bot } = destinations[audience];
    if (bot === null) continue;
    const { token, chatId, voice } = bot;
    const known = bots.get(token);
    if (known) known.chats.add(chatId);
    else bots.set(token, { id: token.split(':')[0] ?? '', token, voice, audience, chats: new Set([chatId]) });
  }
  return [...bots.values()];
}

import type { Notifier, NotifierLimits } from './notifier.ts';

/** When a bot may speak next: its own interval, each chat's interval, and the silence the service asked for. Times are monotonic milliseconds. */
export interface Pace {
  waitMs(chat: string, now: number): number;
  spoke(chat: string, now: number): void;
  silenceUntil(time: number): void;
}

export function createPace(limits: NotifierLimits | null): Pace {
  let botReadyAt = Number.NEGATIVE_INFINITY;
  const chatReadyAt = new Map<string, number>();
  return {
    waitMs: (chat, now) => Math.max(0, Math.max(botReadyAt, chatReadyAt.get(chat) ?? botReadyAt) - now),
    spoke: (chat, now) => {
      if (limits === null) return;
      botReadyAt = Math.max(botReadyAt, now + limits.botIntervalMs);
      chatReadyAt.set(chat, now + limits.chatIntervalMs(chat));
    },
    silenceUntil: (time) => {
      botReadyAt = Math.max(botReadyAt, time);
    },
  };
}

/** One pace a notifier, for all who speak through it: Telegram's limits are per bot. */
export function createPaces(): (notifier: Notifier) => Pace {
  const paces = new Map<Notifier, Pace>();
  return (notifier) => {
    const pace = paces.get(notifier) ?? createPace(notifier.limits);
    paces.set(notifier, pace);
    return pace;
  };
}

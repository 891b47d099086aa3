import { describe, expect, it } from 'vitest';
import { createPace } from './pace.ts';
import { TELEGRAM_LIMITS } from './telegrafNotifier.ts';

describe('pace', () => {
  it('lets the first message go at once and the next one to the same chat after its interval', () => {
    const pace = createPace(TELEGRAM_LIMITS);
    expect(pace.waitMs('7', 1_000)).toBe(0);
    pace.spoke('7', 1_000);
    expect(pace.waitMs('7', 1_500)).toBe(600);
    expect(pace.waitMs('7', 2_100)).toBe(0);
  });

  it('gives a group, whose id is negative, three times as long', () => {
    const pace = createPace(TELEGRAM_LIMITS);
    pace.spoke('-7', 0);
    expect(pace.waitMs('-7', 0)).toBe(3_100);
  });

  it('keeps all chats together under 25 messages a second', () => {
    const pace = createPace(TELEGRAM_LIMITS);
    let now = 0;
    for (let chat = 1; chat <= 26; chat += 1) {
      now += pace.waitMs(String(chat), now);
      pace.spoke(String(chat), now);
    }
    expect(now).toBeGreaterThanOrEqual(1_000);
  });

  it('keeps the whole bot silent when asked, and never shortens a silence', () => {
    const pace = createPace(TELEGRAM_LIMITS);
    pace.silenceUntil(30_000);
    pace.silenceUntil(5_000);
    pace.spoke('8', 0);
    for (const chat of ['7', '8']) expect(pace.waitMs(chat, 10_000)).toBe(20_000);
  });

  it('is in no hurry to slow down what has no limits', () => {
    const pace = createPace(null);
    pace.spoke('trading', 0);
    expect(pace.waitMs('trading', 0)).toBe(0);
  });
});

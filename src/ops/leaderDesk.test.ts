import { describe, expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { createLeaderDesk, type LeaderDesk } from './leaderDesk.ts';
import { silentLogger } from './logger.ts';
import type { Channel } from './postgresListener.ts';

const NOTIFICATION_BYTES_MAX = 8_000;

interface Sent {
  readonly channel: Channel;
  readonly payload: string;
}

/** Desks that hear each other, the first of which leads. `order`: in which order what was sent is heard. */
function desks(
  answer: (question: string) => Promise<string | null>,
  order: (sent: Sent[]) => Sent[] = (sent) => sent,
  clock: Clock = systemClock,
) {
  const sent: Sent[] = [];
  const underWay: Sent[] = [];
  let ids = 0;
  const deliver = (): void => {
    for (const news of order(underWay.splice(0))) for (const desk of all) desk.hear(news);
  };
  const all: LeaderDesk[] = [0, 1].map((place) =>
    createLeaderDesk({
      notify: async (channel, payload) => {
        const { at, of } = JSON.parse(payload);
        sent.push({ channel, payload });
        underWay.push({ channel, payload });
        if (at >= of - 1) deliver();
      },
      ...{ leads: () => place === 0, answer, newId: () => `question-${++ids}`, clock, logger: silentLogger },
    }),
  );
  const ask = (text: string): Promise<string | null> => all[1]?.ask(text) ?? Promise.resolve('there is no second desk');
  return { ask, sent };
}

/** As if nobody's time ever passed but by answers. */
const impatient: Clock = { ...systemClock, sleep: async () => undefined };

describe('a question that only the leader can answer', () => {
  it('is answered to whoever asks, letter by letter', async () => {
    const { ask } = desks(async (question) => `${question}? ja — „ÄÖÜ“ 🙂`);
    expect(await Promise.all([ask('one'), ask('two')])).toEqual(['one? ja — „ÄÖÜ“ 🙂', 'two? ja — „ÄÖÜ“ 🙂']);
  });

  it('and its answer may be long: they go in pieces that fit, in whatever order they come', async () => {
    const long = '🙂ä'.repeat(15_000);
    const { ask, sent } = desks(
      async (question) => question.split('').reverse().join('').split('').reverse().join(''),
      (news) => news.toReversed(),
    );
    expect(await ask(long)).toBe(long);
    expect(sent.length).toBeGreaterThan(20);
    for (const { payload } of sent) expect(Buffer.byteLength(payload)).toBeLessThan(NOTIFICATION_BYTES_MAX);
  });

  it('that is too long is not sent, and an answer that is too long is none', async () => {
    const { ask, sent } = desks(async () => 'x'.repeat(200_000));
    expect(await ask('x'.repeat(200_000))).toBeNull();
    expect(sent).toEqual([]);
    expect(await ask('short')).toBeNull();
  });

  it('has no answer when the leader has none, fails at it, or nobody leads', async () => {
    expect(await desks(async () => null).ask('anything')).toBeNull();
    expect(await desks(async () => Promise.reject(new Error('a bug')), undefined, impatient).ask('anything')).toBeNull();
    const deaf = createLeaderDesk({
      ...{ notify: () => Promise.reject(new Error('no connection')), leads: () => false, answer: async () => 'never' },
      ...{ newId: () => 'x', clock: impatient, logger: silentLogger },
    });
    expect(await deaf.ask('anything')).toBeNull();
  });

  it('is one of a few: more at once are not asked', async () => {
    const { ask } = desks(async () => new Promise(() => undefined), undefined, {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(ms / 40, signal),
    });
    const { ask: other } = desks(async () => 'yes');
    const waiting = Array.from({ length: 4 }, () => ask('slow'));
    expect(await ask('one more')).toBeNull();
    expect(await Promise.all(waiting)).toEqual([null, null, null, null]);
    expect(await Promise.all(Array.from({ length: 4 }, () => other('quick')))).toEqual(['yes', 'yes', 'yes', 'yes']);
  });

  it('is not troubled by messages that are none', async () => {
    const desk = createLeaderDesk({
      ...{
        notify: async () => undefined,
        leads: () => true,
        answer: async () => 'x',
        newId: () => 'x',
        clock: impatient,
        logger: silentLogger,
      },
    });
    for (const payload of ['', '{', 'null', '{"id":"x","at":9,"of":1e9,"text":"eA=="}', '{"id":"x"}'])
      for (const channel of ['signalman_ask', 'signalman_tell'] as const) expect(() => desk.hear({ channel, payload })).not.toThrow();
  });
});

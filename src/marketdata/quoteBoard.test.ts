import { describe, expect, it } from 'vitest';
import type { Quote } from '../domain/market/market.ts';
import { decimal } from '../domain/money.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import type { Channel } from '../ops/postgresListener.ts';
import { createQuoteBoard, type QuoteBoard } from './quoteBoard.ts';

const NOTIFICATION_BYTES_MAX = 8_000;

function quoteOf(symbol: string): Quote {
  return { symbol, bid: decimal('1.1'), ask: decimal('1.3'), last: decimal('1.2'), at: Date.now(), source: 'somewhere' };
}

/** Boards that hear each other, the first of which leads and knows whatever `known` says. */
function boards(count: number, known: (name: string) => Quote | null) {
  const sent: { channel: Channel; payload: string }[] = [];
  let ids = 0;
  const all: QuoteBoard[] = Array.from({ length: count }, (_, place) =>
    createQuoteBoard({
      notify: async (channel, payload) => {
        sent.push({ channel, payload });
        for (const board of all) board.hear({ channel, payload });
      },
      leads: () => place === 0,
      answer: async (_accountId, name) => known(name),
      newId: () => `01a1fa0d-71b2-753d-a79e-${String(++ids).padStart(12, '0')}`,
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  const asked = () => sent.filter(({ channel }) => channel === 'signalman_quote_ask');
  return { all, sent, asked };
}

describe('a price that only the leader has', () => {
  it('is told to whoever asks, exactly, and remembered by everybody who hears it', async () => {
    const { all, asked } = boards(3, quoteOf);
    const [, second, third] = all;
    expect(await second?.quote('a1', 'BTC/USDT')).toEqual({ ...quoteOf('BTC/USDT'), at: expect.any(Number) });
    expect((await third?.quote('a1', 'BTC/USDT'))?.last.toFixed()).toBe('1.2');
    expect(asked()).toHaveLength(1);
  });

  it('is asked for together with others, in messages that fit, a few at a time', async () => {
    const { all, sent, asked } = boards(2, quoteOf);
    const names = Array.from({ length: 300 }, (_, index) => `A-SYMBOL-WITH-QUITE-A-LONG-NAME-${index}/USDT:USDT-261225`);
    const account = '01a1fa0d-71b2-753d-a79e-8dec161680d2';
    const quotes = await Promise.all(names.map((name) => all[1]?.quote(account, name)));
    expect(quotes.filter((quote) => quote !== null).length, 'more than that wait for the next look').toBe(4 * 24);
    expect(asked()).toHaveLength(4);
    for (const { payload } of sent) expect(Buffer.byteLength(payload)).toBeLessThan(NOTIFICATION_BYTES_MAX);
  });

  it('is null when the leader does not know it either, and what was known before stays, with its time', async () => {
    let known: Quote | null = null;
    const { all } = boards(2, () => known);
    expect(await all[1]?.quote('a1', 'BTC/USDT')).toBeNull();
    known = quoteOf('ETH/USDT');
    const first = await all[1]?.quote('a1', 'ETH/USDT');
    known = null;
    await systemClock.sleep(1_100); // Until it is asked for again.
    expect(await all[1]?.quote('a1', 'ETH/USDT')).toEqual(first);
  });

  it('is null soon when nobody leads, when messages are lost, and for a name nobody would use', async () => {
    const [alone] = boards(1, quoteOf).all;
    const deaf = createQuoteBoard({
      ...{ notify: () => Promise.reject(new Error('no connection')), leads: () => false, answer: async () => null },
      ...{ newId: () => 'x', clock: systemClock, logger: silentLogger },
    });
    const startedAt = performance.now();
    expect(await deaf.quote('a1', 'BTC/USDT')).toBeNull();
    expect(await alone?.quote('a1', 'B'.repeat(61))).toBeNull();
    deaf.hear({ channel: 'signalman_quote_tell', payload: '{"id":1,"told":[[1]]}' });
    deaf.hear({ channel: 'signalman_quote_tell', payload: 'no JSON' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

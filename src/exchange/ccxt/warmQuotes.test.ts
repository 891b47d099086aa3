import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quote } from '../../domain/market/market.ts';
import { decimal } from '../../domain/money.ts';
import { systemClock } from '../../lib/clock.ts';
import { createBackoff } from './backoff.ts';
import { createWarmQuotes, type WarmQuotes } from './warmQuotes.ts';

const quoteOf = (symbol: string): Quote => {
  const price = decimal(100);
  return { symbol, bid: price, ask: price, last: price, at: Date.now(), source: 'test' };
};

describe('quotes of the symbols in use', () => {
  let asked: (readonly string[])[];
  let failing: boolean;
  let complaints: unknown[];
  let quotes: WarmQuotes;
  const quiet = createBackoff(systemClock);

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    failing = false;
    complaints = [];
    const fetch = async (symbols: readonly string[]): Promise<readonly Quote[]> => {
      asked.push(symbols);
      if (failing) throw new Error('venue is down');
      return symbols.map(quoteOf);
    };
    quotes = createWarmQuotes({ fetch, quiet, clock: systemClock, complain: (error) => complaints.push(error) });
  });
  afterEach(() => {
    quotes.close();
    vi.useRealTimers();
  });

  it('are asked for once however many want one, and then kept fresh together', async () => {
    const [first, second] = await Promise.all([quotes.quote('A', 1000), quotes.quote('A', 1000), quotes.quote('B', 1000)]);
    expect(first).toBe(second);
    expect(asked).toEqual([['A'], ['B']]);
    await vi.advanceTimersByTimeAsync(500);
    expect(asked.slice(2)).toEqual([['A', 'B']]);
    await quotes.quote('A', 600);
    expect(asked.length).toBe(3);
  });

  it('are asked for anew when the one at hand is too old', async () => {
    await quotes.quote('A', 1000);
    failing = true;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await quotes.quote('A', 1000)).toBeNull();
    failing = false;
    expect((await quotes.quote('A', 1000))?.symbol).toBe('A');
    expect(complaints.length).toBeGreaterThan(0);
  });

  it('are no longer refreshed when nobody has asked for five minutes', async () => {
    await quotes.quote('A', 1000);
    await vi.advanceTimersByTimeAsync(6 * 60_000);
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('come in groups of twenty, of a hundred symbols at most', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, index) => quotes.quote(`S${index}`, 1000)));
    asked.length = 0;
    await vi.advanceTimersByTimeAsync(500);
    expect(asked.map((symbols) => symbols.length)).toEqual([20, 20, 20, 20, 20]);
  });

  it('are not asked for while the venue wants quiet', async () => {
    quiet.begin(1_000);
    expect(await quotes.quote('A', 1000)).toBeNull();
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_500);
    expect((await quotes.quote('A', 1000))?.symbol).toBe('A');
  });
});

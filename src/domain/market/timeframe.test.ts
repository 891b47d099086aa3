import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBars, closeTimeOf, countBars, divides, findGaps, isTimeframe, openTimeOf, TIMEFRAMES, type Timeframe } from './timeframe.ts';

const at = (text: string): number => Date.parse(text);
const anyTimeframe = fc.constantFrom(...TIMEFRAMES);
const anyTime = fc.integer({ min: at('2009-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') });

describe('the grid of candles', () => {
  it.each<[Timeframe, string, string]>([
    ['1m', '2026-03-29T01:59:59.999Z', '2026-03-29T01:59:00Z'],
    ['15m', '2026-03-29T02:14:00Z', '2026-03-29T02:00:00Z'],
    ['4h', '2026-03-29T03:59:00Z', '2026-03-29T00:00:00Z'],
    ['1d', '2026-10-25T23:59:00Z', '2026-10-25T00:00:00Z'],
    ['1w', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00Z'],
    ['1w', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['1M', '2024-02-29T23:59:59Z', '2024-02-01T00:00:00Z'],
    ['1M', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z'],
  ])('a %s candle with %s in it opens at %s', (timeframe, inside, opens) => {
    expect(new Date(openTimeOf(timeframe, at(inside))).toISOString()).toBe(new Date(opens).toISOString());
  });

  it('weeks start on Monday, 00:00 UTC, in every year', () => {
    fc.assert(fc.property(anyTime, (time) => new Date(openTimeOf('1w', time)).getUTCDay() === 1));
  });

  it('days have 24 hours, also where clocks on the wall are moved', () => {
    for (const day of ['2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01']) {
      const opens = at(`${day}T00:00:00Z`);
      expect(closeTimeOf('1d', opens) - opens).toBe(86_400_000);
      expect(countBars('1h', { from: opens, to: closeTimeOf('1d', opens) })).toBe(24);
    }
  });

  it('months are as long as the calendar says', () => {
    const minutes = (month: string) =>
      countBars('1m', { from: at(`${month}-01T00:00:00Z`), to: closeTimeOf('1M', at(`${month}-01T00:00:00Z`)) });
    expect(['2024-02', '2026-02', '2026-04', '2026-12'].map((month) => minutes(month) / 1440)).toEqual([29, 28, 30, 31]);
  });

  it('a time lies in the candle that opens for it, and in no other', () => {
    fc.assert(
      fc.property(anyTimeframe, anyTime, (timeframe, time) => {
        const opens = openTimeOf(timeframe, time);
        expect(opens).toBeLessThanOrEqual(time);
        expect(closeTimeOf(timeframe, opens)).toBeGreaterThan(time);
        expect(openTimeOf(timeframe, opens)).toBe(opens);
      }),
    );
  });

  it('counting and adding are each other’s reverse', () => {
    fc.assert(
      fc.property(anyTimeframe, anyTime, fc.integer({ min: 0, max: 500 }), (timeframe, time, count) => {
        const from = openTimeOf(timeframe, time);
        expect(countBars(timeframe, { from, to: addBars(timeframe, from, count) })).toBe(count);
        expect(addBars(timeframe, addBars(timeframe, from, count), -count)).toBe(from);
      }),
    );
  });

  it('finer candles that divide a coarser one open and close with it', () => {
    fc.assert(
      fc.property(anyTimeframe, anyTimeframe, anyTime, (fine, coarse, time) => {
        fc.pre(divides(fine, coarse));
        const opens = openTimeOf(coarse, time);
        expect(openTimeOf(fine, opens)).toBe(opens);
        expect(openTimeOf(fine, closeTimeOf(coarse, opens))).toBe(closeTimeOf(coarse, opens));
      }),
    );
  });

  it('weeks do not divide months, nor 8 hours 12', () => {
    expect([divides('1w', '1M'), divides('8h', '12h'), divides('1h', '30m'), divides('1d', '1M'), divides('6h', '1w')]).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('knows a timeframe when it sees one', () => {
    expect(['1m', '1M', '7m', '1H', ''].map(isTimeframe)).toEqual([true, true, false, false, false]);
  });
});

describe('finding gaps', () => {
  const start = at('2026-11-20T00:00:00Z');
  const minute = (index: number): number => start + index * 60_000;

  it('names what is missing at the beginning, in the middle and at the end', () => {
    const range = { from: minute(0), to: minute(10) };
    expect(findGaps('1m', range, [minute(1), minute(2), minute(6), minute(7)])).toEqual([
      { from: minute(0), to: minute(1) },
      { from: minute(3), to: minute(6) },
      { from: minute(8), to: minute(10) },
    ]);
  });

  it('nothing there is one gap, everything there is none, and what lies outside does not count', () => {
    const range = { from: minute(2), to: minute(4) };
    expect(findGaps('1m', range, [])).toEqual([range]);
    expect(findGaps('1m', range, [minute(2), minute(3)])).toEqual([]);
    expect(findGaps('1m', range, [minute(0), minute(1), minute(4)])).toEqual([range]);
  });

  it('gaps and candles together are the whole range, for any timeframe and any holes', () => {
    fc.assert(
      fc.property(anyTimeframe, anyTime, fc.array(fc.boolean(), { maxLength: 60 }), (timeframe, time, there) => {
        const from = openTimeOf(timeframe, time);
        const range = { from, to: addBars(timeframe, from, there.length) };
        const all = there.map((_, index) => addBars(timeframe, from, index));
        const gaps = findGaps(
          timeframe,
          range,
          all.filter((_, index) => there[index]),
        );
        const missing = all.filter((openTime) => gaps.some((gap) => openTime >= gap.from && openTime < gap.to));
        expect(missing).toEqual(all.filter((_, index) => !there[index]));
        const touching = gaps.some((gap, index) => gap.from === gaps[index - 1]?.to);
        expect(touching).toBe(false);
      }),
    );
  });
});

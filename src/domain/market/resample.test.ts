import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, maxDecimal, minDecimal, toLedgerScale } from '../money.ts';
import type { RecordedCandle } from './candle.ts';
import { resample } from './resample.ts';
import { addBars, divides, openTimeOf, TIMEFRAMES, type Timeframe, type TimeRange } from './timeframe.ts';

const START = Date.parse('2026-11-30T22:00:00Z'); // Two hours before a month ends, in the middle of a week.

function bar(openTime: number, values: readonly [number, number, number, number, number], final = true): RecordedCandle {
  const [open, high, low, close, volume] = values;
  return {
    ...{ openTime, final, fetchedAt: openTime + 90_000, reconstructed: false },
    ...{ open: decimal(open), high: decimal(high), low: decimal(low), close: decimal(close), volume: decimal(volume) },
  };
}

const shown = (candles: readonly RecordedCandle[]) =>
  candles.map(({ openTime, open, high, low, close, volume, final }) => ({
    openTime,
    values: [open, high, low, close, volume].map((amount) => amount.toFixed()),
    final,
  }));

/** Candles as a market makes them, some missing for good, some not there yet, some provisional. */
const market = (timeframe: Timeframe) =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom('there', 'there', 'there', 'provisional', 'missing', 'empty'),
        a: fc.integer({ min: 1, max: 10_000 }),
        b: fc.integer({ min: 1, max: 10_000 }),
        spread: fc.integer({ min: 0, max: 9 }),
        volume: fc.integer({ min: 0, max: 1_000 }),
      }),
      { minLength: 1, maxLength: 400 },
    )
    .map((bars) => {
      const first = openTimeOf(timeframe, START);
      const at = (index: number): number => addBars(timeframe, first, index);
      const candles = bars.flatMap(({ kind, a, b, spread, volume }, index) => {
        if (kind === 'missing' || kind === 'empty') return [];
        const [open, close] = [toLedgerScale(decimal(a).div(7)), toLedgerScale(decimal(b).div(7))];
        const high = maxDecimal(open, close).add(spread);
        const low = toLedgerScale(minDecimal(open, close).div(1 + spread));
        return [
          { ...bar(at(index), [1, 1, 1, 1, 1], kind === 'there'), open, high, low, close, volume: toLedgerScale(decimal(volume).div(3)) },
        ];
      });
      const empty: TimeRange[] = [];
      for (const [index, { kind }] of bars.entries()) {
        const last = empty.at(-1);
        if (kind !== 'empty') continue;
        if (last?.to === at(index)) empty[empty.length - 1] = { from: last.from, to: at(index + 1) };
        else empty.push({ from: at(index), to: at(index + 1) });
      }
      return { candles, empty };
    });

describe('coarser candles out of finer ones', () => {
  it('first open, highest high, lowest low, last close, all volume', () => {
    const five = [
      bar(START, [10, 12, 9, 11, 1]),
      bar(START + 60_000, [11, 15, 11, 14, 2]),
      bar(START + 120_000, [14, 14, 8, 9, 3]),
      bar(START + 180_000, [9, 10, 9, 10, 4]),
      bar(START + 240_000, [10, 11, 10, 10.5, 5]),
    ];
    expect(shown(resample(five, '1m', '5m'))).toEqual([{ openTime: START, values: ['10', '15', '8', '10.5', '15'], final: true }]);
    expect(resample(five, '1m', '5m')[0]).toMatchObject({ reconstructed: true, fetchedAt: START + 330_000 });
  });

  it('is provisional while a part is missing or provisional, and final when the missing part never was', () => {
    const four = [0, 1, 3, 4].map((index) => bar(START + index * 60_000, [10, 10, 10, 10, 1]));
    const hole = { from: START + 120_000, to: START + 180_000 };
    const [open, ...rest] = four;
    if (!open) throw new Error('no candle');
    expect(resample(four, '1m', '5m')[0]?.final).toBe(false);
    expect(resample(four, '1m', '5m', [hole])[0]?.final).toBe(true);
    expect(resample([{ ...open, final: false }, ...rest], '1m', '5m', [hole])[0]?.final).toBe(false);
  });

  it('a month takes the days of its calendar, a week goes from Monday to Sunday', () => {
    const days = Array.from({ length: 92 }, (_, index) => bar(Date.UTC(2026, 0, 1 + index), [1, 2, 1, 1, 1]));
    const months = resample(days, '1d', '1M');
    expect(months.map(({ openTime, volume, final }) => [new Date(openTime).toISOString().slice(0, 10), volume.toNumber(), final])).toEqual([
      ['2026-01-01', 31, true],
      ['2026-02-01', 28, true],
      ['2026-03-01', 31, true],
      ['2026-04-01', 2, false],
    ]);
    const weeks = resample(days, '1d', '1w');
    expect(
      weeks.slice(0, 2).map(({ openTime, volume, final }) => [new Date(openTime).toISOString().slice(0, 10), volume.toNumber(), final]),
    ).toEqual([
      ['2025-12-29', 4, false],
      ['2026-01-05', 7, true],
    ]);
  });

  it('two steps give what one step gives, whatever is missing', () => {
    const ways = TIMEFRAMES.flatMap((a) => TIMEFRAMES.flatMap((b) => TIMEFRAMES.map((c) => [a, b, c] as const))).filter(
      ([a, b, c]) => a !== b && b !== c && divides(a, b) && divides(b, c),
    );
    const anyWay = fc.constantFrom(...ways).chain(([a, b, c]) => market(a).map((made) => ({ a, b, c, ...made })));
    fc.assert(
      fc.property(anyWay, ({ a, b, c, candles, empty }) => {
        const once = resample(candles, a, c, empty);
        const twice = resample(resample(candles, a, b, empty), b, c, empty);
        expect(shown(twice)).toEqual(shown(once));
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing: the volume is the same, and no price leaves the range', () => {
    fc.assert(
      fc.property(market('1m'), ({ candles }) => {
        const hours = resample(candles, '1m', '1h');
        const sum = (list: readonly RecordedCandle[]) => list.reduce((total, { volume }) => total.add(volume), decimal(0)).toFixed();
        expect(sum(hours)).toBe(sum(candles));
        for (const hour of hours) {
          const parts = candles.filter(({ openTime }) => openTimeOf('1h', openTime) === hour.openTime);
          expect(parts.every((part) => part.high.lte(hour.high) && part.low.gte(hour.low))).toBe(true);
        }
      }),
    );
  });

  it('refuses to make months out of weeks', () => {
    expect(() => resample([], '1w', '1M')).toThrow(RangeError);
  });
});

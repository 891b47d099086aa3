import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedCandle, SeriesKey } from '../../src/domain/market/candle.ts';
import { resample } from '../../src/domain/market/resample.ts';
import { addBars, closeTimeOf, openTimeOf, type Timeframe, type TimeRange } from '../../src/domain/market/timeframe.ts';
import { decimal } from '../../src/domain/money.ts';
import type { CandleJob, CandleReader, CandleStore, Gap } from '../../src/marketdata/candleStore.ts';

export interface CandleStoreUnderTest {
  readonly store: CandleStore;
  readonly reader: CandleReader;
  /** A second instance takes over; its epoch and store. */
  depose(): Promise<{ readonly epoch: number; readonly store: CandleStore }>;
  /** Ids of the notices an operator is told. */
  notices(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const EPOCH = 7;
export const MINUTES: SeriesKey = { source: 'binance', symbol: 'BTC/USDT', timeframe: '1m' };
/** A minute before a month, and a year, ends. */
const START = Date.parse('2025-12-31T23:59:00Z');

export function candle(openTime: number, close: number, more: Partial<RecordedCandle> = {}): RecordedCandle {
  return {
    ...{ openTime, open: decimal('100'), high: decimal('150.123456789'), low: decimal('0.00000001'), close: decimal(close) },
    ...{ volume: decimal('12.5'), final: true, reconstructed: false, fetchedAt: openTime + 120_000 },
    ...more,
  };
}

export function minutes(from: number, count: number, more: Partial<RecordedCandle> = {}): RecordedCandle[] {
  return Array.from({ length: count }, (_, index) => candle(from + index * 60_000, 101 + (index % 40), more));
}

export function candleJob(id: string, more: Partial<CandleJob> = {}): CandleJob {
  return {
    ...{ id, kind: 'catch_up', status: 'running', instance: 'one', epoch: EPOCH, startedAt: START, finishedAt: null, canceledBy: null },
    ...{ seriesTotal: 1, seriesDone: 0, current: 'binance:BTC/USDT@1m', requests: 0, candles: 0, corrections: 0 },
    ...{ gapsFound: 0, gapsFilled: 0, setAside: 0, failures: 0, ...more },
  };
}

export function candleStoreContract(name: string, open: () => Promise<CandleStoreUnderTest>): void {
  describe(`candle store: ${name}`, () => {
    let under: CandleStoreUnderTest;
    let id = 0;
    beforeEach(async () => {
      under = await open();
      id = (await under.store.claim(EPOCH, [MINUTES], START))[0]?.id ?? 0;
    });
    afterEach(() => under.close());

    const save = (candles: readonly RecordedCandle[], at = START) => under.store.update(EPOCH, { seriesId: id, at, candles });
    const read = (wanted: Timeframe, range: TimeRange, limit = 1000, keep: 'first' | 'last' = 'first') =>
      under.reader.candles({ seriesId: id, stored: '1m', wanted, range, limit, keep });
    const wide: TimeRange = { from: START - 40 * 86_400_000, to: START + 40 * 86_400_000 };
    const gap = (from: number, to: number, more: Partial<Gap> = {}): Gap => ({
      ...{ from: START + from * 60_000, to: START + to * 60_000, reason: 'missing', attempts: 1, checkedAt: START, ...more },
    });

    it('gives back what was stored, digit for digit, across the end of a month', async () => {
      const given = minutes(START, 3);
      expect(await save(given)).toEqual({ stored: 3, corrected: 0, setAside: 0 });
      expect(plain(await read('1m', wide))).toEqual(plain(given));
      expect(plain(await read('1m', { from: START + 60_000, to: START + 120_000 }))).toEqual(plain(given.slice(1, 2)));
      expect(plain(await read('1m', wide, 2, 'last'))).toEqual(plain(given.slice(1)));
      expect(plain(await read('1m', wide, 2, 'first'))).toEqual(plain(given.slice(0, 2)));
    });

    it('the same candles again change nothing', async () => {
      const given = minutes(START, 3);
      await save(given);
      expect(await save(given.map((one) => ({ ...one, fetchedAt: one.fetchedAt + 1 })))).toEqual({ stored: 0, corrected: 0, setAside: 0 });
      expect(plain(await read('1m', wide))).toEqual(plain(given));
      expect(await under.reader.corrections(id, wide, 10)).toEqual([]);
    });

    it('a provisional candle is replaced until it is final, and never the other way round', async () => {
      const open = (close: number, fetchedAt: number) => candle(START, close, { final: false, fetchedAt });
      expect((await save([open(101, START + 10)])).stored).toBe(1);
      expect((await save([open(102, START + 20)])).stored).toBe(1);
      expect((await save([open(99, START + 15)])).stored).toBe(0);
      expect((await read('1m', wide))[0]).toMatchObject({ final: false, fetchedAt: START + 20 });
      expect((await save([candle(START, 103)])).stored).toBe(1);
      expect((await save([open(104, START + 999_999)])).stored).toBe(0);
      expect((await read('1m', wide)).map(({ close, final }) => [close.toFixed(), final])).toEqual([['103', true]]);
      expect(await under.reader.corrections(id, wide, 10)).toEqual([]);
    });

    it('a final candle told differently is corrected, and both values are kept', async () => {
      await save([candle(START, 103)]);
      const later = candle(START, 104, { fetchedAt: START + 900_000 });
      expect(await save([later])).toEqual({ stored: 0, corrected: 1, setAside: 0 });
      expect((await read('1m', wide)).map(({ close }) => close.toFixed())).toEqual(['104']);
      const [correction, ...others] = await under.reader.corrections(id, wide, 10);
      expect(others).toEqual([]);
      expect([correction?.previous.close.toFixed(), correction?.corrected.close.toFixed()]).toEqual(['103', '104']);
      expect([correction?.previous.fetchedAt, correction?.corrected.fetchedAt]).toEqual([START + 120_000, START + 900_000]);
    });

    it('what the source says goes before what was made of finer candles', async () => {
      await save([candle(START, 103, { reconstructed: true })]);
      expect(await save([candle(START, 103)])).toEqual({ stored: 0, corrected: 0, setAside: 0 });
      expect((await read('1m', wide))[0]?.reconstructed).toBe(false);
      expect(await save([candle(START, 110, { reconstructed: true })])).toEqual({ stored: 0, corrected: 0, setAside: 0 });
      expect((await read('1m', wide))[0]?.close.toFixed()).toBe('103');
    });

    it('coarser candles follow the rules of resampling, known empty times included', async () => {
      const from = openTimeOf('1M', START) + 29 * 86_400_000;
      const given = minutes(from, 3 * 1440, {}).filter((_, index) => index % 97 !== 5 && !(index >= 2000 && index < 2070));
      for (let start = 0; start < given.length; start += 1000) await save(given.slice(start, start + 1000));
      const empty = gap((from - START) / 60_000 + 2000, (from - START) / 60_000 + 2070, { attempts: 3 });
      await under.store.update(EPOCH, { seriesId: id, at: START, holes: { within: empty, gaps: [empty] } });
      for (const wanted of ['1m', '5m', '1h', '4h', '1d', '1w', '1M'] as const) {
        const range = { from: openTimeOf(wanted, from), to: closeTimeOf(wanted, openTimeOf(wanted, from + 3 * 86_400_000)) };
        expect(plain(await read(wanted, range, 5000)), wanted).toEqual(plain(resample(given, '1m', wanted, [empty])));
      }
      const hours = await read('1h', wide, 5000);
      expect(hours.some(({ final }) => final) && hours.some(({ final }) => !final)).toBe(true);
      expect(plain(await read('1h', wide, 2, 'last'))).toEqual(plain(hours.slice(-2)));
    });

    it('remembers how far a series was collected, and what went wrong', async () => {
      const state = {
        covered: { from: START, to: START + 60_000 },
        fromBeginning: true,
        caughtUpAt: START,
        auditedAt: START + 1,
        problem: 'x',
      };
      await under.store.update(EPOCH, { seriesId: id, at: START, state });
      expect(await under.store.claim(EPOCH, [MINUTES], START)).toEqual([{ ...MINUTES, id, ...state }]);
      await under.store.update(EPOCH, { seriesId: id, at: START, state: { problem: null } });
      expect((await under.reader.series({ symbol: 'BTC/USDT' }))[0]).toMatchObject({
        ...state,
        problem: null,
        gaps: { open: 0, empty: 0 },
      });
      expect(await under.reader.series({ symbol: 'ETH/USDT' })).toEqual([]);
    });

    it('claims series in the order asked for, each once', async () => {
      const hours: SeriesKey = { ...MINUTES, timeframe: '1h' };
      const claimed = await under.store.claim(EPOCH, [hours, MINUTES], START);
      expect(claimed.map(({ timeframe }) => timeframe)).toEqual(['1h', '1m']);
      expect(claimed[1]?.id).toBe(id);
      expect((await under.reader.series({})).length).toBe(2);
    });

    it('holes within a range are replaced, and keep what lies outside of it', async () => {
      const known = [gap(0, 10, { attempts: 2 }), gap(20, 30)];
      await under.store.update(EPOCH, { seriesId: id, at: START, holes: { within: gap(0, 40), gaps: known } });
      const within = { from: START + 5 * 60_000, to: START + 25 * 60_000 };
      const found = gap(7, 8, { reason: 'quarantined' });
      await under.store.update(EPOCH, { seriesId: id, at: START, holes: { within, gaps: [found] } });
      expect(await under.store.dueGaps(id, START)).toEqual([gap(0, 5, { attempts: 2 }), found, gap(25, 30)]);
      expect(await under.store.gapsIn(id, gap(3, 26))).toEqual([gap(3, 5, { attempts: 2 }), found, gap(25, 26)]);
    });

    it('a hole the source could not fill three times is asked for once a day only, and counts as empty', async () => {
      const gaps = [gap(0, 1, { attempts: 3 }), gap(5, 6, { attempts: 3, reason: 'quarantined' }), gap(8, 9, { attempts: 2 })];
      await under.store.update(EPOCH, { seriesId: id, at: START, holes: { within: gap(0, 10), gaps } });
      expect((await under.store.dueGaps(id, START)).map(({ attempts }) => attempts)).toEqual([2]);
      expect((await under.store.dueGaps(id, START + 1)).length).toBe(3);
      expect((await under.reader.series({}))[0]?.gaps).toEqual({ open: 2, empty: 1 });
    });

    it('finds what is missing without being told, but not what is known to be missing', async () => {
      const range = { from: START, to: START + 10 * 60_000 };
      expect(await under.store.findMissing(id, '1m', range)).toEqual([range]);
      await save([1, 2, 6, 7].map((index) => candle(START + index * 60_000, 101)));
      await save([candle(START + 8 * 60_000, 101, { final: false })]);
      const at = (from: number, to: number): TimeRange => ({ from: START + from * 60_000, to: START + to * 60_000 });
      expect(await under.store.findMissing(id, '1m', range)).toEqual([at(0, 1), at(3, 6), at(8, 10)]);
      await under.store.update(EPOCH, { seriesId: id, at: START, holes: { within: at(4, 9), gaps: [gap(4, 6), gap(8, 9)] } });
      expect(await under.store.findMissing(id, '1m', range)).toEqual([at(0, 1), at(3, 4), at(9, 10)]);
    });

    it('finds a missing month between months of any length', async () => {
      const [months] = await under.store.claim(EPOCH, [{ ...MINUTES, timeframe: '1M' }], START);
      const january = Date.parse('2024-01-01T00:00:00Z');
      const candles = [0, 1, 3, 4].map((index) => candle(addBars('1M', january, index), 101));
      await under.store.update(EPOCH, { seriesId: months?.id ?? 0, at: START, candles });
      const range = { from: january, to: addBars('1M', january, 5) };
      expect(await under.store.findMissing(months?.id ?? 0, '1M', range)).toEqual([
        { from: addBars('1M', january, 2), to: addBars('1M', january, 3) },
      ]);
    });

    it('keeps what was set aside once, tells it once, and never shows it as a candle', async () => {
      const raw = { openTime: START, open: '1', high: null, low: '1', close: '1\u0000', volume: '1' };
      const update = {
        ...{ seriesId: id, at: START, setAside: [{ raw, breaches: ['NOT_A_NUMBER' as const] }] },
        notices: [{ id: 'set-aside-1', severity: 'warning' as const, text: 'One candle was set aside.' }],
      };
      expect((await under.store.update(EPOCH, update)).setAside).toBe(1);
      expect((await under.store.update(EPOCH, { ...update, at: START + 1 })).setAside).toBe(0);
      expect(await under.notices()).toEqual(['set-aside-1']);
      expect(await read('1m', wide)).toEqual([]);
    });

    it('a deposed leader writes nothing any more, and its jobs are told to be interrupted', async () => {
      await under.store.saveJob(EPOCH, candleJob('job-1'));
      const { epoch, store } = await under.depose();
      for (const attempt of [
        () => save(minutes(START, 1)),
        () => under.store.saveJob(EPOCH, candleJob('job-2')),
        () => under.store.claim(EPOCH, [MINUTES], START),
      ])
        await expect(attempt()).rejects.toMatchObject({ name: 'EpochOverError' });
      await expect(store.update(epoch, { seriesId: id, at: START, candles: minutes(START, 1) })).rejects.toMatchObject({
        name: 'EpochOverError',
      });
      await store.claim(epoch, [MINUTES], START + 5);
      expect((await store.update(epoch, { seriesId: id, at: START, candles: minutes(START, 1) })).stored).toBe(1);
      expect(await under.reader.job('job-1')).toEqual(candleJob('job-1', { status: 'interrupted', finishedAt: START + 5, current: null }));
      expect(await under.reader.job('job-2')).toBeNull();
    });

    it('lists jobs newest first, page by page', async () => {
      for (const one of ['a', 'b', 'c']) await under.store.saveJob(EPOCH, candleJob(one));
      await under.store.saveJob(EPOCH, candleJob('b', { status: 'done', finishedAt: START + 1, current: null, candles: 5 }));
      const listed = await under.reader.jobs(2, null);
      expect(listed?.map(({ id: jobId, status }) => [jobId, status])).toEqual([
        ['c', 'running'],
        ['b', 'done'],
      ]);
      expect((await under.reader.jobs(2, 'b'))?.map((job) => job.id)).toEqual(['a']);
      expect(await under.reader.jobs(2, 'nothing')).toBeNull();
    });
  });
}

export function plain(candles: readonly RecordedCandle[]): unknown[] {
  return candles.map(({ open, high, low, close, volume, ...rest }) => ({
    ...rest,
    amounts: [open, high, low, close, volume].map((amount) => amount.toFixed()),
  }));
}

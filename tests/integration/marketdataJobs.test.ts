import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeriesKey } from '../../src/domain/market/candle.ts';
import { closeTimeOf, openTimeOf } from '../../src/domain/market/timeframe.ts';
import { JITTER } from '../../src/exchange/ccxt/backoff.ts';
import { KLINES, KLINES_PATH, minutesOf, openWorld, type World } from './marketdataWorld.ts';

const BTC = minutesOf('BTC/USDT');
const MINUTE = 60_000;
/** Ten minutes into a month, and half a minute into a candle. */
const NOW = Date.parse('2026-11-01T00:10:30Z');
const NEWEST = Date.parse('2026-11-01T00:10:00Z');

let world: World;
beforeEach(async () => {
  world = await openWorld(NOW);
});
afterEach(() => world.close());

/** The exchange's own text, number by number. */
function told(key: SeriesKey, openTime: number): string[] {
  const venueSymbol = key.symbol.replace('/', '');
  return world.server.klines.values(venueSymbol, key.timeframe, openTime).map((text) => String(Number(text)));
}

describe('collecting candles', () => {
  it('fetches the newest first, the open one as provisional, and writes what the exchange said', async () => {
    await world.term([BTC]).run('takeover');
    const candles = await world.stored(BTC);
    expect(candles.length).toBe(500);
    expect(world.server.requestsTo(KLINES).map(({ params }) => [params.symbol, params.interval, params.limit])).toEqual([
      ['BTCUSDT', '1m', '500'],
    ]);
    expect(candles.map(({ openTime }) => openTime)).toEqual(Array.from({ length: 500 }, (_, index) => NEWEST - (499 - index) * MINUTE));
    for (const { openTime, open, high, low, close, volume, final, reconstructed, fetchedAt } of candles) {
      expect([open, high, low, close, volume].map((amount) => amount.toFixed())).toEqual(told(BTC, openTime));
      expect([final, reconstructed, fetchedAt]).toEqual([openTime < NEWEST, false, NOW]);
    }
    expect(await world.seriesOf(BTC)).toMatchObject({
      covered: { from: NEWEST - 499 * MINUTE, to: NEWEST },
      caughtUpAt: NOW,
      problem: null,
    });
  });

  it('the provisional candle becomes final once its time is over, and nothing else is fetched twice', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    world.later(2);
    await term.run('takeover');
    const newest = (await world.stored(BTC)).slice(-3);
    expect(newest.map(({ openTime, final }) => [openTime, final])).toEqual([
      [NEWEST, true],
      [NEWEST + MINUTE, true],
      [NEWEST + 2 * MINUTE, false],
    ]);
    expect(newest.map(({ openTime, close }) => [close.toFixed(), openTime])).toEqual(
      newest.map(({ openTime }) => [told(BTC, openTime)[3], openTime]),
    );
    expect(world.asked().slice(1)).toEqual([NEWEST]);
    expect(await world.corrections(BTC)).toEqual([]);
  });

  it('a candle that closed this very moment stays provisional, because venues still revise it', async () => {
    world.setNow(NEWEST + 2_000);
    await world.term([BTC]).run('takeover');
    expect((await world.stored(BTC)).slice(-2).map(({ openTime, final }) => [openTime, final])).toEqual([
      [NEWEST - MINUTE, false],
      [NEWEST, false],
    ]);
  });

  it('backfills page by page to where it is told, and remembers how far it came', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    await term.backfill();
    const wanted = openTimeOf('1m', NOW - 2 * 86_400_000);
    const candles = await world.stored(BTC);
    expect(candles.length).toBe((NEWEST - wanted) / MINUTE + 1);
    expect(new Set(candles.map(({ openTime }) => openTime)).size).toBe(candles.length);
    expect(await world.seriesOf(BTC)).toMatchObject({
      covered: { from: wanted, to: NEWEST },
      fromBeginning: false,
      gaps: { open: 0, empty: 0 },
    });
    const pages = world.server.requestsTo(KLINES).map(({ params }) => Number(params.limit));
    expect(pages).toEqual([500, 1000, 1000, 381]);
    const asked = world.server.requestsTo(KLINES).length;
    await world.term([BTC]).backfill();
    expect(world.server.requestsTo(KLINES).length).toBe(asked);
    const [backfill] = await world.jobs();
    expect(backfill).toMatchObject({
      kind: 'backfill',
      status: 'done',
      seriesTotal: 1,
      seriesDone: 1,
      requests: 3,
      candles: 2381,
      failures: 0,
    });
  });

  it('writes into a partition for each month, October and November here', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    await term.backfill();
    const { rows } = await world.database.pool.query<{ name: string; bars: number }>(
      'SELECT tableoid::regclass::text AS name, count(*)::int AS bars FROM candles GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual([
      { name: 'candles_2026_10', bars: 2870 },
      { name: 'candles_2026_11', bars: 11 },
    ]);
  });

  it('a deeper wish is backfilled later, a market that began since ends the backfill where it began', async () => {
    const listedAt = NEWEST - 3 * 86_400_000 + 7 * MINUTE;
    world.server.klines.list('BTCUSDT', listedAt);
    const [short, deep] = [world.term([BTC], { settings: { backfillDays: 1 } }), world.term([BTC], { settings: { backfillDays: 30 } })];
    await short.run('takeover');
    await short.backfill();
    expect((await world.seriesOf(BTC)).covered?.from).toBe(openTimeOf('1m', NOW - 86_400_000));
    await deep.run('takeover');
    await deep.backfill();
    expect(await world.seriesOf(BTC)).toMatchObject({
      covered: { from: listedAt, to: NEWEST },
      fromBeginning: true,
      gaps: { open: 0, empty: 0 },
    });
    expect((await world.stored(BTC))[0]?.openTime).toBe(listedAt);
  });

  it('several timeframes and markets, in turn and with pauses', async () => {
    const keys: SeriesKey[] = [BTC, { ...BTC, timeframe: '1h' }, { ...BTC, timeframe: '1d' }, minutesOf('ETH/USDT')];
    await world.term(keys).run('takeover');
    expect(world.server.requestsTo(KLINES).map(({ params }) => `${params.symbol} ${params.interval}`)).toEqual([
      'BTCUSDT 1m',
      'BTCUSDT 1h',
      'BTCUSDT 1d',
      'ETHUSDT 1m',
    ]);
    expect(world.clock.slept.filter((ms) => ms === 250).length).toBe(4);
    const [day] = (await world.stored({ ...BTC, timeframe: '1d' })).slice(-1);
    expect(day).toMatchObject({ openTime: Date.parse('2026-11-01T00:00:00Z'), final: false });
  });

  it('the history of the synthetic feed too, whose hours are the sum of their minutes', async () => {
    const [synthetic, hours]: SeriesKey[] = [
      { source: 'synthetic', symbol: 'BTC/USDT', timeframe: '1m' },
      { source: 'synthetic', symbol: 'BTC/USDT', timeframe: '1h' },
    ];
    if (!synthetic || !hours) throw new Error('no series');
    const term = world.term([synthetic, hours]);
    await term.run('takeover');
    await term.backfill();
    expect((await world.stored(synthetic)).length).toBe(2 * 1440 + 1);
    const range = { from: Date.parse('2026-10-30T12:00:00Z'), to: Date.parse('2026-10-31T12:00:00Z') };
    const read = async (key: SeriesKey) => {
      const query = {
        seriesId: (await world.seriesOf(key)).id,
        stored: key.timeframe,
        wanted: '1h',
        range,
        limit: 100,
        keep: 'first',
      } as const;
      return (await world.reader.candles(query)).map(({ fetchedAt: _, reconstructed: __, ...candle }) => JSON.stringify(candle));
    };
    const whole = await read(hours);
    expect(whole.length).toBe(24);
    expect(await read(synthetic)).toEqual(whole);
    expect(world.asked()).toEqual([]);
  });

  it('an outage of the exchange longer than a page is one hole, and what came after it is there', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    const [from, to] = [NEWEST, NEWEST + 2500 * MINUTE];
    world.server.klines.drop('BTCUSDT', '1m', from, to);
    world.later(2520);
    await term.run('takeover');
    expect((await world.seriesOf(BTC)).covered?.to).toBe(to + 20 * MINUTE);
    const gaps = await world.gapsOf(BTC);
    expect([gaps[0]?.from, gaps.at(-1)?.to]).toEqual([from, to]);
    expect((await world.stored(BTC, from)).length).toBe(22); // One was provisional, twenty are new, one is open.
  });
});

describe('holes', () => {
  const HOLE = { from: NEWEST - 100 * MINUTE, to: NEWEST - 97 * MINUTE };

  it('are found in a page and filled when the exchange has the candles', async () => {
    world.server.klines.drop('BTCUSDT', '1m', HOLE.from, HOLE.to);
    const term = world.term([BTC]);
    await term.run('takeover');
    expect(await world.gapsOf(BTC)).toEqual([{ ...HOLE, reason: 'missing', attempts: 2, checkedAt: NOW }]);
    world.server.klines.restore();
    world.later(30);
    await term.run('schedule');
    expect(await world.gapsOf(BTC)).toEqual([]);
    expect((await world.stored(BTC, HOLE.from)).slice(0, 3).map(({ openTime, fetchedAt }) => [openTime, fetchedAt])).toEqual(
      [0, 1, 2].map((index) => [HOLE.from + index * MINUTE, world.clock.now()]),
    );
    const [job] = await world.jobs();
    expect(job).toMatchObject({ gapsFound: 0, gapsFilled: 3 });
  });

  it('that stay empty are taken for times without trades, and asked for once a day', async () => {
    world.server.klines.drop('BTCUSDT', '1m', HOLE.from, HOLE.to);
    const term = world.term([BTC]);
    for (let run = 0; run < 3; run += 1) {
      await term.run('schedule');
      world.later(30);
    }
    expect((await world.seriesOf(BTC)).gaps).toEqual({ open: 0, empty: 1 });
    const asked = world.asked().filter((at) => at === HOLE.from).length;
    expect(asked).toBe(2);
    await term.run('schedule');
    expect(world.asked().filter((at) => at === HOLE.from).length).toBe(asked);
    world.later(24 * 60);
    await term.run('schedule');
    expect(world.asked().filter((at) => at === HOLE.from).length).toBe(asked + 1);
    const { id } = await world.seriesOf(BTC);
    const range = { from: openTimeOf('1h', HOLE.from), to: closeTimeOf('1h', openTimeOf('1h', HOLE.from)) };
    const [hour] = await world.reader.candles({ seriesId: id, stored: '1m', wanted: '1h', range, limit: 1, keep: 'first' });
    expect(hour?.final).toBe(true);
  });

  it('in the store itself are found by the daily look at it, and filled', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    await world.database.pool.query('DELETE FROM candles WHERE open_time >= $1 AND open_time < $2', [
      new Date(HOLE.from),
      new Date(HOLE.to),
    ]);
    world.later(25 * 60);
    await term.run('schedule');
    expect((await world.stored(BTC, HOLE.from)).slice(0, 3).map(({ openTime }) => openTime)).toEqual(
      [0, 1, 2].map((index) => HOLE.from + index * MINUTE),
    );
    expect(await world.gapsOf(BTC)).toEqual([]);
  });

  it('of an hour are made of its minutes when the exchange has no such hour', async () => {
    const hours: SeriesKey = { ...BTC, timeframe: '1h' };
    const hour = Date.parse('2026-10-31T22:00:00Z');
    world.server.klines.drop('BTCUSDT', '1h', hour, hour + 3_600_000);
    const term = world.term([BTC, hours]);
    for (let run = 0; run < 3; run += 1) await term.run('schedule');
    const found = (await world.stored(hours)).find(({ openTime }) => openTime === hour);
    expect(found).toMatchObject({ final: true, reconstructed: true });
    expect([found?.open, found?.high, found?.low, found?.close, found?.volume].map((amount) => amount?.toFixed())).toEqual(
      told(hours, hour),
    );
    expect(await world.gapsOf(hours)).toEqual([]);
  });
});

describe('what a source says and what is believed', () => {
  it('a candle that breaks the rules is set aside and told, never stored, and fetched again', async () => {
    const bad = NEWEST - 50 * MINUTE;
    world.server.klines.replace('BTCUSDT', '1m', bad, ['100.0', '99.0', '98.0', '99.5', '1.0']);
    const term = world.term([BTC]);
    await term.run('takeover');
    expect((await world.stored(BTC)).some(({ openTime }) => openTime === bad)).toBe(false);
    expect(await world.gapsOf(BTC)).toEqual([{ from: bad, to: bad + MINUTE, reason: 'quarantined', attempts: 2, checkedAt: NOW }]);
    const { rows } = await world.database.pool.query('SELECT breaches, raw FROM candle_quarantine');
    expect(rows).toEqual([
      { breaches: ['HIGH_TOO_LOW'], raw: { openTime: bad, open: '100.0', high: '99.0', low: '98.0', close: '99.5', volume: '1.0' } },
    ]);
    const notices = await world.database.pool.query<{ text: string }>('SELECT text FROM outbox');
    expect(notices.rows.map(({ text }) => text)).toEqual([
      'Set aside and not stored: 1 candle of binance:BTC/USDT@1m, because the high is below another of its prices.',
    ]);
    world.server.klines.restore();
    await term.run('schedule');
    expect((await world.stored(BTC)).some(({ openTime }) => openTime === bad)).toBe(true);
    expect(await world.gapsOf(BTC)).toEqual([]);
  });

  it('a correction of a candle just closed is seen at the next fire, and both values are kept', async () => {
    const term = world.term([BTC]);
    await term.run('takeover');
    const wrong = NEWEST - 2 * MINUTE;
    const before = told(BTC, wrong)[3];
    world.server.klines.replace('BTCUSDT', '1m', wrong, ['50000.1', '60000.2', '40000.3', '50000.4', '7.5']);
    world.later(30);
    await term.run('schedule');
    expect((await world.stored(BTC, wrong))[0]?.close.toFixed()).toBe('50000.4');
    const corrections = await world.corrections(BTC);
    expect(corrections.map(({ previous, corrected }) => [previous.close.toFixed(), corrected.close.toFixed()])).toEqual([
      [before, '50000.4'],
    ]);
    expect((await world.jobs())[0]).toMatchObject({ corrections: 1 });
  });
});

describe('trouble', () => {
  it('a venue that asks to slow down is left alone for as long as it says', async () => {
    world.server.fail({ kind: 'slowDown', status: 429, retryAfterSec: 7 }, { path: KLINES_PATH, times: 1 });
    await world.term([BTC]).run('takeover');
    const asked = world.clock.slept.filter((ms) => ms >= 7_000 && ms <= 7_000 * (1 + JITTER));
    expect(asked, `slept ${world.clock.slept.join(', ')} ms`).toHaveLength(1);
    expect((await world.stored(BTC)).length).toBe(500);
  });

  it.each([
    ['drops the connection', { kind: 'dropInBody' }],
    ['answers with a page of its gateway', { kind: 'html', status: 502 }],
    ['answers with half a document', { kind: 'truncatedJson' }],
    ['answers with an empty object', { kind: 'emptyObject' }],
    ['answers 200 with a web page', { kind: 'html200' }],
  ] as const)('a venue that %s is asked again', async (_, fault) => {
    world.server.fail(fault, { path: KLINES_PATH, times: 2 });
    await world.term([BTC]).run('takeover');
    expect((await world.stored(BTC)).length).toBe(500);
    expect(world.clock.slept).toEqual(expect.arrayContaining([1_000, 2_000]));
  });

  it('a venue that stays away is told once, and the candles come when it is back', async () => {
    world.server.fail({ kind: 'html', status: 502 }, { path: KLINES_PATH });
    const term = world.term([BTC]);
    await term.run('takeover');
    await term.run('schedule');
    expect((await world.seriesOf(BTC)).problem).toContain('binance');
    expect((await world.notices()).length).toBe(1);
    world.server.heal();
    await term.run('schedule');
    expect(await world.seriesOf(BTC)).toMatchObject({ problem: null, covered: { to: NEWEST } });
  });

  it('a symbol the venue does not have is told, and the others are collected', async () => {
    await world.term([minutesOf('NOSUCH/COIN'), BTC]).run('takeover');
    expect((await world.stored(BTC)).length).toBe(500);
    expect((await world.seriesOf(minutesOf('NOSUCH/COIN'))).problem).toContain('no "NOSUCH/COIN"');
    const [job] = await world.jobs();
    expect(job).toMatchObject({ status: 'done', seriesDone: 2, failures: 1 });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTimeOf } from '../../src/domain/market/timeframe.ts';
import { until } from '../helpers/until.ts';
import { KLINES, KLINES_PATH, minutesOf, openWorld, type World } from './marketdataWorld.ts';

const BTC = minutesOf('BTC/USDT');
const NOW = Date.parse('2026-11-01T00:10:30Z');

let world: World;
beforeEach(async () => {
  world = await openWorld(NOW);
});
afterEach(() => world.close());

describe('ending', () => {
  it('a request under way is cut when leadership ends, and the next leader sees an interrupted job', async () => {
    world.server.fail({ kind: 'latency', ms: 8_000 }, { path: KLINES_PATH });
    const leadership = new AbortController();
    const begun = performance.now();
    const led = world.marketData([BTC]).lead({ epoch: 7, signal: leadership.signal, assertHeld: () => undefined }, world.store);
    await until(() => world.server.requestsTo(KLINES).length === 1, { what: 'a question for candles' });
    leadership.abort();
    await led;
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect((await world.jobs())[0]?.status).toBe('running');
    const { epoch, store } = await world.depose();
    world.server.heal();
    await world.term([BTC], { epoch, store }).run('takeover');
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['done', 'interrupted']);
  });

  it('an admin ends a job; what it has stored stays, and the next run goes on from there', async () => {
    const leadership = new AbortController();
    const marketData = world.marketData([BTC]);
    world.server.fail({ kind: 'latency', ms: 400 }, { path: KLINES_PATH });
    const led = marketData.lead({ epoch: 7, signal: leadership.signal, assertHeld: () => undefined }, world.store);
    const job = await until(async () => (await world.jobs()).find(({ kind }) => kind === 'backfill'), {
      what: 'a backfill',
    });
    expect(await marketData.cancelJob(job.id, 'user:admin@localhost')).toBe(true);
    expect(await world.reader.job(job.id)).toMatchObject({ status: 'canceled', canceledBy: 'user:admin@localhost', current: null });
    expect(await marketData.cancelJob(job.id, 'again')).toBe(false);
    expect(await marketData.cancelJob('nothing', 'again')).toBe(false);
    world.server.heal();
    leadership.abort();
    await led;
    const term = world.term([BTC]);
    await term.run('takeover');
    await term.backfill();
    expect((await world.seriesOf(BTC)).covered?.from).toBe(openTimeOf('1m', NOW - 2 * 86_400_000));
  });

  it('runs at the fires of its schedule', async () => {
    const leadership = new AbortController();
    const led = world
      .marketData([BTC], '* * * * * *')
      .lead({ epoch: 7, signal: leadership.signal, assertHeld: () => undefined }, world.store);
    await until(async () => (await world.jobs()).filter(({ kind }) => kind === 'catch_up').length >= 3, {
      what: 'two fires after the first run',
    });
    leadership.abort();
    await led;
  });
});

describe('two leaders', () => {
  it('the second goes on where the first stopped: no candle is stored or asked for twice', async () => {
    const first = world.term([BTC]);
    await first.run('takeover');
    const backfill = first.backfill();
    await until(() => world.server.requestsTo(KLINES).length >= 2, { what: 'the backfill to begin', everyMs: 1 });
    const before = world.asked().length;
    world.server.fail({ kind: 'latency', ms: 600 }, { path: KLINES_PATH, times: 1 });
    await until(() => world.asked().length > before, { what: 'a question that waits', everyMs: 1 });
    const stuck = world.asked()[before];
    const { epoch, store } = await world.depose();
    const second = world.term([BTC], { epoch, store });
    await second.run('takeover');
    await second.backfill();
    await expect(backfill).rejects.toMatchObject({ name: 'EpochOverError' });
    const candles = await world.stored(BTC);
    expect(candles.length).toBe(2 * 1440 + 1);
    expect(await world.seriesOf(BTC)).toMatchObject({ gaps: { open: 0, empty: 0 } });
    expect(await world.corrections(BTC)).toEqual([]);
    const asked = world.asked();
    const twice = asked.filter((at, index) => asked.indexOf(at) !== index);
    expect(twice.filter((at) => at !== stuck)).toEqual([]); // The page the first had asked for when it was deposed: its answer was refused.
  });

  it('a deposed leader’s work ends its term', async () => {
    const leadership = new AbortController();
    await world.depose();
    const led = world.marketData([BTC]).lead({ epoch: 7, signal: leadership.signal, assertHeld: () => undefined }, world.store);
    await expect(led).rejects.toMatchObject({ name: 'EpochOverError' });
  });
});

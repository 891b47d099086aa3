import { describe, expect, it } from 'vitest';
import { volumeWeights } from '../domain/order/work/volumeWeights.ts';
import { factsFor } from '../domain/signal/planSignal.fixtures.ts';
import type { CandlePage, CandleSources } from '../exchange/exchange.ts';
import { createPastVolumes } from './pastVolumes.ts';

const { market, nowMs } = factsFor('BTC/USDT');
const HALF_HOUR = 1_800_000;

function sourcesOf(answer: (from: number, limit: number) => CandlePage): CandleSources {
  const source = {
    name: 'fixture',
    candles: async (_symbol: string, _timeframe: string, from: number, limit: number) => answer(from, limit),
  };
  return { open: async () => source, close: async () => undefined };
}

/** A venue that gives at most `most` candles at a time; busy from 12:00 to 13:00. */
function pagesOf(most: number) {
  return (from: number, limit: number): CandlePage => {
    const candles = Array.from({ length: Math.min(limit, most) }, (_, index) => from + index * HALF_HOUR)
      .filter((openTime) => openTime <= nowMs)
      .map((openTime) => {
        const hour = (openTime % 86_400_000) / 3_600_000;
        return { openTime, open: '1', high: '1', low: '1', close: '1', volume: hour >= 12 && hour < 13 ? '900' : '100' };
      });
    return { kind: 'page', candles };
  };
}

describe('the volumes of the past week', () => {
  it.each([500, 100])('are read in pages of %i, without the candle that is still open', async (most) => {
    const past = await createPastVolumes(sourcesOf(pagesOf(most)))('fixture', market, nowMs);
    expect([past?.volumes.length, past?.volumes.at(-1)?.openTime]).toEqual([336, nowMs - HALF_HOUR]);
    const noon = nowMs - (nowMs % 86_400_000) + 12 * 3_600_000;
    expect(past && volumeWeights(past.volumes, past.lengthMs, [noon, noon + 2 * 3_600_000])).toEqual([1_000_000, 111_111]);
  });

  it('are not known where the venue does not tell', async () => {
    const none = sourcesOf(() => ({ kind: 'not_offered', code: 'VENUE_SYMBOL', message: 'no' }));
    expect(await createPastVolumes(none)('fixture', market, nowMs)).toBeNull();
    expect(await createPastVolumes(sourcesOf(() => ({ kind: 'page', candles: [] })))('fixture', market, nowMs)).toBeNull();
  });
});

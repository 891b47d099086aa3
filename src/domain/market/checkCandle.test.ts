import { describe, expect, it } from 'vitest';
import type { RawCandle } from './candle.ts';
import { CANDLE_RULES, type CandleBreach, checkCandle, SETTLE_MS } from './checkCandle.ts';

const OPEN = Date.parse('2026-11-20T12:00:00Z');
const LATER = OPEN + 3_600_000;
const good: RawCandle = { openTime: OPEN, open: '100.5', high: '101', low: '99.123456789012345678', close: '100', volume: '0' };

describe('judging a candle', () => {
  it('keeps every digit of a good one', () => {
    const verdict = checkCandle(good, '1m', LATER);
    expect(verdict.ok && [verdict.candle.low.toFixed(), verdict.candle.volume.toFixed(), verdict.candle.final]).toEqual([
      '99.123456789012345678',
      '0',
      true,
    ]);
    const tiny = checkCandle({ ...good, open: '1e-8', high: '2.5E-8', low: '1e-8', close: '0.00000002' }, '1m', LATER);
    expect(tiny.ok && tiny.candle.high.toFixed()).toBe('0.000000025');
  });

  it.each<[string, number, boolean]>([
    ['while it is open', OPEN + 59_999, false],
    ['in the moment of its close, which venues still revise', OPEN + 60_000 + SETTLE_MS - 1, false],
    ['once it has settled', OPEN + 60_000 + SETTLE_MS, true],
  ])('one fetched %s is final: %s', (_, fetchedAt, final) => {
    const verdict = checkCandle(good, '1m', fetchedAt);
    expect(verdict.ok && verdict.candle.final).toBe(final);
  });

  it.each<[CandleBreach, Partial<RawCandle>]>([
    ['NOT_A_NUMBER', { open: null }],
    ['NOT_A_NUMBER', { close: 'NaN' }],
    ['NOT_A_NUMBER', { volume: '1e400' }],
    ['NOT_A_NUMBER', { high: '0x65' }],
    ['NOT_A_NUMBER', { volume: '99999999999999999999999999999999999' }],
    ['PRICE_NOT_POSITIVE', { low: '0' }],
    ['PRICE_NOT_POSITIVE', { low: '-1' }],
    ['HIGH_TOO_LOW', { high: '100.49' }],
    ['LOW_TOO_HIGH', { low: '100.01' }],
    ['VOLUME_NEGATIVE', { volume: '-0.1' }],
    ['OFF_GRID', { openTime: OPEN + 1 }],
    ['FROM_FUTURE', { openTime: LATER + 60_000 }],
    ['TOO_OLD', { openTime: 0 }],
    ['TOO_OLD', { openTime: Number.NaN }],
  ])('%s: %j is set aside', (breach, change) => {
    expect(checkCandle({ ...good, ...change }, '1m', LATER)).toEqual({ ok: false, breaches: [breach] });
    expect(CANDLE_RULES[breach]).toBeTruthy();
  });

  it('names everything that is wrong with it', () => {
    const verdict = checkCandle({ ...good, high: '1', low: '200', volume: '-1', openTime: OPEN + 5 }, '1m', LATER);
    expect(verdict).toEqual({ ok: false, breaches: ['HIGH_TOO_LOW', 'LOW_TOO_HIGH', 'VOLUME_NEGATIVE', 'OFF_GRID'] });
  });
});

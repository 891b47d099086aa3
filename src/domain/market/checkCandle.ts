import { Decimal, LEDGER_SCALE, maxDecimal, minDecimal } from '../money.ts';
import type { Candle, RawCandle } from './candle.ts';
import { closeTimeOf, openTimeOf, type Timeframe } from './timeframe.ts';

/** Rules a candle must keep to be believed. What breaks one is set aside and never stored as truth. */
export const CANDLE_RULES = {
  NOT_A_NUMBER: 'a price or the volume is missing or is no plain number',
  PRICE_NOT_POSITIVE: 'a price is not above zero',
  VOLUME_NEGATIVE: 'the volume is below zero',
  HIGH_TOO_LOW: 'the high is below another of its prices',
  LOW_TOO_HIGH: 'the low is above another of its prices',
  OFF_GRID: 'it does not open where a candle of its timeframe opens',
  FROM_FUTURE: 'it opens in the future',
  TOO_OLD: 'it opens before 2009, when there was nothing to trade',
} as const;
export type CandleBreach = keyof typeof CANDLE_RULES;

export type CandleVerdict =
  | { readonly ok: true; readonly candle: Candle }
  | { readonly ok: false; readonly breaches: readonly CandleBreach[] };

/** The first Bitcoin block is of 2009-01-03. */
export const EARLIEST_MS = Date.UTC(2009, 0, 1);
/** Venues revise a candle for a moment after its close; until then it stays provisional. */
export const SETTLE_MS = 5_000;
/** Our clock and the venue's may differ by this much before its newest candle counts as one from the future. */
const CLOCK_TOLERANCE_MS = 10_000;

const NUMBER = /^-?\d{1,30}(\.\d{1,40})?(e[+-]?\d{1,2})?$/i;
/** The store keeps 35 digits before and 30 after the point. */
const AMOUNT_MAX = new Decimal(10).pow(34);

/** Judges what a venue said at `fetchedAt` (epoch ms). A candle is final once its time was over `SETTLE_MS` before it was fetched. */
export function checkCandle(raw: RawCandle, timeframe: Timeframe, fetchedAt: number): CandleVerdict {
  const times = checkTimes(raw.openTime, timeframe, fetchedAt);
  const [open, high, low, close, volume] = [raw.open, raw.high, raw.low, raw.close, raw.volume].map(readAmount);
  if (!open || !high || !low || !close || !volume) return { ok: false, breaches: ['NOT_A_NUMBER', ...times] };
  const breaches = [...checkAmounts({ open, high, low, close, volume }), ...times];
  if (breaches.length > 0) return { ok: false, breaches };
  const final = closeTimeOf(timeframe, raw.openTime) + SETTLE_MS <= fetchedAt;
  return { ok: true, candle: { openTime: raw.openTime, open, high, low, close, volume, final } };
}

function checkTimes(openTime: number, timeframe: Timeframe, fetchedAt: number): CandleBreach[] {
  if (!Number.isSafeInteger(openTime) || openTime < EARLIEST_MS) return ['TOO_OLD'];
  const breaches: CandleBreach[] = [];
  if (openTime > fetchedAt + CLOCK_TOLERANCE_MS) breaches.push('FROM_FUTURE');
  if (openTimeOf(timeframe, openTime) !== openTime) breaches.push('OFF_GRID');
  return breaches;
}

function checkAmounts({ open, high, low, close, volume }: Pick<Candle, 'open' | 'high' | 'low' | 'close' | 'volume'>): CandleBreach[] {
  const breaches: CandleBreach[] = [];
  if ([open, high, low, close].some((price) => price.lte(0))) breaches.push('PRICE_NOT_POSITIVE');
  if (high.lt(maxDecimal(maxDecimal(open, close), low))) breaches.push('HIGH_TOO_LOW');
  if (low.gt(minDecimal(minDecimal(open, close), high))) breaches.push('LOW_TOO_HIGH');
  if (volume.lt(0)) breaches.push('VOLUME_NEGATIVE');
  return breaches;
}

/** Null for anything that is no number or that the store could not hold as it is. */
function readAmount(text: string | null): Decimal | null {
  if (text === null || !NUMBER.test(text)) return null;
  const amount = new Decimal(text);
  return amount.abs().lt(AMOUNT_MAX) && amount.decimalPlaces() <= LEDGER_SCALE ? amount : null;
}

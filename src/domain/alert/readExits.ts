import { type Decimal, decimal, ZERO } from '../money.ts';
import type { PriceOrPercent, TakeProfitStep } from './alert.ts';
import type { RawMember, RawValue } from './rawValue.ts';
import { isPositive, numberIn, type Place, placeIn, readPriceOrPercent, readScalar } from './readScalar.ts';

const STEPS_MAX = 10;
const TAKE_PROFIT_PERCENT_MAX = 1000;
const STOP_LOSS_PERCENT_MAX = 99;
const SHARE_TEXT_MAX = 64;
const ALL = decimal(100);

/** One step (a price, a percentage, or `{at, share}`) or a list of them whose shares add up to at most 100 %. */
export function readTakeProfit(value: RawValue, place: Place): readonly TakeProfitStep[] | undefined {
  if (value.kind !== 'array') {
    const step = readStep(value, ALL, place);
    return step && [step];
  }
  const { length } = value.items;
  if (length === 0 || length > STEPS_MAX) {
    place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${length} steps; 1 to ${STEPS_MAX} are taken.`);
    return undefined;
  }
  const steps = value.items
    .map((item, index) => readStep(item, length === 1 ? ALL : null, placeIn(place, index)))
    .filter((step) => step !== undefined);
  const total = steps.reduce((sum, step) => sum.plus(step.share), ZERO);
  if (total.gt(ALL)) place.mistakes.add(place.pointer, 'FIELD_CONFLICT', `The shares add up to ${total.toFixed()} %; there is only 100 %.`);
  return steps;
}

/** A price, a percentage, `{at}`, `{at, trail}` or `{trail}`: without `at` the stop begins as far from the entry as it trails. */
export function readStopLoss(value: RawValue, place: Place): { at: PriceOrPercent | null; trail: PriceOrPercent | null } {
  if (value.kind !== 'object') return { at: readPriceOrPercent(value, STOP_LOSS_PERCENT_MAX, place) ?? null, trail: null };
  const parts = readParts(value.members, ['at', 'trail'], place);
  const trail = parts.get('trail');
  const at = trail && !parts.has('at') ? null : (readAt(parts, STOP_LOSS_PERCENT_MAX, place) ?? null);
  return { at, trail: trail ? (readTrail(trail, placeIn(place, 'trail')) ?? null) : null };
}

/** How far a stop stays behind the best price: a percentage, or a distance in quote. */
export function readTrail(value: RawValue, place: Place): PriceOrPercent | undefined {
  return readPriceOrPercent(value, STOP_LOSS_PERCENT_MAX, place);
}

/** `defaultShare` null: the share must be given. */
function readStep(value: RawValue, defaultShare: Decimal | null, place: Place): TakeProfitStep | undefined {
  if (value.kind !== 'object') {
    const at = readPriceOrPercent(value, TAKE_PROFIT_PERCENT_MAX, place);
    if (defaultShare === null) reportShareMissing(place);
    return at && defaultShare ? { at, share: defaultShare } : undefined;
  }
  const parts = readParts(value.members, ['at', 'share'], place);
  const at = readAt(parts, TAKE_PROFIT_PERCENT_MAX, place);
  const written = parts.get('share');
  if (!written && defaultShare === null) reportShareMissing(place);
  const share = written ? readShare(written, placeIn(place, 'share')) : defaultShare;
  return at && share ? { at, share } : undefined;
}

function reportShareMissing(place: Place): void {
  place.mistakes.add(
    place.pointer,
    'FIELD_MISSING',
    '`share` is missing: with several steps each says its percentage, as in {"at":"2%","share":50}.',
  );
}

function readAt(parts: ReadonlyMap<string, RawValue>, percentMax: number, place: Place): PriceOrPercent | undefined {
  const at = parts.get('at');
  if (at) return readPriceOrPercent(at, percentMax, placeIn(place, 'at'));
  place.mistakes.add(place.pointer, 'FIELD_MISSING', '`at` is missing: a price or a percentage.');
  return undefined;
}

/** A percentage above 0 and up to 100, with or without its sign. */
function readShare(value: RawValue, place: Place): Decimal | undefined {
  const text = readScalar(value, SHARE_TEXT_MAX, place);
  const share = text === undefined ? undefined : numberIn(text.replace(/%$/, ''), text, place);
  if (share === undefined || !isPositive(share, place, '')) return undefined;
  if (share.lte(ALL)) return share;
  place.mistakes.add(place.pointer, 'NUMBER_OUT_OF_RANGE', `Found ${share.toFixed()} %; there is only 100 %.`);
  return undefined;
}

function readParts(members: readonly RawMember[], allowed: readonly string[], place: Place): ReadonlyMap<string, RawValue> {
  const parts = new Map<string, RawValue>();
  for (const { key, value } of members) {
    if (allowed.includes(key)) parts.set(key, value);
    else
      place.mistakes.add(
        placeIn(place, key).pointer,
        'FIELD_UNKNOWN',
        `There is no field of this name here; known are ${allowed.join(', ')}.`,
      );
  }
  return parts;
}

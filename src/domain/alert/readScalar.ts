import { durationSec } from '../../lib/duration.ts';
import type { Decimal } from '../money.ts';
import type { PriceOrPercent } from './alert.ts';
import { type Mistakes, orList } from './mistakes.ts';
import { nearestNames } from './nearestName.ts';
import { findPlaceholder, type RawValue } from './rawValue.ts';
import { isNumberProblem, readNumber } from './readNumber.ts';
import { readTime } from './readTime.ts';

/** Where a value stands and where its mistakes go. */
export interface Place {
  readonly pointer: string;
  readonly mistakes: Mistakes;
}

/** NUL and lone surrogates poison Postgres; other controls (save line breaks and tabs) poison logs and terminals. */
const FORBIDDEN = /\p{Cs}|(?![\t\n\r])\p{Cc}/u;
const NUMBER_TEXT_MAX = 64;
/** Less is a market order, and over more than a day nobody should leave an order to itself. */
const DURATION_SEC_MIN = 60;
const DURATION_SEC_MAX = 86_400;

export function placeIn(place: Place, key: string | number): Place {
  return { pointer: place.mistakes.pointerTo(place.pointer, String(key)), mistakes: place.mistakes };
}

/** The trimmed text of a string or the digits of a number as written; undefined (and reported) for anything else. */
export function readScalar(value: RawValue, max: number, { pointer, mistakes }: Place): string | undefined {
  if (value.kind === 'broken') return undefined;
  if (value.kind === 'null') {
    mistakes.add(pointer, 'VALUE_MISSING', 'Found null: the placeholder had no value, or leave the field out when it has none.');
    return undefined;
  }
  if (value.kind !== 'string' && value.kind !== 'number') {
    mistakes.add(
      pointer,
      'WRONG_TYPE',
      `Found ${value.kind === 'boolean' ? value.value : `an ${value.kind}`}; a text or a number is wanted.`,
    );
    return undefined;
  }
  const placeholder = findPlaceholder(value.text);
  const text = value.text.trim();
  if (placeholder !== null)
    mistakes.add(
      pointer,
      'PLACEHOLDER_UNRESOLVED',
      `TradingView did not fill in ${mistakes.show(placeholder)}; it exists only in some kinds of alert.`,
    );
  else if (text.length > max) mistakes.add(pointer, 'TOO_LONG', `Found ${text.length} characters; at most ${max} are taken.`);
  else if (FORBIDDEN.test(text))
    mistakes.add(pointer, 'CHARACTER_NOT_ALLOWED', 'The text holds a control character, NUL or half of a surrogate pair.');
  else if (pointer !== '/secret' && mistakes.holdsSecret(text))
    mistakes.add(
      pointer,
      'SECRET_ELSEWHERE',
      'The value holds the secret, which would be stored and shown: it belongs into `secret` only.',
    );
  else return text;
  return undefined;
}

/** As `readScalar`, and an empty text is a mistake. */
export function readWord(value: RawValue, max: number, place: Place): string | undefined {
  const text = readScalar(value, max, place);
  if (text !== '') return text;
  place.mistakes.add(
    place.pointer,
    'VALUE_MISSING',
    'Found an empty text: the placeholder was empty, or leave the field out when it has no value.',
  );
  return undefined;
}

/** One of `allowed`, in any case. `meant` maps words of other bots to ours, for the advice only. */
export function readChoice<T extends string>(
  value: RawValue,
  allowed: readonly T[],
  meant: Readonly<Record<string, string>>,
  place: Place,
): T | undefined {
  const text = readWord(value, NUMBER_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const lower = text.toLowerCase();
  const choice = allowed.find((name) => name.toLowerCase() === lower);
  if (choice !== undefined) return choice;
  const near = (Object.hasOwn(meant, lower) ? meant[lower] : undefined) ?? nearestNames(text, allowed, 1)[0];
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${place.mistakes.show(text)}; allowed are ${orList(allowed)}.${hint}`);
  return undefined;
}

/** A JSON boolean, or the words true and false. */
export function readFlag(value: RawValue, place: Place): boolean | undefined {
  if (value.kind === 'boolean') return value.value;
  const text = readWord(value, NUMBER_TEXT_MAX, place);
  if (text === undefined) return undefined;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${place.mistakes.show(text)}; allowed are true or false.`);
  return undefined;
}

/** Any finite number, sign allowed. */
export function readSigned(value: RawValue, place: Place): Decimal | undefined {
  const text = readScalar(value, NUMBER_TEXT_MAX, place);
  return text === undefined ? undefined : numberIn(text, text, place);
}

/** A number above zero. */
export function readPositive(value: RawValue, place: Place): Decimal | undefined {
  const number = readSigned(value, place);
  return number === undefined || isPositive(number, place, '') ? number : undefined;
}

/** A price, or a distance written with a percent sign (`"2%"`). */
export function readPriceOrPercent(value: RawValue, percentMax: number, place: Place): PriceOrPercent | undefined {
  const text = readScalar(value, NUMBER_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const isPercent = text.endsWith('%');
  const number = numberIn(isPercent ? text.slice(0, -1) : text, text, place);
  if (
    number === undefined ||
    !isPositive(number, place, isPercent ? ' Write the distance without a sign; the side follows from the action.' : '')
  )
    return undefined;
  if (!isPercent) return { kind: 'price', price: number };
  if (number.lte(percentMax)) return { kind: 'percent', percent: number };
  place.mistakes.add(place.pointer, 'NUMBER_OUT_OF_RANGE', `Found ${number.toFixed()} %; at most ${percentMax} % makes sense here.`);
  return undefined;
}

/** Epoch milliseconds from ISO 8601 with a zone, epoch seconds or epoch milliseconds. */
export function readMoment(value: RawValue, place: Place): number | undefined {
  const text = readWord(value, NUMBER_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const time = readTime(text);
  if (time !== undefined) return time;
  const wanted = 'a time is ISO 8601 with a zone (what {{timenow}} gives: 2026-09-30T12:00:00Z), epoch seconds or epoch milliseconds';
  place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${place.mistakes.show(text)}; ${wanted}.`);
  return undefined;
}

/** Milliseconds from `90s`, `30m`, `2h`, `1d`, or whole seconds. */
export function readDuration(value: RawValue, place: Place): number | undefined {
  const text = readWord(value, NUMBER_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const seconds = durationSec(/^\d+$/.test(text) ? `${text}s` : text);
  const { mistakes, pointer } = place;
  if (seconds === null)
    mistakes.add(pointer, 'VALUE_NOT_ALLOWED', `Found ${mistakes.show(text)}; a duration is 90s, 30m, 2h or whole seconds.`);
  else if (seconds < DURATION_SEC_MIN || seconds > DURATION_SEC_MAX)
    mistakes.add(pointer, 'NUMBER_OUT_OF_RANGE', `Found ${mistakes.show(text)}; from 1m to 24h is taken.`);
  else return seconds * 1000;
  return undefined;
}

/** The number in `text`; `whole` is what the sender wrote. */
export function numberIn(text: string, whole: string, { pointer, mistakes }: Place): Decimal | undefined {
  const reading = readNumber(text);
  if (!isNumberProblem(reading)) return reading;
  mistakes.add(pointer, reading.code, `Found ${mistakes.show(whole)}, not a number that can be taken: ${reading.advice}.`);
  return undefined;
}

export function isPositive(number: Decimal, { pointer, mistakes }: Place, hint: string): boolean {
  if (number.gt(0)) return true;
  mistakes.add(pointer, 'NUMBER_OUT_OF_RANGE', `Found ${number.toFixed()}; it must be greater than 0.${hint}`);
  return false;
}

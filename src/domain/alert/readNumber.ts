import { Decimal, parseDecimal, ZERO } from '../money.ts';
import type { MistakeCode } from './mistakes.ts';

const EXPONENT = /^-?\d{1,40}(?:\.\d{1,40})?[eE][+-]?\d{1,4}$/;
const LEADING_POINT = /^-?\.\d{1,18}$/;
const PLAIN = /^-?\d+(?:\.\d+)?$/;

export interface NumberProblem {
  readonly code: MistakeCode;
  /** Words that go after "… must be a number: found X". */
  readonly advice: string;
}

export function isNumberProblem(reading: Decimal | NumberProblem): reading is NumberProblem {
  return !(reading instanceof Decimal);
}

/**
 * Reads a number exactly as written: plain (`0.5`, `.5`) or with an exponent (`1e-7`) whose plain form has at most 15
 * integer and 18 fraction digits. Anything that could be read in two ways is a problem, never a guess.
 */
export function readNumber(written: string): Decimal | NumberProblem {
  const text = written.trim();
  const plain = parseDecimal(LEADING_POINT.test(text) ? text.replace('.', '0.') : text);
  if (plain !== undefined) return withoutMinusZero(plain);
  if (EXPONENT.test(text)) {
    const expanded = parseDecimal(new Decimal(text).toFixed());
    if (expanded !== undefined) return withoutMinusZero(expanded);
  }
  return describe(text);
}

function withoutMinusZero(value: Decimal): Decimal {
  return value.isZero() ? ZERO : value;
}

function describe(text: string): NumberProblem {
  if (text === '') return { code: 'VALUE_MISSING', advice: 'the placeholder was empty; leave the field out when it has no value' };
  if (/^[+-]?(?:nan|na|n\/a|null|none|undefined|inf|infinity|∞)$/i.test(text))
    return { code: 'NOT_A_NUMBER', advice: 'the placeholder had no value (Pine `na`) when the alert fired' };
  if (PLAIN.test(text) || EXPONENT.test(text))
    return { code: 'NUMBER_OUT_OF_RANGE', advice: 'at most 15 digits before the decimal point and 18 after it are taken' };
  if (/^[+-]?\d+,\d{1,2}$/.test(text)) return { code: 'NOT_A_NUMBER', advice: 'use a decimal point, as in 0.5' };
  if (/^[+-]?\d[\d,_' ]*(?:\.\d+)?$/.test(text))
    return { code: 'NOT_A_NUMBER', advice: 'write it without thousands separators, as in 1234.5' };
  if (/^0x/i.test(text)) return { code: 'NOT_A_NUMBER', advice: 'hexadecimal is not taken' };
  if (/^\+/.test(text)) return { code: 'NOT_A_NUMBER', advice: 'write it without the plus sign' };
  return { code: 'NOT_A_NUMBER', advice: 'write a plain number, as in 0.5' };
}

import { type ReasonCode, type Refusal, refuse } from '../../errors.ts';
import type { Decimal } from '../../money.ts';

/** A step of planning: what it found, or why the plan ends here. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export function found<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(code: ReasonCode, detail?: string): Refused {
  return { ok: false, refusal: refuse(code, detail) };
}

/** A figure in words: exact when short, else its first 12 significant digits. */
export function show(value: Decimal): string {
  return value.toSignificantDigits(12).toFixed();
}

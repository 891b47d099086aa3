/**
 * A body as read, before anything is believed about it. Numbers stay the text they were written as, so no float ever
 * carries one; objects are lists of members, so `__proto__` is a name like any other and a duplicate can be seen.
 */
export type RawValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'array'; readonly items: readonly RawValue[] }
  | { readonly kind: 'object'; readonly members: readonly RawMember[] }
  /** Something was there and its mistake is already reported. */
  | { readonly kind: 'broken' };

/** `start` and `end` bound the value in the body's text, so that a secret can be cut out. */
export interface RawMember {
  readonly key: string;
  readonly value: RawValue;
  readonly start: number;
  readonly end: number;
}

/** The members of a body. `complete` is false when reading had to stop: then nothing can be called missing. */
export interface RawBody {
  readonly members: readonly RawMember[];
  readonly complete: boolean;
}

export const BROKEN: RawValue = { kind: 'broken' };

/** A TradingView placeholder that was not filled in, or the start of one. */
const PLACEHOLDER = /\{\{[^{}]{0,80}(?:\}\})?/;

/** The first unresolved placeholder in `text`, or null. */
export function findPlaceholder(text: string): string | null {
  return text.includes('{{') ? (PLACEHOLDER.exec(text)?.[0] ?? '{{') : null;
}

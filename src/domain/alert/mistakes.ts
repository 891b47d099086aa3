import type { AlertMistake } from './alert.ts';

/** Stable codes of what can be wrong with a body. */
export type MistakeCode =
  | 'BODY_EMPTY'
  | 'BODY_TOO_LARGE'
  | 'NOT_JSON'
  | 'NOT_AN_OBJECT'
  | 'TEXT_NOT_UNDERSTOOD'
  | 'TOO_DEEP'
  | 'FIELD_UNKNOWN'
  | 'FIELD_DUPLICATE'
  | 'FIELD_MISSING'
  | 'FIELD_CONFLICT'
  | 'VALUE_MISSING'
  | 'VALUE_NOT_ALLOWED'
  | 'PLACEHOLDER_UNRESOLVED'
  | 'NOT_A_NUMBER'
  | 'NUMBER_OUT_OF_RANGE'
  | 'WRONG_TYPE'
  | 'TOO_LONG'
  | 'CHARACTER_NOT_ALLOWED'
  | 'SECRET_ELSEWHERE';

/** More than this many mistakes help nobody; the rest is not listed. */
const MISTAKES_MAX = 50;
const SHOWN_MAX = 40;
/** A shorter secret may be part of an innocent value by chance; the ones we make have 32 characters. */
const TELLING_SECRET_MIN = 16;
const PLAIN_KEY = /^\w{1,40}$/;

/** C0 and C1 controls and lone surrogates: Postgres refuses some, terminals misread the others. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu;

/** Collects every mistake of one body. Knows the body's secret only to keep it out of the words. */
export class Mistakes {
  readonly list: AlertMistake[] = [];
  secret: string | null = null;

  get full(): boolean {
    return this.list.length >= MISTAKES_MAX;
  }

  add(pointer: string, code: MistakeCode, message: string): void {
    if (!this.full) this.list.push({ pointer, code, message });
  }

  /** Whether a value repeats the secret: stored and shown with the alert, it would no longer be one. */
  holdsSecret(value: string): boolean {
    return this.secret !== null && this.secret.length >= TELLING_SECRET_MIN && value.includes(this.secret);
  }

  /** What was found, quoted, shortened and printable; never the secret. */
  show(found: string): string {
    if (this.secret && found.includes(this.secret)) return '(hidden: it holds the secret)';
    return `"${printable(found, SHOWN_MAX)}"`;
  }

  /** The pointer of a member of `parent`, escaped as RFC 6901 says. */
  pointerTo(parent: string, key: string): string {
    if (this.secret && key.includes(this.secret)) return `${parent}/(hidden)`;
    if (PLAIN_KEY.test(key)) return `${parent}/${key}`;
    return `${parent}/${printable(key, SHOWN_MAX).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  }
}

/** `text` without unprintable characters, at most `max` UTF-16 units long. */
export function printable(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(UNPRINTABLE, '\ufffd');
}

/** "a, b or c". */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

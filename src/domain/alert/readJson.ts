import type { MistakeCode, Mistakes } from './mistakes.ts';
import { BROKEN, findPlaceholder, type RawBody, type RawMember, type RawValue } from './rawValue.ts';

const DEPTH_MAX = 5;
/** No object or list of an alert has nearly as many members. */
const MEMBERS_MAX = 100;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,}\]]|$)/y;
const BARE_WORD = /[^,}\]\r\n"]*/y;
const BARE_KEY = /[A-Za-z_][\w.-]{0,63}/y;
const OTHER_QUOTES: Readonly<Record<string, string>> = {
  "'": "'",
  '\u201c': '\u201d',
  '\u201d': '\u201d',
  '\u2018': '\u2019',
  '\u00ab': '\u00bb',
};
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Reads a JSON object (RFC 8259) without turning numbers into floats, and goes on after the mistakes TradingView messages
 * really contain (an empty placeholder, `NaN`, unquoted text, a trailing comma), so that all of them are reported at once.
 * Words found are never repeated here: any of them could be the secret.
 */
export function readJson(text: string, mistakes: Mistakes): RawBody {
  const reader = new JsonReader(text, mistakes);
  const members = reader.readTop();
  return { members, complete: !reader.stopped };
}

class JsonReader {
  stopped = false;
  private at = 0;
  private readonly text: string;
  private readonly mistakes: Mistakes;

  constructor(text: string, mistakes: Mistakes) {
    this.text = text;
    this.mistakes = mistakes;
  }

  readTop(): readonly RawMember[] {
    const top = this.readValue('', 1);
    if (!this.stopped) {
      const next = this.peek();
      if (next === '{') this.stop('', 'another object follows the first: send one alert per message');
      else if (next !== undefined) this.stop('', 'text follows the closing brace');
    }
    if (top.kind === 'object') return top.members;
    if (top.kind !== 'broken')
      this.mistakes.add('', 'NOT_AN_OBJECT', `The body is ${article(top.kind)}; an alert is a JSON object or one line of text.`);
    return [];
  }

  private readValue(pointer: string, depth: number): RawValue {
    const next = this.peek();
    if (next === undefined) return this.stop(pointer, 'the body ends where a value should be');
    if (next === '"') return this.readString(pointer);
    if (this.text.startsWith('{{', this.at))
      return pointer === '' ? this.stop('', 'two braces open the body; one is enough') : this.readPlaceholder(pointer);
    if (next !== '{' && next !== '[') return this.readWord(pointer);
    if (depth > DEPTH_MAX) return this.stop(pointer, `more than ${DEPTH_MAX} levels of braces and brackets`, 'TOO_DEEP');
    return next === '{' ? this.readObject(pointer, depth) : this.readArray(pointer, depth);
  }

  private readObject(pointer: string, depth: number): RawValue {
    const members: RawMember[] = [];
    const seen = new Set<string>();
    let previous = pointer;
    this.at += 1;
    if (this.accept('}')) return { kind: 'object', members };
    while (!this.stopped) {
      const key = this.readKey(pointer, previous);
      if (key === undefined) break;
      const at = this.mistakes.pointerTo(pointer, key);
      previous = at;
      if (!this.accept(':')) {
        this.stop(at, `a colon is missing after the name; found ${this.found()}`);
        break;
      }
      this.peek();
      const start = this.at;
      const value = this.readValue(at, depth + 1);
      if (seen.has(key)) this.mistakes.add(at, 'FIELD_DUPLICATE', 'This name appears twice; which one counts would be a guess.');
      seen.add(key);
      members.push({ key, value, start, end: this.at });
      if (this.stopped || !this.goesOn('}', pointer, at, members.length)) break;
    }
    return { kind: 'object', members };
  }

  private readArray(pointer: string, depth: number): RawValue {
    const items: RawValue[] = [];
    this.at += 1;
    if (this.accept(']')) return { kind: 'array', items };
    while (!this.stopped) {
      const at = `${pointer}/${items.length}`;
      items.push(this.readValue(at, depth + 1));
      if (this.stopped || !this.goesOn(']', pointer, at, items.length)) break;
    }
    return { kind: 'array', items };
  }

  /** After a value: true when another one follows, false at the end of the object or array. */
  private goesOn(close: '}' | ']', parent: string, pointer: string, count: number): boolean {
    if (this.accept(close)) return false;
    if (count >= MEMBERS_MAX) this.stop(parent, `more than ${MEMBERS_MAX} members`, 'BODY_TOO_LARGE');
    if (this.stopped || this.mistakes.full) {
      this.stopped = true;
      return false;
    }
    if (this.accept(',')) {
      if (this.peek() !== close) return true;
      this.note(parent, `a comma stands before the closing ${close}`);
      this.at += 1;
      return false;
    }
    const next = this.peek();
    if (next === '"') {
      this.note(pointer, 'a comma is missing after this value (or a quote inside its text is not written \\")');
      return true;
    }
    if (next === undefined) this.stop(parent, `the body ends before the closing ${close}`);
    else this.stop(pointer, `after this value a comma or ${close} must follow; found ${this.found()} (a quote inside text is written \\")`);
    return false;
  }

  /** `previous` is the member before, whose value may hold a comma it should not. */
  private readKey(pointer: string, previous: string): string | undefined {
    const next = this.peek();
    if (next === '"') {
      const key = this.readString(pointer);
      return key.kind === 'string' ? key.text : undefined;
    }
    if (next !== undefined && OTHER_QUOTES[next] !== undefined) {
      const key = this.readOtherQuotes(pointer, next);
      return key.kind === 'string' ? key.text : undefined;
    }
    BARE_KEY.lastIndex = this.at;
    const bare = BARE_KEY.exec(this.text)?.[0];
    if (bare !== undefined) {
      this.note(this.mistakes.pointerTo(pointer, bare), 'a name must stand in double quotes');
      this.at += bare.length;
      return bare;
    }
    const digit = next !== undefined && next >= '0' && next <= '9';
    const hint = digit ? '; a comma inside a number? Write 1234.5 without it' : '';
    this.stop(digit ? previous : pointer, `a name in double quotes must follow; found ${this.found()}${hint}`);
    return undefined;
  }

  /** A string without escapes is a slice; only the others are put together. */
  private readString(pointer: string): RawValue {
    const start = this.at + 1;
    for (let end = start; end < this.text.length; end += 1) {
      const unit = this.text.charCodeAt(end);
      if (unit === 0x5c || unit < 0x20) break;
      if (unit !== 0x22) continue;
      this.at = end + 1;
      return { kind: 'string', text: this.text.slice(start, end) };
    }
    return this.readEscapedString(pointer);
  }

  private readEscapedString(pointer: string): RawValue {
    let text = '';
    this.at += 1;
    let start = this.at;
    for (; this.at < this.text.length; this.at += 1) {
      const unit = this.text.charCodeAt(this.at);
      if (unit === 0x22) {
        text += this.text.slice(start, this.at);
        this.at += 1;
        return { kind: 'string', text };
      }
      if (unit === 0x0a || unit === 0x0d) return this.stop(pointer, 'a line ends inside quoted text (a missing quote, or write \\n)');
      if (unit < 0x20)
        this.mistakes.add(pointer, 'CHARACTER_NOT_ALLOWED', 'A control character stands in the text; write it as an escape or remove it.');
      if (unit !== 0x5c) continue;
      text += this.text.slice(start, this.at) + this.readEscape(pointer);
      start = this.at + 1;
    }
    return this.stop(pointer, 'the body ends inside quoted text: a closing quote is missing');
  }

  /** Reads one escape; leaves `at` on its last character. */
  private readEscape(pointer: string): string {
    this.at += 1;
    const letter = this.text[this.at] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) return simple;
    const hex = letter === 'u' ? /^[0-9a-fA-F]{4}/.exec(this.text.slice(this.at + 1, this.at + 5))?.[0] : undefined;
    if (hex === undefined) {
      this.note(pointer, 'a backslash in text must be followed by one of " \\ / b f n r t or uXXXX');
      return letter;
    }
    this.at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  /** A number, `true`, `false`, `null`, or whatever else stands unquoted. */
  private readWord(pointer: string): RawValue {
    NUMBER.lastIndex = this.at;
    const number = NUMBER.exec(this.text)?.[0];
    if (number !== undefined) {
      this.at += number.length;
      return { kind: 'number', text: number };
    }
    const next = this.text[this.at] ?? '';
    if (OTHER_QUOTES[next] !== undefined) return this.readOtherQuotes(pointer, next);
    BARE_WORD.lastIndex = this.at;
    const raw = BARE_WORD.exec(this.text)?.[0] ?? '';
    const word = raw.trim();
    this.at += raw.length;
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    if (word === 'null') return { kind: 'null' };
    const [code, message] = describeWord(word);
    this.mistakes.add(pointer, code, `${message} (${this.where(this.at - raw.length)}).`);
    return BROKEN;
  }

  private readPlaceholder(pointer: string): RawValue {
    const placeholder = findPlaceholder(this.text.slice(this.at, this.at + 100)) ?? '{{';
    this.at += placeholder.length;
    this.mistakes.add(
      pointer,
      'PLACEHOLDER_UNRESOLVED',
      `TradingView did not fill in ${this.mistakes.show(placeholder)}; it exists only in some kinds of alert.`,
    );
    if (!placeholder.endsWith('}}')) return this.stop(pointer, 'the placeholder is not closed');
    return BROKEN;
  }

  private readOtherQuotes(pointer: string, quote: string): RawValue {
    this.note(pointer, 'text and names must stand in straight double quotes (")');
    const end = this.text.indexOf(OTHER_QUOTES[quote] ?? quote, this.at + 1);
    if (end < 0) return this.stop(pointer, 'the closing quote is missing');
    const text = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return { kind: 'string', text };
  }

  /** The next character that is not JSON white space. */
  private peek(): string | undefined {
    for (; this.at < this.text.length; this.at += 1) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return this.text[this.at];
    }
    return undefined;
  }

  private accept(expected: string): boolean {
    if (this.peek() !== expected) return false;
    this.at += 1;
    return true;
  }

  private note(pointer: string, problem: string): void {
    this.mistakes.add(pointer, 'NOT_JSON', `Not valid JSON: ${problem} (${this.where(this.at)}).`);
  }

  private stop(pointer: string, problem: string, code: MistakeCode = 'NOT_JSON'): RawValue {
    if (!this.stopped) this.mistakes.add(pointer, code, `Not readable: ${problem} (${this.where(this.at)}).`);
    this.stopped = true;
    return BROKEN;
  }

  private where(at: number): string {
    let line = 1;
    let lineStart = 0;
    for (let end = this.text.indexOf('\n'); end >= 0 && end < at; end = this.text.indexOf('\n', lineStart)) {
      line += 1;
      lineStart = end + 1;
    }
    return `line ${line}, column ${at - lineStart + 1}`;
  }

  /** The kind of the next character, not the character itself unless it is punctuation. */
  private found(): string {
    const unit = this.peek();
    if (unit === undefined) return 'the end of the body';
    if (/[A-Za-z0-9]/.test(unit)) return 'a letter or digit';
    if (unit > ' ' && unit <= '~') return `'${unit}'`;
    return `the character U+${(unit.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
}

function describeWord(word: string): readonly [MistakeCode, string] {
  if (word === '') return ['VALUE_MISSING', 'There is no value: an empty placeholder? Put placeholders in quotes, or leave the field out'];
  if (/^[+-]?(?:nan|na|inf|infinity|∞)$/i.test(word))
    return ['NOT_A_NUMBER', 'NaN or infinity is not a number: the placeholder had no value when the alert fired'];
  if (/^(?:none|null|undefined|nil)$/i.test(word)) return ['VALUE_MISSING', 'There is no value: leave the field out when it has none'];
  if (/^(?:true|false)$/i.test(word)) return ['NOT_JSON', 'Not valid JSON: true and false are written in small letters'];
  if (/^[+-]?[\d.]/.test(word)) return ['NOT_A_NUMBER', 'Not a JSON number: write it like 0.5 or "0.5", or put the text in double quotes'];
  return ['NOT_JSON', 'Not valid JSON: text must stand in double quotes'];
}

function article(kind: RawValue['kind']): string {
  if (kind === 'array') return 'a list';
  return kind === 'null' ? 'null' : `a single ${kind}`;
}

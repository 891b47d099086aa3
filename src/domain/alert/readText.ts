import { ALERT_ACTIONS } from './alert.ts';
import { ALERT_FIELDS } from './fieldNames.ts';
import type { Mistakes } from './mistakes.ts';
import { nearestNames } from './nearestName.ts';
import { findPlaceholder, type RawBody, type RawMember, type RawValue } from './rawValue.ts';

/** TradingView's own limit for an alert's message is of this order; JSON may be longer, one line need not. */
const LINE_MAX = 4096;
const TOKEN = /(?:\{\{[^{}]{0,80}\}\}|"[^"]*"|[^\s"])+/g;
const OPTION = /^([A-Za-z_]\w{0,63})=(.*)$/s;
const SPACED_EQUALS = /\s=|=(?:\s|$)/;
export const TEXT_USAGE = 'A text alert reads: <action> <symbol> <quantity> name=value …, as in buy BTCUSDT 10% sl=1% tp=2%.';

/** Short names that only the text form has. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['sl', 'stopLoss'],
  ['tp', 'takeProfit'],
]);

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the one-line form: `buy BTCUSDT 10% sl=1% tp=2%`. Words without `=` are action, symbol and quantity (position for
 * `target`) in this order; everything else is `name=value`, with quotes around a value that holds spaces. Lists are written
 * with commas (`account=main,second`), shares of a take profit with a colon (`tp=2%:50,4%:50`).
 */
export function readText(line: string, mistakes: Mistakes): RawBody {
  const refused = refuseLine(line);
  if (refused !== null) {
    mistakes.add('', 'TEXT_NOT_UNDERSTOOD', refused);
    return { members: [], complete: false };
  }
  const options: RawMember[] = [];
  const words: Token[] = [];
  const seen = new Set<string>();
  const place = (key: string, token: Token, text: string): void => {
    const pointer = mistakes.pointerTo('', key);
    if (seen.has(key)) mistakes.add(pointer, 'FIELD_DUPLICATE', `${key} is given twice; which one counts would be a guess.`);
    seen.add(key);
    if (key === 'secret') mistakes.secret = text;
    options.push({ key, value: rawValueOf(key, text), start: token.start, end: token.end });
  };
  for (const match of line.matchAll(TOKEN)) {
    const token = { text: match[0], start: match.index, end: match.index + match[0].length };
    const option = OPTION.exec(token.text);
    if (option)
      place(
        SHORT_NAMES.get(option[1] ?? '') ?? option[1] ?? '',
        { ...token, start: token.end - (option[2] ?? '').length },
        option[2] ?? '',
      );
    else words.push(token);
  }
  const complete = placeWords(words, seen, place, mistakes);
  return { members: withTrailingLoss(options), complete };
}

/**
 * `sl=2% trail=1%` is a stop loss that trails, and so is `trail=1%` alone: a line has no braces to say so. Only where the order itself is
 * a trailing stop is the distance its own.
 */
function withTrailingLoss(options: readonly RawMember[]): readonly RawMember[] {
  const optionOf = (key: string): RawMember | undefined => options.find((option) => option.key === key);
  const trail = optionOf('trail');
  const type = optionOf('type')?.value;
  if (!trail || (type?.kind === 'string' && /^trailing/i.test(type.text))) return options;
  const at = optionOf('stopLoss');
  const members = [...(at ? [{ ...at, key: 'at' }] : []), trail];
  const rest = options.filter((option) => option !== trail && option !== at);
  return [...rest, { ...trail, key: 'stopLoss', value: { kind: 'object', members } }];
}

/** Why the line cannot be taken apart at all, or null. */
function refuseLine(line: string): string | null {
  if (line.length > LINE_MAX) return `The line is longer than ${LINE_MAX} characters. ${TEXT_USAGE}`;
  if (/[\r\n]/.test(line)) return `A text alert is one line; this body has several. Send one alert per message. ${TEXT_USAGE}`;
  if (SPACED_EQUALS.test(line.replace(/"[^"]*"/g, 'x')))
    return `Options are written name=value, with a value and without spaces around the equals sign. ${TEXT_USAGE}`;
  return null;
}

/** Gives the words without `=` their names. False when the line is not an alert at all. */
function placeWords(
  words: readonly Token[],
  seen: ReadonlySet<string>,
  place: (key: string, token: Token, text: string) => void,
  mistakes: Mistakes,
): boolean {
  const [action, symbol, ...others] = words;
  if (!action) return true;
  const known = ALERT_ACTIONS.find((name) => name === action.text.toLowerCase());
  if (!known && !seen.has('action') && findPlaceholder(action.text) === null) {
    mistakes.add(
      '',
      'TEXT_NOT_UNDERSTOOD',
      `The body is neither a JSON object nor a text alert: it begins with ${mistakes.show(action.text)}.${didYouMean(action.text)} ${TEXT_USAGE}`,
    );
    return false;
  }
  place('action', action, action.text);
  if (symbol) place('symbol', symbol, symbol.text);
  const rest = withoutNames(others, mistakes);
  const [amount, unit] = rest;
  const quantityWords = unit && isUnit(unit.text) ? 2 : 1;
  if (amount) {
    const last = rest[quantityWords - 1] ?? amount;
    place(
      known === 'target' ? 'position' : 'quantity',
      { ...amount, end: last.end },
      rest
        .slice(0, quantityWords)
        .map((word) => word.text)
        .join(' '),
    );
  }
  for (const word of rest.slice(quantityWords))
    mistakes.add('', 'TEXT_NOT_UNDERSTOOD', `${mistakes.show(word.text)} is not understood here. ${TEXT_USAGE}`);
  return true;
}

/** A misspelt action is worth a hint only where an alert may have been meant, not on any text that comes along. */
function didYouMean(word: string): string {
  const [near] = nearestNames(word, ALERT_ACTIONS, 1);
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}

/** Drops a field's name that stands alone together with the word after it, which is not repeated: it may be the secret. */
function withoutNames(words: readonly Token[], mistakes: Mistakes): readonly Token[] {
  const kept: Token[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const name = word?.text.replace(/:.*$/s, '') ?? '';
    const field = SHORT_NAMES.get(name) ?? name;
    if (word && !ALERT_FIELDS.includes(field)) kept.push(word);
    else {
      mistakes.add(`/${field}`, 'TEXT_NOT_UNDERSTOOD', `Write ${name}=value, with an equals sign and without spaces. ${TEXT_USAGE}`);
      if (word?.text === name || word?.text === `${name}:`) index += 1;
    }
  }
  return kept;
}

/** The second word of a quantity: an asset or `risk`. Anything else stays a word of its own, to be reported. */
function isUnit(word: string): boolean {
  return /^(?:%|(?=.*[A-Za-z])[A-Za-z0-9]{2,12})$/.test(word) && !/^(?:market|limit|stop|now)$/i.test(word);
}

function rawValueOf(key: string, written: string): RawValue {
  const text = /^"[^"]*"$/.test(written) ? written.slice(1, -1) : written;
  const value: RawValue = { kind: 'string', text };
  if (key === 'account' && text.includes(','))
    return { kind: 'array', items: text.split(',').map((name) => ({ kind: 'string', text: name })) };
  if (key === 'takeProfit' && /[,:]/.test(text) && findPlaceholder(text) === null)
    return { kind: 'array', items: text.split(',').map(stepOf) };
  return value;
}

function stepOf(text: string): RawValue {
  const colon = text.indexOf(':');
  if (colon < 0) return { kind: 'string', text };
  const member = (key: string, part: string): RawMember => ({ key, value: { kind: 'string', text: part }, start: 0, end: 0 });
  return { kind: 'object', members: [member('at', text.slice(0, colon)), member('share', text.slice(colon + 1))] };
}

import { isUtf8 } from 'node:buffer';
import { type Mistake, malformedJson } from './problem.ts';

/** No request of the API is nearly as deep. */
const DEPTH_MAX = 10;
/** Names that mean something to JavaScript objects, wherever the value might be copied to. */
const DANGEROUS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export type StrictJson = { readonly ok: true; readonly value: object } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/**
 * Reads an object or list of JSON in UTF-8, and refuses what JSON.parse lets through in silence: a name that appears twice (the
 * last one would count), names of JavaScript's own machinery, and depth that has no use.
 */
export function parseStrictJson(bytes: Buffer): StrictJson {
  if (!isUtf8(bytes)) return { ok: false, mistakes: [malformedJson()] };
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, mistakes: [malformedJson()] };
    throw error;
  }
  if (typeof value !== 'object' || value === null) return { ok: false, mistakes: [malformedJson()] };
  const mistake = firstMistake(text);
  return mistake ? { ok: false, mistakes: [mistake] } : { ok: true, value };
}

/** An object or list that is open at some place of the text. */
interface Level {
  /** Null: a list. */
  readonly names: Set<string> | null;
  name: string;
  index: number;
}

/** Walks over text that is valid JSON. */
function firstMistake(text: string): Mistake | null {
  const levels: Level[] = [];
  const mistake = (code: string, message: string): Mistake => ({ pointer: pointerOf(levels), code, message });
  let nameExpected = false;
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        if (levels.length >= DEPTH_MAX) return mistake('TOO_DEEP', `More than ${DEPTH_MAX} levels of braces and brackets.`);
        nameExpected = text[at] === '{';
        levels.push({ names: nameExpected ? new Set() : null, name: '', index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        nameExpected = false;
        break;
      case ',':
        if (level) level.index += 1;
        nameExpected = level?.names !== null;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (nameExpected && level?.names) {
          const name = String(JSON.parse(text.slice(at, end + 1)));
          level.name = name;
          if (DANGEROUS.has(name)) return mistake('FIELD_NOT_ALLOWED', 'This name cannot be a field.');
          if (level.names.has(name)) return mistake('FIELD_DUPLICATE', 'This name appears twice; which one counts would be a guess.');
          level.names.add(name);
          nameExpected = false;
        }
        at = end;
        break;
      }
    }
  }
  return null;
}

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function pointerOf(levels: readonly Level[]): string {
  return levels
    .map(({ names, name, index }) => `/${names === null ? index : name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

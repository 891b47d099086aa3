import { isCidr } from '../lib/cidr.ts';

/** Raised once with every mistake found, so that a start needs one correction round, not ten. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `Signalman cannot start, ${problems.length} setting${problems.length === 1 ? ' is' : 's are'} wrong:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** One environment variable: how its text becomes a value. `parse` throws an Error whose message says what is allowed. */
export interface Setting<T> {
  readonly parse: (text: string) => T;
  readonly fallback: T;
  /** Shown in `.env.example`, one line. */
  readonly doc: string;
  /** Never printed. */
  readonly secret?: true;
}

export function integer(fallback: number, min: number, max: number, doc: string): Setting<number> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new Error(`a whole number from ${min} to ${max}`);
    return value;
  };
  return { parse, fallback, doc };
}

export function text<T extends string | null>(fallback: T, doc: string): Setting<string | T> {
  return { parse: (value) => value, fallback, doc };
}

export function secret(doc: string): Setting<string | null> {
  return { parse: (value) => value, fallback: null, doc, secret: true };
}

export function oneOf<const T extends string>(values: readonly T[], fallback: NoInfer<T>, doc: string): Setting<T> {
  const parse = (value: string): T => {
    const found = values.find((candidate) => candidate === value);
    if (!found) throw new Error(`one of ${values.join(', ')}`);
    return found;
  };
  return { parse, fallback, doc };
}

/** Any of the values, comma-separated; none by default. */
export function someOf<const T extends string>(values: readonly T[], doc: string): Setting<readonly T[]> {
  const parse = (value: string): T[] =>
    splitList(value).map((item) => {
      const found = values.find((candidate) => candidate === item);
      if (!found) throw new Error(`some of ${values.join(', ')}`);
      return found;
    });
  return { parse, fallback: [], doc };
}

export function list(fallback: readonly string[], doc: string): Setting<readonly string[]> {
  return { parse: splitList, fallback, doc };
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function cidrList(fallback: readonly string[], doc: string): Setting<readonly string[]> {
  const parse = (value: string): string[] => {
    const items = splitList(value);
    for (const item of items)
      if (!isCidr(item)) throw new Error(`a comma-separated list of addresses or CIDR blocks; "${item}" is neither`);
    return items;
  };
  return { parse, fallback, doc };
}

/** `10+20`: connections for writing and for reading. */
export function poolSizes(write: number, read: number, doc: string): Setting<{ readonly write: number; readonly read: number }> {
  const parse = (value: string): { write: number; read: number } => {
    const match = /^(\d{1,3})\+(\d{1,3})$/.exec(value);
    if (!match || Number(match[1]) < 1 || Number(match[2]) < 1) throw new Error('two sizes like 10+20 (writing + reading connections)');
    return { write: Number(match[1]), read: Number(match[2]) };
  };
  return { parse, fallback: { write, read }, doc };
}

export function url<T extends string | null>(schemes: readonly string[], fallback: T, doc: string): Setting<string | T> {
  const parse = (value: string): string => {
    if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol))
      throw new Error(`a URL starting with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
    return value;
  };
  return { parse, fallback, doc };
}

/** Name of a request header, in lower case as node has it. */
export function headerName(doc: string): Setting<string | null> {
  const parse = (value: string): string => {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(value)) throw new Error('the name of a header, like X-Real-IP');
    return value.toLowerCase();
  };
  return { parse, fallback: null, doc };
}

export function key32(doc: string): Setting<string | null> {
  return { parse: parseKey32, fallback: null, doc, secret: true };
}

export function key32List(doc: string): Setting<readonly string[]> {
  return { parse: (value) => splitList(value).map(parseKey32), fallback: [], doc, secret: true };
}

function parseKey32(value: string): string {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(value)) throw new Error('32 bytes in base64 (make one with: openssl rand -base64 32)');
  return value;
}

type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Reads all settings; an empty variable counts as unset. What is wrong is added to `problems`, naming the variable and never a secret's value, and counts as unset. */
export function readSettings<S extends Record<string, Setting<unknown>>>(
  settings: S,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    values[name] = setting.fallback;
    const raw = environment[name]?.trim();
    if (raw === undefined || raw === '') continue;
    try {
      values[name] = setting.parse(raw);
    } catch (error) {
      const shown = setting.secret ? '(its value is secret)' : JSON.stringify(raw.length > 60 ? `${raw.slice(0, 60)}…` : raw);
      problems.push(`${name} is ${shown}; it must be ${(error as Error).message}`);
    }
  }
  return values as Values<S>;
}

import type { Command } from '../domain/signal/command.ts';
import type { Appended, NewCommand } from './commandLog.ts';

/** An entry of the stream as Redis gives it back: its id, then field, value, field, value … */
export type RawEntry = readonly [id: string, fields: readonly string[]];

/** A stretch of the stream that was removed before anybody was given it: after the first id, up to and including the second. */
export type Hole = readonly [after: string, upto: string];

/** What a page of the stream holds (lua/readCommands.lua). */
export interface Page {
  /** Id of the newest entry ever written. */
  readonly last: string;
  readonly groupWasMissing: boolean;
  /** Entries met, whether or not they could be given back; fewer than asked for at the end of the stream. */
  readonly considered: number;
  /** Id of the last entry met, '' when there was none. */
  readonly lastMet: string;
  readonly lost: readonly string[];
  readonly holes: readonly Hole[];
  readonly entries: readonly RawEntry[];
}

/** Why an entry cannot be a command; it was not written by a Signalman that works. */
export class UnreadableEntryError extends Error {
  override readonly name = 'UnreadableEntryError';
}

export function encodeCommand({ id, body, actor, correlationId }: NewCommand): string {
  return JSON.stringify({ id, body, actor, correlationId });
}

/** Throws `UnreadableEntryError`; its message holds nothing of the entry's content. */
export function decodeEntry([entryId, fields]: RawEntry): Command {
  const [, seq] = /^([1-9]\d*)-0$/.exec(entryId) ?? [];
  if (!seq || !Number.isSafeInteger(Number(seq))) throw new UnreadableEntryError('its id is not of the form <seq>-0');
  const stored = parseObject(fieldOf(fields, 'command') ?? '');
  const receivedAt = Number(fieldOf(fields, 'at') ?? Number.NaN);
  if (!Number.isSafeInteger(receivedAt)) throw new UnreadableEntryError('its time is not a number');
  const { id, body, actor, correlationId } = stored;
  if (typeof id !== 'string' || typeof correlationId !== 'string' || !isObject(actor) || !isObject(body) || typeof body.kind !== 'string') {
    throw new UnreadableEntryError('it lacks a part of a command');
  }
  return { seq: Number(seq), receivedAt, ...(stored as Pick<Command, 'id' | 'body' | 'actor' | 'correlationId'>) };
}

/** The number an entry's id begins with. */
export function seqOf(entryId: string): number {
  return Number.parseInt(entryId, 10);
}

/** What lua/appendCommands.lua answers: the id before, then verdict, id and seq of each command. */
export function decodeAppended(reply: unknown): { lastBefore: string; appended: Appended[] } {
  const [lastBefore, ...rest] = reply as [string, ...(string | number)[]];
  const appended: Appended[] = [];
  for (let i = 0; i < rest.length; i += 3) {
    const kind = rest[i] as Appended['kind'];
    const id = String(rest[i + 1]);
    appended.push(kind === 'stored' ? { kind, id, seq: Number(rest[i + 2]) } : { kind, id });
  }
  return { lastBefore, appended };
}

export function decodePage(reply: unknown): Page {
  const [last, missing, considered, lastMet, lost, stretches, entries] = reply as [
    string,
    number,
    number,
    string,
    string[],
    string[],
    RawEntry[],
  ];
  const holes = stretches.flatMap((after, i): Hole[] => (i % 2 === 0 ? [[after, stretches[i + 1] ?? after]] : []));
  return { last, groupWasMissing: missing === 1, considered, lastMet, lost, holes, entries };
}

/** The value of a field, null without it. */
export function fieldOf(fields: readonly string[], name: string): string | null {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1] ?? null;
  return null;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableEntryError('its command is not JSON'); // The parser's own message quotes the text.
  }
  if (!isObject(value)) throw new UnreadableEntryError('its command is not an object');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

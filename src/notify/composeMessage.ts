import type { NoticeSeverity, OutboxItem } from '../ledger/ledger.ts';
import type { Keyboard } from './notifier.ts';
import { splitText } from './splitText.ts';

/** More waiting notices than this and they share messages, or a burst would take its length in seconds to arrive. */
const SINGLE_NOTICES_MAX = 3;

const MARKS: Readonly<Record<NoticeSeverity, string>> = { critical: '🚨 ', warning: '⚠️ ', info: '' };

/** How grave a composed text is, by its mark. */
export function severityOf(text: string): NoticeSeverity {
  if (text.startsWith(MARKS.critical)) return 'critical';
  return text.startsWith(MARKS.warning) ? 'warning' : 'info';
}

/** Room for `#1a2b3c4d (12/34)` and its line end below each part of a long notice. */
const FOOTER_UNITS_MAX = 24;

/** Room below a notice with buttons for what came of them. */
const VERDICT_UNITS_MAX = 400;

/** What is sent next: one notice in one or more parts, or a digest of several notices in one part. */
export interface Message {
  readonly items: readonly OutboxItem[];
  readonly parts: readonly string[];
  /** Below the last part. */
  readonly keyboard?: Keyboard;
}

/**
 * What goes out before looking again. `waiting` is what the chat has not heard yet, critical first, then oldest first: all of
 * it, each by itself, where a message may be of any length (`unitsMax` null), else the next message.
 */
export function composeMessages(waiting: readonly OutboxItem[], unitsMax: number | null): readonly Message[] {
  if (unitsMax === null) return waiting.map((item) => single(item, Number.POSITIVE_INFINITY));
  const [first, ...others] = waiting;
  return first ? [composeMessage([first, ...others], unitsMax)] : [];
}

/**
 * The next message for a chat where messages have a length. A notice that is critical or has buttons always goes alone. Every notice ends with its
 * event id, in a digest too, so that a repeat is seen to be one.
 */
export function composeMessage(waiting: readonly [OutboxItem, ...OutboxItem[]], unitsMax: number): Message {
  const [first] = waiting;
  if (first.severity === 'critical' || first.buttons || waiting.length <= SINGLE_NOTICES_MAX) return single(first, unitsMax);
  const digest = fillDigest(waiting, unitsMax);
  if (digest.length < 2) return single(first, unitsMax);
  return { items: digest, parts: [[headline(digest.length), ...digest.map(digestEntry)].join('\n')] };
}

/** The last 8 characters of the notice's id, for people to compare and search: the first ones of a UUID v7 are its time, alike for a minute. */
export function eventId(item: Pick<OutboxItem, 'id'>): string {
  return `#${item.id.slice(-8)}`;
}

function single(item: OutboxItem, unitsMax: number): Message {
  if (!item.buttons) return { items: [item], parts: partsOf(item, unitsMax) };
  const keyboard = { noticeId: item.id, labels: item.buttons.filter(({ byCode }) => !byCode).map(({ label }) => label) };
  return { items: [item], parts: partsOf(item, unitsMax - VERDICT_UNITS_MAX), keyboard };
}

/** The message that carried the buttons, with what came of them instead. */
export function closedText(item: OutboxItem, verdict: string, unitsMax: number): string {
  const carrier = partsOf(item, unitsMax - VERDICT_UNITS_MAX).at(-1);
  return `${carrier}\n${verdict.slice(0, VERDICT_UNITS_MAX - 1)}`;
}

function partsOf(item: OutboxItem, unitsMax: number): readonly string[] {
  const text = `${MARKS[item.severity]}${item.text}`;
  const whole = `${text}\n${eventId(item)}`;
  if (whole.length <= unitsMax) return [whole];
  const pieces = splitText(text, unitsMax - FOOTER_UNITS_MAX);
  return pieces.map((piece, index) => `${piece}\n(${index + 1}/${pieces.length}) ${eventId(item)}`);
}

/** As many notices from the front as fit into one message. */
function fillDigest(waiting: readonly OutboxItem[], unitsMax: number): readonly OutboxItem[] {
  let units = headline(waiting.length).length;
  const items: OutboxItem[] = [];
  for (const item of waiting) {
    units += 1 + digestEntry(item).length;
    if (units > unitsMax || item.buttons) break;
    items.push(item);
  }
  return items;
}

function headline(count: number): string {
  return `${count} notices`;
}

function digestEntry(item: OutboxItem): string {
  return `${MARKS[item.severity]}${item.text} ${eventId(item)}`;
}

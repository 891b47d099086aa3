import type pg from 'pg';
import type { Audience, Choice, NoticeButton, NoticeSeverity, OutboxItem, Recipient, UpdateCursor } from './ledger.ts';
import { rowsOf } from './rowsOf.ts';

interface NoticeRecord {
  readonly seq: string;
  readonly id: string;
  readonly audience: Audience;
  readonly severity: NoticeSeverity;
  readonly text: string;
  readonly signalId: string | null;
  readonly correlationId: string | null;
  readonly at: Date;
  readonly attempts: number;
  readonly buttons: readonly NoticeButton[] | null;
  readonly expiresAt: Date | null;
  readonly recipientId: string | null;
  readonly originId: string | null;
}

interface ChoiceRecord extends NoticeRecord {
  readonly buttons: readonly NoticeButton[];
  readonly chat: string | null;
  readonly messageId: string | null;
  readonly pressedLabel: string | null;
  readonly pressedBy: string | null;
  readonly pressedAt: Date | null;
  readonly pressedResult: string | null;
}

const NOTICE = 'seq, id, audience, severity, text, signal_id, correlation_id, at, attempts, buttons, expires_at, recipient_id, origin_id';
const CHOICE = `${NOTICE}, chat, message_id, pressed_label, pressed_by, pressed_at, pressed_result`;

const PENDING = `
  SELECT ${NOTICE} FROM outbox
  WHERE sent_at IS NULL AND dead_at IS NULL AND audience = ANY($2) AND recipient_id IS NOT DISTINCT FROM $3
  ORDER BY severity <> 'critical', seq LIMIT $1`;

const RECIPIENTS = `
  SELECT DISTINCT audience, recipient_id, telegram_id AS chat FROM outbox LEFT JOIN telegram_links ON user_id = recipient_id
  WHERE sent_at IS NULL AND dead_at IS NULL AND recipient_id IS NOT NULL`;

/** The newest question to one person that still stands open. */
const OPEN_QUESTION = `
  SELECT ${CHOICE} FROM outbox
  WHERE buttons IS NOT NULL AND closed_at IS NULL AND pressed_at IS NULL AND dead_at IS NULL AND audience = $1 AND recipient_id = $2
  ORDER BY seq DESC LIMIT 1`;

const TO_CLOSE = `
  SELECT ${CHOICE} FROM outbox
  WHERE buttons IS NOT NULL AND closed_at IS NULL AND message_id IS NOT NULL AND (pressed_at IS NOT NULL OR expires_at <= $2)
  ORDER BY seq LIMIT $1`;

const ALL_AUDIENCES: readonly Audience[] = ['trading', 'user', 'dev'];

export async function loadPending(
  pool: pg.Pool,
  limit: number,
  audiences = ALL_AUDIENCES,
  recipientId: string | null = null,
): Promise<OutboxItem[]> {
  return (await rowsOf<NoticeRecord>(pool, PENDING, [limit, audiences, recipientId])).map(toItem);
}

export function loadRecipients(pool: pg.Pool): Promise<Recipient[]> {
  return rowsOf<Recipient>(pool, RECIPIENTS);
}

export async function loadOpenQuestion(pool: pg.Pool, audience: Audience, recipientId: string): Promise<Choice | null> {
  const [row] = await rowsOf<ChoiceRecord>(pool, OPEN_QUESTION, [audience, recipientId]);
  return row ? toChoice(row) : null;
}

export async function loadUpdateCursor(pool: pg.Pool, bot: string): Promise<UpdateCursor | null> {
  const [row] = await rowsOf<{ updateId: string; at: Date }>(pool, 'SELECT update_id, at FROM telegram_cursors WHERE bot = $1', [bot]);
  return row ? { updateId: Number(row.updateId), at: row.at.getTime() } : null;
}

export async function loadChoice(pool: pg.Pool, noticeId: string): Promise<Choice | null> {
  const [row] = await rowsOf<ChoiceRecord>(pool, `SELECT ${CHOICE} FROM outbox WHERE id = $1 AND buttons IS NOT NULL`, [noticeId]);
  return row ? toChoice(row) : null;
}

export async function loadChoicesToClose(pool: pg.Pool, now: number, limit: number): Promise<Choice[]> {
  return (await rowsOf<ChoiceRecord>(pool, TO_CLOSE, [limit, new Date(now)])).map(toChoice);
}

function toItem(row: NoticeRecord): OutboxItem {
  const { id, audience, severity, text, signalId, correlationId, attempts, recipientId, originId, buttons } = row;
  return {
    ...{ seq: Number(row.seq), id, audience, severity, text, signalId, correlationId, at: row.at.getTime(), attempts },
    ...{ expiresAt: row.expiresAt?.getTime() ?? null, recipientId },
    copyOf: originId === id ? null : originId,
    ...(buttons === null ? {} : { buttons }),
  };
}

function toChoice(row: ChoiceRecord): Choice {
  const { id, buttons, originId, chat, messageId, pressedLabel: label, pressedBy: by, pressedAt, pressedResult: result } = row;
  return {
    ...toItem(row),
    buttons,
    choiceId: originId ?? id,
    place: chat === null || messageId === null ? null : { chat, messageId },
    press: label === null || by === null || pressedAt === null ? null : { label, by, at: pressedAt.getTime(), result },
  };
}

import type pg from 'pg';
import type { Audience, Choice, NoticeButton, NoticeSeverity, OutboxItem } from './ledger.ts';
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
}

interface ChoiceRecord extends NoticeRecord {
  readonly buttons: readonly NoticeButton[];
  readonly choiceId: string;
  readonly chat: string | null;
  readonly messageId: string | null;
  readonly pressedLabel: string | null;
  readonly pressedBy: string | null;
  readonly pressedAt: Date | null;
  readonly pressedResult: string | null;
}

const NOTICE = 'seq, id, audience, severity, text, signal_id, correlation_id, at, attempts, buttons, expires_at, recipient_id';
const CHOICE = `${NOTICE}, choice_id, chat, message_id, pressed_label, pressed_by, pressed_at, pressed_result`;

const PENDING = `
  SELECT ${NOTICE} FROM outbox
  WHERE sent_at IS NULL AND dead_at IS NULL AND audience = ANY($2) ORDER BY severity <> 'critical', seq LIMIT $1`;

const TO_CLOSE = `
  SELECT ${CHOICE} FROM outbox
  WHERE choice_id IS NOT NULL AND closed_at IS NULL AND message_id IS NOT NULL AND (pressed_at IS NOT NULL OR expires_at <= $2)
  ORDER BY seq LIMIT $1`;

const ALL_AUDIENCES: readonly Audience[] = ['trading', 'user', 'dev'];

export async function loadPending(pool: pg.Pool, limit: number, audiences = ALL_AUDIENCES): Promise<OutboxItem[]> {
  return (await rowsOf<NoticeRecord>(pool, PENDING, [limit, audiences])).map(toItem);
}

export async function loadChoice(pool: pg.Pool, noticeId: string): Promise<Choice | null> {
  const [row] = await rowsOf<ChoiceRecord>(pool, `SELECT ${CHOICE} FROM outbox WHERE id = $1 AND choice_id IS NOT NULL`, [noticeId]);
  return row ? toChoice(row) : null;
}

export async function loadChoicesToClose(pool: pg.Pool, now: number, limit: number): Promise<Choice[]> {
  return (await rowsOf<ChoiceRecord>(pool, TO_CLOSE, [limit, new Date(now)])).map(toChoice);
}

function toItem(row: NoticeRecord): OutboxItem {
  const { id, audience, severity, text, signalId, correlationId, attempts, recipientId, buttons } = row;
  return {
    ...{ seq: Number(row.seq), id, audience, severity, text, signalId, correlationId, at: row.at.getTime(), attempts },
    ...{ expiresAt: row.expiresAt?.getTime() ?? null, recipientId },
    ...(buttons === null ? {} : { buttons }),
  };
}

function toChoice(row: ChoiceRecord): Choice {
  const { buttons, choiceId, chat, messageId, pressedLabel: label, pressedBy: by, pressedAt, pressedResult: result } = row;
  return {
    ...toItem(row),
    buttons,
    choiceId,
    place: chat === null || messageId === null ? null : { chat, messageId },
    press: label === null || by === null || pressedAt === null ? null : { label, by, at: pressedAt.getTime(), result },
  };
}

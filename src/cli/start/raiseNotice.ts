import { v7 as uuidv7 } from 'uuid';
import type { Submit } from '../../api/commandClient.ts';

export interface RaisedNotice {
  readonly severity: 'critical' | 'warning' | 'info';
  readonly text: string;
  /** The same news from several instances, or again within a minute, is told once; null: each time. */
  readonly sameAs: string | null;
  /** How long it counts as the same, milliseconds; default a minute. */
  readonly sameForMs?: number;
}

const SAME_NEWS_MS = 60_000;

/** What an instance noticed goes the way of all commands, and the leader tells it. False when it could not be stored; never rejects. */
export async function raiseNotice(submit: Submit, { severity, text, sameAs, sameForMs = SAME_NEWS_MS }: RaisedNotice): Promise<boolean> {
  const dedupe = sameAs === null ? null : { key: sameAs, ttlMs: sameForMs, contentHash: sameAs };
  try {
    const body = { kind: 'notice.raise', severity, text } as const;
    const { kind } = await submit(body, { name: 'system', address: null }, { correlationId: uuidv7(), dedupe, timeoutMs: 0 });
    return kind !== 'unavailable' && kind !== 'busy';
  } catch {
    return false;
  }
}

import type { Update } from 'telegraf/types';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { UpdateCursor } from './updateCursor.ts';
import type { PollOutcome, UpdateSource } from './updateSource.ts';

const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 30_000;
/** Pause after a conflict: long enough for a poll of the last leader to end. */
const CONFLICT_MS = 5_000;
/** Pause after a refusal that only another setting can cure. */
const REFUSED_MS = 60_000;
/** Least time between two polls that bring nothing new, should a server neither hold them nor heed the offset. */
const IDLE_POLL_MS_MIN = 1_000;
/** How often the log repeats the same trouble: two pollers throw each other out with every poll. */
const TELL_EVERY_MS = 600_000;
const SILENCE_MS_MAX = 300_000;
/** Update ids remembered against a repeat; Telegram itself repeats only what was not confirmed. */
const RECENT_MAX = 1_000;

export interface PollUpdatesOptions {
  readonly source: UpdateSource;
  /** Must not reject. The updates are confirmed after it has resolved. */
  readonly handle: (updates: readonly Update[], botName: string) => Promise<void>;
  readonly cursor: UpdateCursor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telegramUpdates'>;
  readonly signal: AbortSignal;
}

/**
 * Asks for updates until `signal` aborts, whatever the service does, and hands each on once. What was handed on and not yet
 * confirmed when it ends comes again to whoever polls next. Never rejects.
 */
export async function pollUpdates({ source, handle, cursor, clock, logger, metrics, signal }: PollUpdatesOptions): Promise<void> {
  const recent = new Set<number>();
  const before = await cursor.last(signal);
  let offset: number | null = null;
  let failures = 0;
  const trouble = createTroubleLog(clock, logger);
  while (!signal.aborted) {
    const askedAt = clock.monotonic();
    const outcome = await source.poll(offset, signal);
    if (signal.aborted) return;
    if (outcome.kind !== 'updates') {
      trouble.tell(outcome);
      await clock.sleep(pauseMs(outcome, failures), signal);
      failures += 1;
      continue;
    }
    trouble.isOver();
    failures = 0;
    const isOld = (id: number): boolean => recent.has(id) || (before !== null && recent.size === 0 && id <= before);
    const fresh = outcome.updates.filter(({ update_id: id }) => !isOld(id));
    metrics.telegramUpdates.inc({ result: 'duplicate' }, outcome.updates.length - fresh.length);
    if (fresh.length > 0) await handle(fresh, outcome.botName);
    else await clock.sleep(Math.max(0, askedAt + IDLE_POLL_MS_MIN - clock.monotonic()), signal);
    if (signal.aborted) return;
    // What was confirmed is gone. An offset kept for long would hide updates whose ids start anew, as they may after a quiet week.
    offset = null;
    for (const { update_id: id } of outcome.updates) {
      offset = Math.max(offset ?? 0, id + 1);
      remember(recent, id);
    }
    if (offset !== null && fresh.length > 0) await cursor.moveTo(offset - 1);
  }
}

type Failure = Exclude<PollOutcome, { readonly kind: 'updates' }>;

/** Tells of each kind of trouble once in a while, not with every poll. */
function createTroubleLog(clock: Clock, logger: Logger): { tell(failure: Failure): void; isOver(): void } {
  const toldAt = new Map<Failure['kind'], number>();
  let told = false;
  return {
    tell: (failure) => {
      const now = clock.monotonic();
      if (now - (toldAt.get(failure.kind) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
      toldAt.set(failure.kind, now);
      told = true;
      logFailure(failure, logger);
    },
    isOver: () => {
      if (told) logger.info('Telegram answers polls again');
      told = false;
    },
  };
}

function logFailure({ kind, reason }: Failure, logger: Logger): void {
  if (kind === 'refused') logger.error({ reason }, 'Telegram refuses polls: commands are not heard until the bot settings are right');
  else if (kind === 'conflict') logger.warn({ reason }, 'another process polls this Telegram bot, or it has a webhook; trying again');
  else logger.warn({ reason }, 'Telegram could not be polled; trying again');
}

function pauseMs(failure: Failure, failures: number): number {
  if (failure.kind === 'conflict') return CONFLICT_MS;
  if (failure.kind === 'refused') return REFUSED_MS;
  if (failure.kind === 'throttled') return Math.min(SILENCE_MS_MAX, failure.retryAfterMs);
  return Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 16));
}

function remember(recent: Set<number>, id: number): void {
  recent.add(id);
  if (recent.size <= RECENT_MAX) return;
  for (const oldest of recent) {
    recent.delete(oldest);
    return;
  }
}

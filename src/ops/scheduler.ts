import cron, { type Logger as CronLogger } from 'node-cron';
import type { Logger } from './logger.ts';

/** The expression of a schedule cannot be read; the message says what is wrong with it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

export interface ScheduleOptions {
  readonly name: string;
  /** Cron with five fields, or six with seconds in front; always in UTC, so that no fire is lost or doubled where clocks are moved. */
  readonly expression: string;
  /** Asked at each fire; false: somebody else's turn. */
  readonly mayRun: () => boolean;
  /** A fire while the last one still works is skipped. What it throws is logged. `dueAt`: epoch ms of the fire. */
  readonly work: (dueAt: number) => Promise<void>;
  readonly logger: Logger;
  /** Ends the schedule; work under way is the caller's. */
  readonly signal: AbortSignal;
}

/** Throws `ScheduleError` that names the setting and what is wrong with its value. */
export function checkSchedule(setting: string, expression: string): void {
  const { valid, errors } = cron.validateDetailed(expression);
  if (valid) return;
  const [mistake] = errors;
  const detail = mistake ? ` (${mistake.field}: ${mistake.message})` : '';
  throw new ScheduleError(`${setting} is "${expression.slice(0, 60)}"; it must be a cron expression like */30 * * * *${detail}`);
}

/** Runs work at the times of a cron expression until `signal` aborts. */
export function schedule({ name, expression, mayRun, work, logger, signal }: ScheduleOptions): void {
  checkSchedule(name, expression);
  if (signal.aborted) return;
  const task = cron.schedule(expression, (context) => work(context.date.getTime()), {
    name,
    timezone: 'UTC',
    noOverlap: true,
    distributed: true,
    runCoordinator: { shouldRun: () => !signal.aborted && mayRun() },
    suppressMissedWarning: true,
    logger: cronLogger(name, logger),
  });
  task.on('execution:failed', ({ execution }) => logger.error({ schedule: name, err: execution?.error }, 'scheduled work failed'));
  task.on('execution:overlap', () => logger.info({ schedule: name }, 'scheduled work is still under way; this fire is skipped'));
  task.on('execution:missed', ({ date }) => logger.warn({ schedule: name, dueAt: date }, 'a scheduled fire was missed'));
  signal.addEventListener('abort', () => void task.destroy(), { once: true });
}

function cronLogger(name: string, logger: Logger): CronLogger {
  const own = logger.child({ schedule: name });
  const wordsOf = (said: string | Error): string => (said instanceof Error ? said.message : said);
  return {
    info: (message) => own.debug(message),
    warn: (message) => own.warn(message),
    error: (message, error) => own.error({ err: error }, wordsOf(message)),
    debug: (message) => own.debug(wordsOf(message)),
  };
}

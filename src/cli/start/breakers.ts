import type { Submit } from '../../api/commandClient.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Breaker, type BreakerChange, createBreaker } from '../../ops/breaker.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { raiseNotice } from './raiseNotice.ts';

/** All circuit breakers of this process: made when first asked for, shown in the metrics, and told of when they open and close. */
export interface Breakers {
  /** The breaker of that name. `isFailure` counts for the first who asks; default: every error is one. */
  of(name: string, isFailure?: (error: unknown) => boolean): Breaker;
  /** From now on people are told, by way of this. */
  tellBy(submit: Submit): void;
}

const FAILURES_MAX = 4;
/** Short, because what is wanted just after a recovery is turned away until the next probe. */
const PAUSE_MS = { min: 500, max: 2_000 };
const LEVELS = { closed: 0, half_open: 1, open: 2 } as const;
/** What cannot be told at once (the log may be what is broken) is tried again. */
const TELL_ATTEMPTS = 5;
const TELL_AGAIN_MS = 2_000;

export function createBreakers(options: {
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'breakers'>;
}): Breakers {
  const { clock, logger, metrics } = options;
  const breakers = new Map<string, Breaker>();
  const openedAt = new Map<string, number>();
  let submit: Submit | null = null;

  const onChange = ({ name, to, cause }: BreakerChange): void => {
    metrics.breakers.set({ breaker: name }, LEVELS[to]);
    const since = openedAt.get(name);
    if (to === 'open' && since === undefined) {
      openedAt.set(name, clock.now());
      // Of an error only its class: messages may quote addresses and keys.
      const reason = cause instanceof Error ? cause.name : 'no answer';
      logger.error({ breaker: name, reason }, 'circuit opened');
      const text = `${name}: no answer (${reason}). Nothing more is sent there until it answers again; it is tried every second or two.`;
      void tell(options, submit, { name, to, severity: 'critical', text });
    }
    if (to === 'closed' && since !== undefined) {
      openedAt.delete(name);
      const seconds = Math.max(1, Math.round((clock.now() - since) / 1000));
      logger.info({ breaker: name, seconds }, 'circuit closed');
      const text = `${name}: answers again. It was not used for ${seconds} s, since ${new Date(since).toISOString()}.`;
      void tell(options, submit, { name, to, severity: 'info', text });
    }
  };

  return {
    of: (name, isFailure = () => true) => {
      const breaker = breakers.get(name) ?? createBreaker({ name, clock, isFailure, failuresMax: FAILURES_MAX, pauseMs: PAUSE_MS });
      if (!breakers.has(name)) {
        breakers.set(name, breaker);
        metrics.breakers.set({ breaker: name }, LEVELS.closed);
        breaker.onChange(onChange);
      }
      return breaker;
    },
    tellBy: (by) => {
      submit = by;
    },
  };
}

interface Told extends Pick<BreakerChange, 'name' | 'to'> {
  readonly severity: 'critical' | 'info';
  readonly text: string;
}

async function tell(
  { instance, clock, logger }: { instance: string; clock: Clock; logger: Logger },
  submit: Submit | null,
  { name, to, severity, text }: Told,
): Promise<void> {
  const news = { severity, text: `${text} (instance ${instance})`, sameAs: `breaker:${name}:${to}` };
  for (let attempt = 0; submit !== null && attempt < TELL_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await clock.sleep(TELL_AGAIN_MS);
    if (await raiseNotice(submit, news)) return;
  }
  logger.warn({ breaker: name, to }, 'nobody could be told of the circuit');
}

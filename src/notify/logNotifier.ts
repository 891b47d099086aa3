import type { NoticeSeverity } from '../ledger/ledger.ts';
import type { Logger } from '../ops/logger.ts';
import { severityOf } from './composeMessage.ts';
import type { Notifier } from './notifier.ts';

/** A log that is kept to warnings and errors still tells what a person must hear. */
const LEVELS = { critical: 'error', warning: 'warn', info: 'info' } as const satisfies Record<NoticeSeverity, keyof Logger>;

/** Without a bot token, people read the log: each notice is one line of it, at the level of its severity. */
export function createLogNotifier(logger: Logger): Notifier {
  return {
    limits: null,
    send: (_log, text) => {
      logger[LEVELS[severityOf(text)]](text);
      return Promise.resolve({ kind: 'sent', place: null });
    },
    edit: (place) => Promise.resolve({ kind: 'sent', place }), // What is written in a log stays.
  };
}

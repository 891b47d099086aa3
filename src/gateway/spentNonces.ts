import type { SignalId } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { keepNewest } from '../lib/keepNewest.ts';

/**
 * Signatures this instance saw accepted, so that a flood of copies costs neither the hook's budget nor the log a look. Only a
 * shortcut: the command log is what knows (see Nonce in commandLog.ts), so forgetting one here harms nobody.
 */
export interface SpentNonces {
  /** The signal the nonce was spent on, if it is known here. */
  signalOf(nonce: string): SignalId | undefined;
  add(nonce: string, signalId: SignalId, ttlMs: number): void;
}

const REMEMBERED_MAX = 20_000;

export function createSpentNonces(clock: Clock): SpentNonces {
  /** Oldest first; all live equally long. */
  const spent = new Map<string, { readonly signalId: SignalId; readonly until: number }>();
  return {
    signalOf(nonce) {
      const found = spent.get(nonce);
      return found && clock.monotonic() < found.until ? found.signalId : undefined;
    },
    add(nonce, signalId, ttlMs) {
      spent.delete(nonce);
      spent.set(nonce, { signalId, until: clock.monotonic() + ttlMs });
      keepNewest(spent, REMEMBERED_MAX);
    },
  };
}

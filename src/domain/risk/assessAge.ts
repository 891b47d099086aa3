import { type Refusal, refuse } from '../errors.ts';

/** A sender's clock may run ahead of ours by this much before we distrust it. */
export const FUTURE_TOLERANCE_MS = 300_000;

/** An exit that came in time is worth trying for so long: who wants out wants out later rather than never. */
export const EXIT_PATIENCE_SEC = 900;

export interface Age {
  readonly time: number | null;
  readonly receivedAt: number;
}

/** Since when a signal counts, epoch ms: its own `time`, or when it was accepted. */
export function bornAt({ time, receivedAt }: Age): number {
  return time === null ? receivedAt : Math.min(time, receivedAt);
}

/**
 * Whether a signal is too old, or from the future, to be carried out. Its own `time` counts, else when it was accepted.
 * All in epoch milliseconds; `maxAgeSec` is the hook's. `patienceSec` (default: the same): how long it may wait in all, if it was
 * fresh when it came.
 */
export function assessAge(signal: Age, maxAgeSec: number, nowMs: number, patienceSec = maxAgeSec): Refusal | null {
  const { time, receivedAt } = signal;
  if (time !== null && time > nowMs + FUTURE_TOLERANCE_MS) {
    return refuse('SIGNAL_FROM_FUTURE', `Its time lies ${Math.round((time - nowMs) / 1000)} s ahead.`);
  }
  const born = bornAt(signal);
  if (receivedAt - born <= maxAgeSec * 1000 && nowMs - born <= patienceSec * 1000) return null;
  return refuse('SIGNAL_STALE', `It was ${Math.round((nowMs - born) / 1000)} s old, the hook allows ${maxAgeSec} s.`);
}

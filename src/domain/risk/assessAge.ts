import { type Refusal, refuse } from '../errors.ts';

/** A sender's clock may run ahead of ours by this much before we distrust it. */
export const FUTURE_TOLERANCE_MS = 300_000;

/**
 * Whether a signal is too old, or from the future, to be carried out. Its own `time` counts, else when it was accepted.
 * All in epoch milliseconds; `maxAgeSec` is the hook's.
 */
export function assessAge(
  signal: { readonly time: number | null; readonly receivedAt: number },
  maxAgeSec: number,
  nowMs: number,
): Refusal | null {
  const bornAt = signal.time === null ? signal.receivedAt : Math.min(signal.time, signal.receivedAt);
  if (signal.time !== null && signal.time > nowMs + FUTURE_TOLERANCE_MS) {
    return refuse('SIGNAL_FROM_FUTURE', `Its time lies ${Math.round((signal.time - nowMs) / 1000)} s ahead.`);
  }
  const ageMs = nowMs - bornAt;
  if (ageMs <= maxAgeSec * 1000) return null;
  return refuse('SIGNAL_STALE', `It was ${Math.round(ageMs / 1000)} s old, the hook allows ${maxAgeSec} s.`);
}

/** What was traded in one stretch of the past; `openTime` epoch ms. */
export interface PastVolume {
  readonly openTime: number;
  readonly volume: number;
}

/** Stretches of equal length, milliseconds. */
export interface PastVolumes {
  readonly lengthMs: number;
  readonly volumes: readonly PastVolume[];
}

const DAY_MS = 86_400_000;
const SCALE = 1_000_000;

/**
 * How large each of the slices due at `times` (epoch ms) is to be: in proportion to what was usually traded at that time of day, on
 * average of the days given. `lengthMs` is how long each stretch is. Whole numbers, at least 1; null when too little is known to tell.
 */
export function volumeWeights(past: readonly PastVolume[], lengthMs: number, times: readonly number[]): number[] | null {
  const byTime = new Map<number, { sum: number; days: number }>();
  for (const { openTime, volume } of past) {
    if (!Number.isFinite(volume) || volume < 0) continue;
    const slot = Math.floor((openTime % DAY_MS) / lengthMs);
    const known = byTime.get(slot) ?? { sum: 0, days: 0 };
    byTime.set(slot, { sum: known.sum + volume, days: known.days + 1 });
  }
  const usual = times.map((at) => {
    const slot = byTime.get(Math.floor((at % DAY_MS) / lengthMs));
    return slot ? slot.sum / slot.days : null;
  });
  if (usual.some((volume) => volume === null)) return null;
  const known = usual.map((volume) => volume ?? 0);
  const most = Math.max(...known);
  return most > 0 ? known.map((volume) => Math.max(1, Math.round((volume / most) * SCALE))) : null;
}

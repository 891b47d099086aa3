/** Drops the oldest entry of what is filled one at a time and in order, once it holds more than `max`. */
export function keepNewest<K>(kept: Map<K, unknown> | Set<K>, max: number): void {
  if (kept.size <= max) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}

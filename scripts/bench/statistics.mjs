/** `sorted` ascending; the nearest-rank quantile, NaN for none. */
export function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function ascending(values) {
  return Float64Array.from(values).sort();
}

/** What one number of each round came to: the middle (of an even count, of the two in the middle), and how far apart they were. */
export function over(rounds, pick) {
  const sorted = ascending(rounds.map(pick));
  const half = (sorted.length - 1) / 2;
  return { median: (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2, min: sorted[0], max: sorted.at(-1) };
}

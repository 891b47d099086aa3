const DAY_MS = 86_400_000;
/** Typical size of a day's move as a fraction; about what large crypto assets show. */
const DAILY_VOLATILITY = 0.03;
/** Periods of the summed waves: 0.5 s, 2 s, … 24 days. */
const WAVES = Array.from({ length: 12 }, (_, index) => {
  const periodMs = 500 * 4 ** index;
  // Growing with the root of the period, as a random walk does; the sum of all bounds the drift to about ±25 %.
  return { periodMs, amplitude: 0.8 * DAILY_VOLATILITY * Math.sqrt(periodMs / DAY_MS) };
});

/** Logarithm of price over anchor at a time (epoch ms): continuous, bounded, the same for the same seed and time. */
export function walk(seed: number, at: number): number {
  let sum = 0;
  for (const { periodMs, amplitude } of WAVES) sum += amplitude * noise(seed + periodMs, at / periodMs);
  return sum;
}

/** Value noise: smooth between pseudo-random values in [-1, 1] at whole `position`s. */
export function noise(seed: number, position: number): number {
  const cell = Math.floor(position);
  const offset = position - cell;
  const ease = offset * offset * (3 - 2 * offset);
  return lattice(seed, cell) * (1 - ease) + lattice(seed, cell + 1) * ease;
}

/** A value in [-1, 1) for a lattice point: 32-bit mixing with the constants of MurmurHash3's finalizer. */
function lattice(seed: number, cell: number): number {
  let bits = (seed ^ Math.imul(cell | 0, 0x9e3779b1) ^ Math.floor(cell / 2 ** 32)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** A 32-bit seed from a name (FNV-1a). */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

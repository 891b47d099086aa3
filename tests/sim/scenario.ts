import { it } from 'vitest';

const SEEDS = [1, 2, 3, 4, 5];

/** A scenario holds in whatever order the awaits resolve. */
export function scenario(name: string, play: (seed: number) => Promise<void>): void {
  it.each(SEEDS)(`${name} (seed %i)`, { timeout: 30_000 }, play);
}

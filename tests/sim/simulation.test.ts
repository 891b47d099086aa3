import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

/** `SIM_SEED=123 npx vitest run --project sim` reruns one seed and prints its trace; `SIM_SEEDS=20000` runs more, `SIM_FROM=1501` those from there on. */
const only = process.env.SIM_SEED === undefined ? null : Number(process.env.SIM_SEED);
const from = Number(process.env.SIM_FROM ?? 1);
const count = Number(process.env.SIM_SEEDS ?? 1_500);
const KINDS = [
  { kind: 'with venues of their own manners', kept: false, seeds: count },
  { kind: 'with venues that leave protection to the leader', kept: true, seeds: Math.ceil(count / 5) },
];

describe('the engine under a seeded scheduler', () => {
  it.each(KINDS)(
    'keeps every invariant whatever is lost, repeated, reordered, crashed or frozen: $kind',
    { timeout: count * 600 },
    async ({ kept, seeds }) => {
      const totals = { orders: 0, crashes: 0, pauses: 0, steps: 0 };
      for (let seed = only ?? from; seed < (only === null ? from + seeds : only + 1); seed += 1) {
        const { violations, stats, trace } = await simulate(seed, kept);
        for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += stats[key];
        if (only !== null) process.stdout.write(`${trace.join('\n')}\n`);
        expect(violations, `seed ${seed}; rerun with SIM_SEED=${seed} npx vitest run --project sim`).toEqual([]);
      }
      // A simulation in which nothing happens proves nothing.
      expect(totals.orders).toBeGreaterThan(only === null ? seeds * 5 : 0);
      if (only === null) expect(Math.min(totals.crashes, totals.pauses)).toBeGreaterThan(seeds / 2);
    },
  );
});

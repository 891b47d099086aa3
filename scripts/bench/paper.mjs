import { paperAlerts } from './alerts.mjs';
import { over } from './statistics.mjs';

const STORES = [
  { name: 'in memory', store: 'memory' },
  { name: 'Postgres, fsync on', store: 'postgres' },
];

/** (c) How many paper orders a leader carries out per second. */
export async function measurePaper({ child, plan, progress }) {
  const rounds = new Map(STORES.map(({ name }) => [name, []]));
  for (let round = 0; round <= plan.rounds; round += 1) {
    progress(`paper orders, round ${round} of ${plan.rounds}`);
    for (const { name, store } of STORES) {
      const result = await child.ask('run', { store, orders: plan.orders[store], ...paperAlerts });
      if (round > 0) rounds.get(name).push(result); // Round 0 warms up.
    }
  }
  return [...rounds].map(([name, results]) => ({
    name,
    perSecond: over(results, ({ perSecond }) => perSecond),
    cpuUs: over(results, ({ cpuUs }) => cpuUs),
  }));
}

import { join } from 'node:path';
import { over } from './statistics.mjs';

const LANES = [1, 32];

/** (g) What an order costs over a bare ccxt call at each exchange, what lanes bring, and how long an exchange of many symbols takes to open. */
export async function measureOrders({ children, plan, progress, directory }) {
  const exchanges = await children.start('exchanges.mjs', { execArgv: ['--import', 'tsx'] });
  const child = await children.start('orders.mjs');
  const { rounds, alone, together, lanes, symbols } = plan.venues;
  const venues = [];
  for (const title of await exchanges.ask('kinds')) {
    progress(`orders, ${title}`);
    const results = await child.ask('compare', { exchange: await exchanges.ask('start', title), rounds, alone, together });
    venues.push({ title, bare: summarize(results.bare), ours: summarize(results.ours) });
  }
  const wide = await exchanges.ask('startWide', Math.max(...LANES));
  const byLanes = new Map(LANES.map((count) => [count, []]));
  for (let round = 0; round < rounds; round += 1) {
    progress(`lanes, round ${round + 1} of ${rounds}`);
    for (const count of LANES)
      byLanes.get(count).push(await child.ask('lanes', { exchange: wide, symbols: wide.symbols.slice(0, count), orders: lanes }));
  }
  progress(`an exchange of ${symbols} symbols`);
  const huge = await exchanges.ask('startWide', symbols);
  const starts = [];
  for (let round = 0; round < rounds; round += 1)
    starts.push(await child.ask('coldStart', { exchange: huge, directory: join(directory, 'markets') }));
  return {
    symbols,
    venues,
    lanes: [...byLanes].map(([count, results]) => ({ count, perSecond: over(results, (perSecond) => perSecond) })),
    starts: Object.fromEntries(['bareMs', 'firstMs', 'laterMs'].map((key) => [key, over(starts, (start) => start[key])])),
  };
}

function summarize(results) {
  return Object.fromEntries(['p50', 'cpuUs', 'perSecond'].map((key) => [key, over(results, (result) => result[key])]));
}

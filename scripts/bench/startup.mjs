import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PAPER_ACCOUNT, paperAlerts } from './alerts.mjs';
import { over } from './statistics.mjs';

const ORDERS = 1_000;

/** (d) From nothing to ready and leading, the first time (which makes the database) and later; memory then and after some orders. */
export async function measureStartup({ directory, instances, load, plan, progress }) {
  const starts = [];
  for (let round = 1; round <= plan.starts; round += 1) {
    progress(`starts, round ${round} of ${plan.starts}`);
    const dataDir = join(directory, `start-${round}`);
    mkdirSync(dataDir);
    const first = await instances.start({ DATA_DIR: dataDir });
    await first.stop();
    const later = await instances.start({ DATA_DIR: dataDir });
    const startMb = await later.residentMb();
    const path = await later.addHook(PAPER_ACCOUNT);
    await load.ask('flood', { ...paperAlerts, ports: [later.port], path, connections: 10, ms: 60_000, countMax: ORDERS, first: 0 });
    await later.untilIdle();
    starts.push({ first, later, startMb, ordersMb: await later.residentMb() });
    await later.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return {
    firstReadyMs: over(starts, ({ first }) => first.readyMs),
    firstLeadingMs: over(starts, ({ first }) => first.leadingMs),
    laterReadyMs: over(starts, ({ later }) => later.readyMs),
    laterLeadingMs: over(starts, ({ later }) => later.leadingMs),
    startMb: over(starts, ({ startMb }) => startMb),
    ordersMb: over(starts, ({ ordersMb }) => ordersMb),
  };
}

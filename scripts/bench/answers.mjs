import { paperAlerts } from './alerts.mjs';
import { over } from './statistics.mjs';

const CONNECTIONS = 50;

/**
 * (a) How fast alerts are answered. Contenders take turns, so that whatever else the machine does meets all of them alike; what
 * an instance has accepted is carried out before the next one's turn.
 *
 * A contender is `{name, ports, path, cpuMs(), before?(), after?()}`.
 */
export async function measureAnswers({ contenders, load, plan, progress }) {
  const rounds = new Map(contenders.map(({ name }) => [name, { flood: [], alone: [] }]));
  let first = 0;
  const take = async (contender, connections, ms) => {
    const { ports, path, cpuMs, before, after } = contender;
    await before?.();
    const cpuBefore = await cpuMs();
    const startedAt = performance.now();
    const result = await load.ask('flood', { ...paperAlerts, ports, path, connections, ms, first });
    await after?.();
    const cpu = (await cpuMs()) - cpuBefore;
    first += result.count + connections;
    const donePerSecond = (result.count * 1000) / (performance.now() - startedAt);
    const others = Object.entries(result.statuses).filter(([status]) => status !== '202');
    if (others.length > 0) throw new Error(`${contender.name} answered ${JSON.stringify(result.statuses)}; only 202 counts`);
    return { ...result, cpuUs: (cpu * 1000) / result.count, donePerSecond };
  };
  for (let round = 0; round <= plan.rounds; round += 1) {
    progress(`answers, round ${round} of ${plan.rounds}`);
    for (const contender of contenders) {
      const flood = await take(contender, CONNECTIONS, plan.floodMs);
      const alone = await take(contender, 1, plan.aloneMs);
      if (round === 0) continue; // Warms up.
      rounds.get(contender.name).flood.push(flood);
      rounds.get(contender.name).alone.push(alone);
    }
  }
  return new Map([...rounds].map(([name, { flood, alone }]) => [name, summarize(flood, alone)]));
}

function summarize(flood, alone) {
  return {
    perSecond: over(flood, (round) => round.perSecond),
    p50: over(flood, (round) => round.p50),
    p99: over(flood, (round) => round.p99),
    cpuUs: over(flood, (round) => round.cpuUs),
    donePerSecond: over(flood, (round) => round.donePerSecond),
    aloneP50: over(alone, (round) => round.p50),
    aloneP99: over(alone, (round) => round.p99),
  };
}

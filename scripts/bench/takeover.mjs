import { setTimeout as delay } from 'node:timers/promises';
import { machineMs } from './clock.mjs';
import { startCluster } from './cluster.mjs';
import { startRedis } from './redis.mjs';
import { over } from './statistics.mjs';

/** Shorter than the default of five seconds, so that the bench is over sooner: takeovers scale with it. */
export const LEASE_TTL_MS = 2_000;
const LOOK_MS = 10;
const PER_SECOND = 20;
/** How long alerts flow before the leader is struck. */
const BEFORE_MS = 500;
/** Numbers of four digits: they travel as quantities, which the exchange takes to five places. */
const FIRST_NUMBER = 1_000;

/** What is done to the leader, and for how long alerts go on after it. */
const STRIKES = [
  { name: 'killed (`kill -9`)', signal: 'SIGKILL', watchMs: 2 * LEASE_TTL_MS },
  { name: 'frozen (`SIGSTOP`)', signal: 'SIGSTOP', watchMs: 2 * LEASE_TTL_MS },
  { name: 'asked to end (`SIGTERM`)', signal: 'SIGTERM', watchMs: LEASE_TTL_MS },
];

/**
 * (f) How long until another leads, and how long the alert waited that waited longest for its order. Three instances before one
 * exchange, a steady flow of alerts to one that is never struck.
 */
export async function measureTakeovers({ instances, databases, directory, log, cleanUp, load, venue, exchange, plan, progress }) {
  const redis = await startRedis(`${directory}/redis-takeover`, log);
  if (redis) cleanUp.push(() => redis.stop());
  const environment = { LEASE_TTL_MS: String(LEASE_TTL_MS) };
  const cluster = await startCluster({ instances, databases, name: 'takeover', size: 3, redisUrl: redis?.url ?? null, environment });
  const { origin: _, ...credentials } = exchange;
  const path = await cluster.leader.addHook({ name: 'binance', venue: 'binance', market: 'spot', credentials });
  const results = new Map(STRIKES.map(({ name }) => [name, []]));
  let first = FIRST_NUMBER;
  for (let round = 0; round < plan.takeovers; round += 1) {
    for (const strike of STRIKES) {
      progress(`takeovers, round ${round + 1} of ${plan.takeovers}, ${strike.signal}`);
      results.get(strike.name).push(await strikeLeader(strike, { cluster, instances, load, venue, path, first }));
      first += 100;
    }
  }
  await cluster.stop();
  return {
    log: redis ? 'Redis' : 'Postgres',
    rows: STRIKES.map(({ name }) => ({
      name,
      leadsMs: over(results.get(name), ({ leadsMs }) => leadsMs),
      longestWaitMs: over(results.get(name), ({ longestWaitMs }) => longestWaitMs),
    })),
  };
}

async function strikeLeader({ signal, watchMs }, { cluster, instances, load, venue, path, first }) {
  const { members } = cluster;
  const place = await leaderAmong(members);
  const survivors = members.filter((_, other) => other !== place);
  const count = Math.round(((BEFORE_MS + watchMs) / 1000) * PER_SECOND);
  const job = { port: survivors[0].port, path, perSecond: PER_SECOND, count, first, symbols: ['BTCUSDT'], quantity: null };
  const pacing = load.ask('pace', job);
  await delay(BEFORE_MS);
  const struckAt = machineMs();
  members[place].signal(signal);
  await leaderAmong(survivors);
  const leadsMs = machineMs() - struckAt;
  const { sentAt } = await pacing;
  await survivors[0].untilIdle();
  const arrivals = await venue.ask('arrivals');
  const waits = Object.entries(sentAt).map(([n, at]) => (arrivals[Number(`0.0${n}`)] ?? Number.NaN) - at);
  if (waits.some(Number.isNaN)) throw new Error(`an order was lost when the leader got ${signal}`);
  if (signal === 'SIGSTOP') await thaw(members[place]);
  else
    members[place] = {
      id: members[place].id,
      ...(await instances.start({ ...cluster.shared, INSTANCE_ID: members[place].id }, { leads: false })),
    };
  return { leadsMs, longestWaitMs: Math.max(...waits) };
}

/** Place of the one that leads, as soon as one does. */
async function leaderAmong(members) {
  for (;;) {
    const leading = await Promise.all(members.map((member) => member.leads().catch(() => false)));
    const place = leading.indexOf(true);
    if (place >= 0) return place;
    await delay(LOOK_MS);
  }
}

/** Goes on once the thawed one knows that it leads no more. */
async function thaw(member) {
  member.signal('SIGCONT');
  while (await member.leads().catch(() => true)) await delay(LOOK_MS);
}

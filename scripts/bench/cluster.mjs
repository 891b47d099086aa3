import { randomBytes } from 'node:crypto';
import { PAPER_ACCOUNT, paperAlerts } from './alerts.mjs';
import { startRedis } from './redis.mjs';
import { stageCosts } from './stages.mjs';
import { over } from './statistics.mjs';
import { measureToVenue } from './toVenue.mjs';

const SIZES = [1, 2, 3];
const CONNECTIONS = 48;
const STAGES_PER_SECOND = 20;
/** Far from what flood and pace number their alerts elsewhere. */
const FIRST_NUMBER = 5_000_000;

/**
 * A cluster of `size` equal instances on a database of its own. `redisUrl` null: the command log is in Postgres. Every
 * instance in it is running whether it is sent alerts or not.
 */
export async function startCluster({ instances, databases, name, size, redisUrl = null, environment = {} }) {
  const shared = {
    DATABASE_URL: await databases.create(name),
    HOST: '127.0.0.1',
    SECRETS_KEY: randomBytes(32).toString('base64'),
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl, COMMAND_LOG: 'redis' }),
    ...environment,
  };
  const members = [];
  for (let place = 1; place <= size; place += 1) {
    const id = `${name}-${place}`;
    // The first one leads; whoever comes later finds it in office.
    members.push({ id, ...(await instances.start({ ...shared, INSTANCE_ID: id }, { leads: place === 1 })) });
  }
  const [leader, ...followers] = members;
  return { shared, members, leader, followers, stop: () => Promise.all(members.map((member) => member.stop())) };
}

/** Command logs to compare: where Redis is missing, Postgres alone. */
async function openLogs({ directory, log, cleanUp }) {
  const redis = await startRedis(`${directory}/redis`, log);
  if (redis) cleanUp.push(() => redis.stop());
  return [
    { title: 'Postgres log', key: 'pg', redisUrl: null },
    ...(redis ? [{ title: 'Redis log', key: 'redis', redisUrl: redis.url }] : []),
  ];
}

/** (e) Alerts per second that 1, 2 and 3 instances take, and carry out; and the way from an alert to the exchange through them. */
export async function measureClusters(common) {
  const { plan, progress, exchange } = common;
  const throughput = [];
  const latency = new Map();
  const stages = {};
  for (const { title, key, redisUrl } of await openLogs(common)) {
    progress(`clusters, ${title}`);
    const clusters = [];
    for (const size of SIZES)
      clusters.push(await startCluster({ ...common, name: `${key}${size}`, size, redisUrl: ownSpace(redisUrl, size) }));
    throughput.push(...(await compareSizes({ ...common, title, clusters })));
    const measured = await compareWays({ ...common, title, clusters, exchange, rounds: plan.clusterRounds });
    for (const [name, result] of measured.toVenue) latency.set(name, result);
    Object.assign(stages, measured.stages);
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
  return { throughput, latency, stages };
}

/** Clusters must not share a stream: each has a database of the Redis. */
function ownSpace(redisUrl, size) {
  return redisUrl === null ? null : `${redisUrl}/${size}`;
}

/** The sizes take turns; alerts are spread evenly over all instances of a cluster. */
async function compareSizes({ title, clusters, load, plan, progress }) {
  const contenders = [];
  for (const { members, leader } of clusters) contenders.push({ members, leader, path: await leader.addHook(PAPER_ACCOUNT), rounds: [] });
  let first = FIRST_NUMBER;
  for (let round = 0; round <= plan.clusterRounds; round += 1) {
    progress(`alerts to clusters, ${title}, round ${round} of ${plan.clusterRounds}`);
    for (const { members, leader, path, rounds } of contenders) {
      const startedAt = performance.now();
      const ports = members.map(({ port }) => port);
      const result = await load.ask('flood', { ...paperAlerts, ports, path, connections: CONNECTIONS, ms: plan.floodMs, first });
      await leader.untilIdle();
      first += result.count + CONNECTIONS;
      const others = Object.entries(result.statuses).filter(([status]) => status !== '202');
      if (others.length > 0) throw new Error(`${title}, ${members.length} instances answered ${JSON.stringify(result.statuses)}`);
      if (round > 0) rounds.push({ ...result, donePerSecond: (result.count * 1000) / (performance.now() - startedAt) });
    }
  }
  return contenders.map(({ members, rounds }) => ({
    log: title,
    instances: members.length,
    perSecond: over(rounds, (round) => round.perSecond),
    donePerSecond: over(rounds, (round) => round.donePerSecond),
    p99: over(rounds, (round) => round.p99),
  }));
}

/** One instance alone, the leader of three, and a follower of three, taking turns before one exchange. */
async function compareWays({ title, clusters, exchange, load, venue, plan, progress, rounds }) {
  const { origin: _, ...credentials } = exchange;
  const account = { name: 'binance', venue: 'binance', market: 'spot', credentials };
  const [alone] = clusters;
  const cluster = clusters.at(-1);
  const paths = { alone: await alone.leader.addHook(account), cluster: await cluster.leader.addHook(account) };
  const way = (name, answering, leading, path) => ({
    ...{ name: `${name}, ${title}`, port: answering.port, path },
    ...{ answering, leading, untilIdle: leading.untilIdle },
  });
  const contenders = [
    way('one instance', alone.leader, alone.leader, paths.alone),
    way('the leader of three', cluster.leader, cluster.leader, paths.cluster),
    way('a follower of three', cluster.followers[0], cluster.leader, paths.cluster),
  ];
  const toVenue = await measureToVenue({ contenders, load, venue, plan: { ...plan, rounds }, progress });
  const stages = {};
  for (const { name, port, path, answering, leading } of [contenders[0], contenders[2]])
    stages[name] = await stagesOf({ port, path, answering, leading, load, plan });
  return { toVenue, stages };
}

/** The stages of one more pace of alerts; those of the door are measured where the alert came in, all others where it was carried out. */
async function stagesOf({ port, path, answering, leading, load, plan }) {
  const before = [await answering.metrics(), await leading.metrics()];
  const count = Math.round((plan.paceMs / 1000) * STAGES_PER_SECOND);
  const numbers = { count, first: FIRST_NUMBER, perSecond: STAGES_PER_SECOND };
  await load.ask('pace', { port, path, ...numbers, symbols: ['BTCUSDT'], quantity: '0.01' });
  await leading.untilIdle();
  const door = stageCosts(before[0], await answering.metrics());
  const rest = stageCosts(before[1], await leading.metrics());
  return rest.map((cost) => (cost.stage === 'answer' || cost.stage === 'append' ? door.find(({ stage }) => stage === cost.stage) : cost));
}

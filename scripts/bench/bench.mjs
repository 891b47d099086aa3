// npm run bench: measures the built product against the least that could do its job, prints the tables, writes docs/benchmarks.md.
//   npm run bench -- [--quick | --trial] [start answers venue orders paper cluster takeover]
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, runMain, ScriptError } from '../lib/process.mjs';
import { PAPER_ACCOUNT } from './alerts.mjs';
import { measureAnswers } from './answers.mjs';
import { createChildren } from './children.mjs';
import { measureClusters } from './cluster.mjs';
import { startDatabases } from './databases.mjs';
import { createInstances } from './instance.mjs';
import { measureOrders } from './orders.mjs';
import { measurePaper } from './paper.mjs';
import { report } from './report.mjs';
import { stageCosts } from './stages.mjs';
import { measureStartup } from './startup.mjs';
import { measureTakeovers } from './takeover.mjs';
import { measureToVenue } from './toVenue.mjs';

const PLANS = {
  full: {
    ...{ starts: 3, rounds: 4, floodMs: 1_200, aloneMs: 500, paceMs: 2_500, orders: { memory: 15_000, postgres: 4_000 } },
    ...{ clusterRounds: 2, takeovers: 3, venues: { rounds: 3, alone: 150, together: 640, lanes: 1_500, symbols: 3_000 } },
  },
  quick: {
    ...{ starts: 1, rounds: 2, floodMs: 700, aloneMs: 300, paceMs: 1_500, orders: { memory: 10_000, postgres: 2_000 } },
    ...{ clusterRounds: 1, takeovers: 1, venues: { rounds: 1, alone: 80, together: 320, lanes: 600, symbols: 3_000 } },
  },
  /** Whether everything still runs; its figures mean nothing. */
  trial: {
    ...{ starts: 1, rounds: 1, floodMs: 150, aloneMs: 100, paceMs: 300, orders: { memory: 200, postgres: 100 } },
    ...{ clusterRounds: 1, takeovers: 1, venues: { rounds: 1, alone: 4, together: 32, lanes: 64, symbols: 100 } },
  },
};

const NAMES = {
  express: 'Express 5, nothing stored',
  insert: 'Express 5 + one insert',
  gateway: 'Signalman, gateway only',
  halted: 'Signalman, trading halted',
  paper: 'Signalman, paper orders',
  ccxt: 'http + ccxt createOrder',
  stored: 'http + one insert + createOrder',
  signalman: 'Signalman',
};

/** Below `.data`, where a user's database would be: the same disk, not a file system in memory. */
const directory = join(root, '.data', `bench-${process.pid}`);

function progress(text) {
  process.stderr.write(`  ${text}\n`);
}

/** What can be measured by itself: `npm run bench -- takeover`. In this order when everything is. */
const PARTS = {
  start: async (common) => ({ startup: await measureStartup(common) }),
  answers: async (common) => {
    const instance = await commonInstance(common);
    const answering = await compareAnswers({ ...common, instance });
    return { ...answering, memory: [['memory after all alerts of this run', await instance.residentMb()]] };
  },
  venue: async (common) => compareToVenue({ ...common, instance: await commonInstance(common) }),
  orders: async (common) => ({ orders: await measureOrders(common) }),
  paper: async (common) => {
    await common.leader?.stop();
    const environment = { BENCH_DATABASE_URL: await common.databases.create('paper') };
    return { paper: await measurePaper({ ...common, child: await common.children.start('paper.mjs', { environment }) }) };
  },
  cluster: async (common) => ({ clusters: await measureClusters(common) }),
  takeover: async (common) => ({ takeovers: await measureTakeovers(common) }),
};

/** One leading instance for the parts that only need any. */
async function commonInstance(common) {
  common.leader ??= await common.instances.start(externalDatabase(await common.databases.create('leader')));
  return common.leader;
}

/** Measures these parts. Whatever was started is on `cleanUp`. */
async function measure(parts, plan, log, cleanUp) {
  const children = createChildren(log);
  cleanUp.push(() => children.killAll());
  const load = await children.start('load.mjs');
  const venue = await children.start('venue.mjs', { execArgv: ['--import', 'tsx'] });
  const exchange = await venue.ask('address');
  const instances = createInstances({ log, common: { CCXT_CONFIG: writeCcxtConfig(exchange.origin) } });
  cleanUp.push(() => instances.stopAll());
  const databases = await startDatabases(join(directory, 'postgres'));
  cleanUp.push(() => databases.stop());
  const common = { children, load, venue, exchange, instances, databases, plan, progress, directory, log, cleanUp, leader: null };
  const measured = { names: NAMES, postgres: databases.version };
  for (const part of parts) Object.assign(measured, await PARTS[part](common));
  return measured;
}

async function compareAnswers({ children, instances, instance, databases, ...common }) {
  const ours = { ports: [instance.port], cpuMs: instance.cpuMs, path: await instance.addHook(PAPER_ACCOUNT) };
  const contenders = [
    await baseline(children, 'express', {}),
    await baseline(children, 'insert', { BENCH_DATABASE_URL: await databases.create('inserts') }),
    await startGateway(instances, await databases.create('gateway')),
    {
      ...{ name: NAMES.halted, ...ours },
      before: () => instance.call('POST', '/trading/halt', {}),
      after: async () => {
        await instance.untilIdle();
        await instance.call('POST', '/trading/resume', {});
      },
    },
    { name: NAMES.paper, ...ours, after: instance.untilIdle },
  ];
  const before = await instance.metrics();
  const answers = await measureAnswers({ ...common, contenders });
  return { answers, stagesUnderLoad: stageCosts(before, await instance.metrics()) };
}

async function compareToVenue({ children, instance, exchange, databases, ...common }) {
  const { origin, apiKey, secret } = exchange;
  const path = await instance.addHook({ name: 'binance', venue: 'binance', market: 'spot', credentials: { apiKey, secret } });
  const environment = { BENCH_VENUE: origin, BENCH_API_KEY: apiKey, BENCH_API_SECRET: secret };
  const contenders = [
    await baseline(children, 'ccxt', environment),
    await baseline(children, 'stored', { ...environment, BENCH_DATABASE_URL: await databases.create('stored') }),
    { name: NAMES.signalman, port: instance.port, path, untilIdle: instance.untilIdle },
  ];
  const before = await instance.metrics();
  const toVenue = await measureToVenue({ ...common, contenders });
  return { toVenue, stagesAlone: stageCosts(before, await instance.metrics()) };
}

async function baseline(children, kind, environment) {
  const child = await children.start('baseline.mjs', { args: [kind], environment });
  const port = await child.ask('port');
  return { name: NAMES[kind], port, ports: [port], path: '/alert', cpuMs: () => child.ask('cpuMs') };
}

/** An instance that stores alerts and nothing else: it follows, and nobody leads. */
async function startGateway(instances, url) {
  const first = await instances.start(externalDatabase(url));
  const path = await first.addHook(PAPER_ACCOUNT);
  await first.stop();
  const follower = await instances.start({ ...externalDatabase(url), ROLE: 'follower' });
  return { name: NAMES.gateway, ports: [follower.port], path, cpuMs: follower.cpuMs };
}

function externalDatabase(url) {
  return { DATABASE_URL: url, HOST: '127.0.0.1', SECRETS_KEY: randomBytes(32).toString('base64') };
}

function writeCcxtConfig(origin) {
  const path = join(directory, 'ccxt.json');
  writeFileSync(path, JSON.stringify({ binance: { origins: { '*': origin } } }));
  return path;
}

const FLAG = { type: 'boolean', default: false };

await runMain('bench', async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: FLAG, trial: FLAG } });
  const unknown = positionals.find((part) => !(part in PARTS));
  if (unknown !== undefined) throw new ScriptError(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
  const plan = PLANS[values.trial ? 'trial' : values.quick ? 'quick' : 'full'];
  const parts = positionals.length > 0 ? positionals : Object.keys(PARTS);
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, 'processes.log');
  const cleanUp = [];
  try {
    const text = report(await measure(parts, plan, openSync(logFile, 'a'), cleanUp));
    process.stdout.write(`\n${text}`);
    // A part of the picture does not replace the whole, nor does a trial.
    if (positionals.length === 0 && !values.trial) writeFileSync(join(root, 'docs/benchmarks.md'), text);
  } catch (error) {
    process.stderr.write(`What the processes said is in ${logFile}\n`);
    throw error;
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
  rmSync(directory, { recursive: true, force: true });
});

// npm run bench: measures the built product against the least that could do its job, prints the tables, writes docs/benchmarks.md.
//   npm run bench -- [--quick]
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, runMain } from '../lib/process.mjs';
import { PAPER_ACCOUNT } from './alerts.mjs';
import { measureAnswers } from './answers.mjs';
import { createChildren } from './children.mjs';
import { startDatabases } from './databases.mjs';
import { createInstances } from './instance.mjs';
import { measurePaper } from './paper.mjs';
import { report } from './report.mjs';
import { stageCosts } from './stages.mjs';
import { measureStartup } from './startup.mjs';
import { measureToVenue } from './toVenue.mjs';

const PLANS = {
  full: { starts: 3, rounds: 4, floodMs: 1_200, aloneMs: 500, paceMs: 2_500, orders: { memory: 15_000, postgres: 4_000 } },
  quick: { starts: 1, rounds: 2, floodMs: 700, aloneMs: 300, paceMs: 1_500, orders: { memory: 10_000, postgres: 2_000 } },
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

/** All that is measured, and with what. Whatever was started is on `cleanUp`. */
async function measureAll(plan, log, cleanUp) {
  const children = createChildren(log);
  cleanUp.push(() => children.killAll());
  const load = await children.start('load.mjs');
  const venue = await children.start('venue.mjs', { execArgv: ['--import', 'tsx'] });
  const exchange = await venue.ask('address');
  const instances = createInstances({ log, common: { CCXT_CONFIG: writeCcxtConfig(exchange.origin) } });
  cleanUp.push(() => instances.stopAll());
  const common = { children, load, venue, exchange, instances, plan, progress };

  const startup = await measureStartup({ directory, ...common });
  const databases = await startDatabases(join(directory, 'postgres'));
  cleanUp.push(() => databases.stop());
  const instance = await instances.start(externalDatabase(await databases.create('leader')));
  const answering = await compareAnswers({ ...common, instance, databases });
  const memory = [['memory after all alerts of this run', await instance.residentMb()]];
  const trading = await compareToVenue({ ...common, instance, databases });
  await instance.stop();
  const paper = await measurePaper({
    ...common,
    child: await children.start('paper.mjs', { environment: { BENCH_DATABASE_URL: await databases.create('paper') } }),
  });
  return { startup, memory, paper, ...answering, ...trading, names: NAMES, postgres: databases.version };
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
    { name: NAMES.signalman, port: instance.port, path },
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

await runMain('bench', async () => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, 'processes.log');
  const cleanUp = [];
  try {
    const text = report(await measureAll(values.quick ? PLANS.quick : PLANS.full, openSync(logFile, 'a'), cleanUp));
    process.stdout.write(`\n${text}`);
    writeFileSync(join(root, 'docs/benchmarks.md'), text);
  } catch (error) {
    process.stderr.write(`What the processes said is in ${logFile}\n`);
    throw error;
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
  rmSync(directory, { recursive: true, force: true });
});

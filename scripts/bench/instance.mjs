import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../lib/process.mjs';
import { machineMs } from './clock.mjs';
import { freePort } from './ports.mjs';

const ADMIN_TOKEN = 'bench-admin-token-0123456789abcdef';
const START_MS_MAX = 60_000;
const LOOK_MS = 5;
/** No limit in the way of the load. */
const LIMITS = { HOOK_RATE_POINTS: '1000000', COMMAND_QUEUE_MAX: '1000000' };

/** Instances of the bot, run as a user would. `common` is the environment of all of them. */
export function createInstances({ log, common }) {
  const running = new Set();

  /** Resolves once it is ready and, where it is to lead, leads. */
  async function start(environment, { leads = environment.ROLE !== 'follower' } = {}) {
    const port = await freePort();
    const { PATH, HOME } = process.env;
    const startedAt = machineMs();
    const child = spawn(process.execPath, ['dist/cli/signalman.js', 'start'], {
      cwd: root,
      env: { ...{ PATH, HOME, PORT: String(port), ADMIN_API_TOKEN: ADMIN_TOKEN }, ...LIMITS, ...common, ...environment },
      stdio: ['ignore', log, log],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const stop = async () => {
      running.delete(stop);
      child.kill('SIGTERM');
      await ended;
    };
    running.add(stop);
    const sinceStartUntil = async (condition) => {
      while (!(await condition().catch(() => false))) {
        if (child.exitCode !== null || machineMs() - startedAt > START_MS_MAX) throw new Error('Signalman did not start');
        await delay(LOOK_MS);
      }
      return machineMs() - startedAt;
    };
    const api = apiOf(port);
    const readyMs = await sinceStartUntil(async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);
    const leadingMs = leads ? await sinceStartUntil(api.leads) : null;
    return { port, ...api, stop, signal: (signal) => child.kill(signal), readyMs, leadingMs };
  }

  return { start, stopAll: () => Promise.all([...running].map((stop) => stop())) };
}

function apiOf(port) {
  const base = `http://127.0.0.1:${port}`;
  async function call(method, path, body) {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
  const metrics = async () => parseMetrics(await (await fetch(`${base}/metrics`)).text());
  return {
    call,
    metrics,
    leads: async () => (await metrics()).get('signalman_leader') === 1,
    cpuMs: async () => (await metrics()).get('signalman_process_cpu_seconds_total') * 1000,
    residentMb: async () => (await metrics()).get('signalman_process_resident_memory_bytes') / 1e6,
    /** Path of a new hook on a new account. */
    async addHook(account) {
      await call('POST', '/accounts', account);
      const { key } = await call('POST', '/hooks', { name: account.name, accounts: [account.name], maxAgeSec: 3600 });
      return `/hooks/${key}`;
    },
    /** Resolves when everything in the log is carried out. */
    async untilIdle() {
      while ((await call('GET', '/cluster')).lag > 0) await delay(20);
    },
  };
}

/** Prometheus text → value by name, with the labels but `instance`: `signalman_stage_seconds_sum{stage="append"}`. */
function parseMetrics(text) {
  const values = new Map();
  for (const [, name, labels = '', value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const kept = labels.split(',').filter((label) => label !== '' && !label.startsWith('instance='));
    values.set(kept.length === 0 ? name : `${name}{${kept.join(',')}}`, Number(value));
  }
  return values;
}

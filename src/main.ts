import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { firstStart } from './cli/start/firstStart.ts';
import { nameInstance } from './cli/start/instanceId.ts';
import { followNews } from './cli/start/news.ts';
import { createOffice } from './cli/start/office.ts';
import { buildParts } from './cli/start/parts.ts';
import { certificateSource, warnOfUnverifiable } from './cli/start/proofs.ts';
import { buildServer, closeServer, listenOn, requiresTotp } from './cli/start/server.ts';
import { openStorage } from './cli/start/storage.ts';
import { tendLog } from './cli/start/tendLog.ts';
import { welcome } from './cli/start/welcome.ts';
import type { Config } from './config/config.ts';
import { isLoopbackHost } from './gateway/allowlist.ts';
import { announceInstance } from './leader/instances.ts';
import { runLeadership } from './leader/leadership.ts';
import { createPostgresLease } from './leader/postgresLease.ts';
import type { ReadModel } from './ledger/readModel.ts';
import { systemClock as clock } from './lib/clock.ts';
import { createHealth } from './ops/health.ts';
import { createLogger } from './ops/logger.ts';
import { createMetrics } from './ops/metrics.ts';
import { createShutdown } from './ops/shutdown.ts';

/** How long a leader that shuts down may take to finish what it began, milliseconds; the longer time when nobody else is there to go on with it. */
const DRAIN_MS = 500;
const DRAIN_ALONE_MS = 3_000;

/** A running instance. `stopped` resolves with the exit code once it has shut down, for whatever reason. */
export interface Signalman {
  readonly url: string;
  /** For people, on the console: what to paste, and on the first start the generated secrets. */
  readonly welcome: string;
  readonly stopped: Promise<number>;
  stop(reason: string): void;
}

/** The composition root: configuration in, parts built, roles started in the order of an alert's way. Throws when it cannot start. */
export async function startSignalman(config: Config, version: string): Promise<Signalman> {
  const { role, leaseTtlMs } = config.instance;
  const name = nameInstance(config);
  const { id, holder } = name;
  const logger = createLogger({ level: config.logLevel, instance: id });
  const metrics = createMetrics(id);
  const shutdown = createShutdown({ logger });
  const storage = await openStorage({ config, instance: id, logger, clock, shutdown });
  const { connections } = storage;

  const parts = await buildParts({ config, instance: id, holder, storage, logger, metrics });
  const { log, settings, limits, engine, readModel } = parts;

  // ① gateway and API, on one server
  const health = createHealth();
  health.register('command log', () => log.probe());
  const { server, gateway, followCertificate } = buildServer({ config, instance: id, version, logger, metrics, health, storage, parts });

  // ③ leadership: whoever leads works the log and tells people
  const [resigning, ending] = [new AbortController(), new AbortController()];
  const lease = createPostgresLease({ pool: connections.lease, holder, ttlMs: leaseTtlMs, logger });
  if (name.predecessor !== null) await lease.releaseFor(name.predecessor);
  const lead = createOffice({ ...parts, box: storage.box, config, holder, connections, clock, logger, metrics });
  const leading = runLeadership({ lease, role, ttlMs: leaseTtlMs, clock, logger, metrics, lead, signal: resigning.signal });
  const background = Promise.all([
    settings.follow(ending.signal),
    limits.follow(ending.signal),
    announceInstance({ pool: connections.lease, id: holder, version, clock, logger, signal: ending.signal }),
    followCertificate(ending.signal),
    tendLog({ log, clock, logger, signal: ending.signal }),
  ]);
  const news = followNews({ ...parts, pool: connections.reader, logger, clock });

  shutdown.on('stopAccepting', 'readiness', () => health.startDraining());
  shutdown.on('drain', 'gateway', () => gateway.drain());
  shutdown.on('drain', 'http', () => closeServer(server));
  shutdown.on('drain', 'engine', async () => {
    if (!(await engine.drain(DRAIN_MS)) && (await isAlone(readModel))) await engine.drain(DRAIN_ALONE_MS);
    resigning.abort(); // At once: requests that are still open wait for an answer the next leader can give.
    await leading;
  });
  shutdown.on('stepDown', 'background', async () => {
    resigning.abort();
    ending.abort();
    await Promise.all([leading, background, news.close(), lease.close()]);
  });
  shutdown.on('stepDown', 'limits', async () => limits.close());
  shutdown.on('stepDown', 'command log', async () => void (await Promise.all([log.close(), parts.bus?.close()])));
  let exit: (code: number) => void = () => undefined;
  const stopped = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const stop = (reason: string, code = 0): void => void shutdown.run(reason).then((how) => exit(how === 'clean' ? code : 1));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));
  void leading.catch((error: unknown) => {
    logger.fatal({ err: error }, 'this process can no longer lead and must be restarted');
    stop('leadership failed', 1);
  });

  await listenOn(server, config.http);
  const url =
    config.http.publicUrl ??
    `${config.http.tls ? 'https' : 'http'}://${hostOf(config.http.host)}:${(server.address() as AddressInfo).port}`;
  logger.info({ url, version }, 'ready');
  warnOfUnverifiable(await readModel.hooks(), certificateSource(config), logger);
  const first =
    role === 'auto' ? await firstStart({ ...parts, config, embedded: storage.embedded, newId: uuidv7, now: clock.now() }) : null;
  const door = { loopback: isLoopbackHost(config.http.host), mustEnrol: requiresTotp(config) };
  return { url, welcome: welcome({ url, embedded: storage.embedded, first, version, ...door }), stopped, stop };
}

/** Whether nobody else is there to lead; without an answer of the database nobody can. */
async function isAlone(readModel: ReadModel): Promise<boolean> {
  const cluster = await readModel.cluster().catch(() => null);
  return cluster === null || cluster.instances.length < 2;
}

function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

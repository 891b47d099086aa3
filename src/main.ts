import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { firstStart } from './cli/start/firstStart.ts';
import { instanceIdOf } from './cli/start/instanceId.ts';
import { buildParts } from './cli/start/parts.ts';
import { buildServer, closeServer, listenOn } from './cli/start/server.ts';
import { openStorage } from './cli/start/storage.ts';
import { welcome } from './cli/start/welcome.ts';
import type { PostgresCommandLog } from './commandlog/postgresCommandLog.ts';
import type { Config } from './config/config.ts';
import { announceInstance } from './leader/instances.ts';
import { runLeadership } from './leader/leadership.ts';
import type { Leadership } from './leader/lease.ts';
import { createPostgresLease } from './leader/postgresLease.ts';
import { systemClock as clock } from './lib/clock.ts';
import { sendOutbox } from './notify/sendOutbox.ts';
import { createHealth } from './ops/health.ts';
import { createLogger, type Logger } from './ops/logger.ts';
import { createMetrics } from './ops/metrics.ts';
import { createShutdown } from './ops/shutdown.ts';

/** How long what was begun may take to finish when shutting down, milliseconds. */
const DRAIN_MS = 3_500;
const LAG_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;

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
  const id = instanceIdOf(config);
  const logger = createLogger({ level: config.logLevel, instance: id });
  const metrics = createMetrics(id);
  const shutdown = createShutdown({ logger });
  const storage = await openStorage({ config, instance: id, logger, clock, shutdown });
  const { writer } = storage.pools;

  const parts = await buildParts({ config, instance: id, storage, logger, metrics });
  const { log, ledger, hooks, engine, bell, destinations } = parts;

  // ① gateway and API, on one server
  const health = createHealth();
  health.register('command log', () => log.probe());
  const { server, gateway } = buildServer({ config, instance: id, version, logger, metrics, health, storage, parts });

  // ③ leadership: whoever leads works the log and tells people
  const ending = new AbortController();
  const lead = async (leadership: Leadership): Promise<void> => {
    const tell = sendOutbox({
      outbox: ledger,
      destinations,
      epoch: leadership.epoch,
      clock,
      bell,
      logger,
      metrics,
      signal: leadership.signal,
    });
    await Promise.all([engine.lead(leadership), tell]);
  };
  const lease = createPostgresLease({ pool: writer, holder: id, ttlMs: leaseTtlMs, logger });
  const leading = runLeadership({ lease, role, ttlMs: leaseTtlMs, clock, logger, metrics, lead, signal: ending.signal });
  const background = Promise.all([
    hooks.follow(ending.signal),
    announceInstance({ pool: writer, id, version, clock, logger, signal: ending.signal }),
    tendLog(log, logger, ending.signal),
  ]);

  shutdown.on('stopAccepting', 'readiness', () => health.startDraining());
  shutdown.on('drain', 'gateway', () => gateway.drain());
  shutdown.on('drain', 'engine', async () => void (await engine.drain(DRAIN_MS)));
  shutdown.on('drain', 'http', () => closeServer(server));
  shutdown.on('stepDown', 'leadership', async () => {
    ending.abort();
    await Promise.all([leading, background]);
  });
  shutdown.on('stepDown', 'command log', () => log.close());
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
  const url = config.http.publicUrl ?? `http://${hostOf(config.http.host)}:${(server.address() as AddressInfo).port}`;
  logger.info({ url, version }, 'ready');
  const first =
    role === 'auto' ? await firstStart({ ...parts, config, embedded: storage.embedded, newId: uuidv7, now: clock.now() }) : null;
  return { url, welcome: welcome({ url, embedded: storage.embedded, first, version }), stopped, stop };
}

/** Keeps the lag metric fresh and the log's table small, while the database is there. */
async function tendLog(log: PostgresCommandLog, logger: Logger, signal: AbortSignal): Promise<void> {
  let prunedAt = clock.monotonic();
  while (!signal.aborted) {
    await clock.sleep(LAG_EVERY_MS, signal);
    if (signal.aborted) return;
    const prune = clock.monotonic() - prunedAt >= PRUNE_EVERY_MS;
    if (prune) prunedAt = clock.monotonic();
    const work = prune ? log.prune(clock.now()) : log.lag();
    await work.catch((error: unknown) => logger.debug({ err: error }, 'the command log could not be looked after'));
  }
}

function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

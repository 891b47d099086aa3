import type { Server } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { createApi } from '../../api/app.ts';
import type { Config } from '../../config/config.ts';
import { enginePrices } from '../../engine/prices.ts';
import { VenueSetupError } from '../../exchange/exchange.ts';
import { parsePaperSettings } from '../../exchange/paper/paperSettings.ts';
import { createGateway, type Gateway } from '../../gateway/gateway.ts';
import { createDoorServer, createHttpDoor } from '../../gateway/httpDoor.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { Health } from '../../ops/health.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { verifyPassword } from '../../ops/passwords.ts';
import type { Parts } from './parts.ts';
import type { Storage } from './storage.ts';

export interface ServerParts {
  readonly config: Config;
  readonly instance: string;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly storage: Storage;
  readonly parts: Parts;
}

/** ① The gateway in front, the API behind it, on one HTTP server that does not listen yet. */
export function buildServer(options: ServerParts): { readonly server: Server; readonly gateway: Gateway } {
  const { config, instance, version, logger, metrics, health, storage } = options;
  const { log, readModel, hooks, limits, allowlist, fixed, submit, engine, exchanges, candles } = options.parts;
  const { venues } = exchanges;
  const { trustProxyHops, publicUrl } = config.http;
  const gateway = createGateway({
    hooks,
    log,
    limiter: limits.limiter,
    bans: limits.bans,
    allowlist,
    clock,
    newId: uuidv7,
    logger,
    settings: { ...config.gateway, trustProxyHops },
  });
  const api = createApi({
    ...{ readModel, candles, log, submit, health, venues, clock, logger, version, publicUrl, trustProxyHops, verifyPassword },
    quotes: enginePrices(engine),
    bans: limits.bans,
    access: { admits: allowlist.admitsToApi, fixed },
    metrics: metrics.registry,
    explain: (alert, accountNames) => engine.explain(alert, accountNames),
    seal: (plaintext, aad) => storage.box.seal(plaintext, aad),
    newId: uuidv7,
    instance,
    paperSettingsProblem,
    adminToken: config.secrets.adminApiToken,
    localToken: storage.localToken,
  });
  return { server: createDoorServer(createHttpDoor({ gateway, logger, metrics }), api), gateway };
}

/** Resolves once the server listens; rejects with Node's own error (`EADDRINUSE`, …). */
export function listenOn(server: Server, { port, host }: { readonly port: number; readonly host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Takes no new connection and resolves when the requests under way are answered. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** What is wrong with a paper account's settings, in words; null when nothing is. */
function paperSettingsProblem(settings: Readonly<Record<string, unknown>>): string | null {
  try {
    parsePaperSettings(settings);
    return null;
  } catch (error) {
    if (error instanceof VenueSetupError) return error.message;
    throw error;
  }
}

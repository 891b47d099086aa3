import { Server as HttpsServer } from 'node:https';
import { v7 as uuidv7 } from 'uuid';
import { createApi } from '../../api/app.ts';
import type { SecretsAdmin } from '../../api/deps.ts';
import type { Config } from '../../config/config.ts';
import { VenueSetupError } from '../../exchange/exchange.ts';
import { parsePaperSettings } from '../../exchange/paper/paperSettings.ts';
import { isLoopbackHost } from '../../gateway/allowlist.ts';
import { behindProxy, clientAddress } from '../../gateway/clientAddress.ts';
import { createGateway, type Gateway } from '../../gateway/gateway.ts';
import { createDoorServer, createHttpDoor, type DoorServer } from '../../gateway/httpDoor.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { Health } from '../../ops/health.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { verifyPassword } from '../../ops/passwords.ts';
import { renewKeyFile } from '../../ops/secretsKeyFile.ts';
import { followTlsFiles, readTlsFiles } from '../../ops/tlsFiles.ts';
import type { Parts } from './parts.ts';
import { certificateSource, proxyTrust } from './proofs.ts';
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

export interface BuiltServer {
  readonly server: DoorServer;
  readonly gateway: Gateway;
  /** Follows the files of the certificate until the signal aborts. */
  followCertificate(signal: AbortSignal): Promise<void>;
}

/** ① The gateway in front, the API behind it, on one HTTP or HTTPS server that does not listen yet. Throws `TlsFilesError`. */
export function buildServer(options: ServerParts): BuiltServer {
  const { config, instance, version, logger, metrics, health, storage } = options;
  const { log, readModel, hooks, people, settings, limits, allowlist, fixed, submit, explain, quotes, exchanges, candles } = options.parts;
  const { venues } = exchanges;
  const { publicUrl, tls } = config.http;
  const proxy = proxyTrust(config);
  const certificates = certificateSource(config);
  const gateway = createGateway({
    hooks,
    log,
    limiter: limits.limiter,
    bans: limits.bans,
    allowlist,
    clock,
    newId: uuidv7,
    logger,
    settings: { ...config.gateway, proxy, certificates },
  });
  const api = createApi({
    ...{ quotes, explain, readModel, people, candles, log, submit, health, venues, clock, logger, version, publicUrl, verifyPassword },
    clientAddress: (peer, headers) => clientAddress(peer, headers, proxy, 'local'),
    behindProxy: behindProxy(proxy),
    verifiesCertificates: certificates.kind !== 'none',
    bans: limits.bans,
    access: { admits: allowlist.admitsToApi, fixed },
    metrics: metrics.registry,
    secrets: secretsAdmin(options),
    box: storage.box,
    ...config.people,
    requireTotp: requiresTotp(config),
    catchUp: () => settings.catchUp(),
    newId: uuidv7,
    instance,
    paperSettingsProblem,
    adminToken: config.secrets.adminApiToken,
    localToken: storage.localToken,
  });
  const material = tls && readTlsFiles(tls);
  const server = createDoorServer(createHttpDoor({ gateway, logger, metrics }), api, { tls: material });
  const followCertificate = async (signal: AbortSignal): Promise<void> => {
    if (!(server instanceof HttpsServer) || tls === null || material === null) return;
    await followTlsFiles({ server, files: tls, inUse: material, clock, logger, signal });
  };
  return { server, gateway, followCertificate };
}

function secretsAdmin({ config, storage, parts: { secrets } }: ServerParts): SecretsAdmin {
  return {
    get keyId() {
      return secrets.keyId;
    },
    get keyIds() {
      return secrets.keyIds;
    },
    source: storage.keySource,
    counts: () => secrets.counts(),
    renewKeyFile: () => renewKeyFile(config.database.dataDir),
  };
}

/** `auto`: unless nobody but this machine can reach the server, neither directly nor through a proxy on it. */
export function requiresTotp(config: Config): boolean {
  const { people, http } = config;
  if (people.requireTotp !== 'auto') return people.requireTotp === 'always';
  const publicHost = http.publicUrl === null ? null : new URL(http.publicUrl).hostname.replaceAll(/[[\]]/g, '');
  return !isLoopbackHost(http.host) || behindProxy(proxyTrust(config)) || (publicHost !== null && !isLoopbackHost(publicHost));
}

/** Resolves once the server listens; rejects with Node's own error (`EADDRINUSE`, …). */
export function listenOn(server: DoorServer, { port, host }: { readonly port: number; readonly host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

const IDLE_LOOK_MS = 50;

/**
 * Takes no new connection and resolves when the requests under way are answered. A connection kept alive is idle only once its answer is
 * out, so they are looked for until there is none.
 */
export function closeServer(server: DoorServer): Promise<void> {
  return new Promise((resolve) => {
    const looking = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    server.close(() => {
      clearInterval(looking);
      resolve();
    });
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

import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from './logger.ts';

/** Paths of PEM files. `clientCa`: who may have signed client certificates; null: none are asked for. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}

/** What Node's TLS takes, read and found to belong together. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** The files cannot be used; the message names the setting. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
}

/** Certificates are replaced without a restart: so often the files are looked at, milliseconds. */
const LOOK_MS = 5_000;

/** Throws `TlsFilesError`. Nothing of the key is in its message. */
export function readTlsFiles({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  const pair = { cert: readPem('TLS_CERT', cert), key: readPem('TLS_KEY', key) };
  assertCertificate('TLS_CERT', cert, pair.cert);
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new TlsFilesError(`TLS_KEY (${key}) is not the key of TLS_CERT (${cert}), or not a key.`, { cause: error });
  }
  if (clientCa === null) return pair;
  const ca = readPem('TLS_CLIENT_CA', clientCa);
  assertCertificate('TLS_CLIENT_CA', clientCa, ca);
  return { ...pair, ca };
}

/** When the server's certificate ends, epoch ms. */
export function certificateEnds({ cert }: Pick<TlsMaterial, 'cert'>): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

function readPem(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TlsFilesError(`${setting} names ${path}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}.`);
  }
}

function assertCertificate(setting: string, path: string, pem: Buffer): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new TlsFilesError(`${setting} (${path}) does not hold a certificate in PEM.`, { cause: error });
  }
}

/**
 * Gives new connections whatever the files hold now, until `signal` aborts; open ones go on. Files are read again every few
 * seconds and on SIGHUP: what watches files misses those that are swapped by renaming a directory, as Kubernetes does. Files
 * that do not belong together (a renewal half written) change nothing.
 */
export async function followTlsFiles(options: {
  readonly server: Pick<Server, 'setSecureContext'>;
  readonly files: TlsFiles;
  readonly inUse: TlsMaterial;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { server, files, clock, logger, signal } = options;
  let seen = fingerprint(options.inUse);
  let complaint = '';
  let hurry = new AbortController();
  const onHangup = (): void => hurry.abort();
  process.on('SIGHUP', onHangup);
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, AbortSignal.any([signal, hurry.signal]));
    if (hurry.signal.aborted) hurry = new AbortController();
    try {
      const material = readTlsFiles(files);
      complaint = '';
      if (fingerprint(material) === seen) continue;
      server.setSecureContext(material);
      seen = fingerprint(material);
      logger.info({ ends: new Date(certificateEnds(material)).toISOString() }, 'TLS certificate replaced');
    } catch (error) {
      const text = (error as Error).message;
      if (text !== complaint) logger.error({ err: error }, 'TLS files cannot be used; the certificate loaded before stays in use');
      complaint = text;
    }
  }
  process.off('SIGHUP', onHangup);
}

function fingerprint({ cert, key, ca }: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [cert, key, ca ?? '']) hash.update(createHash('sha256').update(part).digest());
  return hash.digest('hex');
}

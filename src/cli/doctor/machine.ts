import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { locatePostgres } from '../../ops/postgresBinaries.ts';
import { certificateEnds, readTlsFiles, TlsFilesError } from '../../ops/tlsFiles.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

/** The oldest Node this version runs on (package.json, engines). */
const NODE_OLDEST = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = NODE_OLDEST;
  const enough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return enough ? fine('node', version) : fail('node', `${version} is too old`, `Install Node ${NODE_OLDEST.join('.')} or newer.`);
}

export async function checkEmbeddedPostgres({ database }: Config): Promise<Finding> {
  if (database.url !== null) return fine('embedded Postgres', 'not needed, DATABASE_URL is set');
  try {
    const { postgres } = await locatePostgres();
    return fine('embedded Postgres', postgres);
  } catch (error) {
    return fail('embedded Postgres', (error as Error).message, 'Or set DATABASE_URL to a Postgres of your own.');
  }
}

/** Files in DATA_DIR that open doors: for their owner only. */
const SECRET_FILES = ['secrets.key', 'secrets.key.previous', 'admin-token'] as const;

export function checkDataDirectory({ database }: Config): Finding {
  const check = 'data directory';
  const directory = database.dataDir;
  if (!existsSync(directory)) return fine(check, `${directory} will be made by the first start`);
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch {
    return fail(check, `${directory} cannot be written by this user`, 'Run as the user it belongs to, or name another DATA_DIR.');
  }
  const open = SECRET_FILES.map((name) => join(directory, name)).filter((file) => existsSync(file) && (statSync(file).mode & 0o077) !== 0);
  if (open.length > 0) return fail(check, `others can read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`);
  return fine(check, directory);
}

/** What the address listened on and the proxies trusted mean together (docs/deploy.md). */
export function checkProxy({ http }: Config): Finding {
  const check = 'client address';
  const { hops, clientIpHeader, trusted } = http.proxy;
  const local = ['127.0.0.1', '::1', 'localhost'].includes(http.host);
  const onlyThey = trusted.length > 0 ? `, from ${trusted.join(', ')} only` : '';
  if (clientIpHeader !== null) return fine(check, `listens on ${http.host}, takes it from ${clientIpHeader}${onlyThey}`);
  if (hops > 0) return fine(check, `listens on ${http.host}, counts ${hops} from the right of X-Forwarded-For${onlyThey}`);
  if (local)
    return warn(
      check,
      `listens on ${http.host} only, so TradingView cannot reach it by itself`,
      'Put a TLS proxy or tunnel in front and set TRUST_PROXY_HOPS to the number of proxies.',
    );
  if (http.tls) return fine(check, `listens on ${http.host} with TLS of its own, nothing in front`);
  return warn(
    check,
    `listens on ${http.host} and trusts no proxy: right only if nothing stands in front`,
    'Behind a proxy (nginx, a tunnel) every sender looks like it: set TRUST_PROXY_HOPS=1; on Railway CLIENT_IP_HEADER=X-Real-IP.',
  );
}

const CERTIFICATE_ENDS_SOON_MS = 14 * 86_400_000;

/** Whether the files of TLS can be used, and for how long; `now` is epoch ms. */
export function checkTls({ http }: Config, now: number): Finding {
  const check = 'TLS';
  if (http.tls === null) {
    const secured = http.publicUrl?.startsWith('https:');
    return secured
      ? fine(check, 'not ours: plain HTTP behind PUBLIC_URL')
      : warn(check, 'plain HTTP', 'Put a TLS proxy in front and set PUBLIC_URL, or set TLS_CERT and TLS_KEY (docs/deploy.md).');
  }
  try {
    const ends = certificateEnds(readTlsFiles(http.tls));
    const detail = `${http.tls.cert}, valid until ${new Date(ends).toISOString()}`;
    const advice = 'Renew it; new files are taken up within seconds, without a restart.';
    if (ends < now) return fail(check, `${detail}: it has ended`, advice);
    return ends - now < CERTIFICATE_ENDS_SOON_MS ? warn(check, detail, advice) : fine(check, detail);
  } catch (error) {
    if (error instanceof TlsFilesError) return fail(check, error.message, 'Correct the file or the setting.');
    throw error;
  }
}

/** Who verifies client certificates. */
export function checkClientCertificates({ http }: Config): Finding {
  const check = 'client certificates';
  if (http.clientCertHeaders) return fine(check, `verified by the proxy, passed on in ${http.clientCertHeaders.subject}`);
  if (http.tls?.clientCa) return fine(check, `verified here, signed by ${http.tls.clientCa}`);
  return fine(check, 'nobody verifies any; hooks with the layer mtls would refuse everything');
}

const GIB = 1024 ** 3;
const DISK_LOW = GIB;
const DISK_FULL = GIB / 10;

/** Room under DATA_DIR, where the embedded database lives. A database elsewhere has a disk that cannot be seen from here. */
export function checkDisk({ database }: Config): Finding {
  const check = 'disk';
  const directory = existsSync(database.dataDir) ? database.dataDir : dirname(database.dataDir);
  if (database.url !== null || !existsSync(directory)) return fine(check, "the database's own machine has to be looked at there");
  const { bavail, bsize, blocks } = statfsSync(directory);
  const detail = `${((bavail * bsize) / GIB).toFixed(1)} GiB free (${Math.round((bavail / blocks) * 100)} %) under ${directory}`;
  const advice = 'Make room: with a full disk no alert can be stored, and each is answered 503.';
  if (bavail * bsize < DISK_FULL) return fail(check, detail, advice);
  return bavail * bsize < DISK_LOW ? warn(check, detail, advice) : fine(check, detail);
}

/** Whether the port could be listened on now. */
export function portIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

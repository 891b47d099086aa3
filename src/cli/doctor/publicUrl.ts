import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { Config } from '../../config/config.ts';
import type { ApiClient } from '../apiClient.ts';
import { CliError } from '../cliError.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 14;
const CONNECT_MS_MAX = 5_000;
/** Of a block for documentation (RFC 5737): no request comes from there. */
const SPOOFED = '198.51.100.77';

/** What the world meets: the way through the proxies, and the certificate. */
export async function checkPublicUrl(api: ApiClient, config: Config): Promise<Finding[]> {
  const { publicUrl } = config.http;
  if (publicUrl === null)
    return [
      warn('public URL', 'is not set, so the way through proxies cannot be tried', 'Set PUBLIC_URL to the address TradingView posts to.'),
    ];
  const url = new URL(publicUrl);
  const secure = url.protocol === 'https:';
  const findings = [...checkPort(url), secure ? await checkCertificate(url) : plainHttp(url)];
  // A token does not travel in clear, and an instance asked directly has nothing in front to be tried.
  const through = new URL(api.url).origin !== url.origin;
  if (through && (secure || isHere(url))) findings.push(await checkHops(api, publicUrl, config.http.proxy));
  return findings;
}

function isHere({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** TradingView posts to no other ports (support article 43000529348). */
function checkPort({ port }: URL): Finding[] {
  if (port === '') return [];
  return [warn('public URL', `has port ${port}, where TradingView does not post to`, 'Listen on 443 (or 80) in front of it.')];
}

function plainHttp(url: URL): Finding {
  if (isHere(url)) return warn('tls', `${url.origin} is this machine only`, 'Set PUBLIC_URL to how the world reaches it.');
  return warn(
    'tls',
    `${url.origin} is plain HTTP: keys, secrets and tokens can be read on the way`,
    'Put TLS in front (docs/deploy.md) and set PUBLIC_URL to https://….',
  );
}

interface Presented {
  readonly certificate: PeerCertificate;
  readonly protocol: string | null;
  /** Why it is not trusted; null when it is. */
  readonly flaw: string | null;
}

async function checkCertificate(url: URL): Promise<Finding> {
  const found = await presented(url);
  if (typeof found === 'string') return fail('tls', `${url.host}: ${found}`, 'Check the name, the port and the proxy in front.');
  const { certificate, protocol, flaw } = found;
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
  const advice = 'Renew the certificate; TradingView posts only where it is valid.';
  if (flaw !== null) return fail('tls', `${url.host}: the certificate is not trusted (${flaw})`, advice);
  if (days < EXPIRES_SOON_DAYS) return warn('tls', `${url.host}: the certificate ends in ${days} days`, advice);
  return fine('tls', `${url.host}: ${protocol ?? 'TLS'}, certificate valid for ${days} days`);
}

/** What the server shows, or why there is nothing to see. Nothing is sent. */
function presented(url: URL): Promise<Presented | string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(
      { host, port: Number(url.port || 443), ...(isIP(host) === 0 ? { servername: host } : {}), rejectUnauthorized: false },
      () => {
        const flaw = socket.authorized ? null : String(socket.authorizationError);
        resolve({ certificate: socket.getPeerCertificate(), protocol: socket.getProtocol(), flaw });
        socket.end();
      },
    );
    socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy(new Error('no answer')));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

interface Connection {
  readonly address: string;
  readonly forwardedFor: readonly string[];
}

type Proxy = Pick<Config['http']['proxy'], 'hops' | 'clientIpHeader'>;

/** Goes to the instance through its public address with an invented client address, and looks at what arrived. */
async function checkHops(api: ApiClient, base: string, proxy: Proxy): Promise<Finding> {
  const headers = { 'x-forwarded-for': SPOOFED, ...(proxy.clientIpHeader === null ? {} : { [proxy.clientIpHeader]: SPOOFED }) };
  try {
    return judgeHops(await api.get<Connection>('/api/v1/connection', { base, headers }), proxy);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return fail(
      'proxies',
      `asked through ${base}: ${error.message}`,
      'Check PUBLIC_URL, the proxy in front and TRUST_PROXY_HOPS (docs/deploy.md).',
    );
  }
}

/** Each proxy adds one entry behind what the client sent; one that replaces the header instead leaves only its own. */
export function judgeHops({ address, forwardedFor }: Connection, { hops, clientIpHeader }: Proxy): Finding {
  const check = 'proxies';
  const proxies = forwardedFor.length - (forwardedFor.lastIndexOf(SPOOFED) + 1);
  const unsafe = 'Until then every allowlist can be walked around.';
  if (clientIpHeader !== null) {
    if (address !== SPOOFED) return fine(check, `you come from ${address}, and an invented ${clientIpHeader} was not believed`);
    return fail(
      check,
      `whoever sends ${clientIpHeader} is believed`,
      `Let what stands in front replace it, or use TRUST_PROXY_HOPS. ${unsafe}`,
    );
  }
  if (address === SPOOFED)
    return fail(
      check,
      `whoever sends X-Forwarded-For is believed: ${proxies} proxies add to it`,
      `Set TRUST_PROXY_HOPS=${proxies}, not ${hops}. ${unsafe}`,
    );
  if (proxies === hops)
    return fine(check, `${proxies} in front, as TRUST_PROXY_HOPS says; you come from ${address}, an invented address was not believed`);
  const seen = `${proxies} proxies add to X-Forwarded-For, so everybody seems to come from ${address || 'nowhere'}`;
  return fail(check, seen, `Set TRUST_PROXY_HOPS=${proxies}, not ${hops}.`);
}

import type { Config } from '../../config/config.ts';
import type { Hook } from '../../domain/signal/hook.ts';
import { createAddressSet } from '../../gateway/addressSet.ts';
import type { ProxyTrust } from '../../gateway/clientAddress.ts';
import type { CertificateSource } from '../../gateway/clientCertificate.ts';
import type { Logger } from '../../ops/logger.ts';

/** What the settings say of proxies, as the gateway wants it. */
export function proxyTrust({ http }: Pick<Config, 'http'>): ProxyTrust {
  const { hops, clientIpHeader, trusted } = http.proxy;
  return { hops, clientIpHeader, isProxy: trusted.length === 0 ? null : createAddressSet(trusted) };
}

/** Who verifies client certificates: the proxy where one is said to, else our own listener where it knows who signs them. */
export function certificateSource({ http }: Pick<Config, 'http'>): CertificateSource {
  const { tls, clientCertHeaders } = http;
  if (clientCertHeaders) return { kind: 'proxy', subjectHeader: clientCertHeaders.subject, verifyHeader: clientCertHeaders.verify };
  return tls?.clientCa ? { kind: 'tls' } : { kind: 'none' };
}

/** Said at start: these hooks refuse everything. */
export function warnOfUnverifiable(hooks: readonly Hook[], certificates: CertificateSource, logger: Logger): void {
  if (certificates.kind !== 'none') return;
  for (const { name, layers, enabled } of hooks)
    if (enabled && layers.includes('mtls'))
      logger.warn(
        { hook: name },
        'this hook demands a client certificate, and nothing here verifies one, so it refuses every alert: set TLS_CERT, TLS_KEY and TLS_CLIENT_CA, or CLIENT_CERT_SUBJECT_HEADER behind a proxy that does (docs/webhook-security.md)',
      );
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { rootCertificates } from 'node:tls';

/**
 * `fetch` for the instance on this machine: HTTPS to an address that its certificate need not name. Trusts the very
 * certificate in the PEM file that the instance serves, and no other. Takes what the command line sends: text or nothing.
 */
export function createPinnedFetch(certFile: string): typeof fetch {
  return async (input, init = {}) => {
    const pem = readFileSync(certFile, 'utf8');
    const pinned = new X509Certificate(pem).fingerprint256;
    const url = new URL(String(input));
    const { body, signal } = init;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method: init.method ?? 'GET',
          headers: Object.fromEntries(new Headers(init.headers)),
          ca: [...rootCertificates, pem],
          checkServerIdentity: (_host, { fingerprint256 }) =>
            fingerprint256 === pinned ? undefined : new Error('it does not serve the certificate in TLS_CERT'),
          ...(signal ? { signal } : {}),
        },
        resolve,
      );
      outgoing.on('error', (error) => reject(new TypeError('fetch failed', { cause: error })));
      outgoing.end(typeof body === 'string' ? body : undefined);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const status = response.statusCode ?? 502;
    const content = chunks.length === 0 ? null : Buffer.concat(chunks);
    const headers = new Headers({ 'content-type': response.headers['content-type'] ?? '' });
    for (const cookie of response.headers['set-cookie'] ?? []) headers.append('set-cookie', cookie);
    return new Response(content, { status, headers });
  };
}

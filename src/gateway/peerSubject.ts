import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Subject } from './distinguishedName.ts';

/**
 * Subject of the client certificate of a TLS connection; null unless there is one whose chain our listener has verified. Both
 * are asked: a resumed TLS 1.3 session counts as authorized also where no certificate was ever sent.
 */
export function peerSubject(socket: Socket): Subject | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  // Without a certificate node answers an empty object, and a name that stands there twice is a list.
  const subject: { CN?: unknown; O?: unknown } | undefined = socket.getPeerCertificate().subject;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return subject ? { commonName: text(subject.CN), organization: text(subject.O) } : null;
}

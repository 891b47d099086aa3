import type { IncomingHttpHeaders } from 'node:http';
import { readSubject, type Subject } from './distinguishedName.ts';

/** TradingView's client certificate (support article 43000680459). */
const TRADINGVIEW: Subject = { commonName: 'TradingView Webhooks', organization: 'TradingView, Inc.' };

/**
 * Who verifies client certificates. `tls`: our own listener. `proxy`: the trusted proxy in front, which tells in headers that
 * it must set itself on every request; `verifyHeader` null: it passes the subject on only of certificates it has verified.
 */
export type CertificateSource =
  | { readonly kind: 'tls' }
  | { readonly kind: 'proxy'; readonly subjectHeader: string; readonly verifyHeader: string | null }
  | { readonly kind: 'none' };

/** What is known of the sender's certificate. `peerSubject` is of the connection to us, null unless our own listener verified it. */
export interface CertificateEvidence {
  readonly headers: IncomingHttpHeaders;
  peerSubject(): Subject | null;
}

/** Whether the sender presented TradingView's certificate, to us or to the proxy. Header names are in lower case. */
export function isTradingView(source: Exclude<CertificateSource, { kind: 'none' }>, evidence: CertificateEvidence): boolean {
  const subject = source.kind === 'tls' ? evidence.peerSubject() : forwardedSubject(source, evidence.headers);
  return subject?.commonName === TRADINGVIEW.commonName && subject.organization === TRADINGVIEW.organization;
}

/** A header that came twice is joined by node and then reads as no subject we know. */
function forwardedSubject(source: Extract<CertificateSource, { kind: 'proxy' }>, headers: IncomingHttpHeaders): Subject | null {
  const { subjectHeader, verifyHeader } = source;
  if (verifyHeader !== null && headers[verifyHeader] !== 'SUCCESS') return null;
  return readSubject(String(headers[subjectHeader] ?? ''));
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sha256Hex } from '../lib/hash.ts';

/** How far the sender's clock may be from ours, either way. */
export const SIGNATURE_WINDOW_SEC = 300;

const TIMESTAMP = /^\d{1,12}$/;
/** By its letters, not by decoding: `Buffer.from('zz', 'hex')` is an empty buffer, not an error. One spelling only, so that one signature has one nonce. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/** What names a signature once it was accepted: its hash, so that what is kept of it cannot be sent again. */
export type SignatureNonce = string;

/**
 * Checks `X-Signalman-Signature: sha256=<hex HMAC-SHA256(key, timestamp + "." + raw body)>` with `X-Signalman-Timestamp`
 * (unix seconds, at most five minutes from `nowMs`) against each key, used as UTF-8 bytes. Null when it is missing, malformed,
 * too old, too new or wrong. Every key is tried whatever the others gave, in constant time.
 */
export function verifySignature(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  keys: readonly string[],
  nowMs: number,
): SignatureNonce | null {
  const timestamp = TIMESTAMP.exec(String(headers['x-signalman-timestamp'] ?? ''))?.[0];
  const signature = SIGNATURE.exec(String(headers['x-signalman-signature'] ?? ''))?.[1];
  if (timestamp === undefined || signature === undefined) return null;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > SIGNATURE_WINDOW_SEC) return null;
  const given = Buffer.from(signature, 'hex');
  const matches = keys.map((key) => timingSafeEqual(createHmac('sha256', key).update(`${timestamp}.`).update(body).digest(), given));
  return matches.includes(true) ? sha256Hex(signature) : null;
}

import { Secret, TOTP } from 'otpauth';
import { renderSVG, renderUnicodeCompact } from 'uqr';

/** RFC 6238 with the parameters every authenticator app knows: SHA-1, six digits, 30 seconds. */
const PARAMETERS = { issuer: 'Signalman', algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** 160 bits, as RFC 4226 §4 recommends. */
const SECRET_BYTES = 20;

/** Steps a clock may be off, either way (RFC 6238 §5.2). */
const WINDOW_STEPS = 1;

/** A new secret in base32, 32 characters. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** The time step `nowMs` (epoch milliseconds) lies in. */
export function totpStepAt(nowMs: number): number {
  return Math.floor(nowMs / 1000 / PARAMETERS.period);
}

/** `otpauth://totp/Signalman:ann@example.com?…`: what an authenticator app reads from a QR code. */
export function totpUri(secret: string, account: string): string {
  return new TOTP({ ...PARAMETERS, label: account, secret: Secret.fromBase32(secret) }).toString();
}

/** The code an app shows at that time. */
export function totpCode(secret: string, nowMs: number): string {
  return new TOTP({ ...PARAMETERS, secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs });
}

/**
 * The time step a code is right for, null when it is wrong or its step is used up. `lastStep` is the last step taken before;
 * whoever acts on the answer must see to it that no two of them act on the same step.
 */
export function verifyTotp(secret: string, code: string, nowMs: number, lastStep: number | null): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const totp = new TOTP({ ...PARAMETERS, secret: Secret.fromBase32(secret) });
  const delta = totp.validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  if (delta === null) return null;
  const step = totpStepAt(nowMs) + delta;
  return step > (lastStep ?? -1) ? step : null;
}

/** The QR code of a text, as a picture and for a terminal. */
export function qrCode(text: string): { readonly svg: string; readonly text: string } {
  return { svg: renderSVG(text, { border: 2 }), text: renderUnicodeCompact(text, { border: 2 }) };
}

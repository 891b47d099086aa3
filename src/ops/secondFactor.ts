import { randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { sha256Hex } from '../lib/hash.ts';
import type { SecretBox } from './secrets.ts';
import { verifyTotp } from './totp.ts';

/** What is needed of a user to check a code; `User` fits. */
export interface FactorHolder {
  readonly id: string;
  readonly sealedTotp: string | null;
  readonly totpLastStep: number | null;
  readonly recoveryHashes: readonly string[];
}

/** A code that was right. It is spent by whoever carries out the command it is sent with, once (`SecondFactor` of domain/people). */
export type CheckedFactor = { readonly userId: string; readonly step: number } | { readonly userId: string; readonly recoveryHash: string };

const RECOVERY_CODES = 10;
/** 80 bits: out of reach even for who has the hashes. */
const RECOVERY_BYTES = 10;

/** Where a user's secret belongs when it is sealed. */
export function totpPlace(userId: string): string {
  return `totp:${userId}`;
}

/**
 * Turns (user, code) into a factor to send along with a command; null when the code is wrong or used up, or the user has
 * enrolled none. `code`: six digits of an authenticator app, or a recovery code, with or without its dashes.
 */
export function checkSecondFactor(box: Pick<SecretBox, 'open'>, user: FactorHolder, code: string, nowMs: number): CheckedFactor | null {
  if (user.sealedTotp === null) return null;
  const plain = code.replaceAll(/[\s-]/g, '');
  if (/^\d{6}$/.test(plain)) {
    const step = verifyTotp(box.open(user.sealedTotp, totpPlace(user.id)), plain, nowMs, user.totpLastStep);
    return step === null ? null : { userId: user.id, step };
  }
  const hash = recoveryHash(user.id, plain);
  return user.recoveryHashes.includes(hash) ? { userId: user.id, recoveryHash: hash } : null;
}

/** Ten codes for the day the phone is lost, `ABCD-EFGH-IJKL-MNOP`. To be shown once. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32;
    return (text.match(/.{4}/g) ?? []).join('-');
  });
}

/** What is kept of a recovery code: a hash bound to its owner. */
export function recoveryHash(userId: string, code: string): string {
  return sha256Hex(`recovery\0${userId}\0${code.replaceAll(/[\s-]/g, '').toUpperCase()}`);
}

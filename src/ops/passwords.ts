import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Longer than any passphrase; bounds the work a stranger can ask for. */
const PASSWORD_LENGTH_MAX = 1024;

/** 192 bits: above the 160 a path token must have, and whole in base64url. */
const TOKEN_BYTES = 24;

/** A PHC string (`$argon2id$…`). Throws `RangeError` for an empty password or one longer than 1024 characters. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length === 0 || password.length > PASSWORD_LENGTH_MAX)
    throw new RangeError(`A password has 1 to ${PASSWORD_LENGTH_MAX} characters`);
  return hash(password, COST);
}

/** False for a wrong password; rejects when `passwordHash` is no PHC string, which is damage, not a wrong password. */
export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX) return false;
  return verify(passwordHash, password);
}

/** An unguessable URL-safe token: hook keys, hook secrets, API tokens. 192 random bits, 32 characters. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** A password to be printed once and copied: 192 random bits, not starting with a dash, which shells take for an option. */
export function randomPassword(): string {
  const token = randomToken();
  return token.startsWith('-') ? randomPassword() : token;
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../lib/hash.ts';

/** The record was sealed with another `SECRETS_KEY` than the one in use. */
export class SecretsKeyMismatchError extends Error {
  override readonly name = 'SecretsKeyMismatchError';
}

/** The record was altered, cut, or belongs to another place than the one it was opened for. */
export class SecretsDamagedError extends Error {
  override readonly name = 'SecretsDamagedError';
}

/** Seals secrets at rest. `aad` names the place a record belongs to (such as `account:<id>`); elsewhere it does not open. */
export interface SecretBox {
  seal(plaintext: string, aad: string): string;
  /** Throws `SecretsKeyMismatchError` or `SecretsDamagedError`. */
  open(sealed: string, aad: string): string;
  /** Names the key without telling it: is part of every record. */
  readonly keyId: string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, as GCM wants its nonces (NIST SP 800-38D §8.2). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'sm1';
const KEY_FORMAT = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Envelope encryption: each record has a key of its own, wrapped by the key given here, so that a rotation rewraps keys and
 * leaves the data. A record is text, `sm1.<key id>.<wrapped key>.<data>`, both parts base64url of nonce, ciphertext and tag.
 */
export function createSecretBox(keyBase64: string): SecretBox {
  if (!KEY_FORMAT.test(keyBase64)) throw new TypeError('A secrets key is 32 bytes in base64');
  const masterKey = Buffer.from(keyBase64, 'base64');
  const keyId = sha256Hex(Buffer.concat([Buffer.from(`${VERSION} key id\0`), masterKey])).slice(0, 12);
  return {
    keyId,
    seal(plaintext, aad) {
      const recordKey = randomBytes(KEY_BYTES);
      const wrapped = encrypt(masterKey, recordKey, `${VERSION}.${keyId}.key\0${aad}`);
      const data = encrypt(recordKey, Buffer.from(plaintext, 'utf8'), `${VERSION}.data\0${aad}`);
      return [VERSION, keyId, wrapped.toString('base64url'), data.toString('base64url')].join('.');
    },
    open(sealed, aad) {
      const [version, sealedBy, wrapped, data, ...rest] = sealed.split('.');
      if (version !== VERSION || sealedBy === undefined || wrapped === undefined || data === undefined || rest.length > 0)
        throw new SecretsDamagedError('A sealed secret has an unknown format');
      if (sealedBy !== keyId)
        throw new SecretsKeyMismatchError(
          `A secret was sealed with key ${sealedBy}, but SECRETS_KEY is key ${keyId}; start with the key it was sealed with`,
        );
      const recordKey = decrypt(masterKey, Buffer.from(wrapped, 'base64url'), `${VERSION}.${keyId}.key\0${aad}`);
      return decrypt(recordKey, Buffer.from(data, 'base64url'), `${VERSION}.data\0${aad}`).toString('utf8');
    },
  };
}

function encrypt(key: Buffer, plaintext: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, box: Buffer, aad: string): Buffer {
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new SecretsDamagedError('A sealed secret is cut short');
  const nonce = box.subarray(0, NONCE_BYTES);
  const tag = box.subarray(box.length - TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad, 'utf8')).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new SecretsDamagedError('A sealed secret was altered or belongs to another record', { cause: error });
  }
}

const KEY_FILE = 'secrets.key';

/**
 * The key of an embedded installation: `<dataDir>/secrets.key`, readable by its owner only, made on the first call. Several
 * processes starting at once end up with the same key. Throws when the file holds something else.
 */
export function loadOrCreateSecretsKey(dataDir: string): string {
  const path = join(dataDir, KEY_FILE);
  const found = readKey(path);
  if (found !== undefined) return found;
  createKey(dataDir, path);
  const made = readKey(path);
  if (made === undefined) throw new Error(`${path} vanished while it was made`);
  return made;
}

function readKey(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!KEY_FORMAT.test(text)) throw new Error(`${path} does not hold 32 bytes in base64; restore it from a backup`);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}

/** Written whole under another name and then linked: the key is never seen half, and the first of several wins. */
function createKey(dataDir: string, path: string): void {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

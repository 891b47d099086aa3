import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { sha256Hex } from '../lib/hash.ts';

/** The record was sealed with a key that is not at hand. */
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
  /** Names the key that seals, without telling it: is part of every record. */
  readonly keyId: string;
}

/** The key that seals, and older ones that still open what they sealed. */
export interface KeyRing extends SecretBox {
  /** The one that seals first. */
  readonly keyIds: readonly string[];
  /** The record with its own key wrapped by the key that seals now; the data stays as it is. Throws like `open`. */
  rewrap(sealed: string, aad: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, as GCM wants its nonces (NIST SP 800-38D §8.2). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'sm1';
const KEY_ID_LENGTH = 12;
const KEY_FORMAT = /^[A-Za-z0-9+/]{43}=$/;

/** 32 bytes in base64. */
export function isSecretsKey(text: string): boolean {
  return KEY_FORMAT.test(text);
}

/** A new key, as `SECRETS_KEY` takes it. */
export function newSecretsKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

function readMasterKey(keyBase64: string): MasterKey {
  if (!isSecretsKey(keyBase64)) throw new TypeError('A secrets key is 32 bytes in base64');
  const bytes = Buffer.from(keyBase64, 'base64');
  return { bytes, id: sha256Hex(Buffer.concat([Buffer.from(`${VERSION} key id\0`), bytes])).slice(0, KEY_ID_LENGTH) };
}

/** One key that neither changes nor has predecessors. */
export function createSecretBox(keyBase64: string): SecretBox {
  return createKeyRing(() => [keyBase64]);
}

/**
 * Envelope encryption: each record has a key of its own, wrapped by a key of the ring, so that a rotation rewraps keys and
 * leaves the data. A record is text, `sm1.<key id>.<wrapped key>.<data>`, both parts base64url of nonce, ciphertext and tag.
 * `readKeys` gives the keys in base64, the one that seals first; it is asked again before sealing and on meeting an unknown
 * key, so that a ring kept in a file follows the file. Throws `TypeError` for what is no key.
 */
export function createKeyRing(readKeys: () => readonly string[]): KeyRing {
  let keys: readonly MasterKey[] = readKeys().map(readMasterKey);
  const current = (): MasterKey => {
    keys = readKeys().map(readMasterKey);
    const [first] = keys;
    if (first === undefined) throw new TypeError('There is no secrets key');
    return first;
  };
  const keyOf = (id: string): MasterKey => {
    const found = keys.find((key) => key.id === id) ?? (current() && keys.find((key) => key.id === id));
    if (found) return found;
    const known = keys.map((key) => key.id).join(', ');
    throw new SecretsKeyMismatchError(
      `A secret was sealed with key ${id}, which is not here (known: ${known}); set it as SECRETS_KEY or in SECRETS_KEY_PREVIOUS`,
    );
  };
  const unwrap = (record: SealedParts, aad: string): Buffer =>
    decrypt(keyOf(record.keyId).bytes, Buffer.from(record.wrapped, 'base64url'), keyPlace(record.keyId, aad));
  current();
  return {
    get keyId() {
      return current().id;
    },
    get keyIds() {
      current();
      return keys.map(({ id }) => id);
    },
    seal(plaintext, aad) {
      const recordKey = randomBytes(KEY_BYTES);
      return formatRecord(
        current(),
        recordKey,
        encrypt(recordKey, Buffer.from(plaintext, 'utf8'), dataPlace(aad)).toString('base64url'),
        aad,
      );
    },
    open(sealed, aad) {
      const record = readRecord(sealed);
      return decrypt(unwrap(record, aad), Buffer.from(record.data, 'base64url'), dataPlace(aad)).toString('utf8');
    },
    rewrap(sealed, aad) {
      const record = readRecord(sealed);
      const key = current();
      return record.keyId === key.id ? sealed : formatRecord(key, unwrap(record, aad), record.data, aad);
    },
  };
}

const keyPlace = (keyId: string, aad: string): string => `${VERSION}.${keyId}.key\0${aad}`;
const dataPlace = (aad: string): string => `${VERSION}.data\0${aad}`;

interface SealedParts {
  readonly keyId: string;
  readonly wrapped: string;
  readonly data: string;
}

function formatRecord(key: MasterKey, recordKey: Buffer, data: string, aad: string): string {
  return [VERSION, key.id, encrypt(key.bytes, recordKey, keyPlace(key.id, aad)).toString('base64url'), data].join('.');
}

function readRecord(sealed: string): SealedParts {
  const [version, keyId, wrapped, data, ...rest] = sealed.split('.');
  if (version !== VERSION || keyId === undefined || wrapped === undefined || data === undefined || rest.length > 0)
    throw new SecretsDamagedError('A sealed secret has an unknown format');
  return { keyId, wrapped, data };
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

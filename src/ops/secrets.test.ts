import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox, loadOrCreateSecretsKey, SecretsDamagedError, SecretsKeyMismatchError } from './secrets.ts';

const newKey = (): string => randomBytes(32).toString('base64');

describe('a sealed secret', () => {
  const key = newKey();
  const box = createSecretBox(key);

  it('opens with the same key at the same place, after a restart too', () => {
    for (const text of ['', 'api-secret', '{"a":"ü€😀"}', 'x'.repeat(10_000)])
      expect(createSecretBox(key).open(box.seal(text, 'account:1'), 'account:1')).toBe(text);
  });

  it('is different every time and does not hold what it seals', () => {
    const one = box.seal('api-secret', 'account:1');
    expect(one).not.toBe(box.seal('api-secret', 'account:1'));
    expect(one).not.toContain('api-secret');
    expect(Buffer.from(one.split('.')[3] ?? '', 'base64url').toString()).not.toContain('api-secret');
  });

  it('does not open at another place', () => {
    expect(() => box.open(box.seal('s', 'account:1'), 'account:2')).toThrow(SecretsDamagedError);
  });

  it('names the mismatch when the key is another', () => {
    const other = createSecretBox(newKey());
    expect(() => other.open(box.seal('s', 'a'), 'a')).toThrow(SecretsKeyMismatchError);
    expect(() => other.open(box.seal('s', 'a'), 'a')).toThrow(box.keyId);
    expect(key).not.toContain(box.keyId);
  });

  it('is refused when any character of it was changed, or the key id was forged', () => {
    const sealed = box.seal('secret', 'a');
    for (let i = 0; i < sealed.length; i++) {
      const flipped = sealed[i] === 'A' ? 'B' : 'A';
      const altered = sealed.slice(0, i) + flipped + sealed.slice(i + 1);
      // The last base64 character of a part may carry unused bits.
      if (Buffer.from(altered.replaceAll('.', ''), 'base64url').equals(Buffer.from(sealed.replaceAll('.', ''), 'base64url'))) continue;
      expect(() => box.open(altered, 'a'), `position ${i}`).toThrow(/Secrets|sealed|secret/);
    }
    const other = createSecretBox(newKey());
    expect(() => other.open(sealed.replace(box.keyId, other.keyId), 'a')).toThrow(SecretsDamagedError);
  });

  it.each(['', 'sm1', 'sm1.a.b', 'sm2.a.b.c', 'sm1..', 'sm1.x.y.z.w'])('%j is refused as damaged', (text) => {
    expect(() => box.open(text, 'a')).toThrow(SecretsDamagedError);
  });

  it('wants a key of 32 bytes', () => {
    for (const bad of ['', 'short', randomBytes(31).toString('base64'), randomBytes(32).toString('hex')])
      expect(() => createSecretBox(bad)).toThrow(TypeError);
  });
});

describe('the generated key', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'signalman-secrets-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('is made once, kept, and readable by its owner only', () => {
    const data = join(dir, 'a', 'b');
    const key = loadOrCreateSecretsKey(data);
    expect(loadOrCreateSecretsKey(data)).toBe(key);
    expect(createSecretBox(key).keyId).toMatch(/^[0-9a-f]{12}$/);
    expect(statSync(join(data, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(data)).toEqual(['secrets.key']);
  });

  it('is closed to others again when a copy had opened it', () => {
    const key = loadOrCreateSecretsKey(dir);
    chmodSync(join(dir, 'secrets.key'), 0o644);
    expect(loadOrCreateSecretsKey(dir)).toBe(key);
    expect(statSync(join(dir, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  it('is never replaced when the file is damaged', () => {
    writeFileSync(join(dir, 'secrets.key'), 'half');
    expect(() => loadOrCreateSecretsKey(dir)).toThrow('secrets.key');
    expect(readFileSync(join(dir, 'secrets.key'), 'utf8')).toBe('half');
  });
});

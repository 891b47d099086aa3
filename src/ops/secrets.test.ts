import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyRing, createSecretBox, SecretsDamagedError, SecretsKeyMismatchError } from './secrets.ts';

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

describe('a ring of keys', () => {
  const [old, next] = [newKey(), newKey()];
  const sealed = createSecretBox(old).seal('api-secret', 'account:1');

  it('opens what every key of it has sealed, and seals with the first', () => {
    const ring = createKeyRing(() => [next, old]);
    expect(ring.open(sealed, 'account:1')).toBe('api-secret');
    expect(createSecretBox(next).open(ring.seal('s', 'a'), 'a')).toBe('s');
    expect(ring.keyIds).toEqual([createSecretBox(next).keyId, createSecretBox(old).keyId]);
  });

  it('rewraps a record: the data stays, only the new key is needed, the old one no longer opens it', () => {
    const ring = createKeyRing(() => [next, old]);
    const rewrapped = ring.rewrap(sealed, 'account:1');
    expect(rewrapped.split('.')[3]).toBe(sealed.split('.')[3]);
    expect(createSecretBox(next).open(rewrapped, 'account:1')).toBe('api-secret');
    expect(() => createSecretBox(old).open(rewrapped, 'account:1')).toThrow(SecretsKeyMismatchError);
    expect(ring.rewrap(rewrapped, 'account:1')).toBe(rewrapped);
    expect(() => ring.rewrap(sealed, 'account:2')).toThrow(SecretsDamagedError);
  });

  it('learns a key that was added while it is in use', () => {
    let keys = [old];
    const ring = createKeyRing(() => keys);
    keys = [next, old];
    expect(ring.open(createSecretBox(next).seal('s', 'a'), 'a')).toBe('s');
    expect(ring.keyId).toBe(createSecretBox(next).keyId);
  });
});

import { expect, it } from 'vitest';
import { hashPassword, randomPassword, randomToken, verifyPassword } from './passwords.ts';

it('a password is kept as argon2id with the cost OWASP asks for, salted', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword(one, 'correct horse')).toBe(true);
  expect(await verifyPassword(one, 'Correct horse')).toBe(false);
});

it('empty and endless passwords are refused without work', async () => {
  await expect(hashPassword('')).rejects.toThrow(RangeError);
  await expect(hashPassword('x'.repeat(1025))).rejects.toThrow(RangeError);
  expect(await verifyPassword(await hashPassword('x'), 'x'.repeat(1_000_000))).toBe(false);
});

it('a damaged hash is an error, not a wrong password', async () => {
  await expect(verifyPassword('not a hash', 'x')).rejects.toThrow();
});

it('tokens and passwords hold at least 160 bits, are URL-safe and never alike', () => {
  const made = Array.from({ length: 2_000 }, (_, i) => (i % 2 ? randomToken() : randomPassword()));
  for (const token of made) expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(new Set(made).size).toBe(made.length);
  expect(Array.from({ length: 2_000 }, randomPassword).some((password) => password.startsWith('-'))).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { newTotpSecret, qrCode, totpCode, totpStepAt, totpUri, verifyTotp } from './totp.ts';

/** Appendix B of RFC 6238 for SHA-1: the secret is the ASCII text 12345678901234567890, its codes the last six of eight digits. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const NOW = Date.UTC(2026, 10, 20, 12, 0, 10);

describe('one-time passwords', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at %d seconds', (seconds, code) => {
    expect(totpCode(RFC_SECRET, seconds * 1000)).toBe(code);
    expect(verifyTotp(RFC_SECRET, code, seconds * 1000, null)).toBe(Math.floor(seconds / 30));
  });

  it('have secrets of 160 bits, no two alike', () => {
    const secrets = Array.from({ length: 50 }, newTotpSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  it.each([
    ['a step ago', -30_000, true],
    ['now', 0, true],
    ['a step ahead', 30_000, true],
    ['two steps ago', -60_000, false],
    ['two steps ahead', 60_000, false],
  ])('are taken when the app was at %s: %d ms → %s', (_when, offset, taken) => {
    const step = verifyTotp(RFC_SECRET, totpCode(RFC_SECRET, NOW + offset), NOW, null);
    expect(step).toBe(taken ? totpStepAt(NOW + offset) : null);
  });

  it('are taken once: neither their step nor an earlier one counts again', () => {
    const step = verifyTotp(RFC_SECRET, totpCode(RFC_SECRET, NOW), NOW, null);
    expect(verifyTotp(RFC_SECRET, totpCode(RFC_SECRET, NOW), NOW, step)).toBeNull();
    expect(verifyTotp(RFC_SECRET, totpCode(RFC_SECRET, NOW - 30_000), NOW, step)).toBeNull();
    expect(verifyTotp(RFC_SECRET, totpCode(RFC_SECRET, NOW + 30_000), NOW, step)).toBe((step ?? 0) + 1);
  });

  it.each([['28708'], ['2870822'], ['28708a'], ['٢٨٧٠٨٢'], [' 287082'], ['']])(
    'are six digits and nothing else: "%s" is refused',
    (code) => {
      expect(verifyTotp(RFC_SECRET, code, 59_000, null)).toBeNull();
    },
  );

  it('are enrolled by a URI that names issuer and person, as a picture or in a terminal', () => {
    const uri = totpUri(RFC_SECRET, 'ann@example.com');
    const { protocol, host, pathname, searchParams } = new URL(uri);
    expect([protocol, host, decodeURIComponent(pathname)]).toEqual(['otpauth:', 'totp', '/Signalman:ann@example.com']);
    expect(Object.fromEntries(searchParams)).toMatchObject({ secret: RFC_SECRET, issuer: 'Signalman', digits: '6', period: '30' });
    const { svg, text } = qrCode(uri);
    expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
    expect(text.split('\n').length).toBeGreaterThan(15);
  });
});

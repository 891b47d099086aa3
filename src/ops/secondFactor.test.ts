import { describe, expect, it } from 'vitest';
import { checkSecondFactor, type FactorHolder, newRecoveryCodes, recoveryHash, totpPlace } from './secondFactor.ts';
import { createSecretBox } from './secrets.ts';
import { newTotpSecret, totpCode, totpStepAt } from './totp.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const box = createSecretBox(Buffer.alloc(32, 7).toString('base64'));
const secret = newTotpSecret();
const codes = newRecoveryCodes();
const ann: FactorHolder = {
  id: 'ann',
  sealedTotp: box.seal(secret, totpPlace('ann')),
  totpLastStep: null,
  recoveryHashes: codes.map((code) => recoveryHash('ann', code)),
};
const check = (code: string, user: FactorHolder = ann) => checkSecondFactor(box, user, code, NOW);

describe('the second factor of a user', () => {
  it('is a code of their app, with or without a space in the middle', () => {
    const code = totpCode(secret, NOW);
    const factor = { userId: 'ann', step: totpStepAt(NOW) };
    expect(check(code)).toEqual(factor);
    expect(check(`${code.slice(0, 3)} ${code.slice(3)}`)).toEqual(factor);
    expect(check(code, { ...ann, totpLastStep: totpStepAt(NOW) })).toBeNull();
  });

  it('or one of ten recovery codes of 80 bits, however it is typed', () => {
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    const [code = ''] = codes;
    expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    const factor = { userId: 'ann', recoveryHash: ann.recoveryHashes[0] };
    expect(check(code)).toEqual(factor);
    expect(check(code.toLowerCase().replaceAll('-', ' '))).toEqual(factor);
  });

  it.each([
    ['a wrong code', '000000x'],
    ['nothing', ''],
    ['an invented recovery code', 'AAAA-AAAA-AAAA-AAAA'],
  ])('is not %s', (_what, code) => {
    expect(check(code)).toBeNull();
  });

  it("is not another user's recovery code, nor anything for who has enrolled none", () => {
    expect(check(codes[0] ?? '', { ...ann, id: 'bob', sealedTotp: box.seal(secret, totpPlace('bob')) })).toBeNull();
    expect(checkSecondFactor(box, { ...ann, sealedTotp: null }, codes[0] ?? '', NOW)).toBeNull();
  });
});

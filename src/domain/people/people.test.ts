import { describe, expect, it } from 'vitest';
import { roleOfScopes, roleOfToken } from './access.ts';
import { spendFactor } from './secondFactor.ts';
import { mayAct, newUser, type User } from './user.ts';

const ann: User = {
  ...newUser({ id: 'ann', email: ' Ann@Example.com', role: 'trader', passwordHash: 'x', createdAt: 0 }),
  sealedTotp: 'sealed',
  totpLastStep: 100,
  recoveryHashes: ['a', 'b'],
};

describe('a second factor is spent once', () => {
  it.each([
    ['a later step', { userId: 'ann', step: 101 }, { totpLastStep: 101, recoveryHashes: ['a', 'b'] }],
    ['a recovery code', { userId: 'ann', recoveryHash: 'a' }, { totpLastStep: 100, recoveryHashes: ['b'] }],
  ])('by %s', (_what, factor, after) => {
    const spent = spendFactor(ann, factor);
    expect(spent).toMatchObject(after);
    expect(spent && spendFactor(spent, factor)).toBeNull();
  });

  it.each([
    ['the step that was used', { userId: 'ann', step: 100 }],
    ['an earlier one', { userId: 'ann', step: 99 }],
    ['an unknown recovery code', { userId: 'ann', recoveryHash: 'c' }],
    ["somebody else's", { userId: 'bob', step: 101 }],
  ])('and never by %s', (_what, factor) => {
    expect(spendFactor(ann, factor)).toBeNull();
  });

  it('nor by anything when none is enrolled', () => {
    expect(spendFactor({ ...ann, sealedTotp: null }, { userId: 'ann', step: 101 })).toBeNull();
  });
});

describe('rights', () => {
  it('of a role include those of the roles below it', () => {
    const pairs = [mayAct('admin', 'viewer'), mayAct('trader', 'trader'), mayAct('viewer', 'trader'), mayAct('trader', 'admin')];
    expect(pairs).toEqual([true, true, false, false]);
  });

  it('of a token are those of its widest scope, never more than its owner has by now', () => {
    expect([roleOfScopes(['read']), roleOfScopes(['read', 'trade']), roleOfScopes(['admin'])]).toEqual(['viewer', 'trader', 'admin']);
    expect(roleOfToken({ scopes: ['admin'] }, 'viewer')).toBe('viewer');
    expect(roleOfToken({ scopes: ['read'] }, 'admin')).toBe('viewer');
  });

  it('belong to an address in any spelling', () => {
    expect(ann.email).toBe('ann@example.com');
  });
});

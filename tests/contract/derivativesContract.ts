import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fundingIdFor } from '../../src/domain/ids.ts';
import { decimal } from '../../src/domain/money.ts';
import type { Change, LedgerSnapshot } from '../../src/ledger/ledger.ts';
import { account, EPOCH, funding, type LedgerUnderTest, MIDNIGHT, NOON, plain } from './ledgerFixture.ts';

/** What every ledger does about what derivatives bring along. */
export function derivativesContract(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`derivatives in the ledger on ${name}`, () => {
    let given: LedgerUnderTest;
    const append = (...changes: Change[]): Promise<void> => given.ledger.append(EPOCH, changes);
    const load = (): Promise<LedgerSnapshot> => given.successor().load(MIDNIGHT);

    beforeEach(async () => {
      given = await make();
    });
    afterEach(() => given.close());

    it('books a funding payment once: balance, the day and what may be told again', async () => {
      const before = MIDNIGHT - 1;
      await append(funding('f0', '-1', before), funding('f1', '-2.5'), funding('f1', '-2.5'), funding('f2', '0.25', NOON, '0'));
      await append(funding('f1', '-2.5'), { kind: 'funding.asked', accountId: account.id, until: NOON - 1 });
      await append({ kind: 'funding.asked', accountId: account.id, until: NOON });
      const snapshot = await load();
      expect(plain(snapshot.balances)).toEqual([{ accountId: account.id, asset: 'USDT', total: '-3.5', setAt: null }]);
      expect(plain(snapshot.realizedSince)).toEqual([{ accountId: account.id, realizedPnl: '-2.25' }]);
      const ids = ['f1', 'f2'].map((venueId) => fundingIdFor(account.id, venueId)).sort();
      expect(snapshot.funding).toEqual([{ accountId: account.id, until: NOON, ids }]);
    });

    it("takes a payment that the venue's balance contains without changing that balance", async () => {
      await append(funding('f1', '-2'), { kind: 'balance.set', accountId: account.id, asset: 'USDT', total: decimal('7'), at: NOON });
      await append(funding('f2', '-1', NOON, '0'), funding('f3', '-1'));
      expect(plain((await load()).balances)).toEqual([{ accountId: account.id, asset: 'USDT', total: '6', setAt: NOON }]);
    });
  });
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import { EPOCH, type LedgerUnderTest, MIDNIGHT, NOON, part, received } from './ledgerFixture.ts';

/** What an order over several accounts needs of the ledger. */
export function ledgerRoutesContract(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`routes in the ledger on ${name}`, () => {
    let given: LedgerUnderTest;

    beforeEach(async () => {
      given = await make();
    });
    afterEach(() => given.close());

    it('hands over the share of a part that is to be carried out once in all', async () => {
      const share = decimal('0.123456789');
      const shared: Change = {
        kind: 'signal.part',
        part: { signalId: 's1', accountId: 'acc-1', status: 'accepted', code: 'ROUTED', message: null, share },
        at: NOON,
      };
      await given.ledger.append(EPOCH, [received('s1'), shared, part('s1', 'done', 'acc-2')]);
      const { parts } = await given.successor().load(MIDNIGHT);
      expect(parts.map(({ accountId, share: own }) => [accountId, own?.toFixed()])).toEqual([
        ['acc-1', '0.123456789'],
        ['acc-2', undefined],
      ]);
    });
  });
}

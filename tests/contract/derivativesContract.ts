import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hedge, HedgeProgress } from '../../src/domain/hedge/hedge.ts';
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

    it('keeps rules and how far each has come, as they are now', async () => {
      const rule: Hedge = {
        ...{
          id: 'h1',
          name: 'cover',
          ownerId: 'u1',
          ratio: '-0.5',
          by: 'notional',
          band: '5%',
          minIntervalSec: 30,
          enabled: true,
          createdAt: NOON,
        },
        parent: { accountId: 'a', symbol: 'BTC/USDT' },
        hedge: { accountId: 'b', symbol: 'BTC/USDT:USDT' },
      };
      const decided: HedgeProgress = {
        ...{ hedgeId: 'h1', step: 7, commandId: 'c7', target: '-0.123456789012345678', state: 'decided' },
        ...{ code: null, message: null, failures: 0, at: NOON },
      };
      const gone = { ...rule, id: 'h2', name: 'gone' };
      await append({ kind: 'hedge.put', hedge: rule }, { kind: 'hedge.put', hedge: gone }, { kind: 'hedge.progress', progress: decided });
      await append({ kind: 'hedge.progress', progress: { ...decided, hedgeId: 'h2' } }, { kind: 'hedge.removed', hedgeId: 'h2', at: NOON });
      const done: HedgeProgress = {
        ...decided,
        state: 'done',
        code: 'ORDER_NOTIONAL_LIMIT',
        message: 'too much',
        failures: 2,
        at: NOON + 5,
      };
      await append({ kind: 'hedge.put', hedge: { ...rule, enabled: false } }, { kind: 'hedge.progress', progress: done });
      const { hedges, hedgeProgress } = await load();
      expect({ hedges, hedgeProgress }).toEqual({ hedges: [{ ...rule, enabled: false }], hedgeProgress: [done] });
    });
  });
}

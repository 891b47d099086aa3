import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillIdFor } from '../../src/domain/ids.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import {
  account,
  booked,
  claim,
  drift,
  EPOCH,
  type LedgerUnderTest,
  MIDNIGHT,
  NOON,
  order,
  part,
  plain,
  received,
  signal,
} from './ledgerFixture.ts';

/** What holding the ledger against a venue needs of it, whatever it keeps its rows in. */
export function ledgerReconciliationContract(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`reconciling with the ledger on ${name}`, () => {
    let given: LedgerUnderTest;
    const append = (...changes: Change[]): Promise<void> => given.ledger.append(EPOCH, changes);
    const position = async () => {
      const { positions } = await given.successor().load(MIDNIGHT);
      return plain(positions.map(({ quantity, cost, realizedPnl }) => [quantity, cost, realizedPnl]));
    };

    beforeEach(async () => {
      given = await make();
    });
    afterEach(() => given.close());

    it('corrects a position once, beside the fills, and leaves balances alone', async () => {
      const filled = order('s1', { status: 'filled' });
      const entry = { quantityDelta: decimal('-0.5'), costDelta: decimal('-50'), realizedPnl: ZERO };
      const after = { accountId: account.id, symbol: 'BTC/USDT', quantity: decimal('0.5'), cost: decimal('50'), realizedPnl: ZERO };
      const about = { accountId: account.id, symbol: 'BTC/USDT', entry, position: after, reason: 'adopted', at: NOON };
      const adjusted = (id: string): Change => ({ kind: 'position.adjusted', id, ...about });
      const [one, other] = [fillIdFor('x', 'x', '1'), fillIdFor('x', 'x', '2')];
      await append(received('s1'), { kind: 'order.created', order: filled }, booked(filled, 't1'));
      await append(adjusted(one), adjusted(one));
      await append(adjusted(one));
      expect(await position()).toEqual([['0.5', '50', '0']]);
      await append(adjusted(other), booked(filled, 't2'));
      expect(await position()).toEqual([['1', '100', '0']]);
      const { balances } = await given.successor().load(MIDNIGHT);
      expect(plain(balances.map(({ asset, total }) => [asset, total]))).toEqual([
        ['BTC', '2'],
        ['USDT', '-200'],
      ]);
    });

    it('keeps of each account and symbol the latest drift, of each strategy the latest claim', async () => {
      await append({ kind: 'drift.put', drift: { ...drift, cause: 'unexplained', status: 'open' } }, { kind: 'claim.put', claim });
      await append({ kind: 'drift.put', drift }, { kind: 'claim.put', claim: { ...claim, position: null, seq: 8 } });
      await append({ kind: 'claim.put', claim: { ...claim, strategy: '' } });
      const { drifts, claims } = await given.successor().load(MIDNIGHT);
      expect(drifts).toEqual([drift]);
      expect(claims.map(({ strategy, position, seq }) => [strategy, position?.toFixed() ?? null, seq])).toEqual([
        ['', '1.5', 7],
        ['trend', null, 8],
      ]);
    });

    it('tells which fills are booked', async () => {
      const filled = order('s1', { status: 'filled' });
      await append(received('s1'), { kind: 'order.created', order: filled }, booked(filled, 't1'));
      const [known, unknown] = [fillIdFor(account.id, 'BTC/USDT', 't1'), fillIdFor(account.id, 'BTC/USDT', 't2')];
      expect([...(await given.ledger.booked([known, unknown]))]).toEqual([known]);
      expect([...(await given.ledger.booked([]))]).toEqual([]);
    });

    it("finds an account's orders by the venue's id or ours, final ones too", async () => {
      const [byVenue, byUs] = [order('s1', { status: 'filled', venueOrderId: '42' }), order('s2', { status: 'rejected' })];
      const foreign = order('s3', { accountId: 'acc-2', venueOrderId: '42' });
      const created = [byVenue, byUs, foreign].map((each): Change => ({ kind: 'order.created', order: each }));
      await append(received('s1'), received('s2'), received('s3'), ...created);
      const find = async (...names: { venueOrderId: string; clientOrderId: string | null }[]) =>
        (await given.ledger.ordersNamed(account.id, names)).map(({ id }) => id).sort();
      expect(await find({ venueOrderId: '42', clientOrderId: null })).toEqual([byVenue.id]);
      expect(await find({ venueOrderId: '43', clientOrderId: byUs.clientOrderId })).toEqual([byUs.id]);
      expect(await find({ venueOrderId: '42', clientOrderId: byUs.clientOrderId })).toEqual([byVenue.id, byUs.id].sort());
      expect(await find({ venueOrderId: '44', clientOrderId: 'web_1' }, { venueOrderId: '45', clientOrderId: null })).toEqual([]);
    });

    it('recalls a signal that is over, with its parts, orders and fills', async () => {
      const filled = order('s1', { status: 'filled', venueOrderId: '42' });
      await append(received('s1'), part('s1', 'done'), { kind: 'order.created', order: filled }, booked(filled, 't1'));
      await append(received('s2'), { kind: 'order.created', order: order('s2') });
      const recalled = await given.ledger.recall('s1');
      expect(plain(recalled)).toEqual(
        plain({
          signal: signal('s1'),
          parts: [{ signalId: 's1', accountId: account.id, status: 'done', code: null, message: null }],
          orders: [filled],
          fillIds: [fillIdFor(account.id, 'BTC/USDT', 't1')],
        }),
      );
      expect(await given.ledger.recall('s9')).toBeNull();
    });
  });
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { type Change, FencedError, type LedgerSnapshot } from '../../src/ledger/ledger.ts';
import {
  account,
  actor,
  approval,
  booked,
  claim,
  drift,
  EPOCH,
  entry,
  hook,
  type LedgerUnderTest,
  limits,
  MIDNIGHT,
  NOON,
  notice,
  order,
  part,
  plain,
  proposal,
  received,
  ruling,
  session,
  signal,
  token,
  updated,
  user,
} from './ledgerFixture.ts';

/** What every ledger does, whatever it keeps its rows in. */
export function ledgerContract(name: string, make: () => Promise<LedgerUnderTest>): void {
  const link = { userId: 'u1', telegramId: '42', linkedAt: NOON };
  const code = { userId: 'u1', codeHash: 'hash', expiresAt: NOON };

  describe(`the ledger on ${name}`, () => {
    let given: LedgerUnderTest;
    const append = (...changes: Change[]): Promise<void> => given.ledger.append(EPOCH, changes);
    const load = (): Promise<LedgerSnapshot> => given.successor().load(MIDNIGHT);
    const positionAndBalances = async (): Promise<unknown> => {
      const { positions, balances } = await load();
      const position = positions.map(({ quantity, cost, realizedPnl }) => [quantity, cost, realizedPnl]);
      return plain({ position, balances: balances.map(({ asset, total }) => [asset, total]) });
    };

    beforeEach(async () => {
      given = await make();
    });
    afterEach(() => given.close());

    it('gives the next leader everything back as it was', async () => {
      const open = order('s1', { status: 'open', venueOrderId: '42', expiresAt: NOON + 60_000, sentAt: NOON, parentShare: decimal('50') });
      await append(
        { kind: 'account.put', account },
        { kind: 'hook.put', hook },
        { kind: 'whitelist.put', entry },
        { kind: 'ban.ruled', ruling },
        { kind: 'user.put', user },
        { kind: 'session.put', session },
        { kind: 'session.put', session: { ...session, id: 'ended', tokenHash: 'ended' } },
        { kind: 'session.removed', sessionId: 'ended' },
        { kind: 'token.put', token },
        { kind: 'telegram.linked', link },
        { kind: 'telegram.code', code },
        { kind: 'proposal.put', proposal },
        { kind: 'proposal.put', proposal: { ...proposal, id: 'old', proposedAt: MIDNIGHT - 7 * 86_400_000 - 1 } },
        { kind: 'risk.set', accountId: null, limits, at: NOON },
        { kind: 'trading.set', accountId: account.id, mode: 'reduce_only', reason: 'news', actor, at: NOON, seq: -7 },
        received('s1'),
        part('s1', 'executing'),
        { kind: 'approval.put', approval: { ...approval, decision: null } },
        { kind: 'approval.put', approval },
        { kind: 'drift.put', drift },
        { kind: 'claim.put', claim },
        { kind: 'order.created', order: open },
        booked(open, 't1', { quantity: '0.5', cost: '30000.25', pnl: '-1.5' }),
      );
      const snapshot = await load();
      expect(plain(snapshot)).toEqual(
        plain({
          telegram: { codes: [code], links: [link] },
          accounts: [account],
          hooks: [hook],
          ...{ hedges: [], hedgeProgress: [], funding: [] },
          whitelist: [entry],
          rulings: [ruling],
          people: { users: [user], sessions: [session], tokens: [token] },
          proposals: [proposal],
          modes: [{ accountId: account.id, mode: 'reduce_only', reason: 'news', at: NOON, seq: -7 }],
          limits: [{ accountId: null, limits }],
          positions: [{ accountId: account.id, symbol: 'BTC/USDT', quantity: '0.5', cost: '30000.25', realizedPnl: '-1.5' }],
          balances: [
            { accountId: account.id, asset: 'BTC', total: '0.5', setAt: null },
            { accountId: account.id, asset: 'USDT', total: '-30000.25', setAt: null },
          ],
          orders: [open],
          fillIds: snapshot.fillIds,
          parts: [{ signalId: 's1', accountId: account.id, status: 'executing', code: null, message: null }],
          signals: [signal('s1')],
          approvals: [approval],
          drifts: [drift],
          claims: [claim],
          realizedSince: [{ accountId: account.id, realizedPnl: '-1.5' }],
        }),
      );
      expect(snapshot.fillIds).toHaveLength(1);
      expect(await given.ledger.approval('s1')).toEqual(approval);
      expect(await given.ledger.approval('s2')).toBeNull();
    });

    it('keeps decimals exact at both ends of its scale', async () => {
      const extreme = order('s1', {
        quantity: decimal('0.000000000000000000000000000001'),
        price: decimal('99999999999999999999999999999999999'),
      });
      await append({ kind: 'order.created', order: extreme });
      expect(plain((await load()).orders)).toEqual(plain([extreme]));
    });

    it('takes one signal received twice as one, the first', async () => {
      await append(received('s1'), part('s1', 'executing'), received('s1', { payload: '{}' }));
      await append(received('s1', { payload: '{"other":1}' }));
      expect((await load()).signals).toEqual([signal('s1')]);
    });

    it('books a fill once, however often it is told of it', async () => {
      const open = order('s1', { status: 'open' });
      await append({ kind: 'order.created', order: open }, booked(open, 't1'), booked(open, 't1'));
      await append(booked(open, 't1'));
      await Promise.all([append(booked(open, 't1')), append(booked(open, 't2')), append(booked(open, 't2'))]);
      expect(await positionAndBalances()).toEqual({
        position: [['2', '200', '0']],
        balances: [
          ['BTC', '2'],
          ['USDT', '-200'],
        ],
      });
    });

    it("lets the venue's balance replace what was booked before it and adds what comes after", async () => {
      const open = order('s1', { status: 'open' });
      const set: Change = { kind: 'balance.set', accountId: account.id, asset: 'USDT', total: decimal('5000'), at: NOON };
      await append(booked(open, 't1'), set, booked(open, 't2'), booked(open, 't1'));
      expect(await positionAndBalances()).toMatchObject({
        balances: [
          ['BTC', '2'],
          ['USDT', '4900'],
        ],
      });
    });

    it('keeps the last state of an order that moves several times in one append', async () => {
      const first = order('s1');
      const sent = updated(first, { status: 'submitted', sentAt: NOON + 1 });
      const open = updated(sent.order, { status: 'open', venueOrderId: '42' });
      await append({ kind: 'order.created', order: first }, sent, open);
      expect(plain((await load()).orders)).toEqual(plain([open.order]));
    });

    it('forgets a final order, but not while its signal is unfinished on that account', async () => {
      const [done, undone] = [order('s1'), order('s2')];
      await append(received('s1'), part('s1', 'done'), received('s2'), part('s2', 'executing'), part('s2', 'done', 'acc-2'));
      for (const created of [done, undone]) await append({ kind: 'order.created', order: created }, updated(created, { status: 'filled' }));
      const { orders, parts, signals } = await load();
      expect(orders.map(({ id }) => id)).toEqual([undone.id]);
      expect(parts.map(({ accountId, status }) => [accountId, status])).toEqual([
        ['acc-1', 'executing'],
        ['acc-2', 'done'],
      ]);
      expect(signals.map(({ id }) => id)).toEqual(['s2']);
    });

    it('hands over orders oldest first', async () => {
      const ages = [3, 1, 2].map((age) => order(`s${age}`, { createdAt: NOON + age }));
      for (const created of ages) await append({ kind: 'order.created', order: created });
      expect((await load()).orders.map(({ signalId }) => signalId)).toEqual(['s1', 's2', 's3']);
    });

    it('counts realised profit and loss from the start of the day', async () => {
      const open = order('s1');
      await append(
        booked(open, 't1', { pnl: '5', at: MIDNIGHT - 1 }),
        booked(open, 't2', { pnl: '-2', at: MIDNIGHT }),
        booked(open, 't3', { pnl: '-1.25' }),
      );
      expect(plain((await load()).realizedSince)).toEqual([{ accountId: account.id, realizedPnl: '-3.25' }]);
    });

    it('applies concurrent appends in the order they were called', async () => {
      const created = order('s1');
      const moves = Array.from({ length: 100 }, (_, i) => updated(created, { status: 'open', venueOrderId: String(i) }));
      await Promise.all([append({ kind: 'order.created', order: created }), ...moves.map((move) => append(move))]);
      expect((await load()).orders[0]?.venueOrderId).toBe('99');
    });

    it('refuses a deposed leader, who changes nothing', async () => {
      await append(notice('n1'));
      const epoch = await given.depose();
      await expect(append(notice('n2'))).rejects.toThrow(FencedError);
      await expect(given.ledger.markSent(EPOCH, [1], NOON)).rejects.toThrow(FencedError);
      await expect(given.ledger.markFailed(EPOCH, 1, 'down', true, NOON)).rejects.toThrow(FencedError);
      const successor = given.successor();
      expect((await successor.pending(10)).map(({ id, attempts }) => [id, attempts])).toEqual([['n1', 0]]);
      await successor.append(epoch, [notice('n3')]);
      expect(await successor.pending(10)).toHaveLength(2);
    });

    it('stores words that hold what no database stores', async () => {
      const text = 'quote \' " \\ \\u0000 \u{1F682}';
      const message = `NUL \0, half a pair \ud800, ${text}`;
      await append(
        { kind: 'order.created', order: order('s1', { message: text }) },
        { kind: 'order.created', order: order('s2', { message }) },
      );
      const [whole, cleaned] = (await load()).orders;
      expect(whole?.message).toBe(text);
      expect(cleaned?.message).toContain(text);
    });

    describe('knows of commands', () => {
      const handled = async (id: string): Promise<unknown> => (await given.successor().handled([id]))[0];

      it('that it never saw', async () => {
        expect(await handled('s1')).toEqual({ id: 's1', accountIds: [], finished: false });
      });

      it('that were refused before they reached an account', async () => {
        await append(received('s1'), {
          kind: 'signal.status',
          signalId: 's1',
          status: 'refused',
          code: 'SIGNAL_STALE',
          message: '',
          at: NOON,
        });
        expect(await handled('s1')).toEqual({ id: 's1', accountIds: [], finished: true });
      });

      it('whose status came with a signal received again, while receiving alone changes none', async () => {
        const refused: Change = { kind: 'signal.status', signalId: 's1', status: 'refused', code: 'SIGNAL_STALE', message: '', at: NOON };
        await append(received('s1'));
        expect(await handled('s1')).toMatchObject({ finished: false });
        await append(received('s1'), refused);
        await append(received('s1'));
        expect(await handled('s1')).toMatchObject({ finished: true });
      });

      it('that reached some of their accounts, whatever became of them there', async () => {
        const done: Change = { kind: 'signal.status', signalId: 's1', status: 'done', code: null, message: null, at: NOON };
        await append(received('s1'), part('s1', 'done', 'acc-2'), part('s1', 'done'), done);
        expect(await handled('s1')).toEqual({ id: 's1', accountIds: ['acc-1', 'acc-2'], finished: false });
      });

      it('that were answered', async () => {
        await append({ kind: 'reply', commandId: 'c1', status: 201, body: { id: 'x' }, at: NOON, userId: null });
        expect(await handled('c1')).toEqual({ id: 'c1', accountIds: [], finished: true });
      });

      it('in the order asked', async () => {
        const answers = await given.ledger.handled(['b', 'a', 'c']);
        expect(answers.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      });
    });

    it('takes accounts and hooks away and back', async () => {
      await append({ kind: 'account.put', account }, { kind: 'hook.put', hook });
      await append({ kind: 'account.removed', accountId: account.id, at: NOON }, { kind: 'hook.removed', hookId: hook.id, at: NOON });
      expect(await load()).toMatchObject({ accounts: [], hooks: [] });
      await append(
        { kind: 'account.put', account },
        { kind: 'account.removed', accountId: account.id, at: NOON },
        { kind: 'account.put', account },
      );
      await append({ kind: 'hook.put', hook: { ...hook, name: 'renamed' } });
      expect(await load()).toMatchObject({ accounts: [account], hooks: [{ name: 'renamed' }] });
    });

    it('takes whitelist entries away and back, and keeps of each network the latest ruling', async () => {
      const later = { ...ruling, id: 'r2', until: null, at: NOON + 1 };
      await append({ kind: 'whitelist.put', entry }, { kind: 'whitelist.put', entry: { ...entry, id: 'e2', expiresAt: null } });
      await append({ kind: 'ban.ruled', ruling }, { kind: 'ban.ruled', ruling: { ...ruling, network: '192.0.2.2' } });
      await append({ kind: 'whitelist.removed', entryId: 'e2', at: NOON }, { kind: 'ban.ruled', ruling: later });
      expect(await load()).toMatchObject({ whitelist: [entry], rulings: [{ ...ruling, network: '192.0.2.2' }, later] });
      await append({ kind: 'whitelist.put', entry: { ...entry, id: 'e2', label: 'again' } });
      expect((await load()).whitelist.map(({ label }) => label)).toEqual(['office', 'again']);
    });

    it('puts a secret under another key, unless it is no longer the one that was read', async () => {
      const place = 'account credentials';
      const other = { ...account, id: 'acc-2', sealedCredentials: 'v1:new' };
      await append({ kind: 'account.put', account }, { kind: 'account.put', account: other });
      const rewrap = { kind: 'secret.rewrapped', place, before: 'v1:sealed', after: 'v2:sealed' } as const;
      await append({ ...rewrap, id: account.id }, { ...rewrap, id: other.id }, { ...rewrap, id: 'gone' });
      expect((await load()).accounts.map(({ sealedCredentials }) => sealedCredentials)).toEqual(['v2:sealed', 'v1:new']);
    });

    it('sends critical notices first, then the oldest, and each until it is sent or given up', async () => {
      await append(notice('n1'), notice('n2', 'critical'), notice('n3', 'warning'), notice('n4'), notice('n1'));
      const pending = await given.ledger.pending(10);
      expect(pending.map(({ id }) => id)).toEqual(['n2', 'n1', 'n3', 'n4']);
      expect((await given.ledger.pending(2)).map(({ id }) => id)).toEqual(['n2', 'n1']);
      const [critical = -1, first = -1, second = -1] = pending.map(({ seq }) => seq);
      await given.ledger.markSent(EPOCH, [critical], NOON);
      await given.ledger.markFailed(EPOCH, first, 'timeout', false, NOON);
      await given.ledger.markFailed(EPOCH, first, 'timeout', false, NOON);
      await given.ledger.markFailed(EPOCH, second, 'chat not found', true, NOON);
      const left = (await given.successor().pending(10)).map(({ id, attempts }) => [id, attempts]);
      expect(left).toEqual([
        ['n1', 2],
        ['n4', 0],
      ]);
    });

    it('links one user to one account on Telegram, and keeps one code a user', async () => {
      const linked = (userId: string, telegramId: string): Change => ({
        kind: 'telegram.linked',
        link: { userId, telegramId, linkedAt: NOON },
      });
      const links = async () => (await load()).telegram.links.map(({ userId, telegramId }) => [userId, telegramId]);
      await append({ kind: 'telegram.code', code }, { kind: 'telegram.code', code: { ...code, codeHash: 'newer' } });
      expect((await load()).telegram.codes).toEqual([{ ...code, codeHash: 'newer' }]);
      await append(linked('u1', '1'), linked('u1', '2'), linked('u2', '1'));
      expect(await links()).toEqual([
        ['u1', '2'],
        ['u2', '1'],
      ]);
      expect((await load()).telegram.codes, 'a code that was used is gone').toEqual([]);
      await append(linked('u2', '2'));
      expect(await links()).toEqual([['u2', '2']]);
      await append({ kind: 'telegram.unlinked', userId: 'u2' }, linked('u1', '7'), { kind: 'telegram.unlinked', userId: 'u1' });
      expect(await links()).toEqual([]);
    });

    it('keeps what is for one person apart, and says whom it can reach', async () => {
      await append({ kind: 'telegram.linked', link }, notice('n1'), notice('n2', 'info', { recipientId: 'u1' }));
      await append(notice('n3', 'info', { recipientId: 'u9', audience: 'user' }));
      expect((await given.ledger.pending(10)).map(({ id }) => id)).toEqual(['n1']);
      expect((await given.ledger.pending(10, ['trading'], 'u1')).map(({ id }) => id)).toEqual(['n2']);
      const recipients = [...(await given.successor().recipients())].sort((a, b) => a.recipientId.localeCompare(b.recipientId));
      expect(recipients).toEqual([
        { audience: 'trading', recipientId: 'u1', chat: link.telegramId },
        { audience: 'user', recipientId: 'u9', chat: null },
      ]);
    });

    it('asks a person in the name of the chat, once, and finds the newest question that stands open', async () => {
      const reduce = { kind: 'trading.set', action: 'reduce_only', accountId: null, reason: null } as const;
      const buttons = [{ label: 'Yes', command: reduce, role: 'trader', byCode: true }] as const;
      const question = (id: string) => {
        const asked = notice(id, 'info', { audience: 'user', recipientId: 'u1', buttons, expiresAt: NOON });
        return asked.kind === 'notice' ? asked.notice : expect.unreachable();
      };
      for (const id of ['q1', 'q2', 'q2']) await given.ledger.ask(EPOCH, question(id));
      expect((await given.ledger.pending(10, ['user'], 'u1')).map(({ id }) => id)).toEqual(['q1', 'q2']);
      expect(await given.ledger.openQuestion('user', 'u1')).toMatchObject({ id: 'q2', buttons });
      await given.ledger.markPressed(EPOCH, 'q2', { label: 'Yes', by: 'user:ann@example.com', at: NOON, result: null });
      expect(await given.ledger.openQuestion('user', 'u1')).toMatchObject({ id: 'q1' });
      expect([await given.ledger.openQuestion('dev', 'u1'), await given.ledger.openQuestion('user', 'u2')]).toEqual([null, null]);
    });

    it('remembers for the next leader how far the updates of a bot were dealt with', async () => {
      expect(await given.ledger.updateCursor('1')).toBeNull();
      await given.ledger.markUpdate(EPOCH, '1', { updateId: 8_000_000_000, at: NOON });
      await given.ledger.markUpdate(EPOCH, '1', { updateId: 8_000_000_001, at: NOON + 1 });
      expect(await given.successor().updateCursor('1')).toEqual({ updateId: 8_000_000_001, at: NOON + 1 });
    });

    it('keeps a choice open until it was made or has expired, on every copy, and shows it until its message was changed', async () => {
      const reduce = { kind: 'trading.set', action: 'reduce_only', accountId: null, reason: null } as const;
      const buttons = [{ label: 'Yes', command: reduce, role: 'trader' }] as const;
      await append(
        notice('q1', 'info', { buttons, expiresAt: NOON + 1_000 }),
        notice('q2', 'info', { buttons, expiresAt: NOON + 1_000, copyOf: 'q1', recipientId: null }),
        notice('q3', 'info', { buttons }),
        notice('n1'),
      );
      const items = await given.ledger.pending(10);
      expect(items.map(({ buttons: shown, expiresAt = null }) => [shown?.length ?? 0, expiresAt])).toEqual([
        [1, NOON + 1_000],
        [1, NOON + 1_000],
        [1, null],
        [0, null],
      ]);
      for (const { seq } of items) await given.ledger.markSent(EPOCH, [seq], NOON, { chat: '1', messageId: String(seq) });
      const toClose = async (now: number) => (await given.successor().choicesToClose(now, 10)).map(({ id }) => id);
      expect(await toClose(NOON)).toEqual([]);
      expect(await toClose(NOON + 1_000)).toEqual(['q1', 'q2']);
      const press = { label: 'Yes', by: 'user:ann@example.com', at: NOON, result: 'refused' };
      await given.ledger.markPressed(EPOCH, 'q1', press);
      expect(await toClose(NOON)).toEqual(['q1', 'q2']);
      const [first = -1] = items.map(({ seq }) => seq);
      expect(await given.ledger.choice('q2')).toMatchObject({ choiceId: 'q1', press, buttons, place: { chat: '1' } });
      expect(await given.ledger.choice('q3')).toMatchObject({ press: null });
      expect([await given.ledger.choice('n1'), await given.ledger.choice('q4')]).toEqual([null, null]);
      await given.ledger.markClosed(EPOCH, [first], NOON);
      expect(await toClose(NOON)).toEqual(['q2']);
    });
  });
}

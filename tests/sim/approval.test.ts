import { describe, expect } from 'vitest';
import type { CommandBody } from '../../src/domain/signal/command.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';
import { ASKING_HOOK } from './traffic.ts';

describe('a hook that demands approval', () => {
  const decide = (signalId: string, decision: 'approve' | 'reject'): CommandBody => ({ kind: 'signal.decide', signalId, decision });
  const waits = (desk: Desk, id: string): Promise<void> => desk.until(() => desk.fate(id) === 'accepted AWAITS_APPROVAL');

  scenario('has its entries carried out when a person approves them, once', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await waits(desk, id);
    await desk.until(async () => (await desk.cluster.log.lag()) === 0); // It holds no place while it waits.
    expect(desk.held).toBe('0');
    const [asked] = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice).filter(({ buttons }) => buttons);
    expect(asked?.buttons?.map(({ label, command, role }) => [label, command, role])).toEqual([
      ['Approve', decide(id, 'approve'), 'trader'],
      ['Reject', decide(id, 'reject'), 'trader'],
    ]);
    await Promise.all([desk.traffic.send(decide(id, 'approve')), desk.traffic.send(decide(id, 'approve'))]);
    await desk.until(() => desk.fate(id) === 'done');
    await desk.rest();
    const answers = desk.traffic.accepted.slice(-2).map(({ id: command }) => desk.cluster.ledger.content.replies.get(command));
    expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 409]);
    expect(JSON.stringify(answers)).toContain('approved by user:sim');
    expect([desk.held, desk.orders('entry').length]).toEqual(['1', 1]);
  });

  scenario('has them refused when a person rejects them', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await waits(desk, id);
    expect(await desk.command(decide(id, 'reject'))).toMatchObject({ status: 200, body: { decision: 'rejected' } });
    expect(await desk.command(decide(id, 'approve'))).toMatchObject({
      status: 409,
      body: { code: 'APPROVAL_DECIDED', decision: 'rejected' },
    });
    expect([desk.fate(id), desk.book.orders.length]).toEqual(['refused APPROVAL_REJECTED', 0]);
  });

  scenario('lets what nobody decides expire, and says so', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await desk.until(() => desk.fate(id) === 'expired APPROVAL_EXPIRED');
    expect(await desk.command(decide(id, 'approve'))).toMatchObject({ status: 409, body: { code: 'APPROVAL_EXPIRED' } });
    const told = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice.text);
    expect(told.join('\n')).toMatch(/Expired: Buy 1 ETHUSDT.*APPROVAL|Expired: Buy 1 ETHUSDT.*Nobody approved/);
    expect(desk.book.orders).toEqual([]);
  });

  scenario('asks the next leader as well, and takes longer than an alert may be old', async (seed) => {
    const desk = await Desk.open(seed);
    const patient = { ...ASKING_HOOK, approval: { expiresSec: 600, maxDriftPercent: null } };
    const id = await desk.ask({ action: 'buy', quantity: '1' }, patient);
    await waits(desk, id);
    desk.cluster.crashLeader();
    desk.world.now += 300_000;
    await desk.traffic.send(decide(id, 'approve'));
    await desk.until(() => desk.cluster.ledger.content.approvals.get(id)?.decision === 'approved');
    desk.cluster.crashLeader();
    await desk.until(() => desk.fate(id) === 'done');
    expect(desk.held).toBe('1');
  });

  scenario('refuses what was approved when the price has gone, with both prices', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await waits(desk, id);
    desk.book.price = desk.book.price.mul('1.02');
    await desk.command(decide(id, 'approve'));
    await desk.until(() => desk.fate(id) === 'refused PRICE_DRIFTED');
    expect(desk.cluster.ledger.content.signals.get(id)?.message).toContain('It was 100 on arrival and is 102 now (+2.00 %)');
  });

  scenario('has nothing carried out on an account that is gone by then, or that it may not use any more', async (seed) => {
    const desk = await Desk.open(seed);
    const [first, second] = [await desk.ask({ action: 'buy', quantity: '1' }), await desk.ask({ action: 'buy', quantity: '2' })];
    await waits(desk, first);
    await waits(desk, second);
    await desk.command({ kind: 'hook.put', hook: { ...ASKING_HOOK, accountIds: ['acc-asked'] }, change: 'updated' });
    await desk.command(decide(first, 'approve'));
    await desk.until(() => desk.fate(first) === 'refused ACCOUNT_NOT_ALLOWED');
    await desk.command({ kind: 'hook.remove', hookId: 'hook' });
    expect(await desk.command({ kind: 'account.remove', accountId: 'acc-pushed' })).toMatchObject({ status: 200 });
    await desk.command(decide(second, 'approve'));
    await desk.until(() => desk.fate(second).startsWith('refused'));
    expect(desk.book.orders).toEqual([]);
  });

  scenario('halted before a new leader begins, does not carry out what was approved', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await waits(desk, id);
    await desk.traffic.send(decide(id, 'approve'));
    await desk.until(() => desk.cluster.ledger.content.approvals.get(id)?.decision === 'approved');
    desk.cluster.crashLeader();
    await desk.traffic.send({ kind: 'trading.set', action: 'halt', accountId: null, reason: null });
    await desk.until(() => desk.fate(id) === 'refused TRADING_HALTED');
    expect(desk.orders('entry')).toEqual([]);
  });

  scenario('opens nothing that a later alert has closed already, whoever still approves it', async (seed) => {
    const desk = await Desk.open(seed);
    const id = await desk.ask({ action: 'buy', quantity: '1' });
    await waits(desk, id);
    await desk.alert({ action: 'close' });
    expect(desk.fate(id)).toBe('refused ENTRY_SUPERSEDED');
    expect(await desk.command(decide(id, 'approve'))).toMatchObject({ status: 409, body: { code: 'APPROVAL_DECIDED' } });
    expect(desk.orders('entry')).toEqual([]);
  });

  scenario('lets exits through without asking', async (seed) => {
    const desk = await Desk.open(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    const id = await desk.ask({ action: 'close' });
    await desk.until(() => desk.fate(id) === 'done');
    expect(desk.held).toBe('0');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { newUser } from '../../src/domain/people/user.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import { createPostgresReadModel } from '../../src/ledger/postgresReadModel.ts';
import { BadCursorError, type Page, type ReadModel } from '../../src/ledger/readModel.ts';
import {
  account,
  actor,
  booked,
  EPOCH,
  funding,
  hook,
  limits,
  NOON,
  notice,
  order,
  part,
  plain,
  received,
  updated,
} from '../contract/ledgerFixture.ts';
import { openPostgresLedger, type PostgresLedgerUnderTest } from '../contract/ledgerPostgres.ts';

const other = { ...account, id: 'acc-2', name: 'second', createdAt: NOON + 1 };
const firstPage = { limit: 200, cursor: null };

/** One signal bought and filled in two trades on `main`, one refused, one waiting on `second`. */
function history(): Change[] {
  const created = order('s1', { createdAt: NOON + 2, sentAt: NOON + 3 });
  const open = updated(created, { status: 'open', venueOrderId: '42' }).order;
  const filled = { ...open, status: 'filled' as const, filledQuantity: decimal('3'), filledNotional: decimal('301') };
  const waiting = order('s3', {
    accountId: other.id,
    symbol: 'ETH/USDT',
    createdAt: NOON + 30,
    type: 'stop_limit',
    stopPrice: decimal('50'),
  });
  const told: Change = {
    kind: 'notice',
    notice: { id: 'n1', audience: 'trading', severity: 'info', text: 'Bought 3 BTC', signalId: 's1', correlationId: 'c-s1', at: NOON + 7 },
  };
  return [
    { kind: 'account.put', account },
    { kind: 'account.put', account: other },
    { kind: 'hook.put', hook },
    received('s1'),
    { kind: 'signal.event', signalId: 's1', stage: 'admitted', detail: 'buy 3 BTC/USDT', at: NOON + 1 },
    { kind: 'signal.event', signalId: 's1', stage: 'risk', detail: 'approved', at: NOON + 1 },
    part('s1', 'done'),
    { kind: 'order.created', order: created },
    { kind: 'order.updated', order: open, from: 'intent', at: NOON + 4, detail: 'the venue took it as 42' },
    { kind: 'order.updated', order: filled, from: 'open', at: NOON + 6, detail: null },
    booked(filled, 't1', { quantity: '1', cost: '100', pnl: '-0.1', at: NOON + 5 }),
    booked(filled, 't2', { quantity: '2', cost: '201', pnl: '-0.2', at: NOON + 6 }),
    told,
    notice('n2'),
    { kind: 'signal.repeated', signalId: 's1', at: NOON + 9 },
    { kind: 'signal.status', signalId: 's1', status: 'done', code: null, message: null, at: NOON + 7 },
    received('s2', { receivedAt: NOON + 20, hookId: null, source: 'api', payload: 'not JSON' }),
    { kind: 'signal.status', signalId: 's2', status: 'refused', code: 'SIGNAL_STALE', message: 'too old', at: NOON + 20 },
    received('s3', { receivedAt: NOON + 30 }),
    part('s3', 'executing', other.id),
    { kind: 'order.created', order: waiting },
    { kind: 'risk.set', accountId: null, limits, at: NOON },
    { kind: 'risk.set', accountId: 'acc-gone', limits, at: NOON },
    { kind: 'trading.set', accountId: other.id, mode: 'halted', reason: 'test', actor, at: NOON, seq: 1 },
    { kind: 'audit', id: 'a1', at: NOON, actor, action: 'hook.put', subject: hook.id, before: null, after: { name: 'strategy' } },
    {
      kind: 'user.put',
      user: newUser({ id: 'u1', email: 'a_b@example.com', role: 'admin', passwordHash: '$argon2id$x', createdAt: NOON }),
    },
    { kind: 'reply', commandId: 'c1', status: 201, body: { id: 'x', amount: '0.1' }, at: NOON, userId: 'u1' },
    { kind: 'reply', commandId: 'c2', status: 204, body: null, at: NOON, userId: null },
  ];
}

describe('the read model on Postgres', () => {
  let given: PostgresLedgerUnderTest;
  let model: ReadModel;
  beforeAll(async () => {
    given = await openPostgresLedger();
    model = createPostgresReadModel({ pool: given.pools.reader });
    await given.ledger.append(EPOCH, history());
    const seq = (await given.ledger.pending(10)).find(({ id }) => id === 'n1')?.seq ?? 0;
    await given.ledger.markSent(EPOCH, [seq], NOON + 8);
  });
  afterAll(() => given.close());

  const ids = ({ items }: Page<{ id: string }>): string[] => items.map(({ id }) => id);

  it('shows a signal that still waits for a leader as accepted, and no other command as a signal', async () => {
    const [alert, halt] = ['01a1f9cf-ad51-7028-a005-7f5c6501b037', '01a1f9cf-ad51-7028-a005-7f5c6501b038'];
    const bodies = [
      [alert, { kind: 'alert', hookId: hook.id, payload: '{"action":"buy","symbol":"BTCUSDT","quantity":"1","tag":"grid"}' }],
      [halt, { kind: 'trading.set', action: 'halt', accountId: null, reason: null }],
    ];
    for (const [id, body] of bodies)
      await given.pool.query('INSERT INTO command_log (id, body, actor, correlation_id) VALUES ($1, $2, $3, $4)', [id, body, actor, 'c']);
    const story = await model.signal(alert ?? '');
    expect(story).toMatchObject({
      id: alert,
      hook: 'strategy',
      status: 'accepted',
      payload: { symbol: 'BTCUSDT' },
      tag: 'grid',
      orders: [],
    });
    expect(story?.events).toMatchObject([{ stage: 'received', detail: `from ${actor.name}; waits for the leader` }]);
    expect(await model.signal(halt ?? '')).toBeNull();
    expect(await model.signal('no such id')).toBeNull();
  });

  it('tells the whole story of a signal in the order of its way', async () => {
    const story = await model.signal('s1');
    expect(story).toMatchObject({ id: 's1', hook: 'strategy', status: 'done', repeats: 1, payload: { action: 'buy' } });
    expect(story?.accounts).toEqual([{ account: 'main', status: 'done', code: null, message: null, share: null }]);
    expect(story?.orders).toMatchObject([{ account: 'main', status: 'filled' }]);
    const entry = 'entry buy 0.123456789012345678 BTC/USDT limit at 61234.56 on main';
    expect(story?.events.map(({ at, stage, detail }) => [Date.parse(at) - NOON, stage, detail])).toEqual([
      [0, 'received', 'from hook:strategy'],
      [1, 'admitted', 'buy 3 BTC/USDT'],
      [1, 'risk', 'approved'],
      [2, 'order', `${entry}: intent`],
      [4, 'order', `${entry}: intent → open (the venue took it as 42)`],
      [5, 'fill', 'bought 1 BTC/USDT at 100 on main, fee 0.1 USDT (taker)'],
      [6, 'order', `${entry}: open → filled`],
      [6, 'fill', 'bought 2 BTC/USDT at 100 on main, fee 0.1 USDT (taker)'],
      [8, 'notified', 'told trading: Bought 3 BTC'],
    ]);
  });

  it('shows orders with plain decimals and null where there is nothing', async () => {
    const { items } = await model.orders(firstPage, { signalId: 's1' });
    expect(items).toMatchObject([
      {
        quantity: '0.123456789012345678',
        price: '61234.56',
        stopPrice: null,
        filledQuantity: '3',
        averagePrice: '100.33333333333333333',
        venueOrderId: '42',
        createdAt: '2026-03-01T12:00:00.002Z',
      },
    ]);
    expect(await model.order(items[0]?.id ?? '')).toEqual(items[0]);
  });

  it.each<[string, Parameters<ReadModel['orders']>[1], string[]]>([
    ['nothing', {}, ['s3', 's1']],
    ['an account by its name', { account: 'second' }, ['s3']],
    ['an account by its id', { account: 'acc-1' }, ['s1']],
    ['an account that is not there', { account: 'nobody' }, []],
    ['a symbol', { symbol: 'BTC/USDT' }, ['s1']],
    ['a status', { status: 'filled' }, ['s1']],
    ['what is open', { open: true }, ['s3']],
    ['what is both open and filled', { open: true, status: 'filled' }, []],
  ])('lists orders newest first, filtered by %s', async (_, filter, signals) => {
    expect((await model.orders(firstPage, filter)).items.map(({ signalId }) => signalId)).toEqual(signals);
  });

  it('lists signals newest first, by status and hook', async () => {
    expect(ids(await model.signals(firstPage, {}))).toEqual(['s3', 's2', 's1']);
    expect(ids(await model.signals(firstPage, { status: 'refused' }))).toEqual(['s2']);
    expect(ids(await model.signals(firstPage, { hookId: hook.id }))).toEqual(['s3', 's1']);
    expect((await model.signals(firstPage, { status: 'refused' })).items[0]).toMatchObject({
      hook: null,
      code: 'SIGNAL_STALE',
      payload: 'not JSON',
    });
  });

  it('lists and sums trades', async () => {
    const { items } = await model.trades(firstPage, { account: 'main' });
    expect(items.map(({ quantity, realizedPnl, venueTradeId }) => [quantity, realizedPnl, venueTradeId])).toEqual([
      ['2', '-0.2', 't2'],
      ['1', '-0.1', 't1'],
    ]);
    expect(await model.trade(items[0]?.id ?? '')).toEqual(items[0]);
    const orderId = items[0]?.orderId ?? '';
    for (const filter of [{ signalId: 's1' }, { orderId }, { signalId: 's1', orderId }])
      expect((await model.trades(firstPage, filter)).items).toHaveLength(2);
    for (const filter of [{ signalId: 's3' }, { orderId: 'no uuid' }, { signalId: 's3', orderId }])
      expect((await model.trades(firstPage, filter)).items).toEqual([]);
    const sums = { account: 'main', symbol: 'BTC/USDT', trades: 2, bought: '3', sold: '0', volume: '300', realizedPnl: '-0.3' };
    const summary = { ...sums, funding: '0', fees: [{ asset: 'USDT', amount: '0.2' }] };
    for (const filter of [{}, { account: 'main' }, { symbol: 'BTC/USDT' }]) expect(await model.tradeSummary(filter)).toEqual([summary]);
    expect(await model.tradeSummary({ signalId: 's1' })).toEqual([{ ...summary, funding: null }]);
    for (const filter of [{ account: 'nobody' }, { symbol: 'X/Y' }, { signalId: 's3' }])
      expect(await model.tradeSummary(filter)).toEqual([]);
  });

  it('shows what is held', async () => {
    const position = {
      account: 'main',
      accountId: 'acc-1',
      symbol: 'BTC/USDT',
      quantity: '3',
      averagePrice: '100.33333333333333333',
      realizedPnl: '-0.3',
      funding: '0',
    };
    expect(await model.positions()).toEqual([position]);
    expect(await model.balances()).toEqual([
      { account: 'main', asset: 'BTC', total: '3' },
      { account: 'main', asset: 'USDT', total: '-301' },
    ]);
  });

  it('adds up realised profit and loss per UTC day, today and the days before it', async () => {
    const today = Date.now();
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    const trades = [today, today, today - 86_400_000, today - 3 * 86_400_000].map((at, i) =>
      booked(order('s9'), `p${i}`, { pnl: `${i + 1}.5`, at }),
    );
    const paid = [funding('f1', '-0.25', today), funding('f2', '-0.5', today - 1), funding('f3', '1', today - 5 * 86_400_000)];
    await given.ledger.append(EPOCH, [...trades, ...paid]);
    expect(await model.performance(2)).toEqual([
      { day: day(today), account: 'main', realizedPnl: '3.25', funding: '-0.75', trades: 2 },
      { day: day(today - 86_400_000), account: 'main', realizedPnl: '3.5', funding: '0', trades: 1 },
    ]);
    const { items, nextCursor } = await model.funding({ limit: 2, cursor: null }, { account: 'main' });
    expect(items.map(({ venueId, amount, symbol }) => [venueId, amount, symbol])).toEqual([
      ['f1', '-0.25', 'BTC/USDT:USDT'],
      ['f2', '-0.5', 'BTC/USDT:USDT'],
    ]);
    expect((await model.funding({ limit: 2, cursor: nextCursor }, {})).items.map(({ venueId }) => venueId)).toEqual(['f3']);
    expect((await model.funding(firstPage, { symbol: 'X/Y' })).items).toEqual([]);
    const nothing = { trades: 0, bought: '0', sold: '0', volume: '0', realizedPnl: '0', fees: [] };
    expect(await model.tradeSummary({ account: 'main', symbol: 'BTC/USDT:USDT' })).toEqual([
      { account: 'main', symbol: 'BTC/USDT:USDT', ...nothing, funding: '0.25' },
    ]);
  });

  it('shows settings as they were put', async () => {
    expect(await model.accounts()).toEqual([account, other]);
    expect(await model.hooks()).toEqual([hook]);
    expect(plain(await model.riskLimits())).toEqual(plain([{ account: null, limits }]));
    const halted = { account: 'second', mode: 'halted', reason: 'test', since: new Date(NOON).toISOString() };
    expect(await model.tradingState()).toEqual({ mode: 'active', reason: null, since: null, accounts: [halted] });
    expect(await model.configVersion()).toBe(1);
  });

  it('finds users by exactly their address, and replies', async () => {
    expect(await model.userByEmail('a_b@example.com')).toMatchObject({ id: 'u1', role: 'admin', createdAt: NOON });
    expect(await model.userByEmail('axb@example.com')).toBeNull();
    expect(await model.reply('c1')).toEqual({ status: 201, body: { id: 'x', amount: '0.1' } });
    expect(await model.reply('c2')).toEqual({ status: 204, body: null });
    expect(await model.reply('c3')).toBeNull();
  });

  it('has nothing under ids that do not exist, whatever they look like', async () => {
    for (const id of ['00000000-0000-8000-8000-000000000000', 'x', "'; --", '']) {
      expect(await Promise.all([model.signal(id), model.order(id), model.trade(id)])).toEqual([null, null, null]);
    }
  });

  it('pages through rows of the same millisecond without losing or repeating one', async () => {
    const audited = Array.from({ length: 25 }, (_, i): Change => {
      return {
        kind: 'audit',
        id: `p${String(i).padStart(2, '0')}`,
        at: NOON + 60_000 + Math.floor(i / 10),
        actor,
        action: 'x',
        subject: 'y',
        before: null,
        after: null,
      };
    });
    await given.ledger.append(EPOCH, audited);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<{ id: string }> = await model.audit({ limit: 4, cursor });
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...ids(page));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...audited.map((change) => (change.kind === 'audit' ? change.id : '')).reverse(), 'a1']);
  });

  const cursorOf = (...content: unknown[]): string => Buffer.from(JSON.stringify(content)).toString('base64url');

  it.each([
    '',
    'x',
    'bm90IGpzb24',
    cursorOf(1),
    cursorOf('at', 9e99, 'a'),
    cursorOf('at', NOON, ''),
    cursorOf('at', NOON, '\0'),
    cursorOf('createdAt', NOON, 'a'),
  ])('refuses the foreign cursor "%s"', async (cursor) => {
    await expect(model.audit({ limit: 10, cursor })).rejects.toThrow(BadCursorError);
  });

  it('refuses cursors of other lists and tampered ones', async () => {
    const [orders, trades] = await Promise.all([
      model.orders({ limit: 1, cursor: null }, {}),
      model.trades({ limit: 1, cursor: null }, {}),
    ]);
    expect(await model.orders({ limit: 1, cursor: orders.nextCursor }, {})).toMatchObject({
      items: [{ signalId: 's1' }],
      nextCursor: null,
    });
    await expect(model.orders({ limit: 1, cursor: trades.nextCursor }, {})).rejects.toThrow(BadCursorError);
    await expect(model.orders({ limit: 1, cursor: cursorOf('createdAt', NOON, 'no uuid') }, {})).rejects.toThrow(BadCursorError);
  });

  it('names the leader while the lease holds, and the instances heard of within a minute', async () => {
    const instance =
      "INSERT INTO instances (id, version, started_at, last_seen_at) VALUES ($1, '0.1.0', now() - $2::interval, now() - $2::interval)";
    for (const [id, age] of [
      ['first', '3 seconds'],
      ['second', '1 second'],
      ['dead', '5 minutes'],
    ])
      await given.pool.query(instance, [id, age]);
    const cluster = await model.cluster();
    expect(cluster).toMatchObject({ leader: 'first', epoch: EPOCH });
    expect(cluster.instances.map(({ id, role }) => [id, role])).toEqual([
      ['first', 'leader'],
      ['second', 'follower'],
    ]);
    await given.pool.query('UPDATE leader_lease SET expires_at = now()');
    expect((await model.cluster()).leader).toBeNull();
  });

  it('reads through sessions in which Postgres refuses to write', async () => {
    await expect(given.pools.reader.query('DELETE FROM signals')).rejects.toThrow('read-only transaction');
  });
});

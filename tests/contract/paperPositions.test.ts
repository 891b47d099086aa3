import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { OpeningState, PlaceRequest } from '../../src/exchange/exchange.ts';
import { refOf, reportIn } from './orderEntryContract.ts';
import { BTC, BTC_SWAP, openPaper, reportOf, request, TICK_MS } from './paperFixture.ts';

describe('paper venue, one cancels the other', () => {
  const pair = (ocoGroup: string, takeProfit: string, stopLoss: string, quantity = '4') => ({
    takeProfit: request({ side: 'sell', type: 'limit', quantity: decimal(quantity), price: decimal(takeProfit), ocoGroup }),
    stopLoss: request({ side: 'sell', type: 'stop', quantity: decimal(quantity), stopPrice: decimal(stopLoss), ocoGroup }),
  });

  it('holds the balance of a pair once, and cancels the sibling of the one that fills', async () => {
    const { session, clock, feed, pushed, balance } = await openPaper();
    const { takeProfit, stopLoss } = pair('g', '110', '90', '10');
    reportIn(await session.orders.place(takeProfit));
    reportIn(await session.orders.place(stopLoss));
    expect(await balance('BTC')).toEqual({ free: '0', total: '10' });
    feed.set(BTC.symbol, '110', '111');
    await clock.advance(TICK_MS);
    expect(pushed.map(({ clientOrderId, status, code }) => ({ clientOrderId, status, code }))).toEqual([
      { clientOrderId: takeProfit.clientOrderId, status: 'filled', code: null },
      { clientOrderId: stopLoss.clientOrderId, status: 'canceled', code: 'OCO_SIBLING_FILLED' },
    ]);
    expect(await balance('BTC')).toEqual({ free: '0', total: '0' });
  });

  it('takes a partial fill from the sibling, so that both together never exceed one of them', async () => {
    const { session, clock, feed, balance } = await openPaper({ depthNotional: '110' });
    const { takeProfit, stopLoss } = pair('g', '110', '90');
    reportIn(await session.orders.place(takeProfit));
    reportIn(await session.orders.place(stopLoss));
    feed.set(BTC.symbol, '110', '111');
    await clock.advance(TICK_MS);
    expect((await balance('BTC')).free).toBe('6');
    feed.set(BTC.symbol, '80', '81');
    await clock.advance(10 * TICK_MS);
    const ends = [await reportOf(session.orders, takeProfit), await reportOf(session.orders, stopLoss)];
    expect(ends.map((report) => [report.status, report.code, report.filledQuantity.toFixed()])).toEqual([
      ['canceled', 'OCO_SIBLING_FILLED', '1'],
      ['canceled', 'OCO_SIBLING_FILLED', '3'],
    ]);
    expect(await balance('BTC')).toEqual({ free: '6', total: '6' });
  });

  it('lets a stop share with two take-profit steps of half its size', async () => {
    const { session, clock, feed, balance } = await openPaper();
    const { stopLoss } = pair('g', '110', '90');
    const steps = ['110', '120'].map((price) => pair('g', price, '90', '2').takeProfit);
    for (const order of [...steps, stopLoss]) reportIn(await session.orders.place(order));
    expect((await balance('BTC')).free).toBe('6');
    feed.set(BTC.symbol, '110', '111');
    await clock.advance(TICK_MS);
    expect((await balance('BTC')).free).toBe('6');
    feed.set(BTC.symbol, '89', '90');
    await clock.advance(TICK_MS);
    expect((await reportOf(session.orders, stopLoss)).filledQuantity.toFixed()).toBe('2');
    expect(await Promise.all(steps.map(async (step) => (await reportOf(session.orders, step)).status))).toEqual(['filled', 'canceled']);
    expect(await balance('BTC')).toEqual({ free: '6', total: '6' });
  });

  it('ends at once a leg that arrives after its sibling has filled', async () => {
    const { session } = await openPaper();
    const { takeProfit, stopLoss } = pair('g', '99', '90');
    expect(reportIn(await session.orders.place(takeProfit)).status).toBe('filled');
    expect(reportIn(await session.orders.place(stopLoss))).toMatchObject({ status: 'canceled', code: 'OCO_SIBLING_FILLED' });
  });

  it('shrinks the group with its legs', async () => {
    const { session, clock, feed, balance } = await openPaper();
    const { takeProfit, stopLoss } = pair('g', '110', '90');
    for (const order of [takeProfit, stopLoss]) reportIn(await session.orders.place(order));
    for (const order of [takeProfit, stopLoss])
      reportIn(await session.orders.amend(refOf(order), { quantity: decimal(2), price: null, stopPrice: null }));
    expect((await balance('BTC')).free).toBe('8');
    feed.set(BTC.symbol, '110', '111');
    await clock.advance(TICK_MS);
    expect((await reportOf(session.orders, stopLoss)).status).toBe('canceled');
  });

  it('refuses to tie orders of different symbols', async () => {
    const { session } = await openPaper();
    reportIn(await session.orders.place(pair('g', '110', '90').takeProfit));
    const foreign = request({ symbol: BTC_SWAP.symbol, type: 'stop', quantity: decimal(1), stopPrice: decimal(110), ocoGroup: 'g' });
    expect(await session.orders.place(foreign)).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
  });

  it('amends a leg whose sibling is partly filled without asking for money it does not need', async () => {
    const { session, clock, feed } = await openPaper({ depthNotional: '110', balances: { BTC: '4' } });
    const { takeProfit, stopLoss } = pair('g', '110', '90');
    for (const order of [takeProfit, stopLoss]) reportIn(await session.orders.place(order));
    feed.set(BTC.symbol, '110', '111');
    await clock.advance(TICK_MS);
    expect(reportIn(await session.orders.amend(refOf(stopLoss), { quantity: null, price: null, stopPrice: decimal(95) })).status).toBe(
      'open',
    );
  });
});

describe('paper venue, swaps', () => {
  const swap = (side: 'buy' | 'sell', quantity: string, overrides: Partial<PlaceRequest> = {}) =>
    request({ symbol: BTC_SWAP.symbol, side, quantity: decimal(quantity), ...overrides });

  it('opens a short, holds its margin, and settles profit and fees in quote when it closes', async () => {
    const { session, feed, balance } = await openPaper({ balances: { USDT: '1000' }, leverage: '5' });
    expect(reportIn(await session.orders.place(swap('sell', '10'))).status).toBe('filled');
    expect(await balance('USDT')).toEqual({ free: '799', total: '999' }); // fee 1, margin 1000 / 5
    feed.set(BTC_SWAP.symbol, '79', '80');
    reportIn(await session.orders.place(swap('buy', '10')));
    expect(await balance('USDT')).toEqual({ free: '1198.2', total: '1198.2' }); // + 200 − 0.8
  });

  it('refuses what the margin does not cover, but not what closes', async () => {
    const { session, balance } = await openPaper({ balances: { USDT: '201' }, leverage: '5' });
    expect(await session.orders.place(swap('sell', '10.001'))).toMatchObject({ code: 'VENUE_INSUFFICIENT_FUNDS' });
    reportIn(await session.orders.place(swap('sell', '10')));
    expect((await balance('USDT')).free).toBe('0');
    expect(await session.orders.place(swap('sell', '1'))).toMatchObject({ code: 'VENUE_INSUFFICIENT_FUNDS' });
    expect(reportIn(await session.orders.place(swap('buy', '10'))).status).toBe('filled');
  });

  it('caps a reduce-only order to the position, and refuses one that would open', async () => {
    const { session } = await openPaper();
    expect(await session.orders.place(swap('sell', '1', { reduceOnly: true }))).toMatchObject({ code: 'REDUCE_ONLY_WOULD_OPEN' });
    reportIn(await session.orders.place(swap('buy', '2')));
    expect(await session.orders.place(swap('buy', '1', { reduceOnly: true }))).toMatchObject({ code: 'REDUCE_ONLY_WOULD_OPEN' });
    const report = reportIn(await session.orders.place(swap('sell', '5', { reduceOnly: true })));
    expect(report).toMatchObject({ status: 'canceled', code: 'POSITION_CLOSED' });
    expect(report.filledQuantity.toFixed()).toBe('2');
  });

  it('cancels resting reduce-only orders once the position is closed', async () => {
    const { session, pushed } = await openPaper();
    reportIn(await session.orders.place(swap('buy', '2')));
    reportIn(await session.orders.place(swap('sell', '2', { type: 'limit', price: decimal(150), reduceOnly: true })));
    reportIn(await session.orders.place(swap('sell', '2')));
    expect(pushed).toMatchObject([{ status: 'canceled', code: 'POSITION_CLOSED' }]);
  });

  it('holds margin for a resting order from the moment it would no longer close', async () => {
    const { session, balance } = await openPaper({ balances: { USDT: '1000' }, makerFee: '0', takerFee: '0', leverage: '5' });
    reportIn(await session.orders.place(swap('buy', '2')));
    reportIn(await session.orders.place(swap('sell', '2', { type: 'limit', price: decimal(150) })));
    expect(await balance('USDT')).toEqual({ free: '959.6', total: '1000' }); // margin of the long: 202 / 5
    reportIn(await session.orders.place(swap('sell', '2')));
    expect(await balance('USDT')).toEqual({ free: '938', total: '998' }); // 300 / 5 for the short to come
  });

  it('lets a reduce-only order below the minimum notional close a small position', async () => {
    const { session, feed } = await openPaper();
    reportIn(await session.orders.place(swap('buy', '0.1')));
    feed.set(BTC_SWAP.symbol, '10', '11');
    expect(await session.orders.place(swap('sell', '0.1'))).toMatchObject({ code: 'VENUE_MIN_NOTIONAL' });
    expect(reportIn(await session.orders.place(swap('sell', '0.1', { reduceOnly: true }))).status).toBe('filled');
  });

  it('lets a spot account sell only what it has', async () => {
    const { session } = await openPaper();
    expect(session.orders.capabilities(BTC).shortSelling).toBe(false);
    const outcome = await session.orders.place(request({ side: 'sell', quantity: decimal('10.001') }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'VENUE_INSUFFICIENT_FUNDS' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('needs 10.001 BTC; 10 is free'));
    const capped = reportIn(await session.orders.place(request({ side: 'sell', quantity: decimal(11), reduceOnly: true })));
    expect(capped.filledQuantity.toFixed()).toBe('10');
  });

  it('caps an amended reduce-only order to what there is', async () => {
    const { session, balance } = await openPaper();
    const order = request({ side: 'sell', type: 'limit', quantity: decimal(1), price: decimal(150), reduceOnly: true });
    reportIn(await session.orders.place(order));
    reportIn(await session.orders.amend(refOf(order), { quantity: decimal(50), price: null, stopPrice: null }));
    expect(await balance('BTC')).toEqual({ free: '0', total: '10' });
  });
});

describe('paper venue, after a restart', () => {
  const asLedgerOrder = (from: PlaceRequest, changes: Partial<Order>): Order => ({
    ...from,
    id: `order-${from.clientOrderId}`,
    signalId: 'signal',
    leg: 0,
    accountId: 'account-1',
    role: 'entry',
    parentId: null,
    parentShare: null,
    strategy: null,
    tag: null,
    terms: null,
    sliceOf: null,
    progress: null,
    venueOrderId: `paper-${from.clientOrderId}`,
    status: 'open',
    filledQuantity: decimal(0),
    filledNotional: decimal(0),
    code: null,
    message: null,
    createdAt: 0,
    updatedAt: 0,
    sentAt: 0,
    ...changes,
  });
  const openingWith = (openOrders: Order[], changes: Partial<OpeningState> = {}): OpeningState => ({
    balances: [
      { asset: 'USDT', free: decimal(0), total: decimal(500) },
      { asset: 'BTC', free: decimal(0), total: decimal(3) },
    ],
    openOrders,
    positions: [],
    ...changes,
  });

  it('goes on with the ledger’s balances and orders, and numbers trades on from what was filled', async () => {
    const order = request({ type: 'limit', side: 'sell', quantity: decimal(3), price: decimal(105) });
    const opening = openingWith([asLedgerOrder(order, { status: 'partially_filled', filledQuantity: decimal(1) })]);
    const { session, clock, feed, pushed, balance } = await openPaper({}, opening);
    expect(await balance('BTC')).toEqual({ free: '1', total: '3' });
    expect(reportIn(await session.orders.place(order))).toMatchObject({ status: 'partially_filled', fills: [] });
    feed.set(BTC.symbol, '105', '106');
    await clock.advance(TICK_MS);
    expect(pushed).toMatchObject([{ status: 'filled', fillsComplete: true }]);
    expect(pushed[0]?.fills.map((fill) => [fill.venueTradeId, fill.quantity.toFixed()])).toEqual([[`${order.clientOrderId}-3`, '2']]);
    expect((await reportOf(session.orders, order)).filledQuantity.toFixed()).toBe('3');
  });

  it('does not know what it never acknowledged, and keeps what it had ended', async () => {
    const [sent, ended] = [request({ quantity: decimal(1) }), request({ quantity: decimal(1) })];
    const opening = openingWith([
      asLedgerOrder(sent, { status: 'submitted', venueOrderId: null }),
      asLedgerOrder(ended, { status: 'filled', filledQuantity: decimal(1) }),
    ]);
    const { session } = await openPaper({}, opening);
    expect(await session.orders.lookup(refOf(sent))).toEqual({ kind: 'not_found' });
    expect(await session.orders.lookup(refOf(ended))).toMatchObject({ kind: 'found', report: { status: 'filled' } });
    const byVenueId = { clientOrderId: '', venueOrderId: `paper-${ended.clientOrderId}`, symbol: BTC.symbol };
    expect(await session.orders.lookup(byVenueId)).toMatchObject({ kind: 'found' });
  });

  it('remembers how much of an OCO group was filled', async () => {
    const group = { side: 'sell', quantity: decimal(2), ocoGroup: 'g' } as const;
    const takeProfit = request({ ...group, type: 'limit', price: decimal(110) });
    const stopLoss = request({ ...group, type: 'stop', stopPrice: decimal(90) });
    const opening = openingWith([
      asLedgerOrder(takeProfit, { status: 'partially_filled', filledQuantity: decimal(1.5) }),
      asLedgerOrder(stopLoss, {}),
    ]);
    const { session, clock, feed, balance } = await openPaper({}, opening);
    expect((await balance('BTC')).free).toBe('2.5');
    feed.set(BTC.symbol, '89', '90');
    await clock.advance(TICK_MS);
    expect((await reportOf(session.orders, stopLoss)).filledQuantity.toFixed()).toBe('0.5');
    expect((await reportOf(session.orders, takeProfit)).status).toBe('canceled');
  });

  it('holds for a reduce-only order no more than there is', async () => {
    const order = request({ side: 'sell', type: 'limit', quantity: decimal(5), price: decimal(150), reduceOnly: true });
    const { balance } = await openPaper({}, openingWith([asLedgerOrder(order, {})]));
    expect(await balance('BTC')).toEqual({ free: '0', total: '3' });
  });

  it('restores swap positions with their margin', async () => {
    const positions = [{ symbol: BTC_SWAP.symbol, quantity: decimal(-2), cost: decimal(-200) }];
    const { session, balance } = await openPaper({}, openingWith([], { positions }));
    expect(await balance('USDT')).toEqual({ free: '460', total: '500' });
    const close = request({ symbol: BTC_SWAP.symbol, quantity: decimal(2), reduceOnly: true });
    expect(reportIn(await session.orders.place(close)).status).toBe('filled');
    expect((await balance('USDT')).total).toBe('497.798'); // loss 2, fee 0.202
  });

  it('answers for an order of a market that is gone, as canceled', async () => {
    const order = request({ symbol: 'OLD/USDT', type: 'limit', quantity: decimal(1), price: decimal(1) });
    const { session } = await openPaper({}, openingWith([asLedgerOrder(order, {})]));
    expect(await reportOf(session.orders, order)).toMatchObject({ status: 'canceled', code: 'VENUE_SYMBOL' });
  });
});

import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { createPaperVenue } from '../../src/exchange/paper/paperVenue.ts';
import { orderEntryContract, refOf, reportIn } from './orderEntryContract.ts';
import { BTC, BTC_SWAP, ManualClock, NOTHING_BEFORE, openPaper, paperAccount, reportOf, request, TICK_MS } from './paperFixture.ts';

orderEntryContract('paper venue', async () => {
  const { session, feed, clock } = await openPaper({ depthNotional: '500' });
  return {
    session,
    market: BTC,
    quantity: decimal(1),
    tooMuch: decimal(1000),
    price: decimal(100),
    farBelow: decimal(50),
    moveMarket: async (price) => {
      feed.set(BTC.symbol, price.minus(BTC.tickSize), price);
      await clock.advance(TICK_MS);
    },
    letTimePass: () => clock.advance(TICK_MS),
    fillInPieces: async () => ({ quantity: decimal(12) }),
    ordersAtVenue: async (clientOrderId) =>
      (await session.orders.lookup({ clientOrderId, venueOrderId: null, symbol: BTC.symbol })).kind === 'found' ? 1 : 0,
    close: () => session.orders.close(),
  };
});

describe('paper venue, fills', () => {
  it('makes market orders worse by the slippage, rounded against them to a tick', async () => {
    const { session } = await openPaper({ slippage: '0.00033' });
    const bought = reportIn(await session.orders.place(request({ quantity: decimal(1) })));
    const sold = reportIn(await session.orders.place(request({ side: 'sell', quantity: decimal(1) })));
    expect(bought.fills[0]?.price.toFixed()).toBe('101.04'); // 101.03333 up
    expect(sold.fills[0]?.price.toFixed()).toBe('99.96'); // 99.967 down
  });

  it('takes the fee from what is received: base of a buy, quote of a sell', async () => {
    const { session, balance } = await openPaper();
    const bought = reportIn(await session.orders.place(request({ quantity: decimal(2) })));
    expect(bought.fills[0]).toMatchObject({ feeAsset: 'BTC', liquidity: 'taker' });
    expect(bought.fills[0]?.fee.toFixed()).toBe('0.002');
    expect(await balance('BTC')).toEqual({ free: '11.998', total: '11.998' });
    expect(await balance('USDT')).toEqual({ free: '9798', total: '9798' });
    const sold = reportIn(await session.orders.place(request({ side: 'sell', quantity: decimal(2) })));
    expect(sold.fills[0]?.fee.toFixed()).toBe('0.2');
    expect(sold.fills[0]?.feeAsset).toBe('USDT');
    expect(await balance('USDT')).toEqual({ free: '9997.8', total: '9997.8' });
  });

  it('fills the marketable part of a limit order at the better price and lets the rest take on the following ticks', async () => {
    const { session, clock, pushed } = await openPaper({ depthNotional: '202' });
    const order = request({ type: 'limit', quantity: decimal(5), price: decimal(110) });
    const first = reportIn(await session.orders.place(order));
    expect(first).toMatchObject({ status: 'partially_filled' });
    expect(first.filledQuantity.toFixed()).toBe('2');
    await clock.advance(2 * TICK_MS);
    expect(pushed.map((report) => report.status)).toEqual(['partially_filled', 'filled']);
    const last = await reportOf(session.orders, order);
    expect(last.fills.map((fill) => [fill.venueTradeId, fill.price.toFixed()])).toEqual([
      [`${order.clientOrderId}-2`, '101'],
      [`${order.clientOrderId}-4`, '101'],
      [`${order.clientOrderId}-5`, '101'],
    ]);
  });

  it('pays the maker fee and its own price once an order has rested', async () => {
    const { session, clock, feed, pushed, balance } = await openPaper({ makerFee: '0.0005' });
    await session.orders.place(request({ type: 'limit', side: 'sell', quantity: decimal(1), price: decimal(105) }));
    expect(await balance('BTC')).toEqual({ free: '9', total: '10' });
    feed.set(BTC.symbol, '107', '108');
    await clock.advance(TICK_MS);
    const [fill] = pushed[0]?.fills ?? [];
    expect(fill).toMatchObject({ liquidity: 'maker', feeAsset: 'USDT' });
    expect([fill?.price.toFixed(), fill?.fee.toFixed()]).toEqual(['105', '0.0525']);
  });

  it('fills what IOC can get at once and ends the rest', async () => {
    const { session } = await openPaper({ depthNotional: '202' });
    const report = reportIn(await session.orders.place(request({ quantity: decimal(5), timeInForce: 'IOC' })));
    expect(report).toMatchObject({ status: 'expired', code: 'VENUE_NO_LIQUIDITY' });
    expect(report.filledQuantity.toFixed()).toBe('2');
  });

  it('fills nothing of a fill-or-kill stop whose money does not cover the price it triggers at', async () => {
    const { session, clock, feed } = await openPaper({ balances: { USDT: '550' } });
    const stop = request({ type: 'stop', quantity: decimal(5), stopPrice: decimal(110), timeInForce: 'FOK' });
    reportIn(await session.orders.place(stop));
    feed.set(BTC.symbol, '115', '116', '115');
    await clock.advance(TICK_MS);
    expect(await reportOf(session.orders, stop)).toMatchObject({ status: 'canceled', code: 'VENUE_INSUFFICIENT_FUNDS', fills: [] });
  });

  it('fills nothing of a marketable fill-or-kill order that one tick cannot fill whole', async () => {
    const { session } = await openPaper({ depthNotional: '202' });
    const report = reportIn(await session.orders.place(request({ quantity: decimal(5), timeInForce: 'FOK' })));
    expect(report).toMatchObject({ status: 'expired', code: 'VENUE_NO_LIQUIDITY', fills: [] });
  });

  it('never sells below one tick', async () => {
    const { session, feed } = await openPaper({ balances: { BTC: '1000' }, slippage: '0.1' });
    feed.set(BTC.symbol, '0.01', '0.02');
    const report = reportIn(await session.orders.place(request({ side: 'sell', quantity: decimal(1000) })));
    expect(report.fills[0]?.price.toFixed()).toBe('0.01');
  });

  it('refuses orders that contradict themselves', async () => {
    const { session } = await openPaper();
    const postOnly = { quantity: decimal(1), price: decimal(50), postOnly: true } as const;
    expect(await session.orders.place(request({ ...postOnly, type: 'limit', timeInForce: 'IOC' }))).toMatchObject({
      code: 'VENUE_REJECTED',
    });
    expect(await session.orders.place(request({ ...postOnly, type: 'market' }))).toMatchObject({ code: 'VENUE_REJECTED' });
    expect(await session.orders.place(request({ quantity: decimal(1), type: 'limit' }))).toMatchObject({ code: 'VENUE_REJECTED' });
    expect(await session.orders.place(request({ quantity: decimal(1), timeInForce: 'GTD' }))).toMatchObject({ code: 'VENUE_REJECTED' });
    expect(await session.orders.place(request({ quantity: decimal(-1) }))).toMatchObject({ code: 'VENUE_PRECISION' });
  });

  it('works any order off in at most a thousand fills', async () => {
    const { session, clock } = await openPaper({ depthNotional: '0.01', balances: { USDT: '1000000' } });
    const order = request({ quantity: decimal(1234) });
    reportIn(await session.orders.place(order));
    await clock.advance(1000 * TICK_MS);
    const report = await reportOf(session.orders, order);
    expect(report.status).toBe('filled');
    expect(report.fills.length).toBeLessThanOrEqual(1000);
  });

  it('ends a market order whose price runs away from its money, keeping what it got', async () => {
    const { session, clock, feed, balance } = await openPaper({ balances: { USDT: '1010' }, depthNotional: '505' });
    const order = request({ quantity: decimal(10) });
    reportIn(await session.orders.place(order));
    feed.set(BTC.symbol, '200', '201');
    await clock.advance(2 * TICK_MS);
    const report = await reportOf(session.orders, order);
    expect(report).toMatchObject({ status: 'canceled', code: 'VENUE_INSUFFICIENT_FUNDS' });
    expect(report.filledQuantity.toFixed()).toBe('7.512'); // 5 at 101, 2.512 at 201
    expect(await balance('USDT')).toEqual({ free: '0.088', total: '0.088' });
  });

  it('executes the same client order id once, also when both arrive together', async () => {
    const { session, balance } = await openPaper();
    const order = request({ quantity: decimal(1) });
    const [one, two] = await Promise.all([session.orders.place(order), session.orders.place(order)]);
    expect(reportIn(one)).toEqual(reportIn(two));
    expect(reportIn(await session.orders.place(order))).toEqual(reportIn(one));
    expect((await balance('USDT')).total).toBe('9899');
  });

  it('refuses when no price is to be had, and what this account may not trade', async () => {
    const { session, feed } = await openPaper();
    feed.unset(BTC.symbol);
    expect(await session.orders.place(request({ quantity: decimal(1) }))).toMatchObject({ kind: 'rejected', code: 'PRICE_UNAVAILABLE' });
    const spotOnly = await createPaperVenue({ account: paperAccount({}, 'spot'), opening: NOTHING_BEFORE, feed, clock: new ManualClock() });
    const swap = request({ symbol: BTC_SWAP.symbol, quantity: decimal(1) });
    expect(await spotOnly.orders.place(swap)).toMatchObject({ kind: 'rejected', code: 'VENUE_SYMBOL' });
  });
});

describe('paper venue, orders that wait', () => {
  it('triggers a stop when the last price reaches it, then fills at the market', async () => {
    const { session, clock, feed, pushed } = await openPaper();
    const stop = request({ side: 'sell', type: 'stop', quantity: decimal(1), stopPrice: decimal(95) });
    expect(reportIn(await session.orders.place(stop)).status).toBe('open');
    feed.set(BTC.symbol, '94', '96', '95.01');
    await clock.advance(TICK_MS);
    expect(pushed).toEqual([]);
    feed.set(BTC.symbol, '93', '95', '95');
    await clock.advance(TICK_MS);
    expect(pushed.map((report) => [report.status, report.fills[0]?.price.toFixed()])).toEqual([['filled', '93']]);
  });

  it('lets a stop-limit order rest at its limit after the trigger', async () => {
    const { session, clock, feed } = await openPaper();
    const order = request({ type: 'stop_limit', quantity: decimal(1), stopPrice: decimal(105), price: decimal(104) });
    reportIn(await session.orders.place(order));
    feed.set(BTC.symbol, '106', '107', '106');
    await clock.advance(TICK_MS);
    expect((await reportOf(session.orders, order)).status).toBe('open');
    feed.set(BTC.symbol, '103', '104', '104');
    await clock.advance(TICK_MS);
    expect((await reportOf(session.orders, order)).fills[0]).toMatchObject({ liquidity: 'maker' });
  });

  it('refuses a stop the market has already passed', async () => {
    const { session } = await openPaper();
    const stop = request({ side: 'sell', type: 'stop', quantity: decimal(1), stopPrice: decimal(100) });
    expect(await session.orders.place(stop)).toMatchObject({ kind: 'rejected', code: 'VENUE_WOULD_TRIGGER' });
  });

  it('rejects a post-only stop-limit order that would take when it triggers', async () => {
    const { session, clock, feed, balance } = await openPaper();
    const order = request({ type: 'stop_limit', quantity: decimal(1), stopPrice: decimal(105), price: decimal(110), postOnly: true });
    reportIn(await session.orders.place(order));
    feed.set(BTC.symbol, '105', '106', '105');
    await clock.advance(TICK_MS);
    expect(await reportOf(session.orders, order)).toMatchObject({ status: 'rejected', code: 'VENUE_WOULD_MATCH' });
    expect(await balance('USDT')).toEqual({ free: '10000', total: '10000' });
  });

  it('expires a GTD order by the clock, even while there is no price', async () => {
    const { session, clock, feed, pushed, balance } = await openPaper();
    const order = request({ type: 'limit', quantity: decimal(1), price: decimal(50), timeInForce: 'GTD', expiresAt: clock.now() + 1000 });
    reportIn(await session.orders.place(order));
    feed.unset(BTC.symbol);
    await clock.advance(999);
    expect(pushed).toEqual([]);
    await clock.advance(1);
    expect(pushed).toMatchObject([{ clientOrderId: order.clientOrderId, status: 'expired', code: 'VENUE_EXPIRED' }]);
    expect((await balance('USDT')).free).toBe('10000');
    const late = {
      ...request({ type: 'limit', quantity: decimal(1), price: decimal(50) }),
      timeInForce: 'GTD',
      expiresAt: clock.now(),
    } as const;
    expect(await session.orders.place(late)).toMatchObject({ kind: 'rejected', code: 'VENUE_EXPIRED' });
  });

  it('asks for prices only of symbols with resting orders, and sleeps no more once none is left', async () => {
    const { session, clock, feed } = await openPaper();
    const order = request({ type: 'limit', quantity: decimal(1), price: decimal(50) });
    reportIn(await session.orders.place(order));
    feed.asked.length = 0;
    await clock.advance(3 * TICK_MS);
    expect(feed.asked).toEqual([BTC.symbol, BTC.symbol, BTC.symbol]);
    await session.orders.cancel(refOf(order));
    await clock.advance(TICK_MS);
    expect(clock.sleeping()).toBe(0);
  });

  it('stops ticking and takes nothing more when it is closed', async () => {
    const { session, clock, feed, pushed } = await openPaper();
    reportIn(await session.orders.place(request({ type: 'limit', quantity: decimal(1), price: decimal(50) })));
    await session.orders.close();
    expect(clock.sleeping()).toBe(0);
    feed.set(BTC.symbol, '10', '11');
    await clock.advance(10 * TICK_MS);
    expect(pushed).toEqual([]);
    expect(await session.orders.place(request({ quantity: decimal(1) }))).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
  });

  it('amends price and quantity; what becomes marketable fills at once', async () => {
    const { session, balance } = await openPaper();
    const order = request({ type: 'limit', quantity: decimal(1), price: decimal(50) });
    reportIn(await session.orders.place(order));
    await session.orders.amend(refOf(order), { quantity: decimal(2), price: decimal(60), stopPrice: null });
    expect((await balance('USDT')).free).toBe('9880');
    const filled = reportIn(await session.orders.amend(refOf(order), { quantity: null, price: decimal(101), stopPrice: null }));
    expect(filled.status).toBe('filled');
    expect(filled.filledQuantity.toFixed()).toBe('2');
    const late = await session.orders.amend(refOf(order), { quantity: decimal(3), price: null, stopPrice: null });
    expect(late).toMatchObject({ kind: 'rejected', code: 'ORDER_NOT_OPEN' });
  });

  it('leaves an order as it was when an amendment is refused', async () => {
    const { session, balance } = await openPaper({ depthNotional: '101' });
    const order = request({ type: 'limit', quantity: decimal(3), price: decimal(101) });
    reportIn(await session.orders.place(order));
    const before = await balance('USDT');
    const amend = (change: { quantity?: string; price?: string; stopPrice?: string }) =>
      session.orders.amend(refOf(order), {
        quantity: change.quantity ? decimal(change.quantity) : null,
        price: change.price ? decimal(change.price) : null,
        stopPrice: change.stopPrice ? decimal(change.stopPrice) : null,
      });
    expect(await amend({ quantity: '0.5' })).toMatchObject({ code: 'VENUE_REJECTED' });
    expect(await amend({ quantity: '1000' })).toMatchObject({ code: 'VENUE_INSUFFICIENT_FUNDS' });
    expect(await amend({ price: '100.001' })).toMatchObject({ code: 'VENUE_PRECISION' });
    expect(await amend({ stopPrice: '90' })).toMatchObject({ code: 'VENUE_REJECTED' });
    expect(await balance('USDT')).toEqual(before);
    expect(reportIn(await amend({ quantity: '1' }))).toMatchObject({ status: 'filled' });
  });
});

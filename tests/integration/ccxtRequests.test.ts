import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VenueSession } from '../../src/exchange/exchange.ts';
import { type BinanceFixture, openBinance } from '../helpers/binance/binanceFixture.ts';
import { spotSymbol } from '../helpers/binance/binanceServer.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';

/** What every signed request carries besides its timestamp and signature. */
const ANY = { recvWindow: '4000' };

describe('what the exchange is asked, to the letter', () => {
  let venue: BinanceFixture & { readonly session: VenueSession };

  beforeAll(async () => {
    const wei = spotSymbol('WEI', 'USDT', '2', {
      stepSize: '0.000000000000000001',
      minQty: '0.000000000000000001',
      tickSize: '0.00000001',
      basePrecision: 18,
    });
    const btc = spotSymbol('BTC', 'USDT', '50000');
    venue = await openBinance({ server: { symbols: [btc, wei] }, ccxt: { options: { recvWindow: 4000 } } });
  });
  afterAll(async () => {
    await venue.close();
  });

  const lastRequest = (endpoint: string) => {
    const { timestamp, ...params } = venue.server.requestsTo(endpoint).at(-1)?.params ?? {};
    expect(timestamp).toMatch(/^\d{13}$/);
    return params;
  };

  const each = { symbol: 'BTCUSDT', newOrderRespType: 'FULL', ...ANY };

  it.each([
    ['a market buy', btcOrder(), { side: 'BUY', type: 'MARKET', quantity: '0.01' }],
    ['a market sell', btcOrder({ side: 'sell' }), { side: 'SELL', type: 'MARKET', quantity: '0.01' }],
    [
      'a market buy that came with a price: never quoteOrderQty',
      btcOrder({ price: '50000' }),
      { side: 'BUY', type: 'MARKET', quantity: '0.01' },
    ],
    [
      'a limit',
      btcOrder({ type: 'limit', price: '40000.5' }),
      { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '40000.5', quantity: '0.01' },
    ],
    [
      'immediate or cancel',
      btcOrder({ type: 'limit', price: '40000', timeInForce: 'IOC' }),
      { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price: '40000', quantity: '0.01' },
    ],
    [
      'fill or kill',
      btcOrder({ type: 'limit', price: '40000', timeInForce: 'FOK' }),
      { side: 'BUY', type: 'LIMIT', timeInForce: 'FOK', price: '40000', quantity: '0.01' },
    ],
    [
      'post-only',
      btcOrder({ type: 'limit', price: '40000', postOnly: true }),
      { side: 'BUY', type: 'LIMIT_MAKER', price: '40000', quantity: '0.01' },
    ],
    [
      'a sell stop below the market',
      btcOrder({ side: 'sell', type: 'stop', stopPrice: '45000.1' }),
      { side: 'SELL', type: 'STOP_LOSS', stopPrice: '45000.1', quantity: '0.01' },
    ],
    [
      'a buy stop above the market',
      btcOrder({ type: 'stop', stopPrice: '55000' }),
      { side: 'BUY', type: 'STOP_LOSS', stopPrice: '55000', quantity: '0.01' },
    ],
    [
      'a stop-limit',
      btcOrder({ side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '44900' }),
      { side: 'SELL', type: 'STOP_LOSS_LIMIT', timeInForce: 'GTC', stopPrice: '45000', price: '44900', quantity: '0.01' },
    ],
  ])('%s', async (_name, request, params) => {
    accepted(await venue.session.orders.place(request));
    expect(lastRequest('POST /api/v3/order')).toEqual({ ...each, newClientOrderId: request.clientOrderId, ...params });
  });

  it('a look-up asks by client order id, then for the trades by order id', async () => {
    const request = btcOrder();
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    found(await venue.session.orders.lookup(refOf(request)));
    expect(lastRequest('GET /api/v3/order')).toEqual({ symbol: 'BTCUSDT', origClientOrderId: request.clientOrderId, ...ANY });
    expect(lastRequest('GET /api/v3/myTrades')).toEqual({ symbol: 'BTCUSDT', orderId: venueOrderId, limit: '1000', ...ANY });
  });

  it('a cancel names the order by the id of the venue when that is known', async () => {
    const request = btcOrder({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    await venue.session.orders.cancel(refOf(request, venueOrderId));
    expect(lastRequest('DELETE /api/v3/order')).toEqual({ symbol: 'BTCUSDT', orderId: venueOrderId, ...ANY });
    const other = btcOrder({ type: 'limit', price: '40000' });
    accepted(await venue.session.orders.place(other));
    await venue.session.orders.cancel(refOf(other));
    expect(lastRequest('DELETE /api/v3/order')).toEqual({ symbol: 'BTCUSDT', origClientOrderId: other.clientOrderId, ...ANY });
  });

  it.each([
    ['good till a date', { type: 'limit', price: '40000', timeInForce: 'GTD', expiresAt: 1 }],
    ['reduce-only', { side: 'sell', reduceOnly: true }],
    ['post-only market', { postOnly: true }],
    ['post-only and immediate', { type: 'limit', price: '40000', postOnly: true, timeInForce: 'IOC' }],
    ['market, whole or not at all', { timeInForce: 'FOK' }],
    ['one-cancels-other', { type: 'limit', price: '40000', ocoGroup: 'g' }],
  ] as const)('what it cannot do is refused and never sent: %s', async (_name, overrides) => {
    const sent = venue.server.requests.length;
    expect(await venue.session.orders.place(btcOrder(overrides))).toMatchObject({ kind: 'rejected', code: 'FEATURE_NOT_SUPPORTED' });
    expect(venue.server.requests.length).toBe(sent);
  });

  it('an order without the price its type needs is a bug, told before anything is sent', async () => {
    const sent = venue.server.requests.length;
    await expect(venue.session.orders.place(btcOrder({ type: 'limit' }))).rejects.toThrow(TypeError);
    expect(venue.server.requests.length).toBe(sent);
  });

  it('eighteen digits survive the way there and back', async () => {
    const quantity = '12345.123456789012345678';
    const request = btcOrder({ symbol: 'WEI/USDT', type: 'limit', quantity, price: '1.00000001' });
    const report = accepted(await venue.session.orders.place(request));
    expect(lastRequest('POST /api/v3/order')).toMatchObject({ quantity, price: '1.00000001' });
    venue.server.book.setPrice('WEIUSDT', '1');
    const filled = found(await venue.session.orders.lookup(refOf(request, report.venueOrderId)));
    expect(filled.filledQuantity.toFixed()).toBe(quantity);
    expect(filled.fills[0]?.quantity.toFixed()).toBe(quantity);
    expect(filled.fills[0]?.fee.toFixed()).toBe('12.345123456789012345678');
    const balances = await venue.session.orders.balances();
    expect(balances?.find(({ asset }) => asset === 'WEI')?.total.toFixed()).toBe('12332.778333332223333332322');
    const market = (await venue.session.feed.markets()).find(({ symbol }) => symbol === 'WEI/USDT');
    expect(market?.stepSize.toFixed()).toBe('0.000000000000000001');
  });

  it('a partly filled order reports its trades and goes on; the cancel tells all that had filled', async () => {
    const request = btcOrder({ type: 'limit', quantity: '0.03', price: '50000' });
    venue.server.book.setLiquidity('BTCUSDT', '0.01');
    const placed = accepted(await venue.session.orders.place(request));
    expect(placed).toMatchObject({ status: 'partially_filled', fillsComplete: true });
    const [order] = venue.server.book.accepted(request.clientOrderId);
    if (!order) throw new Error('the order is not in the book');
    venue.server.book.fillPart(order, '0.005');
    venue.server.book.setLiquidity('BTCUSDT', null);
    const canceled = await venue.session.orders.cancel(refOf(request));
    expect(canceled).toMatchObject({
      kind: 'canceled',
      report: { clientOrderId: request.clientOrderId, status: 'canceled', fillsComplete: true },
    });
    const report = found(await venue.session.orders.lookup(refOf(request)));
    expect(report).toMatchObject({ status: 'canceled', fillsComplete: true, code: 'VENUE_CANCELED' });
    const told = canceled.kind === 'canceled' ? canceled.report?.fills : [];
    expect(told).toEqual(report.fills);
    expect(report.fills.map(({ quantity, liquidity }) => [quantity.toFixed(), liquidity])).toEqual([
      ['0.01', 'taker'],
      ['0.005', 'maker'],
    ]);
  });

  it('a stop waits, and fills when its price is passed', async () => {
    const request = btcOrder({ side: 'sell', type: 'stop', stopPrice: '45000' });
    expect(accepted(await venue.session.orders.place(request)).status).toBe('open');
    venue.server.book.setPrice('BTCUSDT', '44999');
    expect(found(await venue.session.orders.lookup(refOf(request)))).toMatchObject({ status: 'filled', fillsComplete: true });
    venue.server.book.setPrice('BTCUSDT', '50000');
  });

  it('a stop that would trigger at once is refused with the reason', async () => {
    const request = btcOrder({ side: 'sell', type: 'stop', stopPrice: '51000' });
    expect(await venue.session.orders.place(request)).toMatchObject({ kind: 'rejected', code: 'VENUE_WOULD_TRIGGER' });
  });

  it('an order that could not be filled at once says so', async () => {
    const request = btcOrder({ type: 'limit', price: '40000', timeInForce: 'IOC' });
    expect(accepted(await venue.session.orders.place(request))).toMatchObject({ status: 'expired', code: 'VENUE_NO_LIQUIDITY' });
  });

  it('orders are not changed in place: that is refused with what to do instead', async () => {
    const request = btcOrder({ type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    const change = { quantity: null, price: null, stopPrice: null };
    expect(await venue.session.orders.amend(refOf(request, venueOrderId), change)).toMatchObject({
      kind: 'rejected',
      code: 'FEATURE_NOT_SUPPORTED',
    });
  });
});

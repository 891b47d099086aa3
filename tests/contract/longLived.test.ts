import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { startBinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { until } from '../helpers/until.ts';
import type { OpenVenue, VenueKind } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BINANCE_SPOT, BINANCE_SWAP, BITGET_SPOT, BITGET_SWAP, COINBASE_SPOT } from '../helpers/venue/kinds.ts';
import { openedVenue } from '../helpers/venue/openedVenue.ts';

const DAY_MS = 24 * 3_600_000;

/** The only order in the book. */
const onlyOrder = ({ server }: OpenVenue) => {
  const [order] = server.book.orders;
  if (!order) throw new Error('the order is not in the book');
  return order;
};

describe('Binance futures', () => {
  it('an order that began to fill longer ago than is listed by itself ends with all its fills', async () => {
    const server = await startBinanceSwapServer();
    server.setClockOffset(-9 * DAY_MS);
    const venue = await openedVenue({ ...BINANCE_SWAP, start: async () => server });
    const request = btcOrder({ symbol: BINANCE_SWAP.symbol, type: 'limit', price: '40000', quantity: '0.03' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    server.book.fillPart(onlyOrder(venue), '0.01');
    server.setClockOffset(0);
    server.book.setPrice(BINANCE_SWAP.bookSymbol, '39999');
    const ref = { ...refOf(request, venueOrderId), type: 'limit' } as const;
    await until(async () => (await venue.session.orders.lookup(ref)).kind === 'found', { what: 'the time of the venue to be taken over' });
    const report = found(await venue.session.orders.lookup(ref));
    expect(report).toMatchObject({ status: 'filled', fillsComplete: true });
    expect(report.fills.map(({ quantity }) => quantity.toFixed())).toEqual(['0.01', '0.02']);
  });

  it('an order that has rested for longer than the venue answers about it by name is found among those that rest', async () => {
    const server = await startBinanceSwapServer();
    server.setClockOffset(-91 * DAY_MS);
    const venue = await openedVenue({ ...BINANCE_SWAP, start: async () => server });
    const request = btcOrder({ symbol: BINANCE_SWAP.symbol, type: 'limit', price: '40000' });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    server.setClockOffset(0);
    const ref = { ...refOf(request, venueOrderId), type: 'limit' } as const;
    await until(async () => (await venue.session.orders.lookup(ref)).kind !== 'unknown', {
      what: 'the time of the venue to be taken over',
    });
    expect(found(await venue.session.orders.lookup(ref))).toMatchObject({ status: 'open', venueOrderId });
  });
});

it.each([
  ['Binance spot', BINANCE_SPOT, 1_100],
  ['Binance futures', BINANCE_SWAP, 1_100],
  ['Coinbase', COINBASE_SPOT, 1_300],
] as const)('at %s an order that fills in very many pieces ends with all of them', async (_, kind, pieces) => {
  const { session, server } = await openedVenue(kind);
  server.book.setFillSlices(pieces);
  const request = btcOrder({ symbol: kind.symbol, type: 'limit', price: '40000', quantity: decimal(pieces).div(1_000).toFixed() });
  const { venueOrderId } = accepted(await session.orders.place(request));
  server.book.setPrice(kind.bookSymbol, '39999');
  const report = found(await session.orders.lookup(refOf(request, venueOrderId)));
  expect(report).toMatchObject({ status: 'filled', fillsComplete: true });
  expect(new Set(report.fills.map(({ venueTradeId }) => venueTradeId)).size).toBe(pieces);
});

it.each([
  ['Binance futures', BINANCE_SWAP, { code: -2013, msg: 'Order does not exist.' }, ['/fapi/v1/order', '/fapi/v1/allOrders']],
  ['Bitget spot', BITGET_SPOT, { code: '43001', msg: 'The order does not exist' }, ['/api/v2/spot/trade/orderInfo']],
  ['Bitget spot', BITGET_SPOT, { code: '40109', msg: 'The data of the order cannot be found' }, ['/api/v2/spot/trade/plan-sub-order']],
  ['Bitget futures', BITGET_SWAP, { code: '40109', msg: 'The data of the order cannot be found' }, ['/api/v2/mix/order/detail']],
] as const)('at %s a stop whose order is not shown yet is known, and open until it is', async (_, kind, unknown, paths) => {
  const { session, server } = await openedVenue(kind);
  const request = btcOrder({ symbol: kind.symbol, side: 'sell', type: 'stop', stopPrice: '45000', quantity: '0.001' });
  const { venueOrderId } = accepted(await session.orders.place(request));
  server.book.setPrice(kind.bookSymbol, '44999');
  for (const path of paths) server.fail({ kind: 'rejectWith', ...unknown }, { method: 'GET', path, times: 1 });
  const ref = { ...refOf(request, venueOrderId), type: 'stop' } as const;
  expect(found(await session.orders.lookup(ref))).toMatchObject({ status: 'open', venueOrderId });
  expect(found(await session.orders.lookup(ref))).toMatchObject({ status: 'filled', fillsComplete: true, venueOrderId });
});

it('a conditional order of Binance whose order is forgotten ended with it: only what filled nothing is', async () => {
  const server = await startBinanceSwapServer();
  server.setClockOffset(-4 * DAY_MS);
  const { session } = await openedVenue({ ...BINANCE_SWAP, start: async () => server });
  const request = btcOrder({ symbol: BINANCE_SWAP.symbol, side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
  const { venueOrderId } = accepted(await session.orders.place(request));
  server.book.setPrice(BINANCE_SWAP.bookSymbol, '44999');
  for (const order of server.book.openOrders(BINANCE_SWAP.bookSymbol)) server.book.cancel(order);
  server.setClockOffset(0);
  const ref = { ...refOf(request, venueOrderId), type: 'stop_limit' } as const;
  await until(async () => (await session.orders.lookup(ref)).kind === 'found', { what: 'the time of the venue to be taken over' });
  expect(found(await session.orders.lookup(ref))).toMatchObject({ status: 'canceled', code: 'VENUE_CANCELED', filledQuantity: ZERO });
});

describe('plan orders of Bitget', () => {
  const stop = (kind: VenueKind, type: Extract<Order['type'], 'stop'> = 'stop') =>
    btcOrder({ symbol: kind.symbol, side: 'sell', type, stopPrice: '45000', quantity: '0.001' });

  it('one that was followed by more than a page of others is found by either name once it has triggered', async () => {
    const venue = await openedVenue(BITGET_SPOT);
    const { session, server } = venue;
    const request = stop(BITGET_SPOT);
    const { venueOrderId } = accepted(await session.orders.place(request));
    const old = onlyOrder(venue);
    for (let moved = 0; moved < 120; moved += 1)
      server.book.cancel(
        server.book.place({
          ...{ clientOrderId: `moved${moved}`, symbol: old.symbol, side: 'SELL', type: 'STOP_LOSS', timeInForce: 'GTC' },
          ...{ quantity: old.origQty, price: null, stopPrice: old.stopPrice },
        }),
      );
    server.book.setPrice(BITGET_SPOT.bookSymbol, '44999');
    for (const id of [venueOrderId, null])
      expect(found(await session.orders.lookup({ ...refOf(request, id), type: 'stop' }))).toMatchObject({
        status: 'filled',
        fillsComplete: true,
        venueOrderId,
      });
  });

  it('on spot one that has become an order is canceled by way of that order, also when the answer is no refusal and no success', async () => {
    const { session, server } = await openedVenue(BITGET_SPOT);
    const request = btcOrder({ symbol: BITGET_SPOT.symbol, side: 'sell', type: 'stop_limit', stopPrice: '45000', price: '46000' });
    const { venueOrderId } = accepted(await session.orders.place(request));
    const ref = { ...refOf(request, venueOrderId), type: 'stop_limit' } as const;
    const path = '/api/v2/spot/trade/cancel-plan-order';
    server.fail({ kind: 'rejectWith', code: '00000', msg: 'success', status: 200 }, { method: 'POST', path, times: 2 });
    expect(await session.orders.cancel(ref)).toMatchObject({ kind: 'unknown' });
    server.book.setPrice(BITGET_SPOT.bookSymbol, '44999');
    expect(await session.orders.cancel(ref)).toMatchObject({ kind: 'canceled', report: { status: 'canceled', venueOrderId } });
    expect(server.book.openOrders(BITGET_SPOT.bookSymbol)).toEqual([]);
  });

  it.each([
    ['spot', BITGET_SPOT],
    ['futures', BITGET_SWAP],
  ] as const)('on %s one that has ended is found though the clock here is ten minutes behind', async (_, kind) => {
    const { session, server } = await openedVenue(kind);
    server.setClockOffset(600_000);
    const request = stop(kind);
    await until(async () => (await session.orders.place(request)).kind === 'accepted', { what: 'the time of the venue to be taken over' });
    server.book.setPrice(kind.bookSymbol, '44999');
    expect(found(await session.orders.lookup({ ...refOf(request), type: 'stop' }))).toMatchObject({ status: 'filled' });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlaceRequest, VenueHint } from '../../src/exchange/exchange.ts';
import { until } from '../helpers/until.ts';
import { type OpenVenue, openVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder } from '../helpers/venue/ccxtOrders.ts';
import { VENUE_KINDS } from '../helpers/venue/kinds.ts';

const LONG = { timeoutMs: 15_000 };

/** Venues whose streams are listened to. */
const PUSHING = VENUE_KINDS.filter(({ pushes }) => pushes);

describe.each(PUSHING)('the streams of $title', (kind) => {
  let venue: OpenVenue;
  const hints: VenueHint[] = [];
  const { symbol, bookSymbol } = kind;

  beforeAll(async () => {
    venue = await openVenue(kind);
    venue.session.orders.onHint?.((hint) => hints.push(hint));
    await until(() => venue.session.orders.isPushing?.(), { what: 'the streams to be live', ...LONG });
  });
  beforeEach(() => {
    for (const order of venue.server.book.openOrders()) venue.server.book.cancel(order);
    venue.server.book.setPrice(bookSymbol, '50000');
    hints.length = 0;
  });
  afterAll(() => venue.close());

  const rest = async (overrides: Parameters<typeof btcOrder>[0] = {}): Promise<{ request: PlaceRequest; venueOrderId: string }> => {
    const request = btcOrder({ symbol, type: 'limit', price: '40000', ...overrides });
    return { request, venueOrderId: accepted(await venue.session.orders.place(request)).venueOrderId };
  };
  const hintOf = ({ request, venueOrderId }: { request: PlaceRequest; venueOrderId: string }) =>
    until(() => hints.find((hint) => hint.venueOrderId === venueOrderId || hint.clientOrderId === request.clientOrderId), {
      what: `a hint of ${venueOrderId}; there are ${JSON.stringify(hints)}`,
      ...LONG,
    });

  it('tell of an order that was filled while nobody asked', async () => {
    const order = await rest();
    await hintOf(order);
    hints.length = 0;
    venue.server.book.setPrice(bookSymbol, '39000');
    expect(await hintOf(order)).toMatchObject({ symbol });
    const found = await venue.session.orders.lookup({ ...order.request, venueOrderId: order.venueOrderId });
    expect(found).toMatchObject({ kind: 'found', report: { status: 'filled' } });
  });

  it('tell of what was canceled by hand', async () => {
    const order = await rest();
    await hintOf(order);
    hints.length = 0;
    const resting = venue.server.book.openOrders(bookSymbol).at(-1);
    if (!resting) throw new Error('it does not rest');
    venue.server.book.cancel(resting);
    await hintOf(order);
  });

  it('tell that a stop has triggered, by its name or by a symbol in which something happened', async () => {
    const market = (await venue.session.feed.markets()).find((listed) => listed.symbol === symbol);
    if (!market) throw new Error('it is not listed');
    const { orderTypes } = venue.session.orders.capabilities(market);
    const type = orderTypes.includes('stop') ? 'stop' : 'stop_limit';
    const request = btcOrder({ symbol, side: 'sell', type, stopPrice: '45000', ...(type === 'stop' ? {} : { price: '44000' }) });
    const { venueOrderId } = accepted(await venue.session.orders.place(request));
    hints.length = 0;
    venue.server.book.setPrice(bookSymbol, '44900');
    await until(() => hints.find((hint) => hint.symbol === symbol), { what: 'a hint', ...LONG });
    const found = await venue.session.orders.lookup({ ...request, venueOrderId });
    expect(found).toMatchObject({ kind: 'found', report: { status: 'filled' } });
  });

  it('break, are no longer relied on, come back, and then anything may have changed', async () => {
    const order = await rest();
    venue.server.streams.refuse(true);
    venue.server.streams.drop();
    await until(() => venue.session.orders.isPushing?.() === false, { what: 'the loss to be noticed', ...LONG });
    hints.length = 0;
    venue.server.book.setPrice(bookSymbol, '39000');
    venue.server.streams.refuse(false);
    await until(() => venue.session.orders.isPushing?.(), { what: 'the streams to be live again', ...LONG });
    expect(hints).toContainEqual({ clientOrderId: null, venueOrderId: null, symbol: null });
    expect(await venue.session.orders.lookup({ ...order.request, venueOrderId: order.venueOrderId })).toMatchObject({
      report: { status: 'filled' },
    });
  });

  it('may say things twice and in the wrong order', async () => {
    venue.server.streams.stutter(true);
    const order = await rest();
    venue.server.book.setPrice(bookSymbol, '39000');
    await hintOf(order);
    expect(hints.every((hint) => hint.symbol === symbol || hint.symbol === null)).toBe(true);
  });
});

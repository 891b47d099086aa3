import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BinanceSwapServer, startBinanceSwapServer } from '../helpers/binance/swapServer.ts';
import { type OpenVenue, openVenue, reachVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BINANCE_HEDGED } from '../helpers/venue/kinds.ts';

const SYMBOL = BINANCE_HEDGED.symbol;
const order = (overrides: Parameters<typeof btcOrder>[0] = {}) => btcOrder({ symbol: SYMBOL, ...overrides });

describe('a Binance futures account in hedge mode', () => {
  let server: BinanceSwapServer;
  let venue: OpenVenue;

  beforeEach(async () => {
    const start = async () => {
      server = await startBinanceSwapServer({ hedgeMode: true });
      return server;
    };
    venue = await openVenue({ ...BINANCE_HEDGED, start });
  });
  afterEach(() => venue.close());

  const held = () =>
    (['LONG', 'SHORT'] as const).map((side) => server.book.wallet.position(BINANCE_HEDGED.bookSymbol, side).quantity.toFixed());

  it('is opened as such, and its test says so', async () => {
    const [market] = (await venue.session.feed.markets()).filter(({ symbol }) => symbol === SYMBOL);
    expect(market && venue.session.orders.capabilities(market).hedged).toBe(true);
    expect((await venue.exchanges.test(venue.account)).ok).toBe(true);
  });

  it('holds a long and a short side by side; each is reduced by orders that say so', async () => {
    accepted(await venue.session.orders.place(order({ quantity: '0.02' })));
    accepted(await venue.session.orders.place(order({ side: 'sell', quantity: '0.03' })));
    expect(held()).toEqual(['0.02', '-0.03']);
    accepted(await venue.session.orders.place(order({ side: 'sell', quantity: '0.01', reduceOnly: true })));
    accepted(await venue.session.orders.place(order({ quantity: '0.01', reduces: true })));
    expect(held()).toEqual(['0.01', '-0.02']);
    expect(server.requestsTo('POST /fapi/v1/order').map(({ params }) => [params.positionSide, params.reduceOnly])).toEqual([
      ['LONG', undefined],
      ['SHORT', undefined],
      ['LONG', undefined],
      ['SHORT', undefined],
    ]);
  });

  it('a stop of a long closes the long and never more than it', async () => {
    accepted(await venue.session.orders.place(order({ quantity: '0.01' })));
    accepted(await venue.session.orders.place(order({ side: 'sell', quantity: '0.05' })));
    const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000', quantity: '0.01', reduceOnly: true });
    accepted(await venue.session.orders.place(stop));
    server.book.setPrice(BINANCE_HEDGED.bookSymbol, '44999');
    expect(found(await venue.session.orders.lookup({ ...refOf(stop), type: 'stop' })).status).toBe('filled');
    expect(held()).toEqual(['0', '-0.05']);
    expect(await venue.session.orders.place(order({ side: 'sell', reduceOnly: true }))).toMatchObject({
      kind: 'rejected',
      code: 'REDUCE_ONLY_WOULD_OPEN',
    });
  });

  it('is not opened while its mode cannot be read: what orders must say depends on it', async () => {
    const reached = await reachVenue(BINANCE_HEDGED);
    reached.server.fail({ kind: 'html', status: 502 }, { path: '/fapi/v1/accountConfig' });
    const opening = { balances: [], openOrders: [], positions: [] };
    await expect(reached.exchanges.open(reached.account, opening)).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
    await reached.close();
  });

  it('switched to one-way mode while open, it refuses orders that name a side, and so it is told', async () => {
    server.setHedgeMode(false);
    expect(await venue.session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
    expect(await venue.session.orders.place(order({ side: 'sell', type: 'stop', stopPrice: '45000' }))).toMatchObject({ kind: 'rejected' });
    expect(server.book.orders).toEqual([]);
  });

  it('both sides of a symbol pay funding in one transaction, which counts once', async () => {
    accepted(await venue.session.orders.place(order({ quantity: '0.02' })));
    accepted(await venue.session.orders.place(order({ side: 'sell', quantity: '0.05' })));
    const since = Date.now() - 1000;
    server.payFunding('0.0001');
    const paid = await venue.session.orders.funding?.(since);
    expect(paid?.map(({ amount }) => amount.toFixed())).toEqual(['0.15']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../../src/domain/money.ts';
import type { PlaceRequest, RestingOrder } from '../../src/exchange/exchange.ts';
import { until } from '../helpers/until.ts';
import { type OpenVenue, openVenue, type VenueKind } from '../helpers/venue/bench.ts';
import type { BookOrder, NewOrder } from '../helpers/venue/bookTypes.ts';
import { accepted, btcOrder, found } from '../helpers/venue/ccxtOrders.ts';

const DAY_MS = 24 * 3_600_000;

/** What every venue that shows its account shows of it, whoever acted there: for kinds with `view`. */
export function accountViewContract(kind: VenueKind): void {
  describe(`${kind.title} shows its account`, () => {
    let venue: OpenVenue;
    beforeEach(async () => {
      venue = await openVenue(kind);
      await venue.session.feed.quote(kind.symbol, 60_000);
    });
    afterEach(async () => {
      venue.server.setClockOffset(0);
      await venue.close();
    });

    const order = (overrides: Parameters<typeof btcOrder>[0] = {}): PlaceRequest => btcOrder({ symbol: kind.symbol, ...overrides });
    const capable = async () => {
      const market = (await venue.session.feed.markets()).find(({ symbol }) => symbol === kind.symbol);
      if (!market) throw new Error(`${kind.symbol} is not listed`);
      return venue.session.orders.capabilities(market);
    };
    const place = async (overrides: Parameters<typeof btcOrder>[0]) => {
      const request = order(overrides);
      return { request, report: accepted(await venue.session.orders.place(request)) };
    };

    /** An order of someone else's, placed at the venue itself; `quantity` in base units. */
    const byHand = async (terms: Partial<NewOrder> & { readonly clientOrderId: string }, quantity = '0.01'): Promise<BookOrder> => {
      const { side = 'BUY' } = terms;
      const hedged = (await capable()).hedged === true;
      return venue.server.book.place({
        symbol: kind.bookSymbol,
        side,
        type: 'MARKET',
        timeInForce: 'GTC',
        quantity: new Decimal(quantity).div(kind.view?.contractSize ?? 1),
        price: null,
        stopPrice: null,
        ...(hedged ? { positionSide: side === 'BUY' ? ('LONG' as const) : ('SHORT' as const) } : {}),
        ...terms,
      });
    };

    const openOrders = async (): Promise<readonly RestingOrder[]> => {
      const orders = await venue.session.orders.openOrders?.(kind.symbol);
      if (!orders) throw new Error('the open orders could not be learned');
      return orders;
    };
    const trades = async (sinceMs: number) => {
      const listed = await venue.session.orders.trades?.(kind.symbol, sinceMs);
      if (!listed) throw new Error('the trades could not be learned');
      return listed;
    };
    const ours = (orders: readonly RestingOrder[], { clientOrderId }: PlaceRequest): RestingOrder | undefined =>
      orders.find((one) => one.clientOrderId?.replaceAll('-', '') === clientOrderId);
    /** Until the venue's clock has moved on, so that what follows has another time. */
    const nextMoment = (ms: number) => until(async () => Date.now() > ms + 1, { everyMs: 1, what: 'the next moment' });

    it('orders that rest, each with what is asked of it; those placed by hand under another name', async () => {
      expect(await openOrders()).toEqual([]);
      const before = Date.now();
      const buy = await place({ type: 'limit', price: '40000.5' });
      const sell = await place({ side: 'sell', type: 'limit', price: '60000', quantity: '0.02' });
      const foreign = await byHand({ clientOrderId: 'web_1', type: 'LIMIT', price: decimal('39000') }, '0.03');
      const listed = await openOrders();
      expect(listed).toHaveLength(3);
      const common = { symbol: kind.symbol, type: 'limit', stopPrice: null };
      expect(ours(listed, buy.request)).toMatchObject({ ...common, side: 'buy', venueOrderId: buy.report.venueOrderId });
      expect(ours(listed, sell.request)).toMatchObject({ ...common, side: 'sell', venueOrderId: sell.report.venueOrderId });
      const amounts = (one: RestingOrder | undefined) => [one?.quantity.toFixed(), one?.filledQuantity.toFixed(), one?.price?.toFixed()];
      expect(amounts(ours(listed, buy.request))).toEqual(['0.01', '0', '40000.5']);
      expect(amounts(ours(listed, sell.request))).toEqual(['0.02', '0', '60000']);
      const other = listed.find((one) => ![buy, sell].some(({ report }) => report.venueOrderId === one.venueOrderId));
      expect(amounts(other)).toEqual(['0.03', '0', '39000']);
      expect([null, foreign.clientOrderId]).toContain(other?.clientOrderId);
      for (const { createdAt } of listed) expect(Math.abs(createdAt - before)).toBeLessThan(60_000);
    });

    it('what has filled of them, in base units; and no longer what has ended', async () => {
      const { request } = await place({ type: 'limit', price: '40000', quantity: '0.03' });
      const [placed] = venue.server.book.orders;
      if (!placed) throw new Error('the order is not in the book');
      venue.server.book.fillPart(placed, placed.origQty.div(3).toFixed());
      const listed = ours(await openOrders(), request);
      expect([listed?.quantity.toFixed(), listed?.filledQuantity.toFixed()]).toEqual(['0.03', '0.01']);
      venue.server.book.cancel(placed);
      await place({});
      expect(await openOrders()).toEqual([]);
    });

    it.each(['stop', 'stop_limit'] as const)(
      'a %s that waits for its price, by hand too, and under its name once triggered',
      async (type) => {
        const { orderTypes } = await capable();
        if (!orderTypes.includes(type)) return;
        const price = type === 'stop_limit' ? { price: '46000' } : {};
        const { request, report } = await place({ side: 'sell', type, stopPrice: '45000', ...price });
        await byHand({ clientOrderId: 'web_2', type: 'STOP_LOSS_LIMIT', price: decimal('55100'), stopPrice: decimal('55000') });
        const listed = await openOrders();
        expect(listed).toHaveLength(2);
        const mine = ours(listed, request);
        expect(mine).toMatchObject({ type, side: 'sell', venueOrderId: report.venueOrderId, symbol: kind.symbol });
        expect([mine?.quantity.toFixed(), mine?.stopPrice?.toFixed()]).toEqual(['0.01', '45000']);
        expect(mine?.price?.toFixed()).toBe(type === 'stop_limit' ? '46000' : undefined);
        expect(listed.find((one) => one !== mine)).toMatchObject({ side: 'buy', type: 'stop_limit' });
        venue.server.book.setPrice(kind.bookSymbol, '44999');
        const left = ours(await openOrders(), request);
        if (type === 'stop') expect(left).toBeUndefined();
        else expect(left).toMatchObject({ venueOrderId: report.venueOrderId, side: 'sell' });
      },
    );

    it('trades of both sides with fee and order, ours and those made by hand, oldest first, from a time on', async () => {
      const bought = await place({ quantity: '0.02' });
      const first = found(await venue.session.orders.lookup({ ...bought.request, venueOrderId: bought.report.venueOrderId })).fills[0];
      if (!first) throw new Error('the order has no fill');
      await nextMoment(first.executedAt);
      const foreign = await byHand({ clientOrderId: 'web_3', side: 'SELL' });
      const all = await trades(first.executedAt);
      expect(all.map(({ side, quantity }) => [side, quantity.toFixed()])).toEqual([
        ['buy', '0.02'],
        ['sell', '0.01'],
      ]);
      expect(all[0]).toMatchObject({ symbol: kind.symbol, venueTradeId: first.venueTradeId, venueOrderId: bought.report.venueOrderId });
      expect(all[0]?.fee.toFixed()).toBe(first.fee.toFixed());
      for (const trade of all) {
        expect(trade).toMatchObject({ feeAsset: expect.stringMatching(/^[A-Z]+$/), liquidity: 'taker' });
        expect([trade.fee.gt(0), trade.price.toFixed()]).toEqual([true, '50000']);
      }
      expect(all[1]?.venueOrderId).toContain(kind.view?.idOf?.(foreign) ?? String(foreign.orderId));
      expect((await trades(foreign.time)).map(({ side }) => side)).toEqual(['sell']);
      expect(await trades(foreign.time + 1000)).toEqual([]);
    });

    it('trades that fill more than a page, each once', async () => {
      const count = (kind.view?.tradesPerPage ?? 0) + 5;
      const at = Date.now();
      for (let ago = count; ago > 0; ago -= 1) {
        venue.server.setClockOffset(-ago * 10);
        await byHand({ clientOrderId: `web_${ago}`, side: ago % 2 === 0 ? 'BUY' : 'SELL' });
      }
      venue.server.setClockOffset(0);
      const all = await trades(at - DAY_MS);
      expect(all).toHaveLength(count);
      expect(new Set(all.map(({ venueTradeId }) => venueTradeId)).size).toBe(count);
      const times = all.map(({ executedAt }) => executedAt);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    it('trades from before the longest time the venue answers for at once', async () => {
      const at = Date.now();
      for (const days of [10, 5, 0]) {
        venue.server.setClockOffset(-days * DAY_MS);
        await byHand({ clientOrderId: `web_${days}` });
      }
      expect(await trades(at - 11 * DAY_MS)).toHaveLength(3);
      expect(await trades(at - 6 * DAY_MS)).toHaveLength(2);
    });

    it('nothing, rather than too little, when it cannot be learned', async () => {
      const { orders } = venue.session;
      expect([await orders.openOrders?.('NOSUCH/COIN'), await orders.trades?.('NOSUCH/COIN', 0)]).toEqual([null, null]);
      venue.server.fail({ kind: 'truncatedJson' }, kind.asks ?? { method: 'GET' });
      expect([await orders.openOrders?.(kind.symbol), await orders.trades?.(kind.symbol, Date.now())]).toEqual([null, null]);
      if (orders.positions) expect(await orders.positions()).toBeNull();
      if (orders.funding) expect(await orders.funding(Date.now())).toBeNull();
    });

    if (kind.account.market === 'swap') {
      it('positions: signed, with their entry price, and none when nothing is held', async () => {
        const positions = async () =>
          ((await venue.session.orders.positions?.()) ?? []).map((one) => [one.quantity.toFixed(), one.entryPrice?.toFixed()]);
        expect(await venue.session.orders.positions?.()).toEqual([]);
        await place({ quantity: '0.02' });
        expect(await positions()).toEqual([['0.02', '50000']]);
        venue.server.book.setPrice(kind.bookSymbol, '51000');
        await byHand({ clientOrderId: 'web_4', side: 'SELL' }, '0.03');
        const { hedged } = await capable();
        const short = hedged ? ['-0.03', '51000'] : ['-0.01', '51000'];
        expect(await positions()).toEqual(hedged ? [['0.02', '50000'], short] : [short]);
        const [one] = (await venue.session.orders.positions?.()) ?? [];
        expect([one?.symbol, one?.markPrice?.toFixed()]).toEqual([kind.symbol, '51000']);
      });

      it('funding: what each payment was, under an id of its own, oldest first, from a time on', async () => {
        expect(await venue.session.orders.funding?.(Date.now() - DAY_MS)).toEqual([]);
        await place({ quantity: '0.02' });
        const before = Date.now();
        venue.server.payFunding?.('0.0001');
        await nextMoment(Date.now());
        venue.server.payFunding?.('-0.0002');
        const paid = (await venue.session.orders.funding?.(before)) ?? [];
        expect(paid.map(({ amount, asset, symbol }) => [amount.toFixed(), asset, symbol])).toEqual([
          ['-0.1', 'USDT', kind.symbol],
          ['0.2', 'USDT', kind.symbol],
        ]);
        expect(new Set(paid.map(({ id }) => id)).size).toBe(2);
        expect(await venue.session.orders.funding?.(paid[1]?.at ?? 0)).toEqual([paid[1]]);
        expect(await venue.session.orders.funding?.(before)).toEqual(paid);
      });
    }
  });
}

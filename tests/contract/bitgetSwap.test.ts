import { afterEach, describe, expect, it } from 'vitest';
import { startBitgetServer } from '../helpers/bitget/bitgetServer.ts';
import { type BitgetSwapServer, type BitgetSwapServerOptions, startBitgetSwapServer } from '../helpers/bitget/swapServer.ts';
import { NO_OPENING, type OpenVenue, openVenue, reachVenue } from '../helpers/venue/bench.ts';
import { accepted, btcOrder, found, refOf } from '../helpers/venue/ccxtOrders.ts';
import { BITGET_SPOT, BITGET_SWAP } from '../helpers/venue/kinds.ts';

const { symbol: SYMBOL, bookSymbol } = BITGET_SWAP;
const PLACE = 'POST /api/v2/mix/order/place-order';
const order = (overrides: Parameters<typeof btcOrder>[0] = {}) => btcOrder({ symbol: SYMBOL, ...overrides });
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function opened(options: BitgetSwapServerOptions = {}): Promise<OpenVenue & { readonly server: BitgetSwapServer }> {
  const server = await startBitgetSwapServer(options);
  const venue = await openVenue({ ...BITGET_SWAP, start: async () => server });
  open.push(venue.close);
  await venue.session.feed.quote(SYMBOL, 60_000);
  return { ...venue, server };
}

const sent = (server: BitgetSwapServer, name: string) =>
  server.requestsTo(PLACE).map(({ json }) => (json as Readonly<Record<string, unknown>>)[name]);

describe('Bitget futures in one-way mode', () => {
  it('a reduce-only order that would open is refused by the venue, one that reduces is taken', async () => {
    const { session } = await opened();
    expect(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).toMatchObject({
      kind: 'rejected',
      code: 'REDUCE_ONLY_WOULD_OPEN',
    });
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    expect(accepted(await session.orders.place(order({ side: 'sell', reduceOnly: true }))).status).toBe('filled');
  });

  it('a reduce-only order for which older ones must go is answered without its id, and found by ours', async () => {
    const { session, server } = await opened();
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    const exit = { side: 'sell', type: 'limit', price: '60000', quantity: '0.02', reduceOnly: true } as const;
    const older = order(exit);
    const { venueOrderId } = accepted(await session.orders.place(older));
    const newer = order({ ...exit, price: '61000' });
    expect(accepted(await session.orders.place(newer))).toMatchObject({ status: 'open', venueOrderId: expect.stringMatching(/^\d+$/) });
    expect(found(await session.orders.lookup(refOf(older, venueOrderId)))).toMatchObject({ status: 'canceled', code: 'VENUE_CANCELED' });
    expect(server.book.accepted(newer.clientOrderId).length).toBe(1);
  });

  it('the same while the young order is not shown: in doubt, and found once it is', async () => {
    const { session, server } = await opened();
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    const exit = { side: 'sell', type: 'limit', price: '60000', quantity: '0.02', reduceOnly: true } as const;
    accepted(await session.orders.place(order(exit)));
    server.book.hideNewOrders(7);
    const young = order(exit);
    expect(await session.orders.place(young)).toMatchObject({ kind: 'unknown' });
    const kinds: string[] = [];
    for (let poll = 0; poll < 4; poll += 1) kinds.push((await session.orders.lookup(refOf(young))).kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['not_found', 'found']);
  });

  it('a plan order whose answer is lost is found by its id, though it is listed late and stands apart from other orders', async () => {
    const { session, server } = await opened();
    accepted(await session.orders.place(order()));
    server.fail({ kind: 'acceptThenDrop' }, { method: 'POST', path: '/api/v2/mix/order/place-plan-order', times: 1 });
    server.book.hideNewOrders(2);
    const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000', reduceOnly: true });
    expect(await session.orders.place(stop)).toMatchObject({ kind: 'unknown' });
    const ref = { ...refOf(stop), type: 'stop' } as const;
    expect([(await session.orders.lookup(ref)).kind, (await session.orders.lookup(ref)).kind]).toEqual(['not_found', 'not_found']);
    expect(found(await session.orders.lookup(refOf(stop)))).toMatchObject({ status: 'open' });
    server.book.setPrice(bookSymbol, '44999');
    const filled = found(await session.orders.lookup(ref));
    expect(filled).toMatchObject({ status: 'filled', fillsComplete: true, clientOrderId: stop.clientOrderId });
  });

  it('leverage and margin mode are set, and not touched again when they are as asked; orders name the margin mode', async () => {
    const { session, server } = await opened();
    const settings = { leverage: 3, marginMode: 'isolated' } as const;
    for (let time = 1; time <= 2; time += 1) expect(await session.orders.configure?.(SYMBOL, settings)).toEqual({ kind: 'done' });
    expect(server.requestsTo('POST /api/v2/mix/account/set-leverage').length).toBe(1);
    expect(server.requestsTo('POST /api/v2/mix/account/set-margin-mode').length).toBe(1);
    expect([server.book.wallet.isIsolated(bookSymbol), server.book.wallet.leverage(bookSymbol)]).toEqual([true, 3]);
    accepted(await session.orders.place(order()));
    expect(sent(server, 'marginMode')).toEqual(['isolated']);
    const refused = { kind: 'rejected', code: 'VENUE_REJECTED' };
    expect(await session.orders.configure?.(SYMBOL, { leverage: 126, marginMode: null })).toMatchObject(refused);
    expect(await session.orders.configure?.(SYMBOL, { leverage: null, marginMode: 'cross' })).toMatchObject(refused);
    server.fail({ kind: 'html', status: 502 }, { path: '/api/v2/mix/account/set-leverage' });
    expect(await session.orders.configure?.(SYMBOL, { leverage: 4, marginMode: null })).toMatchObject({ kind: 'unknown' });
  });

  it('an order is not sent while the margin mode it must name cannot be read', async () => {
    const { session, server } = await opened();
    server.fail({ kind: 'html', status: 502 }, { path: '/api/v2/mix/account/account', times: 1 });
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_UNREACHABLE' });
    expect(server.requestsTo(PLACE)).toEqual([]);
    accepted(await session.orders.place(order()));
  });

  it('switched to hedge mode while open: orders without a side are refused', async () => {
    const { session, server } = await opened();
    accepted(await session.orders.place(order()));
    server.setHedgeMode(true);
    expect(await session.orders.place(order())).toMatchObject({ kind: 'rejected', code: 'VENUE_REJECTED' });
  });
});

describe('Bitget futures in hedge mode', () => {
  const held = (server: BitgetSwapServer) =>
    (['LONG', 'SHORT'] as const).map((side) => server.book.wallet.position(bookSymbol, side).quantity.toFixed());

  it('a long and a short stand side by side; each is reduced by orders of its own side', async () => {
    const { session, server } = await opened({ hedgeMode: true });
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.03' })));
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.01', reduceOnly: true })));
    accepted(await session.orders.place(order({ quantity: '0.01', reduces: true })));
    expect(held(server)).toEqual(['0.01', '-0.02']);
    expect([sent(server, 'side'), sent(server, 'tradeSide'), sent(server, 'reduceOnly')]).toEqual([
      ['buy', 'sell', 'buy', 'sell'],
      ['open', 'open', 'close', 'close'],
      [undefined, undefined, undefined, undefined],
    ]);
  });

  it('trades and resting orders that close are told with the side of the trade', async () => {
    const { session } = await opened({ hedgeMode: true });
    const before = Date.now();
    accepted(await session.orders.place(order({ quantity: '0.02' })));
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.01', reduceOnly: true })));
    accepted(await session.orders.place(order({ side: 'sell', type: 'limit', price: '60000', reduceOnly: true })));
    const trades = await session.orders.trades?.(SYMBOL, before);
    expect(trades?.map(({ side, quantity }) => [side, quantity.toFixed()])).toEqual([
      ['buy', '0.02'],
      ['sell', '0.01'],
    ]);
    expect(await session.orders.openOrders?.(SYMBOL)).toMatchObject([{ side: 'sell', reduceOnly: true }]);
  });

  it('a stop of a long closes the long and leaves the short alone', async () => {
    const { session, server } = await opened({ hedgeMode: true });
    accepted(await session.orders.place(order({ quantity: '0.01' })));
    accepted(await session.orders.place(order({ side: 'sell', quantity: '0.05' })));
    const stop = order({ side: 'sell', type: 'stop', stopPrice: '45000', reduceOnly: true });
    accepted(await session.orders.place(stop));
    server.book.setPrice(bookSymbol, '44999');
    expect(found(await session.orders.lookup({ ...refOf(stop), type: 'stop' })).status).toBe('filled');
    expect(held(server)).toEqual(['0', '-0.05']);
  });

  it('with isolated margin both sides get the leverage', async () => {
    const { session, server } = await opened({ hedgeMode: true });
    expect(await session.orders.configure?.(SYMBOL, { leverage: 5, marginMode: 'isolated' })).toEqual({ kind: 'done' });
    const [request] = server.requestsTo('POST /api/v2/mix/account/set-leverage');
    expect(request?.json).toMatchObject({ longLeverage: '5', shortLeverage: '5' });
  });

  it('switched to one-way mode while open: no order leaves, for one that closes would open there', async () => {
    const { session, server } = await opened({ hedgeMode: true });
    server.setHedgeMode(false);
    for (const overrides of [{}, { side: 'sell', reduceOnly: true }] as const)
      expect(await session.orders.place(order(overrides))).toMatchObject({
        kind: 'rejected',
        message: expect.stringContaining('position mode was changed'),
      });
    expect(server.requestsTo(PLACE)).toEqual([]);
  });
});

describe('accounts of other kinds', () => {
  it('demo trading is reached with "sandbox" and not without: its keys fit only there', async () => {
    const demo = await reachVenue({ ...BITGET_SWAP, start: () => startBitgetSwapServer({ demo: true }) });
    open.push(demo.close);
    expect((await demo.exchanges.test(demo.account)).ok).toBe(false);
    const sandbox = { ...demo.account, sandbox: true };
    expect(await demo.exchanges.test(sandbox)).toMatchObject({ ok: true });
    const session = await demo.exchanges.open(sandbox, NO_OPENING);
    expect(accepted(await session.orders.place(order())).status).toBe('filled');
  });

  it.each([
    ['swap', { ...BITGET_SWAP, start: () => startBitgetSwapServer({ unified: true }) }],
    ['spot', { ...BITGET_SPOT, start: () => startBitgetServer({ unified: true }) }],
  ])('a unified account is not opened for %s, and its test says what it is', async (_, kind) => {
    const { exchanges, account, close } = await reachVenue(kind);
    open.push(close);
    const words = expect.stringContaining('unified trading account');
    await expect(exchanges.open(account, NO_OPENING)).rejects.toMatchObject({ code: 'VENUE_SETTINGS', message: words });
    const { ok, checks } = await exchanges.test(account);
    expect([ok, checks.filter((check) => !check.ok)]).toEqual([false, [{ name: 'credentials', ok: false, detail: words }]]);
  });

  it('a key that may not ask what it may do is sound if it opens the futures account', async () => {
    const { exchanges, account, server, close } = await reachVenue(BITGET_SWAP);
    open.push(close);
    server.fail({ kind: 'rejectWith', code: '40014', msg: 'Incorrect permissions' }, { path: '/api/v2/spot/account/info' });
    const { ok, checks } = await exchanges.test(account);
    expect([ok, checks.find(({ name }) => name === 'trading')?.detail]).toEqual([true, expect.stringContaining('does not tell')]);
    server.fail({ kind: 'rejectWith', code: '40014', msg: 'Incorrect permissions' }, { path: '/api/v2/mix/account/account' });
    expect((await exchanges.test(account)).ok).toBe(false);
  });

  it('a key that may withdraw is pointed out, one that may but move money between accounts is not', async () => {
    const checkOf = async (authorities: readonly string[]) => {
      const { exchanges, account, close } = await reachVenue({ ...BITGET_SWAP, start: () => startBitgetSwapServer({ authorities }) });
      open.push(close);
      const { checks } = await exchanges.test(account);
      return checks.filter((check) => !check.ok).map(({ name }) => name);
    };
    expect(await checkOf(['coow', 'wwow'])).toEqual(['withdrawals']);
    expect(await checkOf(['coow', 'wtow'])).toEqual([]);
    expect(await checkOf(['coor', 'stow'])).toEqual(['trading']);
    const { exchanges, account, close } = await reachVenue({ ...BITGET_SWAP, start: () => startBitgetSwapServer({ hedgeMode: true }) });
    open.push(close);
    const { checks } = await exchanges.test(account);
    expect(checks.map(({ name }) => name)).toEqual([
      'reachable',
      'clock',
      'credentials',
      'trading',
      'withdrawals',
      'addresses',
      'position mode',
    ]);
    expect(checks.at(-1)?.detail).toContain('hedge mode');
  });
});

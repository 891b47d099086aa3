import { describe, expect, it } from 'vitest';
import type { Market } from '../../../domain/market/market.ts';
import { decimal } from '../../../domain/money.ts';
import { loadExchangeClass } from '../loadCcxt.ts';
import { aheadOf, readBalances, readRights } from './krakenAccount.ts';
import { purposeOf } from './krakenBudget.ts';
import { tellChanged } from './krakenChanged.ts';
import { openDesk } from './krakenDesk.ts';
import { isNameOf, type KrakenExchange } from './krakenExchange.ts';
import { findOrder } from './krakenLookup.ts';
import { deadlineMs } from './krakenOrders.ts';
import * as replies from './krakenReplies.ts';

const market = (venueSymbol: string, base: string, quote: string): Market => ({
  symbol: `${base}/${quote}`,
  venueSymbol,
  type: 'spot',
  base,
  quote,
  tickSize: decimal('0.1'),
  stepSize: decimal('0.00000001'),
  minQuantity: decimal('0.00005'),
  minNotional: decimal('0.5'),
});
const BTC_USD = market('XXBTZUSD', 'BTC', 'USD');
const OURS = 'c0ffee00c0ffee00c0ffee00c0ffee01';

const order = (more: object = {}) => ({
  ...{ refid: null, userref: null, cl_ord_id: OURS, status: 'open', opentm: 1_700_000_000.1234, starttm: 0, expiretm: 0 },
  descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '40000.0', price2: '0', leverage: 'none', order: '', close: '' },
  ...{ vol: '0.02000000', vol_exec: '0.00000000', cost: '0', fee: '0', price: '0', oflags: 'fciq', reason: null },
  ...more,
});
const trade = (ordertxid: string, more: object = {}) => ({
  ...{ ordertxid, pair: 'XXBTZUSD', time: 1_700_000_000.5, type: 'buy', ordertype: 'limit', price: '40000.0', cost: '400' },
  ...{ fee: '1.60000', vol: '0.01000000', margin: '0', misc: '', trade_id: 7, maker: true, ...more },
});
const answer = (result: unknown) => ({ error: [], result });

const deskOf = (exchange: KrakenExchange) =>
  openDesk({ exchange, market: 'spot', shareMarkets: () => undefined, budgetScale: null, quote: async () => null });

async function ccxt(methods: object): Promise<KrakenExchange> {
  const Exchange = await loadExchangeClass('kraken');
  return Object.assign(new Exchange({}), methods) as unknown as KrakenExchange;
}

describe('an answer of Kraken', () => {
  it('refuses with HTTP 200, and what it refuses with is kept to be judged', () => {
    const refused = { error: ['EOrder:Insufficient funds'] };
    expect(() => replies.readPlacedId(refused)).toThrow(expect.objectContaining({ name: 'VenueReplyError', status: 200 }));
    expect(() => replies.readPlacedId({})).toThrow(expect.objectContaining({ name: 'BrokenReplyError' }));
    expect(() => replies.readPlacedId(answer({ descr: {} }))).toThrow(expect.objectContaining({ name: 'BrokenReplyError' }));
    expect(() => replies.readPlacedId(answer({ txid: ['O1', 'O2'] }))).toThrow(expect.objectContaining({ name: 'BrokenReplyError' }));
  });

  it('with a warning is one all the same', () => {
    expect(replies.readPlacedId({ error: ['WGeneral:Something'], result: { txid: ['OAAAAA-BBBBB-CCCCCC'] } })).toBe('OAAAAA-BBBBB-CCCCCC');
  });

  it('that shuts us out for a time is obeyed for a minute at first', () => {
    const lockout = { error: ['EGeneral:Temporary lockout'] };
    expect(() => replies.readCanceled(lockout)).toThrow(expect.objectContaining({ retryAfterMs: 60_000 }));
  });

  it.each([
    [{ status: 'pending' }, 'open', null],
    [{ status: 'open', vol_exec: '0.01' }, 'partially_filled', null],
    [{ status: 'closed', vol_exec: '0.02' }, 'filled', null],
    [{ status: 'canceled', reason: 'User requested' }, 'canceled', 'VENUE_CANCELED'],
    [{ status: 'canceled', reason: 'Post only order' }, 'canceled', 'VENUE_WOULD_MATCH'],
    [{ status: 'canceled', reason: 'Out of funds' }, 'canceled', 'VENUE_INSUFFICIENT_FUNDS'],
    [{ status: 'canceled', descr: { ...order().descr, ordertype: 'market' } }, 'canceled', 'VENUE_NO_LIQUIDITY'],
    [{ status: 'expired', reason: 'Expired' }, 'expired', 'VENUE_EXPIRED'],
  ])('%j is an order that is %s (%s)', (more, status, code) => {
    const [state] = replies.readOrders(answer({ OAAAAA: order(more) }));
    if (!state) throw new Error('it is not read');
    expect(replies.orderFacts(state, 'BTC/USD', OURS)).toMatchObject({ status, code, venueOrderId: 'OAAAAA', clientOrderId: OURS });
  });

  it('in a status nobody has documented is none', () => {
    const [state] = replies.readOrders(answer({ OAAAAA: order({ status: 'thinking' }) }));
    expect(() => state && replies.orderFacts(state, 'BTC/USD', OURS)).toThrow(expect.objectContaining({ name: 'BrokenReplyError' }));
  });

  it.each([
    ['limit', { price: '40000.0', price2: '0' }, {}, ['limit', '40000', undefined]],
    ['stop-loss', { price: '45000.0', price2: '0' }, {}, ['stop', undefined, '45000']],
    ['stop-loss-limit', { price: '45000.0', price2: '44900.0' }, {}, ['stop_limit', '44900', '45000']],
    ['take-profit', { price: '60000.0', price2: '0' }, {}, ['other', undefined, '60000']],
    ['trailing-stop', { price: '+5.0%', price2: '0' }, {}, ['other', undefined, undefined]],
    ['iceberg', { price: '40000.0', price2: '0' }, {}, ['other', '40000', undefined]],
    ['limit', { price: '40000.0', price2: '0', leverage: '2:1' }, {}, ['other', '40000', undefined]],
    ['market', { price: '0', price2: '0' }, { oflags: 'fciq,viqc' }, ['other', undefined, undefined]],
  ])('lists a resting %s order with what is asked of it (%j)', (ordertype, terms, more, expected) => {
    const descr = { ...order().descr, ordertype, ...terms };
    const [state] = replies.readOpenOrders(answer({ open: { OAAAAA: order({ descr, ...more }) } }));
    const resting = state && replies.restingOrder(state, 'BTC/USD');
    expect([resting?.type, resting?.price?.toFixed(), resting?.stopPrice?.toFixed()]).toEqual(expected);
    expect(resting).toMatchObject({ side: 'buy', createdAt: 1_700_000_000_123, clientOrderId: OURS, venueOrderId: 'OAAAAA' });
  });
});

describe('what goes by several names', () => {
  it('is a market by whatever name its assets go', async () => {
    const exchange = await ccxt({});
    for (const name of ['XXBTZUSD', 'XBTUSD', 'XBTZUSD']) expect(isNameOf(exchange, name, BTC_USD)).toBe(true);
    for (const name of ['XBTUSDT', 'XBTEUR', 'ETHUSD', 'XXBTZEUR', 'X', '']) expect(isNameOf(exchange, name, BTC_USD)).toBe(false);
    expect(isNameOf(exchange, 'XDGUSD', market('XDGUSD', 'DOGE', 'USD'))).toBe(true);
    expect(isNameOf(exchange, 'USDTUSD', market('USDTZUSD', 'USDT', 'USD'))).toBe(true);
  });

  it('is one balance: what earns rewards counts, what is staked or bonded does not, nor does credit', async () => {
    const row = (balance: string, hold_trade = '0', credit = '0') => ({ balance, hold_trade, credit, credit_used: '0' });
    const exchange = await ccxt({
      privatePostBalanceEx: async () =>
        answer({
          ...{ XXBT: row('1.5', '0.5'), 'XBT.F': row('0.25'), 'XBT.M': row('9'), ZUSD: row('100', '120', '50') },
          ...{ 'ETH2.S': row('3'), 'DOT28.S': row('4'), 'SOL.B': row('5'), 'USDT.F': row('7'), 'EUR.HOLD': row('8') },
        }),
    });
    const balances = await readBalances(exchange);
    expect(balances.map(({ asset, free, total }) => [asset, free.toFixed(), total.toFixed()])).toEqual([
      ['BTC', '1.25', '1.75'],
      ['USD', '0', '100'],
      ['USDT', '7', '7'],
    ]);
  });
});

describe('a look-up', () => {
  const txid = 'OAAAAA-BBBBB-CCCCCC';
  const ref = { clientOrderId: OURS, venueOrderId: null, symbol: 'BTC/USD' };
  const asked: object[] = [];
  const lists = (open: object, closed: object, orders: object = {}) => ({
    privatePostOpenOrders: async () => answer({ open }),
    privatePostClosedOrders: async () => answer({ closed }),
    privatePostQueryOrders: async () => (Object.keys(orders).length > 0 ? answer(orders) : { error: ['EOrder:Invalid order'] }),
    privatePostQueryTrades: async (form: { readonly txid: string }) => {
      asked.push(form);
      return answer(Object.fromEntries(form.txid.split(',').map((name) => [name, trade(txid)])));
    },
  });

  it('finds an order by our name for it, whichever way that is written', async () => {
    const dashed = 'C0FFEE00-c0ff-ee00-c0ff-ee00c0ffee01';
    const exchange = await ccxt(lists({ [txid]: order({ cl_ord_id: dashed }) }, {}));
    expect(await findOrder(deskOf(exchange), ref, BTC_USD)).toMatchObject({
      clientOrderId: OURS,
      venueOrderId: txid,
      status: 'open',
      fills: [],
    });
  });

  it('does not take another order for it, should Kraken list all', async () => {
    const exchange = await ccxt(lists({ O1: order({ cl_ord_id: null }) }, { O2: order({ cl_ord_id: 'web' }) }));
    await expect(findOrder(deskOf(exchange), ref, BTC_USD)).rejects.toMatchObject({ name: 'AbsentError' });
  });

  it('is no answer when two orders have the name', async () => {
    const exchange = await ccxt(lists({}, { O1: order({ status: 'closed' }), O2: order({ status: 'closed' }) }));
    await expect(findOrder(deskOf(exchange), ref, BTC_USD)).rejects.toMatchObject({ name: 'BrokenReplyError' });
  });

  it('asks for the fills of an open order by the ids its own record names, twenty at a time', async () => {
    asked.length = 0;
    const ids = Array.from({ length: 45 }, (_, index) => `T${index}`);
    const filled = order({ vol: '1', vol_exec: '0.45' });
    const exchange = await ccxt(lists({ [txid]: filled }, {}, { [txid]: { ...filled, trades: ids } }));
    const report = await findOrder(deskOf(exchange), ref, BTC_USD);
    expect(report).toMatchObject({ status: 'partially_filled', fillsComplete: true });
    expect([report.fills.length, asked.length]).toEqual([45, 3]);
    expect(report.fills[0]).toMatchObject({ feeAsset: 'USD', liquidity: 'maker', executedAt: 1_700_000_000_500 });
  });

  it('of several orders at once is one question, unless one of them is not known', async () => {
    const known: Record<string, object> = { O1: order(), O2: order({ status: 'closed', vol_exec: '0' }) };
    const questions: string[] = [];
    const exchange = await ccxt({
      ...lists({}, {}),
      privatePostQueryOrders: async ({ txid: ids }: { readonly txid: string }) => {
        questions.push(ids);
        const wanted = ids.split(',');
        if (!wanted.every((one) => known[one])) return { error: ['EOrder:Invalid order'] };
        return answer(Object.fromEntries(wanted.map((one) => [one, known[one]])));
      },
    });
    const { orderById } = deskOf(exchange);
    const ask = async (...ids: readonly string[]) => (await Promise.all(ids.map(orderById))).map((found) => found?.txid ?? null);
    expect(await ask('O1', 'O2', 'O1')).toEqual(['O1', 'O2', 'O1']);
    expect(questions).toEqual(['O1,O2']);
    expect(await ask('O1', 'O3')).toEqual(['O1', null]);
    expect(questions.slice(1)).toEqual(['O1,O3', 'O1', 'O3']);
    const many = Array.from({ length: 51 }, (_, index) => `M${index}`);
    for (const one of many) known[one] = order();
    expect(await ask(...many)).toEqual(many);
    expect(questions.slice(4).map((ids) => ids.split(',').length)).toEqual([50, 1]);
  });

  it('that fails fails for all that were asked about, and the next is asked anew', async () => {
    let fails = true;
    const exchange = await ccxt({
      ...lists({}, {}),
      privatePostQueryOrders: async () => (fails ? { error: ['EService:Unavailable'] } : answer({ O1: order() })),
    });
    const { orderById } = deskOf(exchange);
    const outcomes = await Promise.allSettled([orderById('O1'), orderById('O2')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await orderById('O1')).toMatchObject({ txid: 'O1' });
  });

  it('of many that rest is one question, and only what has changed is asked about by its id', async () => {
    const sent: string[] = [];
    const open = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`O${n}`, order({ vol_exec: n === 7 ? '0.01000000' : '0' })]));
    const exchange = await ccxt({
      ...lists(open, {}, { O7: order({ vol_exec: '0.01000000', trades: [] }), O99: order({ status: 'canceled' }) }),
      privatePostOpenOrders: async () => {
        sent.push('open');
        return answer({ open });
      },
    });
    const desk = deskOf(exchange);
    const find = (id: string) => findOrder(desk, { ...ref, venueOrderId: id }, BTC_USD);
    const statuses = (await Promise.all([...Object.keys(open), 'O99'].map(find))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'open')).toHaveLength(19);
    expect([statuses[7], statuses[20]]).toEqual(['partially_filled', 'canceled']);
    expect(sent).toEqual(['open']);
    await find('O1');
    expect(sent).toEqual(['open', 'open']);
  });

  it('of an order that a stream has told of is about that order, once', async () => {
    const asks: string[] = [];
    const exchange = await ccxt({
      ...lists({ [txid]: order() }, {}),
      apiKey: 'of a stream',
      privatePostQueryOrders: async () => {
        asks.push('by id');
        return answer({ [txid]: order() });
      },
    });
    tellChanged('of a stream', txid);
    tellChanged('of another', 'O2');
    const desk = deskOf(exchange);
    for (let n = 0; n < 2; n += 1) await findOrder(desk, { ...ref, venueOrderId: txid }, BTC_USD);
    expect(asks).toEqual(['by id']);
  });

  it('of an order that a stream tells of meanwhile no longer waits for those that rest', async () => {
    const exchange = await ccxt({
      ...lists({}, {}, { [txid]: order({ status: 'closed', vol_exec: '0' }) }),
      apiKey: 'of a stream',
      privatePostOpenOrders: () => new Promise(() => undefined),
    });
    const found = findOrder(deskOf(exchange), { ...ref, venueOrderId: txid }, BTC_USD);
    setImmediate(() => tellChanged('of a stream', txid));
    expect(await found).toMatchObject({ status: 'filled' });
  });

  it('of an order that is on its way waits for its id, and goes by its name when none comes', async () => {
    const asks: string[] = [];
    const exchange = await ccxt({
      ...lists({ [txid]: order() }, {}, { [txid]: order() }),
      privatePostOpenOrders: async (form: { readonly cl_ord_id?: string }) => {
        asks.push(form.cl_ord_id ?? 'all');
        return answer({ open: { [txid]: order() } });
      },
    });
    const desk = deskOf(exchange);
    let answered: (id: string) => void = () => undefined;
    void desk.ids.learn(OURS, new Promise<string>((resolve) => (answered = resolve)));
    const found = findOrder(desk, ref, BTC_USD);
    answered(txid);
    expect(await found).toMatchObject({ venueOrderId: txid, status: 'open' });
    expect(asks).toEqual(['all']);
    await desk.ids.learn(OURS, Promise.reject(new Error('no answer'))).catch(() => undefined);
    expect(await findOrder(desk, ref, BTC_USD)).toMatchObject({ venueOrderId: txid });
    expect(asks).toEqual(['all', OURS]);
  });

  it('goes by the name where the id is not known yet, or not any more', async () => {
    const exchange = await ccxt(lists({ [txid]: order() }, {}));
    const asked = { ...ref, venueOrderId: txid };
    expect(await findOrder(deskOf(exchange), asked, BTC_USD, 'changed')).toMatchObject({ status: 'open' });
    expect(await findOrder(deskOf(exchange), asked, BTC_USD)).toMatchObject({ status: 'open' });
  });

  it('is asked once more when its nonce was refused, and no oftener', async () => {
    let asks = 0;
    const refusing = (times: number) => async () => {
      asks += 1;
      return asks <= times ? { error: ['EAPI:Invalid nonce'] } : answer({ open: { [txid]: order() } });
    };
    const exchange = await ccxt({ ...lists({}, {}), privatePostOpenOrders: refusing(1) });
    expect(await findOrder(deskOf(exchange), ref, BTC_USD)).toMatchObject({ status: 'open' });
    asks = 0;
    const other = await ccxt({ ...lists({}, {}), privatePostOpenOrders: refusing(2) });
    await expect(findOrder(deskOf(other), ref, BTC_USD)).rejects.toMatchObject({ name: 'VenueReplyError' });
    expect(asks).toBe(2);
  });
});

describe('the account', () => {
  const rights = async (permissions: readonly string[], ipAllowlist?: readonly string[]) =>
    readRights(await ccxt({ privatePostGetApiKeyInfo: async () => answer({ apiKeyName: 'x', permissions, ipAllowlist }) }));
  const TRADING = ['query-funds', 'query-open-trades', 'query-closed-trades', 'modify-trades'];

  it('may trade with what that takes, and is told what it lacks', async () => {
    expect(await rights(TRADING, ['10.0.0.1'])).toMatchObject({ canTrade: true, canWithdraw: false, addressBound: true });
    expect(await rights([...TRADING, 'withdraw-funds'], [])).toMatchObject({ canTrade: true, canWithdraw: true, addressBound: false });
    const poor = await rights(['query-funds', 'modify-trades']);
    expect(poor).toMatchObject({ canTrade: false, addressBound: null });
    expect(poor.lacks).toContain('"Query open orders & trades", "Query closed orders & trades"');
  });

  it('has a clock that is told in whole seconds: only what they prove is a difference', () => {
    expect(aheadOf(10_000, 10_000, 10_050)).toBe(0);
    expect(aheadOf(10_000, 10_990, 10_998)).toBe(0);
    expect(aheadOf(10_000, 9_950, 10_010)).toBe(0);
    expect(aheadOf(10_000, 310_400, 310_600)).toBe(300_001);
    expect(aheadOf(310_000, 10_400, 10_600)).toBe(-299_999);
  });

  it('gives new orders a deadline that Kraken takes, and orders go before questions', () => {
    expect([deadlineMs(1), deadlineMs(5_000), deadlineMs(20_000), deadlineMs(60_000)]).toEqual([5_000, 5_000, 20_000, 55_000]);
    const of = (path: string) => purposeOf({ method: 'POST', path });
    expect([of('/0/private/AddOrder'), of('/0/private/CancelOrder'), of('/0/private/QueryOrders')]).toEqual(['orders', 'orders', 'orders']);
    expect([of('/0/private/OpenOrders'), of('/0/private/TradesHistory'), of('/0/private/BalanceEx')]).toEqual(['prices', 'asks', 'asks']);
  });
});

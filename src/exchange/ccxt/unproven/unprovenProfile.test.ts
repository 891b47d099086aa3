import { describe, expect, it } from 'vitest';
import { capabilitiesOf, FEATURES, whyNot } from '../../../domain/market/capabilities.ts';
import type { Market } from '../../../domain/market/market.ts';
import { decimal } from '../../../domain/money.ts';
import type { PlaceRequest } from '../../exchange.ts';
import { loadExchangeClass } from '../loadCcxt.ts';
import { judge } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import { connectUnproven } from './unprovenApi.ts';
import { UNPROVEN_FEATURES, unprovenProfile } from './unprovenProfile.ts';

describe('an exchange without a profile of its own', () => {
  it.each([
    ['kucoin', 'spot', ['apiKey', 'secret', 'password']],
    ['gate', 'swap', ['apiKey', 'secret']],
    ['hyperliquid', 'swap', ['walletAddress', 'privateKey']],
  ] as const)('%s (%s) asks for %j', async (venue, market, credentials) => {
    const profile = await unprovenProfile(venue, market);
    expect([...profile.credentials].sort()).toEqual([...credentials].sort());
    expect(profile.title).toMatch('unproven');
  });

  it.each([
    ['upbit', 'spot', 'fetchMyTrades'],
    ['bitso', 'swap', 'swap'],
  ] as const)('%s (%s) cannot be traded for want of %s', async (venue, market, lack) => {
    await expect(unprovenProfile(venue, market)).rejects.toMatchObject({
      code: 'VENUE_NOT_SUPPORTED',
      message: expect.stringContaining(lack),
    });
  });

  it('gives a reason and an alternative for whatever it refuses, as sentences', () => {
    for (const feature of FEATURES) {
      const support = UNPROVEN_FEATURES[feature];
      if (support.kind === 'refused') for (const words of [support.reason, support.instead]) expect(words).toMatch(/^[A-Z].+[.]$/);
    }
  });

  it('takes market and limit orders, and nothing besides', () => {
    const can = capabilitiesOf(UNPROVEN_FEATURES, [], 0);
    const plain = { type: 'limit', timeInForce: 'GTC', postOnly: false, reduceOnly: false, tied: false } as const;
    expect([whyNot(can, plain), whyNot(can, { ...plain, type: 'market' })]).toEqual([null, null]);
    for (const more of [{ timeInForce: 'IOC' }, { postOnly: true }, { reduceOnly: true }, { tied: true }, { type: 'stop' }] as const)
      expect(whyNot(can, { ...plain, ...more })).not.toBeNull();
    expect([can.shortSelling, can.amend, can.leverage]).toEqual([false, false, false]);
  });

  it.each([400, 401, 403, 404, 500])('HTTP %i proves nothing', async (status) => {
    const { refusals } = await unprovenProfile('kucoin', 'spot');
    expect(judge(refusals, new VenueReplyError(status, '{"code":"400100","msg":"Balance insufficient"}', null)).kind).toBe('unknown');
  });
});

describe('an order ccxt makes no request of', () => {
  const market: Market = {
    ...{ symbol: 'BTC/NIS', venueSymbol: 'BtcNis', type: 'spot', base: 'BTC', quote: 'NIS' },
    ...{ tickSize: decimal('0.01'), stepSize: decimal('0.00000001'), minQuantity: decimal('0.00000001'), minNotional: decimal('0') },
  };
  const request: PlaceRequest = {
    ...{ clientOrderId: 'c0ffee00c0ffee00c0ffee00c0ffee01', symbol: market.symbol, side: 'buy', type: 'market', quantity: decimal('0.01') },
    ...{ price: null, stopPrice: null, timeInForce: 'GTC', expiresAt: null, postOnly: false, reduceOnly: false, ocoGroup: null },
  };

  async function bit2c(precision: { readonly amount?: number } = {}) {
    const Exchange = await loadExchangeClass('bit2c');
    const exchange = new Exchange({});
    exchange.fetchImplementation = () => Promise.reject(new Error('nothing was to be sent'));
    const listed = new Exchange({});
    const listing = await listed.loadMarkets();
    Object.assign(listing[market.symbol]?.precision ?? {}, precision);
    return connectUnproven({
      exchange,
      market: 'spot',
      shareMarkets: (one) => void one.setMarketsFromExchange(listed),
      quote: async () => null,
      budgetScale: null,
    });
  }

  it('is refused: a market buy where ccxt knows no immediate-or-cancel limit', async () => {
    await expect((await bit2c()).place(request, market)).rejects.toMatchObject({ name: 'RefusedHereError', code: 'FEATURE_NOT_SUPPORTED' });
  });

  it('is refused: what ccxt would round, and what it does not sign without keys', async () => {
    const limit = { ...request, type: 'limit', price: decimal('100') } as const;
    const fine = { ...limit, quantity: decimal('0.000000001') };
    const finer = { ...market, stepSize: decimal('0.000000001') };
    await expect((await bit2c({ amount: 1e-8 })).place(fine, finer)).rejects.toMatchObject({
      name: 'RefusedHereError',
      code: 'VENUE_PRECISION',
    });
    await expect((await bit2c()).place(limit, market)).rejects.toMatchObject({ name: 'RefusedHereError', code: 'VENUE_REJECTED' });
  });
});

describe('what leaves', () => {
  const symbol = 'BTC/USDT';
  const market: Market = {
    ...{ symbol, venueSymbol: 'BTCUSDT', type: 'spot', base: 'BTC', quote: 'USDT' },
    ...{ tickSize: decimal('0.01'), stepSize: decimal('0.00000001'), minQuantity: decimal('0.00000001'), minNotional: decimal('0') },
  };
  const listing = {
    ...{ id: 'BTCUSDT', symbol, base: 'BTC', quote: 'USDT', baseId: 'BTC', quoteId: 'USDT', type: 'spot', spot: true, swap: false },
    ...{ active: true, linear: undefined, contractSize: undefined, precision: { amount: 1e-8, price: 0.01 }, info: {} },
    limits: { amount: undefined, cost: undefined },
  };
  const request: PlaceRequest = {
    ...{ clientOrderId: 'c0ffee00c0ffee00c0ffee00c0ffee01', symbol, side: 'buy', type: 'limit', quantity: decimal('0.01000001') },
    ...{
      price: decimal('40000.5'),
      stopPrice: null,
      timeInForce: 'GTC',
      expiresAt: null,
      postOnly: false,
      reduceOnly: false,
      ocoGroup: null,
    },
  };
  const keys = {
    enableRateLimit: false,
    apiKey: 'key',
    secret: Buffer.from('secret').toString('base64'),
    password: 'passphrase',
    uid: '1',
  };

  it.each(['kraken', 'mexc', 'bingx', 'bitstamp', 'coinex', 'whitebit', 'poloniex', 'hashkey', 'woo'])(
    'to %s is our id, and amount and price to the digit, once',
    async (venue) => {
      const Exchange = await loadExchangeClass(venue);
      const [exchange, listed] = [new Exchange(keys), new Exchange({})];
      const sent: string[] = [];
      exchange.fetchImplementation = (url, { method, body }) => {
        sent.push(`${method} ${decodeURIComponent(url)} ${body ?? ''}`);
        return Promise.reject(new VenueReplyError(503, '', null));
      };
      listed.setMarkets([listing]);
      const api = connectUnproven({
        exchange,
        market: 'spot',
        shareMarkets: (one) => void one.setMarketsFromExchange(listed),
        quote: async () => null,
        budgetScale: null,
      });
      await expect(api.place(request, market)).rejects.toBeInstanceOf(VenueReplyError);
      expect(sent).toHaveLength(1);
      for (const text of [request.clientOrderId, '0.01000001', '40000.5']) expect(sent[0]).toContain(text);
    },
  );

  it('to Gate is as much of our id as ccxt lets through', async () => {
    const { clientOrderId } = await unprovenProfile('gate', 'spot');
    expect(clientOrderId.format(request.clientOrderId)).toBe(request.clientOrderId.slice(4));
  });

  it('never has the number of another request, also within one millisecond', async () => {
    const Exchange = await loadExchangeClass('kraken');
    const exchange = new Exchange(keys);
    const nonces: number[] = [];
    exchange.fetchImplementation = (_url, { body }) => {
      nonces.push(Number(new URLSearchParams(body).get('nonce')));
      return Promise.reject(new VenueReplyError(503, '', null));
    };
    const listed = new Exchange({});
    listed.setMarkets([listing]);
    const api = connectUnproven({
      exchange,
      market: 'spot',
      shareMarkets: (one) => void one.setMarketsFromExchange(listed),
      quote: async () => null,
      budgetScale: null,
    });
    await Promise.allSettled(Array.from({ length: 20 }, () => api.balances()));
    expect(new Set(nonces).size).toBe(20);
    expect(nonces).toHaveLength(20);
  });
});

import { v4 as uuid } from 'uuid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { BINANCE_SPOT, BYBIT_SPOT } from '../helpers/venue/kinds.ts';
import { startVenueInstances, type VenueInstances } from './venueInstances.ts';
import { type Json, post, storyOf } from './world.ts';

const KINDS = [BINANCE_SPOT, BYBIT_SPOT];
/** More than either shows near the top of its book, so that it is cheapest taken from both. */
const QUANTITY = '5';
/** Insufficient balance: a definite refusal. */
const BYBIT_NO_FUNDS = { code: 170131, msg: 'Balance insufficient.', status: 200 };

let venues: VenueInstances;
beforeAll(async () => {
  venues = await startVenueInstances(KINDS);
  return venues.close;
}, 180_000);

describe('one order over accounts at two exchanges', () => {
  const servers = () => KINDS.map((kind) => venues.serverOf(kind));
  const instance = () => venues.instanceOf(BINANCE_SPOT);
  let names: string[];
  let hookPath: string;

  beforeAll(async () => {
    names = KINDS.map(({ account }) => `${account.venue}-${uuid().slice(0, 8)}`);
    for (const [index, kind] of KINDS.entries()) {
      const body = { name: names[index], ...kind.account, credentials: venues.serverOf(kind).credentials };
      expect((await instance().call('POST', '/api/v1/accounts', body)).status).toBe(201);
    }
    const hook = await instance().call('POST', '/api/v1/hooks', { name: 'routed', accounts: names, maxAgeSec: 600 });
    hookPath = `/hooks/${hook.body.key}`;
  });
  beforeEach(() => {
    for (const server of servers()) server.heal();
  });

  const routed = (more: Json = {}): Json => ({
    action: 'buy',
    symbol: 'BTCUSDT',
    quantity: QUANTITY,
    account: names,
    route: 'best',
    ...more,
  });
  const alert = async (more: Json = {}): Promise<Json> => {
    const answer = await post({ hookPath }, instance(), routed({ id: uuid(), ...more }));
    expect(answer.status).toBe(202);
    return storyOf(instance(), String(answer.body.signalId));
  };
  /** By account, in the order of KINDS. */
  const partsOf = (story: Json): Json[] =>
    names.map((name) => (story.accounts as Json[]).find(({ account }) => account === name) ?? { missing: name });
  const sum = (values: readonly unknown[]): string =>
    values.reduce((all: ReturnType<typeof decimal>, one) => all.plus(String(one)), decimal(0)).toFixed();
  /** What each exchange has been sent since, in base units. */
  const sentSince = (before: readonly number[]): string[][] =>
    servers().map(({ book }, index) => book.orders.slice(before[index]).map(({ origQty }) => origQty.toFixed()));
  const counts = (): number[] => servers().map(({ book }) => book.orders.length);

  it('is split where that is cheapest, one order at each, and filled whole', async () => {
    const before = counts();
    const answer = await instance().call('POST', '/api/v1/orders', routed());
    expect(answer.status, answer.text).toBe(201);
    const story = await storyOf(instance(), String(answer.body.signalId));
    expect(story).toMatchObject({ status: 'done' });
    const shares = partsOf(story).map(({ share }) => String(share));
    expect(sum(shares)).toBe(QUANTITY);
    expect(sentSince(before)).toEqual(shares.map((share) => [share]));
    expect(shares.every((share) => Number(share) > 0.5)).toBe(true);
    expect(sum((story.orders as Json[]).map(({ filledQuantity }) => filledQuantity))).toBe(QUANTITY);
    expect((story.events as Json[]).map(({ detail }) => detail)).toContainEqual(expect.stringContaining('routed: buy'));
  });

  it('that loses the answer of one exchange asks it, and neither sends its share again nor gives it to the other', async () => {
    const before = counts();
    venues.serverOf(BYBIT_SPOT).fail({ kind: 'acceptThenDrop' }, { ...BYBIT_SPOT.place, times: 1 });
    const story = await alert();
    expect(story, JSON.stringify(story)).toMatchObject({ status: 'done' });
    expect(sentSince(before)).toEqual(partsOf(story).map(({ share }) => [String(share)]));
    expect(sum((story.orders as Json[]).map(({ filledQuantity }) => filledQuantity))).toBe(QUANTITY);
  });

  it('that one exchange refuses is carried out at the other as shared out, and says what is missing', async () => {
    const before = counts();
    venues.serverOf(BYBIT_SPOT).fail({ kind: 'rejectWith', ...BYBIT_NO_FUNDS }, { ...BYBIT_SPOT.place, times: 1 });
    const story = await alert();
    const [binance, bybit] = partsOf(story);
    expect([story.status, binance?.status, bybit?.status, bybit?.code]).toEqual(['failed', 'done', 'failed', 'VENUE_INSUFFICIENT_FUNDS']);
    expect(sum([binance?.share, bybit?.share])).toBe(QUANTITY);
    expect(sentSince(before)).toEqual([[binance?.share], []]);
  });

  it('goes to the one that can be looked at while the other shows no price', async () => {
    const before = counts();
    for (const path of ['/v5/market/orderbook', '/v5/market/tickers'])
      venues.serverOf(BYBIT_SPOT).fail({ kind: 'html', status: 502 }, { path });
    const story = await alert({ quantity: '0.5' });
    expect(story, JSON.stringify(story)).toMatchObject({ status: 'done' });
    expect(sentSince(before)).toEqual([['0.5'], []]);
    expect(partsOf(story)[1]).toMatchObject({ share: null, code: 'ROUTED_ELSEWHERE' });
  });
});

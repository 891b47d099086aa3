import { describe, expect, it, onTestFinished } from 'vitest';
import { alert, type Cluster, leader, openCluster } from '../helpers/cluster.ts';
import type { Instance } from '../helpers/instance.ts';
import { haveRedisServer, startRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

type Json = Record<string, unknown>;

async function positionOn(instance: Instance): Promise<Json | null> {
  const { items } = (await instance.call('GET', '/api/v1/portfolio/positions')).body as { items: Json[] };
  return items.find(({ symbol }) => symbol === 'BTC/USDT') ?? null;
}

/** Two instances, the second of which never leads, and a position that was bought through it. */
async function openWithPosition(environment: Record<string, string>): Promise<{ cluster: Cluster; first: Instance; follower: Instance }> {
  const cluster = await openCluster({ names: ['a', 'b'], environment, environments: [{}, { ROLE: 'follower' }] });
  const [first, follower] = [cluster.named(await leader(cluster)), cluster.named('b')];
  const bought = async () => {
    await alert(cluster, follower, 'the only one');
    return (await positionOn(follower)) !== null;
  };
  await until(bought, { what: 'the position', timeoutMs: 15_000, everyMs: 100 });
  return { cluster, first, follower };
}

async function expectPrices(environment: Record<string, string>): Promise<void> {
  const { first, follower } = await openWithPosition(environment);
  const position = await positionOn(follower);
  expect(position).toMatchObject({ markPrice: expect.stringMatching(/^\d/), unrealizedPnl: expect.stringMatching(/^-?\d/) });
  expect(Date.now() - Date.parse(String(position?.markedAt))).toBeLessThan(15_000);
  const ticker = await follower.call('GET', '/api/v1/market-data/ticker?symbol=ETHUSDT');
  expect(ticker.body).toMatchObject({ symbol: 'ETH/USDT', last: expect.stringMatching(/^\d/), source: 'synthetic' });
  const unknown = await follower.call('GET', '/api/v1/market-data/ticker?symbol=NOSUCHTHING');
  expect(unknown.status).toBe(503);

  const lastKnown = await positionOn(follower);
  await first.kill();
  await until(async () => (await positionOn(follower))?.markedAt === lastKnown?.markedAt || null, { what: 'the last known price' });
  const later = await positionOn(follower);
  expect(later?.markPrice, 'nobody leads: the last price that was heard, with its time').not.toBeNull();
  expect(Date.parse(String(later?.markedAt))).toBeLessThan(Date.now());
  expect((await follower.call('GET', '/api/v1/market-data/ticker?symbol=SOLUSDT')).status, 'a price nobody ever asked for').toBe(503);
}

const withRedis = await haveRedisServer();

describe('a follower shows the prices that the leader knows', () => {
  it('without Redis', () => expectPrices({}));

  it.skipIf(!withRedis)('with Redis', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await expectPrices({ REDIS_URL: redis.url });
  });

  it('and tells what an alert would do there, when a hook is saved and when it is asked', async () => {
    const { first, follower } = await openWithPosition({});
    const message = 'buy {{ticker}} {{strategy.order.contracts}} sl=1%';
    const saved = await follower.call('POST', '/api/v1/hooks', {
      ...{ name: 'tried', accounts: ['main'], sampleMessage: message, sampleSymbol: 'BTCUSDT' },
    });
    expect(saved.status, saved.text).toBe(201);
    expect(saved.body).toMatchObject({
      preflight: {
        dryRun: [{ account: 'main', symbol: 'BTC/USDT', verdict: 'would_trade', orders: [{ side: 'buy' }, { role: 'stop_loss' }] }],
      },
    });
    const close = { action: 'close', symbol: 'BTCUSDT' };
    const [here, there] = await Promise.all([follower, first].map((each) => each.call('POST', '/api/v1/signals/explain', close)));
    expect(here?.body).toEqual(there?.body);
    expect(here?.body).toMatchObject({ dryRun: [{ verdict: 'would_trade', orders: [{ side: 'sell' }] }] });
    await first.kill();
    const alone = await follower.call('POST', '/api/v1/signals/explain', close);
    expect(alone.body, 'nobody leads').toMatchObject({ understood: true, dryRun: null });
  });

  it('one question for many who ask at once', async () => {
    const { cluster, follower } = await openWithPosition({});
    const asked: string[] = [];
    const listener = await cluster.database.pool.connect();
    onTestFinished(() => listener.release(true));
    listener.on('notification', ({ payload = '' }) => asked.push(payload));
    await listener.query('LISTEN signalman_quote_ask');
    const answers = await Promise.all(Array.from({ length: 40 }, () => follower.call('GET', '/api/v1/market-data/ticker?symbol=DOGEUSDT')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked.length, 'questions to the leader').toBeLessThanOrEqual(5);
  });
});

import { describe, expect, it } from 'vitest';
import { manySymbols } from '../helpers/binance/binanceServer.ts';
import { type Answer, send } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import { expectExactlyOnce } from './books.ts';
import { type Alert, openWorld, post, postAll, type World } from './world.ts';

const SYMBOLS = manySymbols(10);
const QUEUE_MAX = 20;

function alertsNamed(prefix: string, count: number): Alert[] {
  return Array.from({ length: count }, (_, index) => {
    const { symbol } = SYMBOLS[index % SYMBOLS.length] ?? { symbol: '' };
    return { id: `${prefix}-${index}`, action: 'buy', symbol, quantity: '2' };
  });
}

/** Holds the tables of the command log locked for as long as `work` takes. */
async function whileHanging({ database }: World, work: () => Promise<void>): Promise<void> {
  const locker = await database?.pool.connect();
  await locker?.query('BEGIN; LOCK TABLE command_log, command_dedupe IN ACCESS EXCLUSIVE MODE');
  try {
    await work();
  } finally {
    await locker?.query('ROLLBACK');
    locker?.release();
  }
}

/** Posts all at once; when each answer came, in milliseconds. */
async function timed(world: World, alerts: readonly Alert[]): Promise<{ answers: Answer[]; answeredAfterMs: number[] }> {
  const answeredAfterMs: number[] = [];
  const startedAt = performance.now();
  const answers = await Promise.all(
    alerts.map(async (alert) => {
      const answer = await post(world, world.instance, alert);
      answeredAfterMs.push(performance.now() - startedAt);
      return answer;
    }),
  );
  return { answers, answeredAfterMs };
}

describe('a command queue that fills up because the database hangs', () => {
  it('answers 503 (at once when it is full), promises nothing, and takes everything once the database goes on', async () => {
    const world = await openWorld({ exchange: { symbols: SYMBOLS }, environment: { COMMAND_QUEUE_MAX: String(QUEUE_MAX) } });
    const { instance } = world;
    const before = await postAll(world, alertsNamed('before', QUEUE_MAX));
    expect(before.filter(({ signalId }) => signalId === null)).toEqual([]);

    const alerts = alertsNamed('hanging', 100);
    await whileHanging(world, async () => {
      const { answers, answeredAfterMs } = await timed(world, alerts);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(answers.every(({ headers }) => /^[1-9]\d*$/.test(headers.get('retry-after') ?? ''))).toBe(true);
      const atOnce = answeredAfterMs.filter((ms) => ms < 2_000);
      expect(atOnce.length, 'answers that did not wait').toBeGreaterThanOrEqual(alerts.length - 2 * QUEUE_MAX);
      expect((await send(`${instance.url}/ready`, 'GET')).status).toBe(503);
      expect((await send(`${instance.url}/health`, 'GET')).status).toBe(200);
    });

    await until(async () => (await send(`${instance.url}/ready`, 'GET')).status === 200, { what: '/ready to answer 200 again' });
    const again = await postAll(world, alerts, { resends: 10, everyMs: 200 });
    expect(again.filter(({ signalId }) => signalId === null)).toEqual([]);
    await expectExactlyOnce(world, [...before, ...again]);
    expect(world.exchange.book.orders).toHaveLength(before.length + alerts.length);
  });
});

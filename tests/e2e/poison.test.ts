import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { expectExactlyOnce } from './books.ts';
import { expectInvariants } from './invariants.ts';
import { type Json, openWorld, postAll } from './world.ts';

describe('a stored command that brings the leader down whenever it is read', () => {
  it('row 21: is set aside after three tries and told of, and everything else is carried out', async () => {
    const world = await openWorld();
    const { instance, database } = world;
    const id = uuidv7();
    const hooks = (await instance.call('GET', '/api/v1/hooks')).body.items as Json[];
    const body = { kind: 'alert', hookId: hooks[0]?.id, payload: '{"action":"no such thing"' };
    const text = 'INSERT INTO command_log (id, body, actor, correlation_id) VALUES ($1, $2, $3, $4)';
    await database?.pool.query(text, [id, JSON.stringify(body), JSON.stringify({ name: 'hook:tv', address: null }), id]);
    const alerts = ['BTC', 'ETH', 'SOL'].map((base) => ({ id: `beside ${base}`, action: 'buy', symbol: `${base}USDT`, quantity: '1' }));
    const deliveries = await postAll(world, alerts, { resends: 5, everyMs: 500 });
    const poisoned = await until(
      async () => {
        const signal = (await instance.call('GET', `/api/v1/signals/${id}`)).body;
        return signal.status === 'failed' ? signal : null;
      },
      { what: 'the command to be set aside', timeoutMs: 20_000, everyMs: 50 },
    );
    expect(poisoned).toMatchObject({ code: 'SET_ASIDE', orders: [] });
    await until(() => world.telegram.messages.some(({ text }) => text.includes('failed again and again')), { what: 'a person to be told' });
    await expectExactlyOnce(world, deliveries, { beside: [id] });
    await expectInvariants(world, deliveries);
    expect(world.exchange.book.orders).toHaveLength(alerts.length);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { expectBooksEqual } from './books.ts';
import { type Json, openWorld, post, storyOf, type World } from './world.ts';

interface Asking {
  readonly hookPath: string;
}

async function askingHook({ instance, instances }: World, approval: Json): Promise<Asking> {
  const hook = await instance.call('POST', '/api/v1/hooks', { name: 'asking', accounts: ['main'], approval });
  expect(hook, hook.text).toMatchObject({ status: 201, body: { approval } });
  const path = { hookPath: `/hooks/${String(hook.body.key)}` };
  for (const each of instances) {
    const known = async () => (await post(path, each, { action: 'nonsense' })).status === 400;
    await until(known, { what: 'every instance to know the hook' });
  }
  return path;
}

async function waiting(world: World, path: Asking, alert: Json): Promise<string> {
  const answer = await post(path, world.instance, alert);
  const id = String(answer.body.signalId);
  const asked = async () => {
    const { body } = await world.instance.call('GET', `/api/v1/signals/${id}`);
    return ((body.events ?? []) as Json[]).some(({ stage }) => stage === 'approval');
  };
  await until(asked, { what: 'a person to be asked' });
  return id;
}

describe('a hook whose entries need approval', () => {
  it('asks, takes the first answer of two instances, and carries it out once, also after the leader was killed in between', {
    timeout: 110_000,
  }, async () => {
    const world = await openWorld({ instances: ['one', 'two'] });
    const { instances, exchange } = world;
    const path = await askingHook(world, { expiresSec: 120, maxDriftPercent: '1' });
    const id = await waiting(world, path, { id: 'first', action: 'buy', symbol: 'SOLUSDT', quantity: '1' });
    expect((await world.instance.call('GET', `/api/v1/signals/${id}`)).body).toMatchObject({ status: 'accepted', orders: [] });
    const { leader } = (await world.instance.call('GET', '/api/v1/cluster')).body;
    const index = leader === 'one' ? 0 : 1;
    await instances[index]?.kill();
    await instances[index]?.restart();
    const decide = (place: number) => instances[place]?.call('POST', `/api/v1/signals/${id}/approve`, {});
    const answers = await Promise.all([decide(0), decide(1)]);
    expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 409]);
    expect(answers.find((answer) => answer?.status === 409)?.body).toMatchObject({ code: 'APPROVAL_DECIDED', decision: 'approved' });
    const story = await storyOf(world.instance, id);
    expect(story).toMatchObject({ status: 'done', orders: [{ status: 'filled' }] });
    expect((story.events as Json[]).map(({ stage }) => stage)).toContain('approval');
    expect(exchange.book.orders).toHaveLength(1);

    const second = await waiting(world, path, { id: 'second', action: 'buy', symbol: 'SOLUSDT', quantity: '1' });
    exchange.book.setPrice('SOLUSDT', '160');
    await delay(2_500); // Prices are taken from memory for two seconds.
    expect((await decide(0))?.status).toBe(409);
    expect((await world.instance.call('POST', `/api/v1/signals/${second}/approve`, {})).status).toBe(200);
    expect(await storyOf(world.instance, second)).toMatchObject({ status: 'refused', code: 'PRICE_DRIFTED', orders: [] });

    const third = await waiting(world, path, { id: 'third', action: 'buy', symbol: 'SOLUSDT', quantity: '1' });
    const rejected = await world.instance.call('POST', `/api/v1/signals/${third}/reject`, {});
    expect(rejected).toMatchObject({ status: 200, body: { signalId: third, decision: 'rejected' } });
    expect(await storyOf(world.instance, third)).toMatchObject({ status: 'refused', code: 'APPROVAL_REJECTED' });
    expect((await world.instance.call('POST', '/api/v1/signals/none/approve', {})).status).toBe(404);
    const close = await post(path, world.instance, { id: 'out', action: 'close', symbol: 'SOLUSDT' });
    expect(await storyOf(world.instance, String(close.body.signalId))).toMatchObject({ status: 'done' });
    await expectBooksEqual(world);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../helpers/instance.ts';
import { type Switchboard, startSwitchboard } from '../helpers/switchboard.ts';
import { until } from '../helpers/until.ts';
import { expectBooksEqual } from './books.ts';
import { deliver, openWorld, post, settled, storyOf, type World } from './world.ts';

/** An instance whose line to the exchange can be cut. */
async function openCuttable(): Promise<{ world: World; line: Switchboard }> {
  const lines: Switchboard[] = [];
  const world = await openWorld({
    each: async (_name, { exchange, venuesAt }) => {
      const { hostname, port } = new URL(exchange.origin);
      const line = await startSwitchboard({ host: hostname, port: Number(port) });
      lines.push(line);
      onTestFinished(() => line.close());
      return { CCXT_CONFIG: venuesAt(`http://127.0.0.1:${line.port}`) };
    },
  });
  const [line] = lines;
  if (!line) throw new Error('there is no line');
  return { world, line };
}

const buy = (id: string) => ({ id, action: 'buy', symbol: 'SOLUSDT', quantity: '1' });

describe('an exchange that cannot be reached for longer than a few tries take', () => {
  it('gets every alert once it is back, and each once', { timeout: 90_000 }, async () => {
    const { world, line } = await openCuttable();
    const { instance, exchange } = world;
    expect((await storyOf(instance, (await deliver(world, buy('before'))).signalId)).status).toBe('done');
    line.cut();
    const waiting = [];
    for (let index = 0; index < 12; index += 1) {
      waiting.push(await deliver(world, buy(`waits ${index}`), { resends: 0 }));
      await delay(250);
    }
    await delay(3_000);
    line.mend();
    const signals = await settled(instance, 40_000);
    const fates = waiting.map(({ signalId }) => signals.find(({ id }) => id === signalId)?.status);
    expect(fates).toEqual(waiting.map(() => 'done'));
    expect(exchange.book.orders).toHaveLength(13);
    expect(exchange.duplicates()).toEqual([]);
    await expectBooksEqual(world);
  });

  it('lets an alert expire at its own age, with a reason', { timeout: 60_000 }, async () => {
    const { world, line } = await openCuttable();
    const { instance, exchange } = world;
    const hook = await instance.call('POST', '/api/v1/hooks', { name: 'impatient', accounts: ['main'], maxAgeSec: 5 });
    const path = { hookPath: `/hooks/${String(hook.body.key)}` };
    await until(async () => (await post(path, instance, buy('before'))).status === 202, { what: 'the hook to be known' });
    await until(() => exchange.book.orders.length === 1, { what: 'the first order' });
    line.cut();
    // What is under way when the line is cut may be in doubt; what comes after the circuit has opened never leaves.
    await until(async () => /circuit opened/.test(instance.output()), { what: 'the circuit to open', timeoutMs: 20_000 });
    const answer = await send(instance.url + path.hookPath, 'POST', buy('too old'), {}, 4_000);
    const story = await storyOf(instance, String(answer.body.signalId));
    expect(story).toMatchObject({ status: 'expired', code: expect.stringMatching(/^(PRICE_UNAVAILABLE|VENUE_UNREACHABLE)$/), orders: [] });
    const events = story.events as { at: string; stage: string; detail: string }[];
    expect(Date.parse(String(events.at(-1)?.at)) - Date.parse(String(story.receivedAt))).toBeGreaterThan(5_000);
    expect(events.map(({ detail }) => detail).join('\n')).toMatch(/waits: [\s\S]*expired: /);
    line.mend();
    expect(exchange.book.orders).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import { CommandLogUnavailableError, type NewCommand } from '../commandlog/commandLog.ts';
import type { CommandReply } from '../domain/signal/command.ts';
import type { Clock } from '../lib/clock.ts';
import { createCommandClient } from './commandClient.ts';
import { createReplyNotifier } from './replyListener.ts';

const halt = { kind: 'trading.set', action: 'halt', accountId: null, reason: null } as const;
const actor = { name: 'token:admin', address: null };
const options = { correlationId: 'request-1', dedupe: null };

/** Time that passes only by sleeping. */
function sleepingClock(): Clock & { naps: number[] } {
  let now = 0;
  const naps: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    naps.push(ms);
    now += ms;
  };
  return { now: () => now, monotonic: () => now, sleep, naps };
}

/** A leader that answers at the `atLook`-th look. */
function setup({ atLook = 1, append = async (command: NewCommand) => ({ kind: 'stored' as const, id: command.id, seq: 1 }) } = {}) {
  const clock = sleepingClock();
  let looks = 0;
  const reply = async (): Promise<CommandReply | null> => (++looks >= atLook ? { status: 200, body: { mode: 'halted' } } : null);
  const submit = createCommandClient({ log: { append }, readModel: { reply }, clock, newId: () => 'command-1' });
  return { submit, clock };
}

describe('submitting a command', () => {
  it('answers with what the leader said', async () => {
    const { submit } = setup({ atLook: 3 });
    expect(await submit(halt, actor, options)).toEqual({
      kind: 'reply',
      commandId: 'command-1',
      reply: { status: 200, body: { mode: 'halted' } },
      duplicate: false,
    });
  });

  it('looks ever more seldom, and gives up at the deadline without promising anything false', async () => {
    const { submit, clock } = setup({ atLook: Number.POSITIVE_INFINITY });
    expect(await submit(halt, actor, { ...options, timeoutMs: 400 })).toEqual({ kind: 'timeout', commandId: 'command-1' });
    expect(clock.naps.slice(0, 5)).toEqual([10, 20, 40, 80, 100]);
    expect(clock.monotonic()).toBe(400);
  });

  it('waits for the first command of a repeat, and says that it is one', async () => {
    const { submit } = setup({ append: async () => ({ kind: 'duplicate', id: 'command-0' }) as never });
    expect(await submit(halt, actor, options)).toMatchObject({ kind: 'reply', commandId: 'command-0', duplicate: true });
  });

  it('tells a key used for something else from a repeat', async () => {
    const { submit } = setup({ append: async () => ({ kind: 'conflict', id: 'command-0' }) as never });
    expect(await submit(halt, actor, options)).toEqual({ kind: 'conflict', commandId: 'command-0' });
  });

  it('says so when the log is down', async () => {
    const { submit } = setup({
      append: async () => {
        throw new CommandLogUnavailableError('down');
      },
    });
    expect(await submit(halt, actor, options)).toEqual({ kind: 'unavailable' });
  });

  it('refuses to let more wait than the limit', async () => {
    const never = new Promise<never>(() => undefined);
    const submit = createCommandClient({
      log: { append: () => never },
      readModel: { reply: async () => null },
      clock: sleepingClock(),
      newId: () => 'command-1',
      waitingMax: 2,
    });
    void submit(halt, actor, options);
    expect(await submit(halt, actor, options), 'half of the places').toEqual({ kind: 'busy' });
    void submit(halt, { name: 'user:ann@example.com', address: null }, options);
    expect(await submit(halt, { name: 'user:bob@example.com', address: null }, options), 'all of them').toEqual({ kind: 'busy' });
  });

  it('is woken by the notifier instead of sleeping on', async () => {
    const replies = createReplyNotifier();
    let written = false;
    let asleep = (): void => undefined;
    const fallingAsleep = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve());
          asleep();
        }),
    };
    const submit = createCommandClient({
      log: { append: async (command) => ({ kind: 'stored', id: command.id, seq: 1 }) },
      readModel: { reply: async () => (written ? { status: 200, body: null } : null) },
      clock,
      newId: () => 'command-1',
      replies,
    });
    const submitted = submit(halt, actor, options);
    await fallingAsleep;
    written = true;
    replies.notify('command-1');
    expect(await submitted).toMatchObject({ kind: 'reply', commandId: 'command-1' });
  });
});

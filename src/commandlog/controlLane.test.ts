import { v7 as uuid } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandBody } from '../domain/signal/command.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import { type CommandLog, CommandLogUnavailableError } from './commandLog.ts';
import { withControlLane } from './controlLane.ts';
import { createMemoryCommandLog, type MemoryCommandLog } from './memoryCommandLog.ts';

const HALT: CommandBody = { kind: 'trading.set', action: 'halt', accountId: null, reason: null };
const ALERT: CommandBody = { kind: 'alert', hookId: 'hook', payload: '{}' };

let main: MemoryCommandLog;
let control: MemoryCommandLog;
let log: CommandLog;
beforeEach(() => {
  main = createMemoryCommandLog();
  control = createMemoryCommandLog();
  log = withControlLane({ main, control, clock: systemClock, logger: silentLogger });
});

const append = (body: CommandBody) =>
  log.append({ id: uuid(), body, actor: { name: 'test', address: null }, correlationId: 'c', dedupe: null });
const kinds = async (afterSeq = 0, limit = 100) => (await log.read(afterSeq, limit)).map(({ body }) => body.kind);

describe('the whitelist and bans', () => {
  it('are changed while the log is away, as the kill switch is thrown', async () => {
    main.setAvailable(false);
    await append({ kind: 'whitelist.remove', entryId: 'e1', force: false });
    await append({ kind: 'ban.lift', address: '192.0.2.1' });
    expect(await kinds()).toEqual(['whitelist.remove', 'ban.lift']);
  });
});

describe('the kill switch beside the command log', () => {
  it('is read before the backlog, and both are read on from where they were', async () => {
    for (let n = 0; n < 3; n++) await append(ALERT);
    await append(HALT);
    const seen = [await kinds(0), await kinds(-1, 2)];
    await append(HALT);
    seen.push(await kinds(2), await kinds(-2), await kinds(3));
    expect(seen).toEqual([['trading.set'], ['alert', 'alert'], ['trading.set'], ['alert'], []]);
  });

  it('works while the log is away, and then the log goes on', async () => {
    await append(ALERT);
    main.setAvailable(false);
    await expect(append(ALERT)).rejects.toBeInstanceOf(CommandLogUnavailableError);
    await append(HALT);
    const halt = await log.read(0, 100);
    expect(halt.map(({ body }) => body.kind)).toEqual(['trading.set']);
    await log.acknowledge(halt.map(({ seq }) => seq));
    expect(await control.lag()).toBe(0);
    main.setAvailable(true);
    expect(await kinds(halt.at(-1)?.seq)).toEqual(['alert']);
  });

  it('overtakes a log that hangs, whose answer is not lost', async () => {
    await append(ALERT);
    let answer: () => void = () => undefined;
    const hanging: CommandLog = {
      ...main,
      read: async (afterSeq, limit) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return main.read(afterSeq, limit);
      },
    };
    log = withControlLane({ main: hanging, control, clock: systemClock, logger: silentLogger });
    const reading = kinds(0);
    await append(HALT);
    expect(await reading).toEqual(['trading.set']);
    const rest = kinds(-1);
    answer();
    expect(await rest).toEqual(['alert']);
  });

  it('a reader has caught up when the log has shown all it held, not when control or an absence made a page short', async () => {
    await append(ALERT);
    await append(HALT);
    const steps: [string[], boolean | undefined][] = [];
    const read = async (afterSeq: number) => steps.push([await kinds(afterSeq), log.isCaughtUp?.()]);
    await read(0);
    main.setAvailable(false);
    await read(-1);
    main.setAvailable(true);
    await read(-1);
    expect(steps).toEqual([
      [['trading.set'], false],
      [[], false],
      [['alert'], true],
    ]);
  });

  it('wakes a reader that waits, also while the log is away', async () => {
    for (const available of [true, false]) {
      main.setAvailable(available);
      await log.read(1, 100);
      const startedAt = performance.now();
      const waiting = log.waitForMore(60_000, new AbortController().signal);
      await append(HALT);
      await waiting;
      expect(performance.now() - startedAt).toBeLessThan(200);
    }
  });

  it('a reader of a log that is away rests instead of asking at once', async () => {
    main.setAvailable(false);
    await log.read(0, 100);
    const startedAt = performance.now();
    await log.waitForMore(60_000, new AbortController().signal);
    expect(performance.now() - startedAt).toBeGreaterThan(200);
  });

  it('puts up with a log that is away for five seconds, then lets another leader try; the next time longer, unless it answered', async () => {
    let now = 0;
    log = withControlLane({ main, control, clock: { ...systemClock, monotonic: () => now }, logger: silentLogger });
    const givesUpAfter = async (): Promise<number> => {
      const from = now;
      for (; ; now += 1_000) {
        const gaveUp = await log.read(0, 100).then(
          () => false,
          (error) => error instanceof CommandLogUnavailableError,
        );
        if (gaveUp) return now - from;
      }
    };
    main.setAvailable(false);
    expect([await givesUpAfter(), await givesUpAfter()]).toEqual([5_000, 40_000]);
    main.setAvailable(true);
    await log.read(0, 100);
    main.setAvailable(false);
    expect(await givesUpAfter()).toBe(5_000);
  });

  it('what was carried out while the log went away is acknowledged when it is back', async () => {
    await append(ALERT);
    await append(ALERT);
    const [first, second] = await log.read(0, 100);
    main.setAvailable(false);
    await log.acknowledge([first?.seq ?? 0]);
    main.setAvailable(true);
    expect(await log.lag()).toBe(2);
    await log.acknowledge([second?.seq ?? 0]);
    expect(await log.lag()).toBe(0);
  });

  it('a new leader reads everything that is not acknowledged, even if the old one is still reading', async () => {
    await append(HALT);
    await append(ALERT);
    await log.read(0, 100);
    const old = log.read(-1, 100);
    expect([await kinds(0), await kinds(-1), await kinds(1)]).toEqual([['trading.set'], ['alert'], []]);
    expect((await old).length).toBe(1);
    expect([await kinds(1), await kinds(0), await kinds(-1)]).toEqual([[], ['trading.set'], ['alert']]);
  });
});

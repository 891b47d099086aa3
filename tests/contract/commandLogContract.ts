import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Appended, type CommandLog, CommandLogUnavailableError, type NewCommand } from '../../src/commandlog/commandLog.ts';
import { until } from '../helpers/until.ts';

export interface CommandLogUnderTest {
  readonly log: CommandLog;
  /** Another instance's view of the same log. */
  readonly other: CommandLog;
  /** Makes the store behind it unreachable, and reachable again. */
  setAvailable(available: boolean): Promise<void>;
  /** Lets at least `ms` pass on the log's own clock. */
  passTime(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

interface Given {
  readonly id?: string;
  readonly payload?: string;
  readonly key?: string;
  readonly hash?: string;
  readonly ttlMs?: number;
  readonly nonce?: string;
  readonly nonceTtlMs?: number;
}

export function newCommand(over: Given = {}): NewCommand {
  const { id = randomUUID(), payload = '{}', key, hash = 'h', ttlMs = 60_000, nonce, nonceTtlMs = 60_000 } = over;
  return {
    id,
    body: { kind: 'order.create', payload },
    actor: { name: 'user:a@example.com', address: '203.0.113.7' },
    correlationId: `c-${id}`,
    dedupe: key === undefined ? null : { key, ttlMs, contentHash: hash },
    ...(nonce === undefined ? {} : { nonce: { key: `nonce:${nonce}`, ttlMs: nonceTtlMs } }),
  };
}

/** What every command log promises, whatever stores it. */
/** `sharesControl`: control commands are in this log, not in a lane of their own. */
export function commandLogContract(name: string, make: () => Promise<CommandLogUnderTest>, { sharesControl = true } = {}): void {
  describe(`${name} command log`, () => {
    let test: CommandLogUnderTest;
    let log: CommandLog;
    const never = new AbortController().signal;

    beforeEach(async () => {
      test = await make();
      log = test.log;
    });
    afterEach(() => test.dispose());

    const stored = async (command: NewCommand): Promise<number> => {
      const appended = await log.append(command);
      if (appended.kind !== 'stored') throw new Error(`expected it to be stored, was ${appended.kind}`);
      return appended.seq;
    };
    const payloads = async (afterSeq = 0, limit = 100) =>
      (await log.read(afterSeq, limit)).map(({ body }) => (body.kind === 'order.create' ? body.payload : body.kind));

    it('gives back what was appended, unchanged', async () => {
      const command = newCommand({ payload: '{"note":"\\u0000 ü ‮ \\ud800 \\"quoted\\" \\\\ {a,b} NULL"}' });
      const before = Date.now();
      const seq = await stored(command);
      const { id, body, actor, correlationId } = command;
      const [read] = await log.read(0, 10);
      expect(read).toEqual({ seq, id, body, actor, correlationId, receivedAt: expect.any(Number) });
      expect(Number.isInteger(read?.receivedAt)).toBe(true);
      expect(Math.abs((read?.receivedAt ?? 0) - before)).toBeLessThan(60_000);
    });

    it('commands appended in one go are read in the order they were appended', async () => {
      const names = Array.from({ length: 40 }, (_, n) => `n${n}`);
      const seqs = await Promise.all(names.map((payload) => stored(newCommand({ payload }))));
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(new Set(seqs).size).toBe(40);
      expect(await payloads()).toEqual(names);
    });

    it('reads after a seq, at most as many as asked for, and only what is not acknowledged', async () => {
      const seqs: number[] = [];
      for (const payload of ['a', 'b', 'c', 'd']) seqs.push(await stored(newCommand({ payload })));
      expect(await payloads(0, 2)).toEqual(['a', 'b']);
      expect(await payloads(seqs[1], 10)).toEqual(['c', 'd']);
      await log.acknowledge([seqs[0] ?? 0, seqs[2] ?? 0]);
      expect(await payloads()).toEqual(['b', 'd']);
      expect(await log.lag()).toBe(2);
    });

    it('shows control commands that wait, past whatever stands before them', async () => {
      await stored(newCommand({ payload: '{"note":"\\u0000 \\"kind\\":\\"trading.set\\""}' }));
      const halt = { kind: 'trading.set', action: 'halt', accountId: null, reason: null } as const;
      const seqs = [await stored({ ...newCommand(), body: halt }), await stored({ ...newCommand(), body: halt })];
      if (!sharesControl) return expect(await log.readControl(0, 10)).toEqual([]);
      expect((await log.readControl(0, 10)).map(({ seq }) => seq)).toEqual(seqs);
      expect((await log.readControl(seqs[0] ?? 0, 10)).map(({ seq }) => seq)).toEqual(seqs.slice(1));
      expect(await log.readControl(0, 1)).toHaveLength(1);
      await log.acknowledge(seqs);
      expect(await log.readControl(0, 10)).toEqual([]);
    });

    it('acknowledging again, or what never was, changes nothing', async () => {
      const seq = await stored(newCommand({ payload: 'a' }));
      await stored(newCommand({ payload: 'b' }));
      await log.acknowledge([seq]);
      await log.acknowledge([seq, seq, seq + 1_000_000]);
      await log.acknowledge([]);
      expect(await payloads()).toEqual(['b']);
    });

    it('the same key with the same content is the first command again', async () => {
      const first = newCommand({ key: 'k', payload: 'first' });
      await stored(first);
      expect(await log.append(newCommand({ key: 'k' }))).toEqual({ kind: 'duplicate', id: first.id });
      expect(await test.other.append(newCommand({ key: 'k' }))).toEqual({ kind: 'duplicate', id: first.id });
      expect(await payloads()).toEqual(['first']);
    });

    it('a nonce is spent once, on every instance, whatever comes with it, and free again after its life', async () => {
      const first = newCommand({ nonce: 'n', key: 'k', nonceTtlMs: 200 });
      await stored(first);
      for (const view of [log, test.other])
        for (const more of [{ key: 'k' }, { key: 'k', hash: 'other' }, { key: 'k2' }, {}])
          expect(await view.append(newCommand({ nonce: 'n', ...more }))).toEqual({ kind: 'replayed', id: first.id });
      expect(await log.append(first)).toEqual({ kind: 'duplicate', id: first.id });
      await test.passTime(300);
      await stored(newCommand({ nonce: 'n' }));
      expect(await payloads()).toHaveLength(2);
    });

    it('of fifty commands with one nonce, on two instances at once, one is stored', async () => {
      const attempts = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? log : test.other).append(newCommand({ nonce: 'n' })));
      const results = await Promise.all(attempts);
      expect(results.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
      expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    });

    it('a repeat spends its nonce too, for the command it repeats; a conflict spends none', async () => {
      const first = newCommand({ nonce: 'a', key: 'k', ttlMs: 200 });
      await stored(first);
      expect(await log.append(newCommand({ nonce: 'b', key: 'k' }))).toEqual({ kind: 'duplicate', id: first.id });
      expect(await log.append(newCommand({ nonce: 'c', key: 'k', hash: 'other' }))).toEqual({ kind: 'conflict', id: first.id });
      await test.passTime(300);
      expect(await log.append(newCommand({ nonce: 'b', key: 'k' }))).toEqual({ kind: 'replayed', id: first.id });
      await stored(newCommand({ nonce: 'c', key: 'k', hash: 'other' }));
    });

    it('a nonce is free as long as no command that carries it is stored', async () => {
      await test.setAvailable(false);
      await expect(log.append(newCommand({ nonce: 'n' }))).rejects.toThrow(CommandLogUnavailableError);
      await test.setAvailable(true);
      await until(
        () =>
          log.append(newCommand({ nonce: 'n' })).then(
            ({ kind }) => kind === 'stored',
            () => false,
          ),
        { what: 'the command stored' },
      );
    });

    it('the same key with other content is a conflict that names the first', async () => {
      const first = newCommand({ key: 'k', hash: 'one', payload: 'first' });
      await stored(first);
      expect(await log.append(newCommand({ key: 'k', hash: 'two' }))).toEqual({ kind: 'conflict', id: first.id });
      expect(await payloads()).toEqual(['first']);
    });

    it('a key is remembered after its command was carried out', async () => {
      const first = newCommand({ key: 'k' });
      await log.acknowledge([await stored(first)]);
      expect(await log.append(newCommand({ key: 'k' }))).toEqual({ kind: 'duplicate', id: first.id });
    });

    it('a key is free again when its time is over, and then belongs to the new command', async () => {
      await stored(newCommand({ key: 'k', ttlMs: 20 }));
      await test.passTime(30);
      const second = newCommand({ key: 'k', hash: 'other' });
      await stored(second);
      expect(await log.append(newCommand({ key: 'k', hash: 'other' }))).toEqual({ kind: 'duplicate', id: second.id });
    });

    it('a refused repeat does not prolong or claim anything', async () => {
      const first = newCommand({ key: 'k', ttlMs: 60 });
      await stored(first);
      await log.append(newCommand({ key: 'k', ttlMs: 60_000 }));
      await log.append(newCommand({ key: 'k', hash: 'other', ttlMs: 60_000 }));
      await test.passTime(70);
      await stored(newCommand({ key: 'k' }));
    });

    it('the same command id again is a repeat of itself, with or without a key', async () => {
      for (const command of [newCommand(), newCommand({ key: 'k' })]) {
        await stored(command);
        expect(await log.append(command)).toEqual({ kind: 'duplicate', id: command.id });
      }
      const [a, b] = await Promise.all([1, 2].map(() => log.append(newCommand({ id: '018f2b6c-0000-7000-8000-000000000001' }))));
      expect([a?.kind, b?.kind]).toEqual(['stored', 'duplicate']);
      expect(await log.lag()).toBe(3);
    });

    it('a command in doubt that is tried again after its key expired is still a repeat', async () => {
      const command = newCommand({ key: 'k', ttlMs: 20 });
      await stored(command);
      await test.passTime(30);
      expect(await log.append(command)).toEqual({ kind: 'duplicate', id: command.id });
    });

    it('of fifty at once with one key, through two instances, one is stored', async () => {
      const commands = Array.from({ length: 50 }, () => newCommand({ key: 'k' }));
      const results = await Promise.all(commands.map((command, n) => (n % 2 ? log : test.other).append(command)));
      const winners = results.filter(({ kind }) => kind === 'stored');
      expect(winners).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'duplicate')).toHaveLength(49);
      expect(new Set(results.map(({ id }) => id))).toEqual(new Set([winners[0]?.id]));
      expect(await log.lag()).toBe(1);
    });

    it('repeats, conflicts and others appended in one go are told apart as if they had come one by one', async () => {
      const same = { key: 'a', hash: '1' };
      const commands = [newCommand(same), newCommand(), newCommand(same), newCommand({ key: 'a', hash: '2' }), newCommand({ key: 'b' })];
      const results = await Promise.all(commands.map((command) => log.append(command)));
      const first = commands[0]?.id ?? '';
      expect(results.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'duplicate', 'conflict', 'stored']);
      expect([results[2]?.id, results[3]?.id]).toEqual([first, first]);
    });

    it('a reader that follows two writing instances misses nothing and sees nothing twice', async () => {
      const total = 300;
      const seen: number[] = [];
      const writing = Promise.all(
        Array.from({ length: total }, (_, n) => (n % 2 ? log : test.other).append(newCommand({ payload: `n${n}` }))),
      );
      while (seen.length < total) {
        const batch = await log.read(seen.at(-1) ?? 0, 7);
        seen.push(...batch.map(({ seq }) => seq));
        if (batch.length === 0) await log.waitForMore(1_000, never);
      }
      const stored = (await writing).flatMap((result: Appended) => (result.kind === 'stored' ? [result.seq] : []));
      expect(seen).toEqual(stored.sort((a, b) => a - b));
    });

    it('waiting ends when a command comes, from this instance or another', async () => {
      for (const writer of [log, test.other]) {
        await until(
          async () => {
            await log.read(0, 100);
            return Promise.race([log.waitForMore(60_000, never).then(() => false), new Promise((quiet) => setTimeout(quiet, 30, true))]);
          },
          { what: 'the log to be quiet' },
        );
        const waiting = log.waitForMore(60_000, never);
        await writer.append(newCommand());
        await waiting;
      }
    });

    it('a command that came between reading and waiting ends the wait at once', async () => {
      await log.read(0, 100);
      await log.append(newCommand());
      await log.waitForMore(60_000, never);
    });

    it('waiting ends when aborted', async () => {
      await log.read(0, 100);
      const stop = new AbortController();
      const waiting = log.waitForMore(60_000, stop.signal);
      stop.abort();
      await waiting;
      await log.waitForMore(60_000, stop.signal);
    });

    it('without its store it says so soon, and works again when the store is back', async () => {
      await stored(newCommand({ payload: 'before' }));
      await test.setAvailable(false);
      const before = performance.now();
      await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
      await expect(log.read(0, 10)).rejects.toBeInstanceOf(CommandLogUnavailableError);
      expect(performance.now() - before).toBeLessThan(6_000);
      await test.setAvailable(true);
      await until(() => log.append(newCommand({ payload: 'after' })), { what: 'the log to work again', timeoutMs: 10_000 });
      expect(await payloads()).toEqual(['before', 'after']);
    });

    it('a closed log takes nothing more', async () => {
      await log.close();
      await expect(log.append(newCommand())).rejects.toBeInstanceOf(CommandLogUnavailableError);
    });
  });
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HandoverWatch } from '../../src/leader/leadership.ts';
import type { Lease } from '../../src/leader/lease.ts';

export interface LeaseUnderTest {
  /** A candidate's view; `ttlMs` is how long its grants are good for. */
  candidate(holder: string, ttlMs?: number): Lease & HandoverWatch;
  /** Lets at least `ms` pass on the lease's own clock. */
  passTime(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const TTL_MS = 60_000;
const SHORT_MS = 40;

/** What every lease promises, whatever keeps it. */
export function leaseContract(name: string, make: () => Promise<LeaseUnderTest>): void {
  describe(`${name} lease`, () => {
    let test: LeaseUnderTest;
    let a: Lease & HandoverWatch;
    let b: Lease & HandoverWatch;

    beforeEach(async () => {
      test = await make();
      a = test.candidate('a', TTL_MS);
      b = test.candidate('b', TTL_MS);
    });
    afterEach(() => test.dispose());

    it('is free at first, and held by whoever takes it', async () => {
      expect(await a.current()).toBeNull();
      expect(await a.acquire()).toEqual({ epoch: 1, ttlMs: TTL_MS });
      const current = await b.current();
      expect(current).toEqual({ holder: 'a', epoch: 1, expiresAt: expect.any(Number) });
      expect((current?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(TTL_MS - 10_000);
    });

    it('has one holder, however many ask at once', async () => {
      const grants = await Promise.all(Array.from({ length: 20 }, (_, n) => test.candidate(`c${n}`, TTL_MS).acquire()));
      expect(grants.filter((grant) => grant !== null)).toEqual([{ epoch: 1, ttlMs: TTL_MS }]);
    });

    it('stays with its holder while it is renewed, and goes to another when it runs out, under a higher epoch', async () => {
      const short = test.candidate('short', 3 * SHORT_MS);
      await short.acquire();
      for (let n = 0; n < 4; n++) {
        await test.passTime(SHORT_MS);
        expect(await short.renew(1)).toEqual({ epoch: 1, ttlMs: 3 * SHORT_MS });
        expect(await b.acquire()).toBeNull();
      }
      await test.passTime(4 * SHORT_MS);
      expect(await b.acquire()).toEqual({ epoch: 2, ttlMs: TTL_MS });
      expect(await short.renew(1)).toBeNull();
      expect((await a.current())?.holder).toBe('b');
    });

    it('that has run out cannot be renewed, even if nobody took it', async () => {
      const short = test.candidate('short', SHORT_MS);
      await short.acquire();
      await test.passTime(2 * SHORT_MS);
      expect(await short.current()).toBeNull();
      expect(await short.renew(1)).toBeNull();
    });

    it('released, is free at once, and the epoch goes on rising', async () => {
      for (const [epoch, candidate] of [a, b, a, b].entries()) {
        expect(await candidate.acquire()).toEqual({ epoch: epoch + 1, ttlMs: TTL_MS });
        await candidate.release(epoch + 1);
      }
    });

    it('taken again by its own holder gets a new epoch, and the old one counts no more', async () => {
      await a.acquire();
      expect(await a.acquire()).toEqual({ epoch: 2, ttlMs: TTL_MS });
      expect(await a.renew(1)).toBeNull();
      await a.release(1);
      expect(await b.acquire()).toBeNull();
      expect(await a.renew(2)).not.toBeNull();
    });

    it('cannot be renewed or released by one who does not hold it', async () => {
      await a.acquire();
      expect(await b.renew(1)).toBeNull();
      await b.release(1);
      expect((await b.current())?.holder).toBe('a');
    });

    it('tells those who wait when it is released', async () => {
      await a.acquire();
      const patience = new AbortController();
      let grant = await b.acquire();
      const following = (async () => {
        for (; grant === null; grant = await b.acquire()) await b.waitForRelease(60_000, patience.signal);
      })();
      await a.release(1);
      await following;
      expect(grant).toEqual({ epoch: 2, ttlMs: TTL_MS });
    });

    it('waiting for it ends when aborted', async () => {
      const stop = new AbortController();
      const waiting = (async () => {
        while (!stop.signal.aborted) {
          await b.acquire();
          await b.waitForRelease(60_000, stop.signal);
        }
      })();
      stop.abort();
      await waiting;
    });
  });
}

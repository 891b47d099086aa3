import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import { createMetrics } from '../ops/metrics.ts';
import { type HandoverWatch, LeaderStuckError, runLeadership } from './leadership.ts';
import { type Leadership, LeadershipLostError, type Lease } from './lease.ts';
import { createMemoryLeases } from './memoryLease.ts';

const TTL_MS = 5_000;
/** A fifth of the lease is given up. */
const HELD_MS = 4_000;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when told to; whoever sleeps is woken in order. */
class ManualClock implements Clock {
  private time = 1_000_000;
  private sleepers: Sleeper[] = [];

  now = () => this.time;
  monotonic = () => this.time;
  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { at: this.time + Math.max(1, Math.floor(ms)), wake }; // As Node's timers.
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (await idle(); ; await idle()) {
      const next = this.sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = end;
  }
}

/** Lets everything happen that needs no time. */
const idle = () => new Promise((done) => setImmediate(done));

describe('leadership', () => {
  let clock: ManualClock;
  let leases: ReturnType<typeof createMemoryLeases>;
  let log: string[];

  beforeEach(() => {
    clock = new ManualClock();
    leases = createMemoryLeases(clock);
    log = [];
  });

  type Work = (leadership: Leadership) => Promise<void>;
  const untilTold: Work = ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

  /** One instance; `lease` and `work` may be bent. */
  function instance(name: string, bend: { lease?: Partial<Lease & HandoverWatch>; work?: Work; role?: 'auto' | 'follower' } = {}) {
    const stop = new AbortController();
    const terms: Leadership[] = [];
    const metrics = createMetrics(name);
    const work = bend.work ?? untilTold;
    const running = runLeadership({
      lease: { ...leases(name, TTL_MS), ...bend.lease },
      role: bend.role ?? 'auto',
      ttlMs: TTL_MS,
      clock,
      logger: silentLogger,
      metrics,
      signal: stop.signal,
      lead: async (leadership) => {
        terms.push(leadership);
        log.push(`${name} leads epoch ${leadership.epoch}`);
        await work(leadership);
        log.push(`${name} ends epoch ${leadership.epoch}`);
      },
    });
    const gauge = async () => (await metrics.leader.get()).values[0]?.value ?? 0;
    return { terms, running, gauge, stop: () => stop.abort() };
  }

  it('one leads, the lease is renewed for as long as it does, the other waits', async () => {
    const a = instance('a');
    await idle();
    const b = instance('b');
    await clock.pass(10 * TTL_MS);
    expect(log).toEqual(['a leads epoch 1']);
    expect(() => a.terms[0]?.assertHeld()).not.toThrow();
    expect([await a.gauge(), await b.gauge()]).toEqual([1, 0]);
  });

  it('told to stop, it ends its work, hands the lease over and the next leads at once', async () => {
    const a = instance('a');
    await idle();
    const b = instance('b');
    await clock.pass(100);
    const before = clock.now();
    a.stop();
    await a.running;
    await idle();
    await clock.pass(0);
    expect(log).toEqual(['a leads epoch 1', 'a ends epoch 1', 'b leads epoch 2']);
    expect(clock.now()).toBe(before);
    expect(() => a.terms[0]?.assertHeld()).toThrow(LeadershipLostError);
    expect(await b.gauge()).toBe(1);
  });

  it('a dead leader is replaced within two lease times', async () => {
    await leases('dead', TTL_MS).acquire();
    const b = instance('b');
    await clock.pass(2 * TTL_MS);
    expect(b.terms.map(({ epoch }) => epoch)).toEqual([2]);
  });

  it('a leader that cannot renew may not act from the moment its margin is used up, and its work is told', async () => {
    const a = instance('a', { lease: { renew: () => Promise.reject(new Error('no database')) } });
    await clock.pass(HELD_MS - 1);
    expect(() => a.terms[0]?.assertHeld()).not.toThrow();
    await clock.pass(1);
    expect(() => a.terms[0]?.assertHeld()).toThrow(LeadershipLostError);
    expect(a.terms[0]?.signal.aborted).toBe(true);
  });

  it('a renewal that hangs ends the term just the same', async () => {
    const a = instance('a', { lease: { renew: () => new Promise(() => undefined) } });
    await clock.pass(HELD_MS + 2); // Timers are whole milliseconds.
    expect(a.terms[0]?.signal.aborted).toBe(true);
  });

  it('the time counts from when the renewal was sent, not from its answer', async () => {
    const lease = leases('a', TTL_MS);
    let slow = true;
    const renew: Lease['renew'] = async (epoch) => {
      const granted = lease.renew(epoch);
      if (slow) await clock.sleep(2_000);
      slow = false;
      return granted;
    };
    const answersOnce: Lease['renew'] = (epoch) => (slow ? renew(epoch) : new Promise(() => undefined));
    const a = instance('a', { lease: { renew: answersOnce } });
    const sentAt = clock.now() + TTL_MS / 3;
    await clock.pass(TTL_MS / 3 + 2_000);
    expect(() => a.terms[0]?.assertHeld()).not.toThrow();
    await clock.pass(sentAt + HELD_MS - clock.now() - 1);
    expect(() => a.terms[0]?.assertHeld()).not.toThrow();
    await clock.pass(2);
    expect(() => a.terms[0]?.assertHeld()).toThrow(LeadershipLostError);
  });

  it('one lost renewal is made up for before the lease runs out', async () => {
    const lease = leases('a', TTL_MS);
    let failures = 1;
    const renew: Lease['renew'] = (epoch) => (failures-- > 0 ? Promise.reject(new Error('connection cut')) : lease.renew(epoch));
    const a = instance('a', { lease: { renew } });
    await clock.pass(3 * TTL_MS);
    expect(a.terms).toHaveLength(1);
    expect(() => a.terms[0]?.assertHeld()).not.toThrow();
  });

  it('a process that slept through its lease finds it cannot act before anything else happens', async () => {
    const a = instance('a');
    await idle();
    Object.assign(clock, { time: clock.now() + 2 * TTL_MS }); // Nobody was woken: the process stood still.
    expect(() => a.terms[0]?.assertHeld()).toThrow(LeadershipLostError);
    await leases('b', TTL_MS).acquire();
    await clock.pass(0);
    expect(a.terms[0]?.signal.aborted).toBe(true);
  });

  it('a deposed leader tries again and leads under a higher epoch', async () => {
    const a = instance('a', { lease: { renew: async () => null } });
    await clock.pass(2 * TTL_MS);
    const epochs = a.terms.map(({ epoch }) => epoch);
    expect(epochs.length).toBeGreaterThan(1);
    expect(epochs).toEqual([...epochs].sort((x, y) => x - y));
    expect(new Set(epochs).size).toBe(epochs.length);
  });

  it('work that throws gives the lease back so that another may try, and is tried again ever more slowly', async () => {
    const a = instance('a', { work: () => Promise.reject(new Error('cannot load')) });
    await idle();
    await idle();
    expect(a.terms).toHaveLength(1);
    expect(await leases('b', TTL_MS).acquire()).toEqual({ epoch: 2, ttlMs: TTL_MS });
    await leases('b', TTL_MS).release(2);
    await clock.pass(60_000);
    expect(a.terms.length).toBeGreaterThan(5);
    expect(a.terms.length).toBeLessThan(15);
  });

  it('work that does not end after its term keeps the process from ever leading again', async () => {
    const a = instance('a', { work: () => new Promise(() => undefined), lease: { renew: async () => null } });
    const stuck = expect(a.running).rejects.toBeInstanceOf(LeaderStuckError);
    await clock.pass(60_000);
    await stuck;
    expect(a.terms).toHaveLength(1);
  });

  it('an unreachable database is asked again until it answers', async () => {
    const lease = leases('a', TTL_MS);
    let reachable = false;
    const acquire: Lease['acquire'] = () => (reachable ? lease.acquire() : Promise.reject(new Error('no database')));
    const a = instance('a', { lease: { acquire } });
    await clock.pass(TTL_MS);
    expect(a.terms).toHaveLength(0);
    reachable = true;
    await clock.pass(TTL_MS);
    expect(a.terms).toHaveLength(1);
  });

  it('a follower never leads, and stops when told', async () => {
    const a = instance('a', { role: 'follower' });
    await clock.pass(10 * TTL_MS);
    expect(a.terms).toHaveLength(0);
    a.stop();
    await a.running;
  });

  it('told to stop while asking for the lease, it gives it back without having led', async () => {
    const lease = leases('a', TTL_MS);
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const a = instance('a', { lease: { acquire: () => asked.then(() => lease.acquire()) } });
    await idle();
    a.stop();
    answer();
    await a.running;
    expect(a.terms).toHaveLength(0);
    expect(await lease.current()).toBeNull();
  });
});

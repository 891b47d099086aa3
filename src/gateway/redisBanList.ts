import { type Ban, type BanBook, createBanBook, keysOf, type Subject, subjectKey } from './banBook.ts';
import type { BanList, BanListOptions } from './banList.ts';
import { createRedisBanStore, decodeBan, encodeBan, type RedisBanStore } from './redisBanStore.ts';
import type { RedisStore } from './redisStore.ts';
import { createMemoryBudget, type MemoryBudget } from './requestBudget.ts';

export interface RedisBanListOptions extends Omit<BanListOptions, 'violations'> {
  readonly store: RedisStore;
  /** First part of every key, in braces. */
  readonly keyPrefix: string;
  /** Tells the other instances of a new ban, so that they need not look. */
  readonly announce: (ban: string) => void;
}

/**
 * Bans that all instances share, each with all of them in memory: nobody waits for Redis to be let in or turned away. While
 * Redis is away the last known bans stay in force and new ones are this instance's own; they are stored once Redis is back,
 * as is everything Redis has lost.
 */
export class RedisBanList implements BanList {
  private readonly options: RedisBanListOptions;
  private readonly shared: RedisBanStore;
  private readonly book: BanBook;
  /** Violations as last heard from Redis: goes on counting while it is away. */
  private readonly violations: MemoryBudget;
  /** Of the bans in Redis, as last loaded. */
  private version = -1;
  private generation: string | null = null;
  /** Made while Redis was away. */
  private readonly unsaved = new Set<string>();
  /** Addresses whose lift Redis has not confirmed, with the time before which their bans began. */
  private readonly lifting = new Map<string, number>();

  constructor(options: RedisBanListOptions) {
    const { settings, store, keyPrefix, clock } = options;
    this.options = options;
    this.shared = createRedisBanStore(store, keyPrefix, settings);
    this.book = createBanBook(settings, clock);
    this.violations = createMemoryBudget(settings.banWindowSec);
  }

  check(subject: Subject): Ban | undefined {
    return this.book.inForce(subjectKey(subject));
  }

  list(): readonly Ban[] {
    return this.book.list();
  }

  async violation(subject: Subject): Promise<number> {
    const key = subjectKey(subject);
    if (this.book.inForce(key)) return this.options.settings.banThreshold;
    const counted = await this.shared.count(subject);
    if (counted === null) return this.violationAlone(subject);
    const { count, leftMs, ban, isNew } = counted;
    if (ban === null) {
      await this.violations.learn(key, count, leftMs);
      return count;
    }
    this.book.put(ban);
    await this.violations.forget(key);
    if (isNew) {
      this.options.announce(encodeBan(ban));
      this.options.onBan(ban);
    }
    return count;
  }

  private async violationAlone(subject: Subject): Promise<number> {
    const key = subjectKey(subject);
    const { limit, remaining } = await this.violations.spend(key, this.options.settings.banThreshold);
    if (remaining === 0 && !this.book.inForce(key)) {
      const ban = this.book.ban(subject);
      this.unsaved.add(key);
      await this.violations.forget(key);
      this.options.onBan(ban);
    }
    return limit - remaining;
  }

  async lift(address: string, begunBefore = Number.POSITIVE_INFINITY): Promise<number> {
    const { keys, lifted } = this.book.lift(address, begunBefore);
    this.lifting.set(address, begunBefore);
    for (const key of keys) {
      this.unsaved.delete(key);
      await this.violations.forget(key);
    }
    await this.liftInRedis(address);
    return lifted.length;
  }

  private async liftInRedis(address: string): Promise<void> {
    if (await this.shared.remove(address, this.lifting.get(address) ?? 0)) this.lifting.delete(address);
  }

  private isLifting({ subject, since }: Ban): boolean {
    return [...this.lifting].some(([address, begunBefore]) => since < begunBefore && keysOf(address).includes(subjectKey(subject)));
  }

  /** Takes over a ban that another instance announced. */
  hear(text: string): void {
    const ban = decodeBan(text);
    if (ban && !this.isLifting(ban)) this.book.put(ban);
  }

  /** Looks whether others changed something, and catches up with it; brings Redis what it missed. Never rejects. */
  async sync(): Promise<void> {
    for (const address of [...this.lifting.keys()]) await this.liftInRedis(address);
    const seen = await this.shared.edition();
    if (seen === null) return;
    const lost = this.generation !== null && seen.generation !== this.generation;
    if (!lost && seen.version === this.version && this.unsaved.size === 0) return;
    if ((lost || this.unsaved.size > 0) && !(await this.bringMissed(lost))) return;
    this.generation = seen.generation;
    await this.catchUp();
  }

  /** What is in force here because Redis was away, or all of it when Redis lost what it had. */
  private async bringMissed(lost: boolean): Promise<boolean> {
    const missed = this.book.list().filter(({ subject }) => lost || this.unsaved.has(subjectKey(subject)));
    if (!(await this.shared.save(missed))) return false;
    for (const { subject } of missed) this.unsaved.delete(subjectKey(subject));
    return true;
  }

  private async catchUp(): Promise<void> {
    const found = await this.shared.load(this.options.clock.now());
    if (found === null) return;
    const bans = found.bans.filter((ban) => !this.isLifting(ban));
    for (const ban of bans) this.book.put(ban);
    const keys = new Set(bans.map(({ subject }) => subjectKey(subject)));
    this.book.keepOnly((key) => keys.has(key) || this.unsaved.has(key));
    this.version = found.version;
  }
}

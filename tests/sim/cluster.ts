import type { CommandLog } from '../../src/commandlog/commandLog.ts';
import { createMemoryCommandLog } from '../../src/commandlog/memoryCommandLog.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ENGINE_DEFAULTS, type EngineSettings, type Term } from '../../src/engine/term.ts';
import { VenueSetupError } from '../../src/exchange/exchange.ts';
import { type Leadership, LeadershipLostError } from '../../src/leader/lease.ts';
import { GroupCommit } from '../../src/ledger/groupCommit.ts';
import { type Change, FencedError, type Ledger } from '../../src/ledger/ledger.ts';
import { createMemoryLedger } from '../../src/ledger/memoryLedger.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { VenueBook } from './simBook.ts';
import { simSession, type VenueManners } from './simVenue.ts';
import { Watch } from './watch.ts';
import type { World } from './world.ts';

export const LEASE_MS = 2_000;
const metrics = createMetrics('sim');

/** One account whose venue is asked, one whose venue reports by itself. */
export const MANNERS: Readonly<Record<string, VenueManners>> = {
  asked: { pushes: false, amends: false, ties: false },
  pushed: { pushes: true, amends: true, ties: true },
};

const ACCOUNT: Omit<Account, 'id' | 'name' | 'market'> = {
  venue: 'sim',
  sandbox: false,
  sealedCredentials: null,
  settings: {},
  ownerId: null,
  enabled: true,
  createdAt: 0,
};

/** Venues of scenarios, which report by themselves and leave the rest to the leader. */
export const KEPT_MANNERS: Readonly<Record<string, VenueManners>> = {
  kept: { pushes: true, amends: false, ties: false },
  spot: { pushes: true, amends: false, ties: false, spot: true },
};

export const ACCOUNTS = Object.keys(MANNERS).map(accountNamed);
export const KEPT_ACCOUNTS = Object.keys(KEPT_MANNERS).map(accountNamed);

function accountNamed(name: string): Account {
  return {
    ...ACCOUNT,
    id: `acc-${name}`,
    name,
    market: KEPT_MANNERS[name]?.spot ? 'spot' : 'swap',
  };
}
interface Reign {
  expiresAt: number;
  readonly controller: AbortController;
  readonly engine: Engine;
  isOver: boolean;
}

/** One log, one ledger, one book an account, and instances of the engine that lead them one after the other. */
export class Cluster {
  readonly world: World;
  readonly log: CommandLog;
  readonly ledger;
  readonly books = new Map<string, VenueBook>();
  readonly stats = { crashes: 0, pauses: 0 };
  readonly watch = new Watch();
  faulty = false;
  /** What ended a term although nobody else led. */
  readonly failures = new Set<string>();
  /** Accounts whose venue does not answer at all. */
  readonly unreachable = new Set<string>();
  private readonly settings: Partial<EngineSettings>;
  private readonly accounts: readonly Account[];
  private epoch = 0;
  private leader = 0;
  private ids = 0;
  private frozen: { readonly owner: number; readonly until: number }[] = [];
  private readonly reigns = new Map<number, Reign>();

  constructor(world: World, settings: Partial<EngineSettings> = {}, accounts: readonly Account[] = ACCOUNTS) {
    this.world = world;
    this.settings = settings;
    this.accounts = accounts;
    this.log = createMemoryCommandLog({ clock: world.clockOf(0) });
    this.ledger = createMemoryLedger(() => this.epoch);
    for (const { id, name, market } of accounts) this.books.set(id, new VenueBook(world, name, market === 'spot'));
  }

  /** Settings as they are before anybody leads. */
  async prepare(changes: readonly Change[]): Promise<void> {
    this.epoch = 1;
    await this.ledger.append(1, [...this.accounts.map((account): Change => ({ kind: 'account.put', account })), ...changes]);
  }

  newId(): string {
    this.ids += 1;
    return `00000000-0000-7000-8000-${this.ids.toString().padStart(12, '0')}`;
  }

  /** The leader's term once it reads commands; null before. */
  get term(): Term | null {
    const reign = this.reigns.get(this.leader);
    return reign ? (reign.engine as unknown as { readonly term: Term | null }).term : null;
  }

  /** Nothing the leader decided is still on its way to the ledger. */
  get isSettled(): boolean {
    return !this.world.isPending(this.leader, 'append');
  }

  /** Whether the leader is in the middle of what begins so. */
  isBusyWith(label: string): boolean {
    return this.world.isPending(this.leader, label);
  }

  /** A new process leads, or the same one once more, with what it has in memory. */
  elect(again: { readonly owner: number; readonly engine: Engine } | null = null): void {
    this.epoch += 1;
    const owner = again?.owner ?? this.leader + 1;
    this.leader = owner;
    this.world.trace.push(`${owner} leads, epoch ${this.epoch}`);
    const reign = {
      expiresAt: this.world.now + LEASE_MS,
      controller: new AbortController(),
      engine: again?.engine ?? this.engineOf(owner),
      isOver: false,
    };
    this.reigns.set(owner, reign);
    const leadership: Leadership = {
      epoch: this.epoch,
      signal: reign.controller.signal,
      assertHeld: () => {
        if (this.world.now >= reign.expiresAt) throw new LeadershipLostError('the lease has run out');
      },
    };
    const ended = (): void => {
      reign.isOver = true;
      if (this.reigns.get(this.leader) === reign) this.elect({ owner, engine: reign.engine });
    };
    void reign.engine.lead(leadership).then(ended, (error: unknown) => {
      if (!(error instanceof FencedError || error instanceof LeadershipLostError)) this.failures.add(String(error));
      ended();
    });
  }

  crashLeader(): void {
    this.stats.crashes += 1;
    this.world.crash(this.leader);
    this.elect();
  }

  /** The leader learns that it leads no more. The answer tells whether it has stopped. */
  abdicate(): () => boolean {
    const reign = this.reigns.get(this.leader);
    if (!reign) throw new Error('nobody leads');
    this.leader = 0;
    reign.controller.abort();
    return () => reign.isOver;
  }

  /** SIGSTOP: it takes no step, its lease runs out, somebody else leads; later it wakes up and believes it still does. */
  freezeLeader(): void {
    this.stats.pauses += 1;
    const owner = this.leader;
    this.world.pause(owner);
    this.world.now = Math.max(this.world.now, this.reigns.get(owner)?.expiresAt ?? 0);
    this.frozen.push({ owner, until: this.world.now + Math.floor(this.world.random() * 3_000) });
    this.elect();
  }

  thaw(all = false): void {
    for (const { owner } of this.frozen.filter(({ until }) => all || until <= this.world.now)) this.world.resume(owner);
    this.frozen = this.frozen.filter(({ until }) => !all && until > this.world.now);
  }

  renew(): void {
    const reign = this.reigns.get(this.leader);
    if (reign) reign.expiresAt = this.world.now + LEASE_MS;
  }

  private engineOf(owner: number): Engine {
    const { world } = this;
    return new Engine({
      fourEyes: ['live_accounts'],
      log: this.stepped(owner, this.log),
      ledger: this.ledgerOf(owner),
      exchanges: {
        venues: ['sim'],
        open: async (account) => {
          await world.step(owner, 'open');
          if (this.unreachable.has(account.name)) await new Promise(() => undefined);
          const book = this.books.get(account.id);
          const manners = MANNERS[account.name] ?? KEPT_MANNERS[account.name];
          if (!book || !manners || (this.faulty && world.chance(0.15))) throw new VenueSetupError('ACCOUNT_UNAVAILABLE', 'not now');
          if (book.isAway) throw new VenueSetupError('VENUE_UNREACHABLE', 'no connection');
          return simSession(world, book, owner, account, manners, () => this.faulty);
        },
        test: () => Promise.resolve({ ok: true, checks: [] }),
        problemWith: () => Promise.resolve(null),
        closeAccount: () => Promise.resolve(),
      },
      clock: world.clockOf(owner),
      newId: () => this.newId(),
      random: () => world.random(),
      logger: silentLogger,
      metrics,
      failpoint: () => undefined,
      secrets: { keyId: 'sim', outdated: async () => [], rewrap: () => null },
      cancelCandleJob: async () => true,
      settings: { ...ENGINE_DEFAULTS, pollMs: 500, lookMs: 3_000, ...this.settings },
      onCommitted: () => undefined,
    });
  }

  /** Group commit as in Postgres: appends take effect in the order of their calls. */
  private ledgerOf(owner: number): Ledger {
    const stepped = this.stepped(owner, this.ledger);
    const group = new GroupCommit<Change>(async (epoch, changes) => {
      await this.world.step(owner, 'append');
      await this.ledger.append(epoch, changes);
      this.watch.see(changes);
      await this.world.step(owner, 'append done');
    }, 500);
    return {
      load: stepped.load,
      handled: stepped.handled,
      approval: stepped.approval,
      booked: stepped.booked,
      ordersNamed: stepped.ordersNamed,
      recall: stepped.recall,
      append: (epoch, changes) => group.add(epoch, changes),
    };
  }

  /** The same port with a step before and after each call, so that a crash can fall on either side of its effect. */
  private stepped<T extends CommandLog | Ledger>(owner: number, port: T): T {
    const { world } = this;
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        if (name === 'waitForMore') return (ms: number, signal: AbortSignal) => world.clockOf(owner).sleep(Math.min(ms, 100), signal);
        return async (...args: unknown[]) => {
          await world.step(owner, String(name));
          const result: unknown = await member.apply(target, args);
          await world.step(owner, `${String(name)} done`);
          return result;
        };
      },
    });
  }
}

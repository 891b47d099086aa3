import type { CommandLog } from '../../src/commandlog/commandLog.ts';
import { createMemoryCommandLog } from '../../src/commandlog/memoryCommandLog.ts';
import { parseAlert } from '../../src/domain/alert/parseAlert.ts';
import { clientOrderIdFor } from '../../src/domain/ids.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import { isFinal, mayFollow } from '../../src/domain/order/transition.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ENGINE_DEFAULTS } from '../../src/engine/term.ts';
import { type Leadership, LeadershipLostError } from '../../src/leader/lease.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { createMemoryLedger } from '../../src/ledger/memoryLedger.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { simSession, VenueBook } from './simVenue.ts';
import { settle, World } from './world.ts';

const LEASE_MS = 2_000;
const MAX_POSITION = decimal(600);
const ACCOUNT = {
  id: 'acc',
  name: 'sim',
  venue: 'sim',
  market: 'swap',
  sandbox: false,
  sealedCredentials: null,
  settings: {},
  createdAt: 0,
} as const;
const HOOK = {
  id: 'hook',
  name: 'sim',
  keyHash: '',
  layers: ['ip', 'path'],
  secretHash: null,
  accountIds: ['acc'],
  allowlist: [],
  maxAgeSec: 60,
  dedupeWindowSec: 60,
  ratePoints: null,
  enabled: true,
  createdAt: 0,
} as const;
const metrics = createMetrics('sim');

export interface SimResult {
  readonly violations: readonly string[];
  readonly stats: { readonly orders: number; readonly crashes: number; readonly pauses: number; readonly steps: number };
  readonly trace: readonly string[];
}

/** One run: random alerts, a network that loses things, leaders that crash or freeze between any two awaits; then peace, and the invariants. */
export async function simulate(seed: number): Promise<SimResult> {
  const sim = new Simulation(seed);
  await sim.trouble();
  await sim.peace();
  return { violations: sim.violations(), stats: sim.stats, trace: sim.world.trace };
}

class Simulation {
  readonly world: World;
  readonly stats = { orders: 0, crashes: 0, pauses: 0, steps: 0 };
  private readonly book: VenueBook;
  private readonly log: CommandLog;
  private readonly ledger;
  private epoch = 0;
  private leader = 0;
  private frozen: { owner: number; until: number }[] = [];
  private readonly leases = new Map<number, { expiresAt: number; controller: AbortController }>();
  private faulty = true;
  private ids = 0;
  private accepted: string[] = [];

  constructor(seed: number) {
    this.world = new World(seed);
    this.book = new VenueBook(this.world);
    this.log = createMemoryCommandLog({ clock: this.world.clockOf(0) });
    this.ledger = createMemoryLedger(() => this.epoch);
  }

  async trouble(): Promise<void> {
    this.epoch = 1;
    await this.ledger.append(1, [
      { kind: 'account.put', account: ACCOUNT },
      { kind: 'hook.put', hook: HOOK },
      { kind: 'risk.set', accountId: null, limits: { ...NO_LIMITS, maxPositionNotional: MAX_POSITION }, at: this.world.now },
    ]);
    this.elect();
    let alerts = 6 + Math.floor(this.world.random() * 10);
    for (let step = 0; step < 400; step += 1) {
      if (alerts > 0 && this.world.chance(0.12)) {
        alerts -= 1;
        await this.sendAlert();
      }
      if (this.world.chance(0.012)) this.crashLeader();
      else if (this.world.chance(0.006)) this.freezeLeader();
      this.thaw();
      this.renew();
      await this.next();
    }
    while (alerts-- > 0) await this.sendAlert();
  }

  /** No more faults: everything must come to an end by itself. */
  async peace(): Promise<void> {
    this.faulty = false;
    for (let step = 0; step < 60_000; step += 1) {
      this.thaw(true);
      this.renew();
      if (step % 50 === 0 && (await this.isQuiet())) return;
      if (!(await this.next())) return;
    }
  }

  private async next(): Promise<boolean> {
    this.stats.steps += 1;
    return this.world.advance();
  }

  private async isQuiet(): Promise<boolean> {
    const open = [...this.ledger.content.orders.values()].some((order) => !isFinal(order.status));
    if (!open) this.book.fillAll();
    return !open && (await this.log.lag()) === 0;
  }

  private async sendAlert(): Promise<void> {
    const symbol = this.world.pick(['BTCUSDT', 'ETHUSDT']);
    const action = this.world.pick(['buy', 'sell', 'long', 'short', 'close', 'buy', 'sell', 'target']);
    const quantity = this.world.pick(['1', '2', '0.5']);
    const body: Record<string, string> = { action, symbol, id: `alert-${this.world.now}-${this.ids}` };
    if (action === 'target') body.position = this.world.pick(['0', '1', '-1']);
    else if (action !== 'close') body.quantity = quantity;
    if ((action === 'buy' || action === 'sell') && this.world.chance(0.3)) Object.assign(body, { type: 'limit', price: '100' });
    if ((action === 'buy' || action === 'long') && this.world.chance(0.2)) Object.assign(body, { stopLoss: '90' });
    const parsed = parseAlert(JSON.stringify(body));
    if (!parsed.ok) throw new Error(`the simulation wrote a bad alert: ${JSON.stringify(parsed.mistakes)}`);
    const copies = this.world.chance(0.3) ? 3 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const id = this.newId();
      const stored = await this.log.append({
        id,
        body: { kind: 'alert', hookId: HOOK.id, payload: parsed.payload },
        actor: { name: 'hook:sim', address: null },
        correlationId: id,
        dedupe: { key: body.id ?? '', ttlMs: 3_600_000, contentHash: parsed.fingerprint },
      });
      if (stored.kind === 'stored') this.accepted.push(stored.id);
    }
  }

  private newId(): string {
    this.ids += 1;
    return `00000000-0000-7000-8000-${this.ids.toString().padStart(12, '0')}`;
  }

  private elect(): void {
    this.epoch += 1;
    this.leader += 1;
    const owner = this.leader;
    const epoch = this.epoch;
    this.world.trace.push(`${owner} leads, epoch ${epoch}`);
    const controller = new AbortController();
    this.leases.set(owner, { expiresAt: this.world.now + LEASE_MS, controller });
    const leadership: Leadership = {
      epoch,
      signal: controller.signal,
      assertHeld: () => {
        if (this.world.now >= (this.leases.get(owner)?.expiresAt ?? 0)) throw new LeadershipLostError('the lease has run out');
      },
    };
    const engine = this.engineOf(owner);
    void engine.lead(leadership).then(
      () => this.ended(owner),
      () => this.ended(owner),
    );
  }

  private ended(owner: number): void {
    if (owner === this.leader) this.elect();
  }

  private engineOf(owner: number): Engine {
    const { world } = this;
    return new Engine({
      log: this.stepped(owner, this.log),
      ledger: this.stepped(owner, this.ledger),
      exchanges: {
        venues: ['sim'],
        open: async (account) => {
          await world.step(owner, 'open');
          return simSession(world, this.book, owner, account, () => this.faulty);
        },
        test: () => Promise.resolve({ ok: true, checks: [] }),
        closeAccount: () => Promise.resolve(),
      },
      clock: world.clockOf(owner),
      newId: () => this.newId(),
      logger: silentLogger,
      metrics,
      failpoint: () => undefined,
      settings: { ...ENGINE_DEFAULTS, pollMs: 500 },
      onCommitted: () => undefined,
    });
  }

  /** The same port with a step before and after each call, so that a crash can fall on either side of its effect. */
  private stepped<T extends CommandLog | Ledger>(owner: number, port: T): T {
    const { world } = this;
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        if (name === 'waitForMore') return (ms: number, signal: AbortSignal) => world.clockOf(owner).sleep(Math.min(ms, 50), signal);
        return async (...args: unknown[]) => {
          await world.step(owner, String(name));
          const result: unknown = await member.apply(target, args);
          await world.step(owner, `${String(name)} done`);
          return result;
        };
      },
    });
  }

  private crashLeader(): void {
    this.stats.crashes += 1;
    this.world.crash(this.leader);
    this.elect();
  }

  /** SIGSTOP: it takes no step, its lease runs out, somebody else leads; later it wakes up and believes it still does. */
  private freezeLeader(): void {
    this.stats.pauses += 1;
    const owner = this.leader;
    this.world.pause(owner);
    this.world.now = Math.max(this.world.now, this.leases.get(owner)?.expiresAt ?? 0);
    this.frozen.push({ owner, until: this.world.now + Math.floor(this.world.random() * 3_000) });
    this.elect();
  }

  private thaw(all = false): void {
    for (const { owner } of this.frozen.filter(({ until }) => all || until <= this.world.now)) this.world.resume(owner);
    this.frozen = this.frozen.filter(({ until }) => !all && until > this.world.now);
  }

  private renew(): void {
    const lease = this.leases.get(this.leader);
    if (lease) lease.expiresAt = this.world.now + LEASE_MS;
  }

  /** RELIABILITY's invariants, by number, plus two of our own. */
  violations(): string[] {
    const found: string[] = [];
    const { content } = this.ledger;
    this.stats.orders = this.book.orders.length;
    for (const [clientOrderId, count] of this.book.executions)
      if (count > 1) found.push(`I1: ${clientOrderId} was executed ${count} times`);
    for (const id of this.accepted) {
      const status = content.signals.get(id)?.status;
      if (!status || !['done', 'refused', 'failed', 'expired'].includes(status)) found.push(`I2: ${id} ended as ${status ?? 'nothing'}`);
    }
    const booked = new Set([...content.fills.values()].map(({ fill }) => fill.venueTradeId));
    const traded = new Set(this.book.orders.flatMap((order) => order.fills.map((fill) => fill.venueTradeId)));
    for (const id of traded) if (!booked.has(id)) found.push(`I4: trade ${id} is not in the ledger`);
    for (const id of booked) if (!traded.has(id)) found.push(`I4: the ledger invented trade ${id}`);
    for (const event of content.orderEvents) {
      if (event.from !== null && event.from !== event.to && !mayFollow(event.from, event.to)) found.push(`I5: ${event.from} → ${event.to}`);
    }
    for (const order of content.orders.values()) {
      const told = [...content.notices.values()].some(({ notice }) => notice.signalId === order.signalId);
      if (isFinal(order.status) && order.status !== 'canceled' && !told) found.push(`I6: nobody heard of ${order.id} (${order.status})`);
      if (order.clientOrderId !== clientOrderIdFor(order.id)) found.push(`client order id of ${order.id}`);
    }
    if (this.book.largestNotional.gt(MAX_POSITION)) found.push(`I8: the position reached ${this.book.largestNotional.toFixed()}`);
    for (const [symbol, quantity] of this.book.positions) {
      const ours = content.positions.get(`acc\0${symbol}`)?.quantity ?? ZERO;
      if (!ours.eq(quantity)) found.push(`position of ${symbol}: ours ${ours.toFixed()}, the venue's ${quantity.toFixed()}`);
    }
    return found;
  }
}

export { settle };

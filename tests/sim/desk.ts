import type { Order, OrderRole } from '../../src/domain/order/order.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import type { Actor, CommandBody } from '../../src/domain/signal/command.ts';
import type { Hook } from '../../src/domain/signal/hook.ts';
import type { EngineSettings } from '../../src/engine/term.ts';
import { ACCOUNTS, Cluster, KEPT_ACCOUNTS } from './cluster.ts';
import type { BookOrder, VenueBook } from './simBook.ts';
import { ASKING_HOOK, HOOK, Traffic } from './traffic.ts';
import { World } from './world.ts';

const STEPS_MAX = 30_000;

/** A leader at work on one account (`pushed`, unless another is named), where nothing happens but what a scenario says; the seed still orders every await. */
export class Desk {
  readonly world: World;
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly book: VenueBook;

  private readonly account: string;

  private constructor(seed: number, settings: Partial<EngineSettings>, account: string) {
    this.account = account;
    this.world = new World(seed);
    this.cluster = new Cluster(this.world, settings, [...ACCOUNTS, ...KEPT_ACCOUNTS.filter(({ name }) => name === account)]);
    this.traffic = new Traffic(this.cluster);
    const book = this.cluster.books.get(`acc-${account}`);
    if (!book) throw new Error('there is no such account');
    this.book = book;
    this.book.lag = 0;
    this.book.marketShare = () => 1;
  }

  static async open(seed: number, settings: Partial<EngineSettings> = {}, account = 'pushed'): Promise<Desk> {
    const desk = new Desk(seed, settings, account);
    await desk.cluster.prepare([
      { kind: 'hook.put', hook: { ...HOOK, accountIds: [...HOOK.accountIds, ...KEPT_ACCOUNTS.map(({ id }) => id)] } },
      { kind: 'risk.set', accountId: null, limits: NO_LIMITS, at: desk.world.now },
    ]);
    desk.cluster.elect();
    return desk;
  }

  /** Sends an alert on ETH for the account, and waits until everybody rests. Returns its part's status and code. */
  async alert(body: Readonly<Record<string, unknown>>): Promise<string> {
    const id = await this.send(body);
    await this.rest();
    return this.fate(id);
  }

  send(body: Readonly<Record<string, unknown>>): Promise<string> {
    return this.traffic.sendAlert({ symbol: 'ETHUSDT', account: this.account, ...body });
  }

  /** The same through a hook whose entries wait for a person. */
  async ask(body: Readonly<Record<string, unknown>>, hook: Hook = ASKING_HOOK): Promise<string> {
    if (!this.cluster.ledger.content.hooks.has(hook.id)) await this.command({ kind: 'hook.put', hook, change: 'created' });
    return this.traffic.sendAlert({ symbol: 'ETHUSDT', account: this.account, ...body }, 1, ASKING_HOOK.id);
  }

  fate(signalId: string): string {
    const part = this.cluster.ledger.content.parts.get(`${signalId}\0acc-${this.account}`);
    return part ? [part.status, part.code].filter(Boolean).join(' ') : 'no part';
  }

  async command(body: CommandBody, rights: Pick<Actor, 'rights'> = {}): Promise<{ status: number; body: unknown }> {
    await this.traffic.send(body, 1, rights);
    await this.rest();
    const reply = this.cluster.ledger.content.replies.get(this.traffic.accepted.at(-1)?.id ?? '');
    if (!reply) throw new Error(`nobody answered ${body.kind}`);
    return reply;
  }

  /** Until every command is acknowledged and a while has passed in which only the reader turns. */
  async rest(): Promise<void> {
    await this.until(async () => (await this.cluster.log.lag()) === 0);
    await this.steps(60);
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if (await condition()) return;
      await this.steps(1);
    }
    throw new Error(`what was waited for did not come\n${this.world.trace.slice(-40).join('\n')}`);
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) {
      this.cluster.renew();
      await this.world.advance();
    }
  }

  get held(): string {
    return [...this.book.positions.values()][0]?.toFixed() ?? '0';
  }

  /** The account's orders of a role, oldest first. */
  orders(role: OrderRole): Order[] {
    return [...this.cluster.ledger.content.orders.values()].filter(
      (order) => order.role === role && order.accountId === `acc-${this.account}`,
    );
  }

  /** Sizes of the stops that rest, oldest first. */
  get stops(): string[] {
    return this.book
      .resting()
      .filter(({ request }) => request.stopPrice !== null)
      .map(({ quantity }) => quantity.toFixed());
  }

  /** How many notices say so. */
  told(words: RegExp): number {
    return [...this.cluster.ledger.content.notices.values()].filter(({ notice }) => words.test(notice.text)).length;
  }

  resting(type: BookOrder['request']['type']): BookOrder {
    const order = this.book.resting().find(({ request }) => request.type === type);
    if (!order) throw new Error(`no ${type} order rests`);
    return order;
  }
}

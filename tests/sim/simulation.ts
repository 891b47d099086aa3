import type { Hedge } from '../../src/domain/hedge/hedge.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import { uncoveredOf } from '../../src/domain/order/guardSteps.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import { isUnfinished } from '../../src/ledger/statuses.ts';
import { ACCOUNTS, Cluster, KEPT_ACCOUNTS } from './cluster.ts';
import { canBeKnown, divergence, orphans, violationsAtRest } from './invariants.ts';
import { MAX_POSITION, SIM_MARKETS } from './simBook.ts';
import { ASKING_HOOK, HOOK, Traffic } from './traffic.ts';
import { World } from './world.ts';

/** On one seed in so many somebody trades at the venue besides us. */
const SHARED_EVERY = 4;
/** One seed in so many has its accounts in hedge mode. */
const HEDGED_EVERY = 4;
/** One in so many has a venue that pushes hints and is asked. */
const HINTED_EVERY = 3;
/** One in so many has a rule by which one account follows the other, whatever else happens on both. */
const RULED_EVERY = 5;
/** One in so many has its fees of spot taken from what is paid, not from what is bought. */
const FEES_IN_QUOTE_EVERY = 3;
/** Fees of spot leave less than the smallest order, 1 USDT, is worth at the lowest price. */
const DUST = '0.012';
/** Where prices go. Stops are placed at 90 and 110. */
const PRICES = ['85', '89', '93', '97', '100', '100', '103', '107', '111', '115'];
const RULE: Hedge = {
  ...{ id: 'rule', name: 'cover', ownerId: null, ratio: '-0.5', by: 'base', band: '20%', minIntervalSec: 1, enabled: true, createdAt: 0 },
  parent: { accountId: 'acc-pushed', symbol: 'ETH/USDT:USDT' },
  hedge: { accountId: 'acc-asked', symbol: 'ETH/USDT:USDT' },
};
/** Steps in which a run without faults must have come to rest. */
const PEACE_STEPS_MAX = 20_000;
/** The stop guarantee, and time for a doubt to be resolved and for people to be told. */
const COVERED_WITHIN_MS = 20_000;

export interface SimResult {
  readonly violations: readonly string[];
  readonly stats: { readonly orders: number; readonly crashes: number; readonly pauses: number; readonly steps: number };
  readonly trace: readonly string[];
}

/**
 * One run: random commands, a network that loses things, leaders that crash or freeze between any two awaits; then peace, and the
 * invariants. `kept`: on venues that leave pairs, changes and trailing stops to the leader, derivatives and spot, whose price moves.
 */
export async function simulate(seed: number, kept = false): Promise<SimResult> {
  const simulation = new Simulation(seed, kept);
  await simulation.trouble();
  await simulation.peace();
  return simulation.result();
}

class Simulation {
  private readonly world: World;
  private readonly cluster: Cluster;
  private readonly traffic: Traffic;
  private readonly violations: string[] = [];
  private steps = 0;
  private hands = 0;
  /** People trade at the venue besides. */
  private readonly isShared: boolean;
  private readonly isHedged: boolean;
  private readonly isKept: boolean;

  constructor(seed: number, kept: boolean) {
    this.world = new World(seed);
    this.isKept = kept;
    this.isShared = !kept && seed % SHARED_EVERY === 1;
    const nakedPosition = kept && seed % 2 === 0 ? 'flatten' : 'alarm';
    this.cluster = new Cluster(this.world, { nakedPosition }, kept ? KEPT_ACCOUNTS : ACCOUNTS);
    this.traffic = new Traffic(this.cluster, kept);
    this.isHedged = !kept && seed % RULED_EVERY === 0;
    // What a position is worth follows its price, which no limit foresees.
    if (kept) this.cluster.watch.limit = null;
    for (const book of this.cluster.books.values()) {
      book.hedged = !book.spot && seed % HEDGED_EVERY === 0;
      book.feesInBase = book.spot && seed % FEES_IN_QUOTE_EVERY !== 0;
    }
    const asked = this.cluster.books.get('acc-asked');
    if (asked) asked.hints = seed % HINTED_EVERY === 0;
  }

  async trouble(): Promise<void> {
    const { world, cluster, traffic } = this;
    const limits = this.isKept ? NO_LIMITS : { ...NO_LIMITS, maxPositionNotional: MAX_POSITION };
    const accountIds = [...cluster.books.keys()];
    await cluster.prepare([
      { kind: 'hook.put', hook: { ...HOOK, accountIds } },
      { kind: 'hook.put', hook: { ...ASKING_HOOK, accountIds } },
      { kind: 'risk.set', accountId: null, limits, at: world.now },
      ...(this.isHedged ? [{ kind: 'hedge.put' as const, hedge: RULE }] : []),
    ]);
    cluster.faulty = true;
    cluster.elect();
    let toSend = 10 + Math.floor(world.random() * 16);
    for (let step = 0; step < 400; step += 1) {
      if (toSend > 0 && world.chance(0.14)) {
        toSend -= 1;
        await traffic.sendSomething();
      }
      if (world.chance(0.012)) cluster.crashLeader();
      else if (world.chance(0.006)) cluster.freezeLeader();
      if (world.chance(0.03)) this.marketMoves(0.5);
      if (world.chance(0.001)) this.venueGoesAway();
      if (world.chance(0.01))
        world.pick([...cluster.books.values()]).payFunding(world.pick(SIM_MARKETS).symbol, world.pick(['0.0001', '-0.0003']));
      if (this.isShared && world.chance(0.008)) this.somebodyElseTrades();
      cluster.thaw();
      cluster.renew();
      await this.next();
      if (step % 60 === 0) await this.lookInside();
    }
    while (toSend-- > 0) await traffic.sendSomething();
  }

  /** No more faults: everything must come to an end by itself, and a flatten must leave nothing. */
  async peace(): Promise<void> {
    const { world, cluster, traffic } = this;
    cluster.faulty = false;
    const early = world.chance(0.5);
    if (early && this.hands === 0) await this.rest();
    for (const book of cluster.books.values()) book.awayUntil = 0;
    // A flatten closes what is known of; what was done by hand has to be found first.
    if (this.hands > 0) await this.rest();
    await traffic.send({ kind: 'trading.set', action: 'flatten', accountId: null, reason: null });
    await this.rest();
    for (const { accountId, symbol, quantity } of cluster.ledger.content.positions.values())
      if (!this.isMisled(accountId, symbol) && (cluster.books.get(accountId)?.spot ? quantity.abs().gte(DUST) : !quantity.isZero()))
        this.violations.push(`I12: after flatten ${accountId} holds ${quantity.toFixed()} ${symbol}`);
  }

  /** Orders of which somebody said that they do not exist. */
  private denied(): Order[] {
    const { cluster, traffic } = this;
    return [...cluster.ledger.content.orders.values()].filter(({ id }) => traffic.denied.has(id));
  }

  private rests(accountId: string, clientOrderId: string): boolean {
    const resting = this.cluster.books.get(accountId)?.resting() ?? [];
    return resting.some(({ request }) => request.clientOrderId === clientOrderId);
  }

  /** One of them did exist: what it filled is found after a flatten, too. */
  private isMisled(accountId: string, symbol: string): boolean {
    const executions = this.cluster.books.get(accountId)?.executions;
    return this.denied().some((order) => order.accountId === accountId && order.symbol === symbol && executions?.has(order.clientOrderId));
  }

  async result(): Promise<SimResult> {
    const { cluster, world } = this;
    this.violations.push(...(await violationsAtRest(cluster, this.traffic)));
    const orders = [...cluster.books.values()].reduce((sum, book) => sum + book.orders.length, 0);
    return { violations: this.violations, stats: { orders, ...cluster.stats, steps: this.steps }, trace: world.trace };
  }

  private async rest(): Promise<void> {
    const { cluster } = this;
    for (let step = 0; step < PEACE_STEPS_MAX; step += 1) {
      cluster.thaw(true);
      cluster.renew();
      if (step % 40 === 0 && step > 0) {
        await this.lookInside();
        this.lookForStops();
        if (await this.isQuiet()) return;
        this.marketMoves(1);
      }
      if (!(await this.next())) break;
    }
    this.violations.push('it did not come to rest');
  }

  /** Past us: trades, and cancels of what we have resting. */
  private somebodyElseTrades(): void {
    const { world } = this;
    const book = world.pick([...this.cluster.books.values()]);
    const resting = book.resting().filter(({ request }) => !request.clientOrderId.startsWith('web_'));
    const cancels = resting.length > 0 && world.chance(0.3);
    if (cancels) book.cancelByHand(world.pick(resting));
    if (cancels) return;
    if (book.hedged) return; // The ledger knows what is held in sum, not what a person holds on both sides.
    this.hands += 1;
    book.byHand(world.pick(['BTC/USDT:USDT', 'ETH/USDT:USDT']), world.pick(['buy', 'sell']), decimal(world.pick(['0.5', '1'])));
  }

  /** For longer than a few tries take, or for longer than an alert lives. */
  private venueGoesAway(): void {
    const { world, cluster } = this;
    world.pick([...cluster.books.values()]).awayUntil = world.now + (world.chance(0.9) ? 2_000 + 18_000 * world.random() : 90_000);
  }

  private marketMoves(share: number): void {
    const { world, cluster } = this;
    cluster.books.get('acc-pushed')?.move(world.chance(0.5) ? share : 1);
    if (!this.isKept) return;
    const book = world.pick([...cluster.books.values()]);
    if (world.chance(0.3)) book.move(world.chance(0.5) ? share : 1);
    else book.goTo(decimal(world.pick(PRICES)));
  }

  private async lookInside(): Promise<void> {
    const { cluster } = this;
    if (cluster.isSettled) this.violations.push(...orphans(cluster), ...(await divergence(cluster)));
  }

  /** Since when a position has lacked a stop that its plan has, as the venue sees it. */
  private readonly bare = new Map<string, number>();

  /** Undisturbed, it has one soon, or people know. */
  private lookForStops(): void {
    const { world, cluster } = this;
    if (!cluster.isSettled || cluster.faulty) return;
    for (const [accountId, book] of cluster.books)
      for (const market of SIM_MARKETS) {
        const lane = `${accountId} ${market.symbol}`;
        const stands = new Set(book.resting().map(({ request }) => request.clientOrderId));
        const orders = [...cluster.ledger.content.orders.values()]
          .filter((order) => order.accountId === accountId && order.symbol === market.symbol)
          .map((order): Order => (isFinal(order.status) || stands.has(order.clientOrderId) ? order : { ...order, status: 'unknown' }));
        const held = cluster.ledger.content.positions.get(`${accountId}\0${market.symbol}`)?.quantity ?? ZERO;
        const size = uncoveredOf({ market, orders, held });
        if (size.isZero() || book.isAway) this.bare.delete(lane);
        else if (!this.bare.has(lane)) this.bare.set(lane, world.now);
        else if (world.now - (this.bare.get(lane) ?? 0) > COVERED_WITHIN_MS && !this.wasTold(this.bare.get(lane) ?? 0))
          this.violations.push(`I16: ${size.toFixed()} of ${lane} without a stop, and nobody was told`);
      }
  }

  private wasTold(since: number): boolean {
    return [...this.cluster.ledger.content.notices.values()].some(
      ({ notice }) => notice.at >= since && /POSITION_NAKED|WITHOUT/.test(notice.text),
    );
  }

  private async isQuiet(): Promise<boolean> {
    const { cluster } = this;
    const { orders, parts } = cluster.ledger.content;
    if ([...orders.values()].some(({ status }) => !isFinal(status)) || [...parts.values()].some(({ status }) => isUnfinished(status)))
      return false;
    const { content } = cluster.ledger;
    const known = [...cluster.books].flatMap(([id, book]) => book.orders.filter((order) => canBeKnown(content, id, book, order)));
    if (content.fills.size < known.reduce((sum, order) => sum + order.fills.length, 0)) return false;
    if ([...content.drifts.values()].some(({ status }) => status === 'open')) return false;
    if (this.denied().some(({ accountId, clientOrderId }) => this.rests(accountId, clientOrderId))) return false; // A look finds it.
    return (await cluster.log.lag()) === 0 && cluster.term !== null && cluster.isSettled;
  }

  private async next(): Promise<boolean> {
    this.steps += 1;
    return this.world.advance();
  }
}

import { describe, expect } from 'vitest';
import { decimal } from '../../src/domain/money.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';
import type { VenueBook } from './simBook.ts';
import { ASKING_HOOK } from './traffic.ts';

type Levels = readonly (readonly [price: number, quantity: number])[];

/** A desk whose two accounts, `asked` and `pushed`, show these books. */
class Counter {
  readonly desk: Desk;
  readonly asked: VenueBook;

  private constructor(desk: Desk, asked: VenueBook) {
    this.desk = desk;
    this.asked = asked;
  }

  static async open(seed: number, asked: Levels, pushed: Levels): Promise<Counter> {
    const desk = await Desk.open(seed);
    const book = desk.cluster.books.get('acc-asked');
    if (!book) throw new Error('there is no such account');
    book.marketShare = () => 1;
    book.lag = 0;
    show(book, asked);
    show(desk.book, pushed);
    return new Counter(desk, book);
  }

  send(body: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.desk.send({ action: 'buy', quantity: '3', account: ['asked', 'pushed'], route: 'best', ...body });
  }

  /** Status and code of its part on an account. */
  fate(id: string, name: string): string {
    const part = this.desk.cluster.ledger.content.parts.get(`${id}\0acc-${name}`);
    return part ? [part.status, part.code].filter(Boolean).join(' ') : 'no part';
  }

  async ends(id: string): Promise<void> {
    const { content } = this.desk.cluster.ledger;
    await this.desk.until(() => ['done', 'refused', 'expired'].includes(content.signals.get(id)?.status ?? ''));
    await this.desk.rest();
  }

  /** What either account holds at its venue. */
  get held(): readonly string[] {
    return [this.asked, this.desk.book].map((book) => [...book.positions.values()][0]?.toFixed() ?? '0');
  }

  get heldInAll(): string {
    return this.held.reduce((sum, held) => sum.plus(held), decimal(0)).toFixed();
  }

  story(id: string): string {
    const { signalEvents } = this.desk.cluster.ledger.content;
    return signalEvents.flatMap(({ signalId, detail }) => (signalId === id ? [detail] : [])).join('\n');
  }
}

function show(book: VenueBook, levels: Levels): void {
  const side = levels.map(([price, quantity]) => ({ price: decimal(price), quantity: decimal(quantity) }));
  book.levels = { asks: side, bids: side };
}

describe('an order over several accounts', () => {
  scenario('is carried out once in all, where it costs least', async (seed) => {
    const counter = await Counter.open(
      seed,
      [
        [100, 1],
        [102, 9],
      ],
      [[101, 9]],
    );
    const id = await counter.send();
    await counter.ends(id);
    expect(counter.held).toEqual(['1', '2']);
    expect([counter.fate(id, 'asked'), counter.fate(id, 'pushed')]).toEqual(['done', 'done']);
    expect(counter.story(id)).toContain('routed: buy 1 on asked (100, 100 with the fee of 0 %), 2 on pushed');
  });

  scenario('goes to one account where the other is dearer with its fee, and says so there', async (seed) => {
    const counter = await Counter.open(seed, [[100, 9]], [[100, 9]]);
    counter.asked.takerFee = decimal('0.001');
    const id = await counter.send();
    await counter.ends(id);
    expect(counter.held).toEqual(['0', '3']);
    expect(counter.fate(id, 'asked')).toBe('done ROUTED_ELSEWHERE');
    expect(counter.desk.cluster.ledger.content.signals.get(id)).toMatchObject({ status: 'done', code: null });
  });

  scenario('is not shared out anew by the next leader, whatever the prices are by then', async (seed) => {
    const counter = await Counter.open(
      seed,
      [
        [100, 1],
        [102, 9],
      ],
      [[101, 9]],
    );
    const id = await counter.send();
    await counter.desk.until(() => counter.fate(id, 'asked') === 'accepted ROUTED');
    show(counter.asked, [[90, 9]]);
    counter.desk.cluster.crashLeader();
    await counter.ends(id);
    expect(counter.held).toEqual(['1', '2']);
    expect(counter.desk.cluster.ledger.content.parts.get(`${id}\0acc-asked`)?.share?.toFixed()).toBe('1');
  });

  scenario('is no more than its share where stops are canceled for it, also by the next leader', async (seed) => {
    const counter = await Counter.open(
      seed,
      [
        [101, 1],
        [99, 9],
      ],
      [[100, 9]],
    );
    for (const book of [counter.asked, counter.desk.book]) book.hedged = true;
    await counter.desk.alert({ action: 'buy', quantity: '1', stopLoss: '90' });
    const id = await counter.send({ action: 'sell' });
    await counter.desk.until(() => counter.fate(id, 'pushed') === 'accepted EXIT_OWED');
    counter.desk.cluster.crashLeader();
    await counter.ends(id);
    expect([counter.held, counter.heldInAll]).toEqual([['-1', '-1'], '-2']);
  });

  scenario('is carried out once in all, wherever leaders die', async (seed) => {
    for (let life = 4; life < 60; life += 7) {
      const counter = await Counter.open(
        seed * 100 + life,
        [
          [100, 1],
          [102, 9],
        ],
        [[101, 9]],
      );
      const id = await counter.send();
      for (let death = 0; death < 3; death += 1) {
        await counter.desk.steps(life);
        counter.desk.cluster.crashLeader();
        show(counter.asked, [[death % 2 === 0 ? 90 : 110, 9]]);
      }
      await counter.ends(id);
      expect([life, counter.heldInAll]).toEqual([life, '3']);
      for (const book of [counter.asked, counter.desk.book]) expect([...book.executions.values()].every((times) => times === 1)).toBe(true);
    }
  });

  scenario('leaves out and names an account whose venue has no price', async (seed) => {
    const counter = await Counter.open(seed, [[100, 9]], [[101, 9]]);
    await counter.desk.alert({ action: 'buy', quantity: '1', account: 'asked' });
    counter.asked.awayUntil = counter.desk.world.now + 600_000;
    const id = await counter.send();
    await counter.desk.until(() => counter.fate(id, 'pushed') === 'done');
    expect([counter.held[1], counter.fate(id, 'asked')]).toEqual(['3', 'done ROUTED_ELSEWHERE']);
    expect(counter.story(id)).toContain('asked is left out');
  });

  scenario('obeys the kill switch: what is halted takes no part, and where all is, it is refused', async (seed) => {
    const counter = await Counter.open(seed, [[100, 9]], [[101, 9]]);
    await counter.desk.command({ kind: 'trading.set', action: 'halt', accountId: 'acc-asked', reason: null });
    const id = await counter.send();
    await counter.ends(id);
    expect(counter.held).toEqual(['0', '3']);
    await counter.desk.command({ kind: 'trading.set', action: 'halt', accountId: null, reason: null });
    const refused = await counter.send({ quantity: '2' });
    await counter.ends(refused);
    expect([counter.held, counter.fate(refused, 'asked')]).toEqual([['0', '3'], 'refused TRADING_HALTED']);
  });

  scenario('keeps its place before what comes after it', async (seed) => {
    const counter = await Counter.open(
      seed,
      [
        [100, 1],
        [102, 9],
      ],
      [[101, 9]],
    );
    const id = await counter.send();
    await counter.desk.send({ action: 'close', account: ['asked', 'pushed'] });
    await counter.ends(id);
    await counter.desk.until(() => counter.held.every((held) => held === '0'));
    expect(counter.asked.orders.length + counter.desk.book.orders.length).toBeGreaterThan(2);
  });

  scenario('that a person approves is shared out then, also by the next leader', async (seed) => {
    const counter = await Counter.open(
      seed,
      [
        [100, 1],
        [102, 9],
      ],
      [[101, 9]],
    );
    const hook = { ...ASKING_HOOK, approval: { expiresSec: 600, maxDriftPercent: null } };
    const id = await counter.desk.ask({ action: 'buy', quantity: '3', account: ['asked', 'pushed'], route: 'best' }, hook);
    await counter.desk.until(() => counter.fate(id, 'pushed') === 'accepted AWAITS_APPROVAL');
    show(counter.asked, [
      [100, 2],
      [102, 9],
    ]);
    await counter.desk.traffic.send({ kind: 'signal.decide', signalId: id, decision: 'approve' });
    await counter.desk.until(() => counter.desk.cluster.ledger.content.approvals.get(id)?.decision === 'approved');
    counter.desk.cluster.crashLeader();
    await counter.ends(id);
    expect(counter.held).toEqual(['2', '1']);
  });
});

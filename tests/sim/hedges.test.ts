import { describe, expect, it } from 'vitest';
import type { Hedge } from '../../src/domain/hedge/hedge.ts';
import { decimal, ZERO } from '../../src/domain/money.ts';
import { adjustPosition } from '../../src/domain/portfolio/adjustPosition.ts';
import { NO_LIMITS } from '../../src/domain/risk/risk.ts';
import { Desk } from './desk.ts';
import { divergence } from './invariants.ts';
import { scenario } from './scenario.ts';

const ETH = 'ETH/USDT:USDT';
const BTC = 'BTC/USDT:USDT';
/** The account `pushed` is hedged on `asked`, whose venue must be asked what became of an order. */
const RULE: Hedge = {
  ...{ id: 'rule', name: 'cover', ownerId: null, ratio: '-1', by: 'base', band: '10%', minIntervalSec: 1, enabled: true, createdAt: 0 },
  parent: { accountId: 'acc-pushed', symbol: 'ETHUSDT' },
  hedge: { accountId: 'acc-asked', symbol: 'ETHUSDT' },
};

async function openHedged(seed: number, rule: Partial<Hedge> = {}): Promise<Desk> {
  const desk = await Desk.open(seed);
  const reply = await desk.command({ kind: 'hedge.put', hedge: { ...RULE, ...rule }, change: 'created' });
  expect(reply).toMatchObject({ status: 201 });
  return desk;
}

function held(desk: Desk, accountId = 'acc-asked', symbol = ETH) {
  return desk.cluster.books.get(accountId)?.positions.get(symbol) ?? ZERO;
}

/** Nothing is decided that is not carried out, and nothing is on its way. */
function isQuiet(desk: Desk): boolean {
  const { content } = desk.cluster.ledger;
  return (
    [...content.hedgeProgress.values()].every(({ state }) => state === 'done') &&
    [...content.orders.values()].every(({ status }) => status !== 'open')
  );
}

async function untilFollows(desk: Desk, ratio = '-1', band = '0.1'): Promise<void> {
  await desk.until(() => {
    const ideal = held(desk, 'acc-pushed').mul(ratio);
    return held(desk).minus(ideal).abs().lte(ideal.abs().mul(band)) && isQuiet(desk);
  });
}

/** Of the parent less than a step is left, as a fee in coins leaves it. */
function leaveDust(desk: Desk): void {
  const account = desk.cluster.term?.state.accounts.get('acc-pushed');
  const position = account?.positions.get(ETH);
  if (!position) throw new Error('nothing is held');
  desk.book.positions.set(ETH, decimal('0.0004'));
  const { entry, position: after } = adjustPosition(position, decimal('0.0004'), null);
  const about = { id: 'dust', accountId: 'acc-pushed', symbol: ETH, reason: 'a fee', at: desk.world.now };
  void desk.cluster.term?.commit([{ kind: 'position.adjusted', ...about, entry, position: after }]);
}

/** Steps of the rule as the ledger has them; each is one signal. */
function signals(desk: Desk) {
  return [...desk.cluster.ledger.content.signals.values()].filter(({ signal }) => signal.source === 'hedge');
}

describe('a hedge', () => {
  scenario('follows its parent as that fills in parts, and unwinds when it is closed', async (seed) => {
    const desk = await openHedged(seed);
    await desk.alert({ action: 'buy', quantity: '2', type: 'limit', price: '100' });
    for (const share of [0.5, 0.04, 0.5, 1]) {
      desk.book.trade(desk.resting('limit'), share);
      await untilFollows(desk);
    }
    expect(signals(desk).every(({ signal }) => signal.actor.name === 'hedge:cover' && signal.tag === 'hedge:cover')).toBe(true);
    await desk.alert({ action: 'close' });
    await desk.until(() => held(desk).isZero() && isQuiet(desk));
    await desk.rest();
    expect(await divergence(desk.cluster)).toEqual([]);
  });

  scenario('is corrected once for each step when leaders die between any two of them', async (seed) => {
    const desk = await openHedged(seed);
    for (const quantity of ['1', '2', '1.5']) {
      void desk.send({ action: 'target', position: quantity });
      for (let i = 0; i < 12; i += 1) {
        await desk.steps(3 + Math.floor(desk.world.random() * 25));
        desk.cluster.crashLeader();
      }
      await desk.until(() => held(desk, 'acc-pushed').eq(quantity));
      await untilFollows(desk);
    }
    await desk.rest();
    for (const book of desk.cluster.books.values()) for (const count of book.executions.values()) expect(count).toBe(1);
    const ids = signals(desk).map(({ signal }) => signal.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await divergence(desk.cluster)).toEqual([]);
  });

  scenario('turns with its parent as one ordered operation', async (seed) => {
    const desk = await openHedged(seed);
    await desk.alert({ action: 'long', quantity: '1' });
    await untilFollows(desk);
    await desk.alert({ action: 'short', quantity: '2' });
    await desk.until(() => held(desk).toFixed() === '2' && isQuiet(desk));
  });

  scenario('reckoned in money follows prices', async (seed) => {
    const desk = await openHedged(seed, { by: 'notional', hedge: { accountId: 'acc-asked', symbol: 'BTCUSDT' }, ratio: '-0.5' });
    const asked = desk.cluster.books.get('acc-asked');
    if (!asked) throw new Error('no such account');
    asked.price = decimal(400);
    await desk.alert({ action: 'buy', quantity: '2' });
    await desk.until(() => held(desk, 'acc-asked', BTC).toFixed() === '-0.25' && isQuiet(desk));
    asked.price = decimal(200);
    await desk.until(() => held(desk, 'acc-asked', BTC).toFixed() === '-0.5' && isQuiet(desk));
  });

  scenario('opens nothing while only exits are allowed, reduces then, and does nothing while halted', async (seed) => {
    const desk = await openHedged(seed);
    const mode = (action: 'halt' | 'reduce_only' | 'resume') =>
      desk.command({ kind: 'trading.set', action, accountId: 'acc-asked', reason: null });
    await mode('reduce_only');
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.rest();
    expect(signals(desk)).toEqual([]);
    await mode('resume');
    await untilFollows(desk);
    await mode('halt');
    await desk.alert({ action: 'close', quantity: '50%' });
    await desk.rest();
    expect(held(desk).toFixed()).toBe('-1');
    await mode('reduce_only');
    await desk.until(() => held(desk).toFixed() === '-0.5');
  });

  scenario('that is refused is told once and tried less and less often, then told to be well', async (seed) => {
    const desk = await openHedged(seed);
    await desk.command({ kind: 'risk.set', accountId: 'acc-asked', limits: { ...NO_LIMITS, maxOrderNotional: '50' } });
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.until(() => (desk.cluster.ledger.content.hedgeProgress.get('rule')?.failures ?? 0) >= 3);
    const words = (text: string) =>
      [...desk.cluster.ledger.content.notices.values()].filter(({ notice }) => notice.text.includes(text)).length;
    expect(words('does not follow its parent: ORDER_NOTIONAL_LIMIT')).toBe(1);
    expect(signals(desk).length).toBeLessThanOrEqual(4);
    await desk.command({ kind: 'risk.set', accountId: 'acc-asked', limits: { ...NO_LIMITS } });
    await untilFollows(desk);
    await desk.until(() => words('follows its parent again') === 1);
  });

  scenario('that is refused more leaves with its parent all the same, at once', async (seed) => {
    const desk = await openHedged(seed);
    await desk.alert({ action: 'buy', quantity: '2' });
    await untilFollows(desk);
    await desk.command({ kind: 'risk.set', accountId: 'acc-asked', limits: { ...NO_LIMITS, maxPositionNotional: '210' } });
    await desk.alert({ action: 'buy', quantity: '2' });
    const failures = () => desk.cluster.ledger.content.hedgeProgress.get('rule')?.failures ?? 0;
    await desk.until(() => failures() >= 5);
    for (const [position, hedge] of [
      ['1', '-1'],
      ['0', '0'],
    ] as const) {
      const from = desk.world.now;
      await desk.alert({ action: 'target', position });
      await desk.until(() => held(desk).eq(hedge) && isQuiet(desk));
      expect(desk.world.now - from).toBeLessThan(30_000);
      expect(failures()).toBe(0);
    }
  });

  scenario('that is refused as it reduces is tried less and less often, too', async (seed) => {
    const desk = await openHedged(seed);
    await desk.alert({ action: 'buy', quantity: '2' });
    await untilFollows(desk);
    await desk.command({ kind: 'trading.set', action: 'halt', accountId: 'acc-asked', reason: null });
    await desk.alert({ action: 'close' });
    const asked = desk.cluster.books.get('acc-asked');
    asked?.mishaps.push(...Array.from({ length: 4 }, () => ({ call: 'place', kind: 'refused' }) as const));
    await desk.command({ kind: 'trading.set', action: 'resume', accountId: 'acc-asked', reason: null });
    const from = desk.world.now;
    await desk.until(() => held(desk).isZero() && isQuiet(desk));
    expect([desk.world.now - from > 60_000, signals(desk).length]).toEqual([true, 6]);
  });

  scenario('that is given another name waits for what it ordered under the one before', async (seed) => {
    const rule = { ...RULE, parent: RULE.hedge, hedge: RULE.parent };
    const desk = await openHedged(seed, rule);
    desk.book.marketShare = () => 0.5;
    await desk.alert({ account: 'asked', action: 'buy', quantity: '2' });
    await desk.until(() => desk.held === '-1');
    await desk.command({ kind: 'hedge.put', hedge: { ...rule, name: 'renamed' }, change: 'updated' });
    await desk.steps(500);
    const [first, ...more] = desk.book.orders;
    if (!first) throw new Error('nothing was ordered');
    desk.book.trade(first, 1);
    await desk.rest();
    expect([desk.held, more.length]).toEqual(['-2', 0]);
  });

  scenario('does not outlive a parent of which less is left than can be traded', async (seed) => {
    const desk = await openHedged(seed, { band: '0.5' });
    await desk.alert({ action: 'buy', quantity: '1' });
    await desk.until(() => held(desk).eq('-1') && isQuiet(desk));
    await desk.alert({ action: 'close', quantity: '60%' });
    await desk.until(() => held(desk).eq('-0.4') && isQuiet(desk));
    leaveDust(desk);
    await desk.until(() => held(desk).isZero() && isQuiet(desk));
  });

  scenario('that was stopped leaves its position, and a step under way is void', async (seed) => {
    const desk = await openHedged(seed);
    await desk.alert({ action: 'buy', quantity: '1' });
    await untilFollows(desk);
    await desk.command({ kind: 'hedge.switch', hedgeId: 'rule', enabled: false });
    await desk.alert({ action: 'close' });
    await desk.rest();
    expect(held(desk).toFixed()).toBe('-1');
    await desk.command({ kind: 'hedge.switch', hedgeId: 'rule', enabled: true });
    await desk.until(() => held(desk).isZero());
    const { step = 0 } = desk.cluster.ledger.content.hedgeProgress.get('rule') ?? {};
    const payload = JSON.stringify({ action: 'target', symbol: ETH, account: 'asked', position: '5' });
    expect(await desk.command({ kind: 'hedge.trade', hedgeId: 'rule', step, payload })).toMatchObject({ status: 409 });
    expect(held(desk).isZero()).toBe(true);
  });
});

describe('rules', () => {
  it('are refused where they would chase each other, share a position, or keep their account from going', async () => {
    const desk = await openHedged(1);
    const back = { ...RULE, id: 'back', name: 'back', parent: RULE.hedge, hedge: RULE.parent };
    expect(await desk.command({ kind: 'hedge.put', hedge: back, change: 'created' })).toMatchObject({
      status: 409,
      body: { code: 'HEDGE_CYCLE' },
    });
    const rival = { ...RULE, id: 'rival', name: 'rival', parent: { accountId: 'acc-pushed', symbol: 'BTCUSDT' } };
    expect(await desk.command({ kind: 'hedge.put', hedge: rival, change: 'created' })).toMatchObject({
      status: 409,
      body: { code: 'HEDGE_TAKEN' },
    });
    const lost = { ...RULE, id: 'lost', name: 'lost', hedge: { accountId: 'acc-asked', symbol: 'NOPE' } };
    expect(await desk.command({ kind: 'hedge.put', hedge: lost, change: 'created' })).toMatchObject({
      status: 422,
      body: { code: 'SYMBOL_UNKNOWN' },
    });
    await desk.command({ kind: 'hook.remove', hookId: 'hook' });
    expect(await desk.command({ kind: 'account.remove', accountId: 'acc-asked' })).toMatchObject({
      status: 409,
      body: { code: 'ACCOUNT_IN_USE' },
    });
    expect(await desk.command({ kind: 'hedge.remove', hedgeId: 'rule' })).toMatchObject({ status: 200 });
    expect(desk.cluster.ledger.content.hedges.size).toBe(0);
  });
});

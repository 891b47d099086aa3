import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Market } from '../market/market.ts';
import { type Decimal, decimal, ZERO } from '../money.ts';
import { hedgeProblem } from './checkHedge.ts';
import { bandOf, decideHedge, type HedgeFacts, idealHedge } from './decideHedge.ts';
import { type Hedge, type HedgeProgress, nextDecisionAt } from './hedge.ts';

const MARKET: Market = {
  ...{ symbol: 'ETH/USDT:USDT', venueSymbol: 'ETHUSDT', type: 'swap', base: 'ETH', quote: 'USDT' },
  ...{ tickSize: decimal('0.01'), stepSize: decimal('0.01'), minQuantity: decimal('0.02'), minNotional: ZERO },
};
const RULE: Hedge = {
  ...{ id: 'h', name: 'cover', ownerId: null, ratio: '-1', by: 'base', band: '5%', minIntervalSec: 5, enabled: true, createdAt: 0 },
  parent: { accountId: 'a', symbol: 'ETH/USDT' },
  hedge: { accountId: 'b', symbol: 'ETH/USDT:USDT' },
};
const facts = (parent: string, held: string, more: Partial<HedgeFacts> = {}): HedgeFacts => {
  return {
    parentQuantity: decimal(parent),
    parentMarket: null,
    held: decimal(held),
    market: MARKET,
    prices: null,
    mode: 'active',
    ...more,
  };
};
const decide = (rule: Partial<Hedge>, given: HedgeFacts): string => {
  const decision = decideHedge({ ...RULE, ...rule }, given);
  return decision.kind === 'trade' ? decision.target.toFixed() : decision.kind;
};

describe('a hedge', () => {
  it.each([
    ['follows its parent', {}, facts('2', '0'), '-2'],
    ['is left alone within its band', {}, facts('2', '-1.9'), 'keep'],
    ['is corrected beyond it', {}, facts('2', '-1.89'), '-2'],
    ['unwinds when its parent is closed, whatever the band', { band: '10' }, facts('0', '-0.05'), '0'],
    ['unwinds when less of its parent is left than can be traded', { band: '10' }, facts('0.019', '-0.05', { parentMarket: MARKET }), '0'],
    ['turns with its parent', {}, facts('-1', '-1'), '1'],
    ['has a band in base units', { band: '0.5' }, facts('2', '-1.5'), 'keep'],
    ['is a ratio', { ratio: '-0.333' }, facts('1', '0'), '-0.33'],
    ['is not corrected by less than can be traded', { band: '0' }, facts('1', '-0.99'), 'keep'],
    ['by notional needs prices', { by: 'notional' }, facts('1', '0'), 'no_price'],
    ['by notional needs none to unwind', { by: 'notional' }, facts('0', '-1'), '0'],
    ['by notional is worth as much', { by: 'notional' }, facts('1', '0', { prices: { parent: decimal(50), hedge: decimal(20) } }), '-2.5'],
    ['decides nothing while trading is halted', {}, facts('2', '0', { mode: 'halted' }), 'keep'],
    ['opens nothing where only exits are allowed', {}, facts('2', '-1', { mode: 'reduce_only' }), 'keep'],
    ['reduces where only exits are allowed', {}, facts('1', '-2', { mode: 'reduce_only' }), '-1'],
    ['turns no further than flat where only exits are allowed', {}, facts('-1', '-2', { mode: 'reduce_only' }), '0'],
  ] as const)('%s', (_name, rule, given, result) => expect(decide(rule, given)).toBe(result));

  it('once corrected is within its band, or off by less than can be traded, and stays so', () => {
    const size = fc.integer({ min: -100_000, max: 100_000 }).map((steps) => decimal(steps).mul('0.001'));
    const rule = fc.record({
      ratio: fc.constantFrom('-1', '-0.5', '1.37', '2'),
      band: fc.constantFrom('0', '1%', '10%', '0.3'),
      by: fc.constantFrom('base' as const, 'notional' as const),
    });
    const price = fc.integer({ min: 1, max: 9000 }).map((cents) => decimal(cents).div(100));
    fc.assert(
      fc.property(rule, size, size, price, price, (terms, parentQuantity, held, parent, hedge) => {
        const given: HedgeFacts = { parentQuantity, parentMarket: null, held, market: MARKET, prices: { parent, hedge }, mode: 'active' };
        const first = decideHedge(terms, given);
        const after: Decimal = first.kind === 'trade' ? first.target : held;
        const ideal = idealHedge(terms, given);
        if (ideal === null) throw new Error('prices are known');
        expect(after.minus(ideal).abs().lte(bandOf(terms, ideal).plus(MARKET.minQuantity).plus(MARKET.stepSize))).toBe(true);
        expect(decideHedge(terms, { ...given, held: after }).kind).toBe('keep');
      }),
    );
  });
});

describe('rules beside each other', () => {
  const leg = (accountId: string, symbol = 'X') => ({ accountId, symbol });
  const rule = (id: string, parent: string, hedge: string): Hedge => ({ ...RULE, id, name: id, parent: leg(parent), hedge: leg(hedge) });

  it.each([
    ['itself', rule('h', 'a', 'a'), [], 'HEDGE_CYCLE'],
    ['each other', rule('h', 'b', 'a'), [rule('g', 'a', 'b')], 'HEDGE_CYCLE'],
    ['in a ring', rule('h', 'c', 'a'), [rule('g', 'a', 'b'), rule('f', 'b', 'c')], 'HEDGE_CYCLE'],
    ['the same position', rule('h', 'a', 'c'), [rule('g', 'b', 'c')], 'HEDGE_TAKEN'],
    ['in a chain', rule('h', 'b', 'c'), [rule('g', 'a', 'b')], null],
    ['their former selves', rule('h', 'a', 'b'), [rule('h', 'a', 'b')], null],
  ] as const)('%s', (_name, wanted, others, code) => expect(hedgeProblem(wanted, others)?.code ?? null).toBe(code));
});

it('a rule that came to nothing waits twice as long each time, and no longer than a quarter of an hour', () => {
  const after = (failures: number): number => {
    const progress: HedgeProgress = {
      hedgeId: 'h',
      step: 1,
      commandId: 'c',
      target: '0',
      state: 'done',
      code: null,
      message: null,
      failures,
      at: 0,
    };
    return nextDecisionAt(RULE, progress) / 1000;
  };
  expect([0, 1, 2, 3, 30].map(after)).toEqual([5, 10, 20, 40, 900]);
});

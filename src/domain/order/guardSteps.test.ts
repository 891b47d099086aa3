import { describe, expect, it } from 'vitest';
import type { Market, Quote } from '../market/market.ts';
import { decimal, ZERO } from '../money.ts';
import { type GuardFacts, guardSteps, uncoveredOf } from './guardSteps.ts';
import { orderWith, SPOT } from './order.fixtures.ts';
import type { Order } from './order.ts';

const SWAP: Market = { ...SPOT, type: 'swap' };

const ENTRY = orderWith({
  ...{ type: 'market', price: null, venueOrderId: 'v', status: 'filled', filledQuantity: decimal('1'), filledNotional: decimal('100') },
});
const leg = { ...ENTRY, side: 'sell', parentId: 'entry', parentShare: decimal('100'), ocoGroup: 'pair', filledQuantity: ZERO } as const;
const STOP: Order = { ...leg, id: 'stop', leg: 2, role: 'stop_loss', type: 'stop', stopPrice: decimal('90'), status: 'open' };
const GAIN: Order = { ...leg, id: 'gain', leg: 1, role: 'take_profit', type: 'limit', price: decimal('110'), status: 'open' };
const WATCHED: Order = { ...GAIN, status: 'intent', code: 'WATCHED', progress: { watched: true } };
const STANDS_BY: Order = { ...STOP, status: 'intent', code: 'STANDS_BY', progress: { standsBy: true } };

function quoteAt(price: string): Quote {
  const at = decimal(price);
  return { symbol: 'BTC/USDT', bid: at, ask: at, last: at, at: 0, source: 'test' };
}

function facts(orders: readonly Order[], over: Partial<GuardFacts> = {}): GuardFacts {
  return {
    market: SPOT,
    orders: [ENTRY, ...orders],
    held: decimal('1'),
    tiedBy: 'leader',
    exitUnderWay: false,
    quote: quoteAt('100'),
    guaranteeMs: 10_000,
    nowMs: 100_000,
    ...over,
  };
}

function steps(orders: readonly Order[], over: Partial<GuardFacts> = {}): string[] {
  return guardSteps(facts(orders, over)).map(
    (step) => `${step.kind} ${step.order.id}${'quantity' in step ? ` ${step.quantity.toFixed()}` : ''}`,
  );
}

describe('what the guard does next', () => {
  const reached = { quote: quoteAt('110') };
  const table: readonly (readonly [name: string, orders: readonly Order[], over: Partial<GuardFacts>, wanted: readonly string[]])[] = [
    ['nothing while all is as promised', [WATCHED, STOP], {}, []],
    ['makes the stop give way when the price is reached', [WATCHED, STOP], reached, ['make_way stop']],
    ['does so again when its cancel came to nothing', [WATCHED, { ...STOP, progress: { standsBy: true } }], reached, ['make_way stop']],
    ['lets it stay when the price has gone before', [WATCHED, { ...STOP, progress: { standsBy: true } }], {}, ['stay stop']],
    ['takes the profit once the stop is gone', [WATCHED, STANDS_BY], reached, ['take gain 1']],
    ['puts the stop back when the price has gone', [WATCHED, STANDS_BY], {}, ['put_back stop 1']],
    ['waits while the profit is being taken', [{ ...WATCHED, status: 'submitted', code: null }, STANDS_BY], reached, []],
    [
      'does not wait for ever when that is in doubt',
      [{ ...WATCHED, status: 'unknown', code: 'VENUE_TIMEOUT', updatedAt: 90_000 }, STANDS_BY],
      reached,
      ['put_back stop 1'],
    ],
    [
      'drops the stop when the profit is taken',
      [{ ...WATCHED, status: 'filled', code: null, filledQuantity: decimal('1') }, STANDS_BY],
      { held: ZERO },
      ['cancel stop'],
    ],
    [
      'puts it back for what a partly taken profit left',
      [{ ...WATCHED, filledQuantity: decimal('0.4'), progress: { watched: true, triedAt: 99_000 } }, STANDS_BY],
      { held: decimal('0.6'), quote: quoteAt('110') },
      ['put_back stop 0.6'],
    ],
    [
      'does not let a leg grow past what others have left of the position',
      [
        { ...GAIN, parentShare: decimal('75'), quantity: decimal('0.5'), filledQuantity: decimal('0.25'), status: 'partially_filled' },
        { ...STOP, parentShare: decimal('75'), quantity: decimal('0.5'), status: 'unknown' },
        { ...STOP, id: 'other', leg: 4, parentShare: decimal('25'), ocoGroup: 'other', status: 'filled', filledQuantity: decimal('0.25') },
      ],
      { market: SWAP, held: decimal('0.25') },
      [],
    ],
    [
      'leaves a stop that stands for just what a partly taken profit left',
      [
        { ...WATCHED, filledQuantity: decimal('0.4') },
        { ...STOP, quantity: decimal('0.6') },
      ],
      { held: decimal('0.6') },
      [],
    ],
    ['leaves both alone while an exit is under way', [WATCHED, STANDS_BY], { ...reached, exitUnderWay: true }, []],
    [
      'goes on with a change that was begun',
      [{ ...STOP, progress: { change: { quantity: '1', price: null, stopPrice: null, was: '0.5' } } }],
      {},
      ['replace stop'],
    ],
    [
      'gives up a stop that cannot be placed',
      [{ ...STOP, status: 'intent', code: 'VENUE_WOULD_TRIGGER', progress: { bareSince: 99_000, hopeless: true } }],
      {},
      ['settle stop'],
    ],
    ['not before its time', [{ ...STOP, status: 'intent', code: 'VENUE_REJECTED', progress: { bareSince: 91_000, retryAt: 1 } }], {}, []],
    ['but then', [{ ...STOP, status: 'intent', code: 'VENUE_REJECTED', progress: { bareSince: 90_000, retryAt: 1 } }], {}, ['settle stop']],
    ['but not one that was never sent', [{ ...STOP, status: 'intent', code: null, progress: { bareSince: 1 } }], {}, []],
  ];
  it.each(table)('%s', (_, orders, over, wanted) => {
    expect(steps(orders, over)).toEqual(wanted);
  });

  it('on derivatives takes from the one what the other filled', () => {
    const gain: Order = { ...GAIN, filledQuantity: decimal('0.4'), status: 'partially_filled' };
    expect(steps([gain, STOP], { market: SWAP, held: decimal('0.6') })).toEqual(['resize stop 0.6']);
    expect(steps([{ ...gain, filledQuantity: decimal('1'), status: 'filled' }, STOP], { market: SWAP, held: ZERO })).toEqual([
      'cancel stop',
    ]);
  });

  it('makes a stop grow only where something is not covered: after a partial exit it has its size', () => {
    const half: Order = { ...STOP, ocoGroup: null, quantity: decimal('0.5') };
    expect(steps([half], { tiedBy: 'venue' })).toEqual(['resize stop 1']);
    expect(steps([half], { tiedBy: 'venue', held: decimal('0.5') })).toEqual([]);
  });
});

describe('what of a position has no stop', () => {
  it.each([
    ['a stop that stands', [STOP], '0'],
    ['one that is on its way', [{ ...STOP, status: 'submitted' }], '1'],
    ['one in doubt', [{ ...STOP, status: 'unknown' }], '1'],
    ['one that covers half', [{ ...STOP, quantity: decimal('0.5') }], '0.5'],
    ['no stop at all: nothing is promised', [], '0'],
    ['one that was canceled as asked: nothing is promised any more', [{ ...STOP, status: 'canceled' }], '0'],
  ] as [string, Order[], string][])('%s', (_, orders, wanted) => {
    expect(uncoveredOf(facts(orders)).toFixed()).toBe(wanted);
  });

  it('leaves out on spot what a resting exit has locked', () => {
    const exit: Order = {
      ...leg,
      id: 'exit',
      parentId: null,
      ocoGroup: null,
      role: 'exit',
      type: 'limit',
      quantity: decimal('0.5'),
      status: 'open',
    };
    const half: Order = { ...STOP, ocoGroup: null, quantity: decimal('0.5') };
    expect(uncoveredOf(facts([half, exit])).toFixed()).toBe('0');
    expect(guardSteps(facts([half, exit]))).toEqual([]);
  });
});

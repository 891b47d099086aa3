import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../alert/alert.ts';
import { parseAlert } from '../alert/parseAlert.ts';
import { clientOrderIdFor, orderIdFor } from '../ids.ts';
import { type Decimal, decimal, ZERO } from '../money.ts';
import { factsFor, intentLine, openOrder } from './planSignal.fixtures.ts';
import { type Plan, type PlanFacts, planSignal } from './planSignal.ts';

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';

function alertOf(text: string): Alert {
  const parsed = parseAlert(text);
  if (!parsed.ok) expect.fail(JSON.stringify(parsed.mistakes));
  return parsed.alert;
}

function plan(text: string, facts: PlanFacts): Plan {
  const result = planSignal(alertOf(text), facts);
  if (!result.ok) expect.fail(result.refusal.message);
  return result;
}

function lines(text: string, facts: PlanFacts): string[] {
  const { intents } = plan(text, facts);
  return intents.map((intent) => intentLine(intent, intents));
}

function refusal(text: string, facts: PlanFacts): string {
  const result = planSignal(alertOf(text), facts);
  return result.ok ? 'planned' : `${result.refusal.code}: ${result.refusal.message}`;
}

describe('identity', () => {
  it('legs carry the ids that any other instance would give them', () => {
    const { intents } = plan('buy X 0.01 tp=2% sl=1%', factsFor(SPOT));
    for (const [leg, intent] of intents.entries()) {
      expect(intent.id).toBe(orderIdFor('signal-1', 'account-1', leg));
      expect(intent.clientOrderId).toBe(clientOrderIdFor(intent.id));
      expect(intent.leg).toBe(leg);
    }
    expect(intents[1]?.ocoGroup).toBe(`${intents[0]?.id}:0`);
  });
});

describe('minimums', () => {
  it('says the minimum and what was computed', () => {
    expect(refusal('buy X 0.000004', factsFor(SPOT))).toContain(
      'QUANTITY_TOO_SMALL: The quantity 0.000004 BTC is below the minimum 0.00001.',
    );
    expect(refusal('buy X 0.00009', factsFor(SPOT))).toContain('0.00009 BTC at 50000 is worth 4.5 USDT, below the minimum 5 USDT');
  });

  it('cuts an iceberg into so many parts and no more, however its size is written', () => {
    const facts = factsFor(SPOT);
    const able: PlanFacts = { ...facts, capabilities: { ...facts.capabilities, orderTypes: ['limit', 'iceberg'] } };
    for (const size of ['200%', '20000 USDT', '0.4'])
      expect(refusal(`buy X ${size} type=iceberg price=50000 display=0.0002`, able)).toContain(
        'TOO_MANY_PARTS: Showing 0.0002 of 0.4 BTC at a time takes more than 1000 orders; show at least 0.0004.',
      );
    expect(lines('buy X 10000 USDT type=iceberg price=50000 display=0.0002', able)).toHaveLength(1);
  });

  it('exactly the minimum is enough', () => {
    expect(lines('buy X 5 USDT', factsFor(SPOT))).toEqual(['0 entry buy 0.0001 BTC/USDT market']);
  });

  it('a reduce-only exit has no minimum value, so a small swap position can be closed', () => {
    const market = { ...factsFor(SWAP).market, minNotional: decimal('100') };
    expect(lines('close X', factsFor(SWAP, { market, position: decimal('0.001') }))).toEqual([
      '0 exit sell 0.001 BTC/USDT:USDT market reduce-only',
    ]);
  });
});

describe('without a price', () => {
  it('an entry at market is refused, a limit entry and an exit are not', () => {
    expect(refusal('buy X 0.01', factsFor(SPOT, { quote: null }))).toContain('PRICE_UNAVAILABLE');
    expect(lines('buy X 10% type=limit price=50000', factsFor(SPOT, { quote: null }))).toEqual([
      '0 entry buy 0.02 BTC/USDT limit price=50000',
    ]);
    expect(lines('close X', factsFor(SPOT, { quote: null, position: decimal('0.5') }))).toEqual(['0 exit sell 0.5 BTC/USDT market']);
  });

  it('exits measured from an unknown entry are refused', () => {
    const market = { ...factsFor(SPOT).market, minNotional: ZERO };
    expect(refusal('buy X 0.01 sl=49000', factsFor(SPOT, { market, quote: null }))).toContain('PRICE_UNAVAILABLE');
  });

  it('equity that could not be valued refuses only what is sized by it', () => {
    expect(refusal('buy X 10%', factsFor(SPOT, { equity: null }))).toContain('PRICE_UNAVAILABLE');
    expect(lines('buy X 0.01', factsFor(SPOT, { equity: null }))).toHaveLength(1);
  });
});

describe('sizing', () => {
  it('a sale is reckoned with the bid, a stop with its trigger', () => {
    expect(lines('sell X 4999 USDT', factsFor(SWAP))).toEqual(['0 entry sell 0.1 BTC/USDT:USDT market']);
    expect(lines('buy X 10% type=stop stopPrice=62500', factsFor(SPOT))).toEqual(['0 entry buy 0.016 BTC/USDT stop stop=62500']);
  });

  it('risk counts the distance to an absolute stop, of a short too', () => {
    expect(lines('short X 1% risk sl=50990', factsFor(SWAP))[0]).toBe('0 entry sell 0.1 BTC/USDT:USDT market');
  });

  it('equity below zero buys nothing', () => {
    expect(refusal('buy X 10%', factsFor(SPOT, { equity: decimal('-5') }))).toContain('QUANTITY_TOO_SMALL');
  });
});

describe('spot sales and fees', () => {
  const facts = (owned: string): PlanFacts => factsFor(SPOT, { position: decimal('1'), baseBalance: decimal(owned) });

  it('half a percent short is a fee, more is a mistake', () => {
    expect(lines('sell X 1', facts('0.9951'))).toEqual(['0 exit sell 0.9951 BTC/USDT market']);
    expect(refusal('sell X 1', facts('0.994'))).toContain('SHORT_NOT_SUPPORTED');
  });

  it('coins bought elsewhere can be sold', () => {
    expect(lines('sell X 0.5', factsFor(SPOT, { position: ZERO, baseBalance: decimal('2') }))).toEqual(['0 exit sell 0.5 BTC/USDT market']);
  });

  it('a buy on spot is always an entry, also where the ledger shows less than nothing', () => {
    expect(lines('buy X 0.1', factsFor(SPOT, { position: decimal('-1') }))).toEqual(['0 entry buy 0.1 BTC/USDT market']);
    expect(plan('close X', factsFor(SPOT, { position: decimal('-1') })).code).toBe('NO_POSITION');
  });
});

describe('cancel', () => {
  const facts = factsFor(SPOT, { openOrders: [openOrder(SPOT, 'a', 'entry', 'grid'), openOrder(SPOT, 'b', 'stop_loss', 'grid')] });

  it.each([
    ['cancel X orderId=a', ['a']],
    ['cancel X orderId=client-b', ['b']],
    ['cancel X orderId=venue-b', ['b']],
    ['cancel X orderId=a tag=other', []],
    ['cancel X tag=grid', ['a', 'b']],
  ])('%s takes %j', (text, ids) => expect(plan(text, facts).cancels).toEqual(ids));
});

describe('an alert built by hand rather than parsed', () => {
  it('is refused for what the parser would have caught', () => {
    const facts = factsFor(SWAP, { position: decimal('1') });
    const codes = [
      { ...alertOf('buy X 1'), quantity: null },
      { ...alertOf('target X 1'), position: null },
      { ...alertOf('buy X 1'), quantity: { kind: 'risk', percent: decimal('1') } as const },
      { ...alertOf('close X'), quantity: { kind: 'quote', amount: decimal('1'), asset: 'USDT' } as const },
    ].map((alert) => planSignal(alert, facts));
    expect(codes.map((result) => (result.ok ? 'planned' : result.refusal.code))).toEqual([
      'QUANTITY_MISSING',
      'QUANTITY_MISSING',
      'RISK_NEEDS_STOP_LOSS',
      'FEATURE_NOT_SUPPORTED',
    ]);
  });
});

describe('for any alert and any position', () => {
  const steps = (count: number, step: string): Decimal => decimal(step).mul(count);
  const text = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('buy', 'sell', 'long', 'short'),
        fc.constantFrom('0.5', '10%', '250 USDT', '0.0001234567'),
        fc.constantFrom('', 'sl=1%', 'tp=2%', 'sl=1% tp=1%:33,2%:33', 'type=stop stopPrice=50500 sl=3%', 'type=limit price=49000 tp=5%'),
      )
      .map((parts) => parts.join(' ').replace(' ', ' X ')),
    fc.constantFrom('close X', 'close X 33%', 'close X 0.1', 'close X type=limit price=50100'),
    fc.integer({ min: -800, max: 800 }).map((size) => `target X ${steps(size, '0.001').toFixed()}`),
  );
  const facts = fc
    .record({ swap: fc.boolean(), position: fc.integer({ min: -700, max: 700 }), fee: fc.constantFrom('1', '0.999') })
    .map(({ swap, position, fee }) => {
      const held = steps(position, '0.001');
      return swap ? factsFor(SWAP, { position: held }) : factsFor(SPOT, { position: held.abs(), baseBalance: held.abs().mul(fee) });
    });

  it('a plan is the same twice, tradable, and never sells more than there is', () => {
    fc.assert(
      fc.property(text, facts, (alert, given) => {
        const result = planSignal(alertOf(alert), given);
        expect(planSignal(alertOf(alert), given)).toEqual(result);
        if (!result.ok) return;
        const { intents } = result;
        expect(new Set(intents.map((intent) => intent.id)).size).toBe(intents.length);
        expect(intents.map((intent) => intent.leg)).toEqual(intents.map((_, leg) => leg));
        expect(intents.length === 0).toBe(result.code !== null);
        for (const intent of intents) {
          if (intent.parentShare === null) {
            expect(intent.quantity.mod(given.market.stepSize).toFixed()).toBe('0');
            expect(intent.quantity.gte(given.market.minQuantity)).toBe(true);
          }
          if (intent.reduceOnly && intent.role === 'exit') expect(intent.quantity.lte(given.position.abs())).toBe(true);
          if (given.baseBalance && intent.side === 'sell' && intent.parentId === null)
            expect(intent.quantity.lte(given.baseBalance)).toBe(true);
          if (intent.ocoGroup) expect(intents.filter((other) => other.ocoGroup === intent.ocoGroup)).toHaveLength(2);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('every share of an entry with a stop has exactly one stop', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom('sl=1%', 'sl=1% tp=2%', 'sl=1% tp=1%:33,2%:33', 'sl=1% tp=1%:12.5'), (given, exits) => {
        const { intents } = plan(`buy X 1.5 ${exits}`, given);
        const stops = intents.filter((intent) => intent.role === 'stop_loss').map((intent) => intent.parentShare ?? ZERO);
        const covered = stops.reduce((sum, share) => sum.plus(share), ZERO);
        const opened = given.position.isNegative() ? decimal('1.5').plus(given.position) : decimal('1.5');
        expect(covered.mul('1.5').div(100).toDecimalPlaces(12).toFixed()).toBe(opened.toDecimalPlaces(12).toFixed());
      }),
    );
  });

  it('filled market legs of a target end at the target', () => {
    fc.assert(
      fc.property(fc.integer({ min: -800, max: 800 }), fc.integer({ min: -700, max: 700 }), (target, position) => {
        const given = factsFor(SWAP, { position: steps(position, '0.001') });
        const { intents } = plan(`target X ${steps(target, '0.001').toFixed()}`, given);
        const end = intents.reduce(
          (sum, intent) => (intent.side === 'buy' ? sum.plus(intent.quantity) : sum.minus(intent.quantity)),
          given.position,
        );
        expect(end.toFixed()).toBe(steps(target, '0.001').toFixed());
      }),
    );
  });
});

describe('hedge mode', () => {
  const hedged = (position: string, overrides: Partial<PlanFacts> = {}): PlanFacts => {
    const facts = factsFor(SWAP, { position: decimal(position), ...overrides });
    return { ...facts, capabilities: { ...facts.capabilities, hedged: true } };
  };

  it('leaves a position with one order and enters the other side with the next', () => {
    expect(lines('buy X 1 sl=1%', hedged('-0.4', { openOrders: [openOrder(SWAP, 'sl', 'stop_loss', null)] }))).toEqual([
      '0 exit buy 0.4 BTC/USDT:USDT market reduce-only',
      '1 entry buy 0.6 BTC/USDT:USDT market after=0',
      '2 stop_loss sell 0 BTC/USDT:USDT stop stop=49500 reduce-only after=1 share=100',
    ]);
    expect(plan('buy X 1', hedged('-0.4', { openOrders: [openOrder(SWAP, 'sl', 'stop_loss', null)] })).cancels).toEqual(['sl']);
  });

  it('is one order where nothing turns: adding, reducing, opening', () => {
    expect(lines('buy X 1', hedged('0.4'))).toEqual(['0 entry buy 1 BTC/USDT:USDT market']);
    expect(lines('buy X 0.4', hedged('-0.4'))).toEqual(['0 exit buy 0.4 BTC/USDT:USDT market reduce-only']);
    expect(lines('sell X 1', hedged('0'))).toEqual(['0 entry sell 1 BTC/USDT:USDT market']);
  });

  it('only leaves when what goes beyond the position is too little to trade', () => {
    const { intents, notes } = plan('buy X 0.40005', hedged('-0.4'));
    expect(intents.map((intent) => intentLine(intent, intents))).toEqual(['0 exit buy 0.4 BTC/USDT:USDT market reduce-only']);
    expect(notes.join(' ')).toContain('Only the position is left');
  });

  it('opens nothing while an entry of the other side is open', () => {
    const facts = hedged('0', { openOrders: [openOrder(SWAP, 'e', 'entry', null)] });
    for (const text of ['buy X 1', 'long X 1', 'target X position=1']) expect(refusal(text, facts)).toContain('side by side');
    expect(lines('sell X 1', facts)).toEqual(['0 entry sell 1 BTC/USDT:USDT market']);
    expect(lines('close X', { ...facts, position: decimal('1') })).toEqual(['0 exit sell 1 BTC/USDT:USDT market reduce-only']);
  });

  it('never plans an order that could leave a long and a short, whatever is held and asked', () => {
    const sizes = fc.integer({ min: -3000, max: 3000 }).map((steps) => decimal(steps).mul('0.001'));
    fc.assert(
      fc.property(sizes, sizes, fc.constantFrom('buy', 'sell', 'long', 'short', 'target'), (position, size, action) => {
        const words = action === 'target' ? `target X position=${size.toFixed()}` : `${action} X ${size.abs().plus('0.001').toFixed()}`;
        const result = planSignal(alertOf(words), hedged(position.toFixed()));
        if (!result.ok) return;
        let held = position;
        for (const { role, side, quantity } of result.intents) {
          const signed = side === 'buy' ? quantity : quantity.neg();
          if (role === 'entry') expect(held.isZero() || held.isNegative() === signed.isNegative()).toBe(true);
          else expect(quantity.lte(held.abs()) && held.isNegative() !== signed.isNegative()).toBe(true);
          held = held.plus(signed);
        }
      }),
    );
  });
});

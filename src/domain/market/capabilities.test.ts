import { describe, expect, it } from 'vitest';
import { capabilitiesOf, FEATURES, type FeatureTable, type Support, type Wanted, whyNot } from './capabilities.ts';

const NATIVE: Support = { kind: 'native', how: 'here' };
const GONE: Support = { kind: 'refused', reason: 'It is gone.', instead: 'Take the other.' };
const ALL = Object.fromEntries(FEATURES.map((feature) => [feature, NATIVE])) as Record<(typeof FEATURES)[number], Support>;
const table = (overrides: Partial<FeatureTable>): FeatureTable => ({ ...ALL, ...overrides });
const LIMIT: Wanted = { type: 'limit', timeInForce: 'GTC', postOnly: false, reduceOnly: false, tied: false };

describe('what a venue is asked for', () => {
  it('is let through when its table has all of it', () => {
    expect(whyNot(capabilitiesOf(ALL, [], 0), { ...LIMIT, timeInForce: 'GTD', postOnly: true, reduceOnly: true, tied: true })).toBeNull();
  });

  it.each<[keyof FeatureTable, Partial<Wanted>]>([
    ['stop', { type: 'stop' }],
    ['GTD', { timeInForce: 'GTD' }],
    ['post_only', { postOnly: true }],
    ['reduce_only', { reduceOnly: true }],
    ['oco', { tied: true }],
  ])('is refused for want of %s, in the words of the table', (feature, wanted) => {
    const can = capabilitiesOf(table({ [feature]: GONE }), [], 0);
    expect(whyNot(can, { ...LIMIT, ...wanted })).toBe('It is gone. Take the other.');
    expect(whyNot(can, LIMIT)).toBeNull();
  });

  it.each<[string, Partial<Wanted>]>([
    ['whole or not at all', { type: 'market', timeInForce: 'FOK' }],
    ['never fills at once', { postOnly: true, timeInForce: 'IOC' }],
    ['Only a limit order can be post-only', { type: 'stop_limit', postOnly: true }],
  ])('is refused when it contradicts itself: %s', (words, wanted) => {
    expect(whyNot(capabilitiesOf(ALL, [], 0), { ...LIMIT, ...wanted })).toContain(words);
  });

  it('is refused when the venue has each of it and not together', () => {
    const clash = { types: ['limit'], features: ['GTD'], along: 'post_only', reason: 'Not both.', instead: 'Take one.' } as const;
    const can = capabilitiesOf(ALL, [clash], 0);
    expect(whyNot(can, { ...LIMIT, timeInForce: 'GTD' })).toBeNull();
    expect(whyNot(can, { ...LIMIT, timeInForce: 'GTD', postOnly: true })).toBe('Not both. Take one.');
  });

  it('is refused where nobody has written down words for it, naming what there is', () => {
    const { refusals: _, ...silent } = capabilitiesOf(table({ stop: GONE, stop_limit: GONE, trailing_stop: GONE }), [], 0);
    expect(whyNot(silent, { ...LIMIT, type: 'stop' })).toBe('There are no stop orders here, only market, limit, iceberg, twap, vwap.');
  });
});

import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../money.ts';
import { causeOf } from './drift.ts';

const STEP = decimal('0.001');
const NOTHING = { stepSize: STEP, unbooked: false, pending: ZERO, undisturbed: false };

describe('the cause of a difference', () => {
  it.each([
    ['less than a step is dust, whatever else is known', '1', '0.9991', { ...NOTHING, unbooked: true }, 'fee_dust'],
    ['an execution of ours that is not booked', '0', '1', { ...NOTHING, unbooked: true, undisturbed: true }, 'missed_fill'],
    ['as much as an order of ours may have filled', '0', '1', { ...NOTHING, pending: decimal('1') }, 'partial_fill'],
    ['not in the other direction', '1', '0', { ...NOTHING, pending: decimal('1') }, 'unexplained'],
    ['not more than that', '0', '2', { ...NOTHING, pending: decimal('1'), undisturbed: true }, 'manual_change'],
    ['changed while nothing of ours was at work', '1', '0', { ...NOTHING, undisturbed: true }, 'manual_change'],
    ['nobody knows', '1', '0', NOTHING, 'unexplained'],
  ] as const)('%s', (_name, held, venue, facts, cause) => {
    expect(causeOf({ held: decimal(held), venue: decimal(venue) }, facts)).toBe(cause);
  });
});

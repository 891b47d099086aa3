import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, ZERO } from '../money.ts';
import { type Claim, judgeClaim, nextClaim } from './claim.ts';

const NOON = Date.UTC(2026, 2, 1, 12);

function alert(prev: string | null, position: string | null, time: number | null = NOON) {
  return { prevPosition: prev === null ? null : decimal(prev), position: position === null ? null : decimal(position), time };
}

function claim(prev: string | null, position: string | null, time: number | null = NOON, gapFrom: string | null = null): Claim {
  const gap = gapFrom === null ? null : decimal(gapFrom);
  return { ...alert(prev, position, time), ...KEY, gapFrom: gap, signalId: 's', seq: 1, at: NOON };
}

const KEY = { hookId: 'h', strategy: '', symbol: 'BTCUSDT', accountId: 'a' };
const ONE = decimal('1');

describe('an alert and the one before it', () => {
  it.each([
    ['goes on from where the last one ended', alert('1', '0', NOON + 1), claim('0', '1'), ONE, 'fits'],
    ['within the same time, too', alert('1', '0'), claim('0', '1'), ONE, 'fits'],
    ['opens again within the same time', alert('0', '1'), claim('1', '0'), ZERO, 'fits'],
    ['starts from elsewhere', alert('1', '0', NOON + 1), claim('1', '0'), ZERO, 'missed'],
    ['is older', alert('0', '1', NOON - 1), claim('1', '0'), ZERO, 'late'],
    ['fills the gap that the last one left', alert('0', '1'), claim('1', '0', NOON, '0'), ZERO, 'late'],
    ['opens again a second after a gap', alert('0', '1', NOON + 1_000), claim('1', '0', NOON, '0'), ZERO, 'fits'],
    ['fits another gap', alert('3', '1'), claim('1', '0', NOON, '0'), ZERO, 'missed'],
    ['ends where the last one began, and starts elsewhere', alert('2', '1'), claim('1', '0'), ZERO, 'late'],
    ['claims nothing', alert(null, null, NOON + 1), claim('1', '0'), ZERO, 'fits'],
    ['the last one did not say where it led', alert('5', '6', NOON + 1), claim('1', null), ZERO, 'fits'],
    ['the first of all opens', alert('0', '1'), null, ZERO, 'fits'],
    ['the first of all goes on with what is held', alert('3', '0'), null, ONE, 'fits'],
    ['the first of all goes on with what nobody holds', alert('3', '0'), null, ZERO, 'missed'],
    ['a short, told without its sign', alert('1', '0', NOON + 1), claim('0', '-1'), ONE, 'fits'],
    ['a short where there was a long', alert('-1', '0', NOON + 1), claim('0', '1'), ONE, 'missed'],
    ['two without times, in order', alert('1', '2', null), claim('0', '1', null), ONE, 'fits'],
    ['two without times, the wrong way round', alert('0', '1', null), claim('1', '2', null, '0'), ONE, 'late'],
  ] as const)('%s', (_name, given, last, held, kind) => {
    expect(judgeClaim(given, NOON + 1_000, last, held).kind).toBe(kind);
  });

  it('without times means another one of its kind, a minute later', () => {
    expect(judgeClaim(alert('0', '1', null), NOON + 60_000, claim('1', '0', null, '0'), ZERO).kind).toBe('fits');
  });

  it('leaves a gap once: what fills it is late, what comes then is not', () => {
    const about = { signalId: 's', seq: 1, at: NOON };
    const close = alert('1', '0');
    const gap = nextClaim(KEY, close, about, null, judgeClaim(close, NOON, null, ZERO));
    const open = alert('0', '1');
    const verdict = judgeClaim(open, NOON, gap, ZERO);
    expect(verdict.kind).toBe('late');
    const filled = nextClaim(KEY, open, about, gap, verdict);
    expect([filled.position?.toFixed(), judgeClaim(open, NOON, filled, ZERO).kind]).toEqual(['0', 'fits']);
  });

  /** A strategy's positions one after the other; the size before has no sign, and several are of one second. */
  const CHAIN = fc.array(fc.record({ position: fc.integer({ min: -2, max: 2 }), later: fc.boolean() }), { minLength: 2, maxLength: 12 });

  function alertsOf(chain: readonly { readonly position: number; readonly later: boolean }[]) {
    let [held, time] = [0, NOON];
    return chain.flatMap(({ position, later }) => {
      if (position === held) return [];
      if (later) time += 1_000;
      const told = alert(String(Math.abs(held)), String(position), time);
      held = position;
      return [told];
    });
  }

  function judgeAll(alerts: readonly ReturnType<typeof alert>[]): string[] {
    let last: Claim | null = null;
    return alerts.map((given, seq) => {
      const verdict = judgeClaim(given, NOON, last, ZERO);
      last = nextClaim(KEY, given, { signalId: String(seq), seq, at: NOON }, last, verdict);
      return verdict.kind;
    });
  }

  it('is never called missing or late where all of them come in order', () => {
    const property = fc.property(CHAIN, (chain) => {
      expect(judgeAll(alertsOf(chain)).filter((kind) => kind !== 'fits')).toEqual([]);
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});

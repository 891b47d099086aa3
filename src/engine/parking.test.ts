import { beforeEach, describe, expect, it } from 'vitest';
import { laneKey, type Obstacle, type Parked, Parking } from './parking.ts';

const LANE = laneKey('a', 'BTC/USDT');
const OTHER = laneKey('a', 'ETH/USDT');

describe('what is set aside', () => {
  let parking: Parking;
  let woken: string[];
  beforeEach(() => {
    parking = new Parking();
    woken = [];
  });

  function park(lane: string, ticket: number, waitsFor: Obstacle, more: Partial<Parked> = {}): void {
    const name = `${lane === LANE ? 'BTC' : 'ETH'} ${ticket}`;
    parking.park(lane, {
      ...{ accountId: 'a', ticket, waitsFor, notBefore: 0, expiresAt: 1_000, closes: false },
      resume: () => woken.push(name),
      supersede: () => woken.push(`${name} superseded`),
      ...more,
    });
  }

  it('keeps its place in the lane, also when it is set aside again', () => {
    for (const ticket of [2, 3, 1]) park(LANE, ticket, 'venue');
    expect([parking.hasEarlier(LANE, 1), parking.hasEarlier(LANE, 2), parking.hasEarlier(OTHER, 9)]).toEqual([false, true, false]);
    parking.resumeAll(LANE);
    expect([woken, parking.size]).toEqual([['BTC 1', 'BTC 2', 'BTC 3'], 0]);
  });

  it('is tried one at a time while the venue is out of reach, the oldest first', () => {
    park(OTHER, 2, 'venue');
    park(LANE, 1, 'venue');
    park(LANE, 3, 'turn');
    parking.resumeOneDue('a', 0);
    expect([woken, parking.size]).toEqual([['BTC 1'], 2]);
  });

  it('is tried again from the front of its lane, and never past what still waits', () => {
    park(LANE, 1, 'price', { notBefore: 500 });
    park(LANE, 2, 'turn');
    park(OTHER, 3, 'doubt');
    park(OTHER, 4, 'turn');
    parking.resumeDue('a', 499);
    expect(woken).toEqual([]);
    parking.resumeDue('a', 500);
    expect(woken).toEqual(['BTC 1', 'BTC 2']);
  });

  it('is woken when it is too old, whatever stands before it', () => {
    park(LANE, 1, 'doubt', { expiresAt: 2_000 });
    park(LANE, 2, 'turn');
    parking.resumeExpired(1_000);
    expect(woken).toEqual(['BTC 2']);
  });

  it('is void after a close, save what stays', () => {
    park(LANE, 1, 'venue');
    park(LANE, 2, 'venue', { supersede: null, closes: true });
    expect(parking.holdsClose(LANE)).toBe(true);
    parking.supersedeAll(LANE);
    expect([woken, parking.size]).toEqual([['BTC 1 superseded'], 1]);
  });

  it('learns of a halt at once, in its scope, and what the leader owes stays', () => {
    park(LANE, 1, 'doubt');
    park(LANE, 2, 'doubt', { expiresAt: Number.POSITIVE_INFINITY });
    park(laneKey('b', 'BTC/USDT'), 3, 'doubt', { accountId: 'b' });
    parking.resumeForbidden('a');
    expect([woken, parking.size]).toEqual([['BTC 1'], 2]);
  });
});

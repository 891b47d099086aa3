import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.ts';

function lanesOf(venues: number, inFlight = 4) {
  const errors: unknown[] = [];
  const venueOf = (lane: string): string => lane.slice(0, lane.indexOf('|'));
  return { errors, lanes: new Lanes({ inFlight, onError: (error) => errors.push(error), venueOf, venues: () => venues }) };
}

const never = () => new Promise(() => undefined);

describe('lanes', () => {
  it('run the tasks of one lane in order, urgent ones first', async () => {
    const { lanes } = lanesOf(1);
    const ran: string[] = [];
    const task = (name: string) => async (): Promise<void> => void ran.push(name);
    await Promise.all([
      lanes.enqueue('v|1', task('first')),
      lanes.enqueue('v|1', task('alert')),
      lanes.enqueue('v|1', task('report'), 'urgent'),
    ]);
    expect([ran, lanes.size]).toEqual([['first', 'report', 'alert'], 0]);
  });

  it('of a venue that does not answer leave the others their share', async () => {
    const { lanes } = lanesOf(2);
    for (let lane = 0; lane < 10; lane += 1) void lanes.enqueue(`dead|${lane}`, never);
    const ran: string[] = [];
    await Promise.all(Array.from({ length: 10 }, (_, lane) => lanes.enqueue(`live|${lane}`, async () => ran.push(`live ${lane}`))));
    expect(ran).toHaveLength(10);
  });

  it('of the only venue may use everything', () => {
    const { lanes } = lanesOf(1);
    let running = 0;
    for (let lane = 0; lane < 10; lane += 1)
      void lanes.enqueue(`v|${lane}`, () => {
        running += 1;
        return never();
      });
    expect(running).toBe(4);
  });

  it('go on after a task that throws, and tell what it threw', async () => {
    const { lanes, errors } = lanesOf(1);
    const bug = new Error('a bug');
    await lanes.enqueue('v|1', () => Promise.reject(bug));
    let ran = false;
    await lanes.enqueue('v|1', async () => {
      ran = true;
    });
    expect([errors, ran]).toEqual([[bug], true]);
  });
});

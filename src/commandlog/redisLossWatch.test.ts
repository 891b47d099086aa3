import { beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from './redisIncident.ts';
import { RedisLossWatch } from './redisLossWatch.ts';

describe('a Redis that forgot', () => {
  let incidents: Incident[];
  let watch: RedisLossWatch;
  beforeEach(() => {
    incidents = [];
    watch = new RedisLossWatch((incident) => incidents.push(incident));
    watch.answered(watch.sending(), '0-0', 1_000);
  });
  const stretches = () => incidents.map((incident) => incident.kind === 'commands lost' && [incident.afterSeq, incident.uptoSeq]);

  it('is told of once, with the stretch that may be gone', () => {
    const [first, second] = [watch.sending(), watch.sending()];
    watch.answered(first, '400-0', 2_000);
    watch.answered(second, '400-0');
    watch.answered(watch.sending(), '2000-0');
    expect(stretches()).toEqual([[400, 1_000]]);
  });

  it('is not suspected because answers are looked at in another order than they were given', () => {
    const [append, read] = [watch.sending(), watch.sending()];
    watch.answered(read, '3000-0');
    watch.answered(append, '1000-0', 3_000);
    watch.answered(watch.sending(), '3000-0', 4_000);
    expect(incidents).toEqual([]);
  });

  it('can forget again', () => {
    watch.answered(watch.sending(), '0-0', 500);
    watch.answered(watch.sending(), '0-0');
    expect(stretches()).toEqual([
      [0, 1_000],
      [0, 500],
    ]);
  });
});

import { expect, it } from 'vitest';
import type { Submit } from '../../api/commandClient.ts';
import type { Ban } from '../../gateway/banBook.ts';
import { tellBans } from './tellBans.ts';

it('people hear of each ban, but of a storm only of ten a minute, and then how many more there were', () => {
  let now = 0;
  const told: string[] = [];
  const submit: Submit = async (body) => {
    if (body.kind === 'notice.raise') told.push(body.text);
    return { kind: 'timeout', commandId: 'c' };
  };
  const tell = tellBans(submit, { now: () => now, monotonic: () => now, sleep: async () => undefined });
  const ban = (n: number): Ban => ({ subject: { shared: false, address: `203.0.113.${n}` }, since: 0, until: 3_600_000, level: 1 });
  for (let n = 0; n < 30; n++) tell(ban(n));
  expect(told).toHaveLength(10);
  expect(told[0]).toBe(
    'Banned 203.0.113.0 until 1970-01-01T01:00:00.000Z: too many refused requests. Lift it with: signalman ban lift 203.0.113.0.',
  );
  now = 60_000;
  tell({ ...ban(31), subject: { shared: true, address: '203.0.113.31' }, level: 2 });
  expect(told[10]).toContain('Banned unknown keys from 203.0.113.31 (its hooks go on)');
  expect(told[10]).toContain('ban number 2 in a row');
  expect(told[10]).toContain('20 more were banned');
  tell(ban(32));
  expect(told[11]).not.toContain('more were banned');
});

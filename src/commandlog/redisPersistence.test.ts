import { describe, expect, it } from 'vitest';
import { judgePersistence } from './redisPersistence.ts';

const SAFE = { appendonly: 'yes', appendfsync: 'always', save: '', maxmemory: '0', 'maxmemory-policy': 'noeviction' };
const HIDDEN = { appendonly: null, appendfsync: null, save: null, maxmemory: null, 'maxmemory-policy': null };

describe('what Redis may lose', () => {
  const cases = [
    { name: 'every write waits for the disk', settings: SAFE, durability: 'always', says: /survives a crash/ },
    {
      name: 'the disk is waited for each second',
      settings: { ...SAFE, appendfsync: 'everysec' },
      durability: 'about a second',
      says: /last second/,
    },
    { name: 'the disk is never waited for', settings: { ...SAFE, appendfsync: 'no' }, durability: 'weak', says: /half minute/ },
    { name: 'nothing is written', settings: { ...SAFE, appendonly: 'no' }, durability: 'weak', says: /loses everything:/ },
    {
      name: 'only snapshots',
      settings: { ...SAFE, appendonly: 'no', save: '3600 1' },
      durability: 'weak',
      says: /since its last snapshot/,
    },
    { name: 'settings are hidden', settings: HIDDEN, durability: 'unknown', says: /does not show its settings/ },
  ] as const;
  it.each(cases)('$name', ({ settings, durability, says }) => {
    const report = judgePersistence(settings, 'redis_version:7.0.15\r\n');
    expect(report.durability).toBe(durability);
    expect(report.lines).toEqual([expect.stringMatching(says)]);
  });

  it('a memory limit that throws data away is pointed out, unless there is no limit', () => {
    const evicting = { ...SAFE, 'maxmemory-policy': 'allkeys-lru' };
    expect(judgePersistence({ ...evicting, maxmemory: '1000000' }, '').lines[1]).toMatch(/noeviction/);
    expect(judgePersistence(evicting, '').lines).toHaveLength(1);
  });

  it('an old version and a disk that takes nothing are pointed out', () => {
    const { lines } = judgePersistence(SAFE, 'redis_version:6.2.1\r\naof_last_write_status:err\r\n');
    expect(lines[1]).toMatch(/Redis 6 is too old/);
    expect(lines[2]).toMatch(/could not write/);
  });
});

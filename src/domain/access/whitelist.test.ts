import { describe, expect, it } from 'vitest';
import { builtInEntries, combineEntries, settingsEntries } from './presets.ts';
import { refuseEntry, shutOutAt, shutsOut, type WhitelistEntry } from './whitelist.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const ME = '192.0.2.1';

function entry(cidr: string, fields: Partial<WhitelistEntry> = {}): WhitelistEntry {
  return {
    ...{ id: cidr, cidr, label: '', scope: 'api', source: 'admin' },
    ...{ expiresAt: null, createdBy: 'token:admin', createdAt: NOW },
    ...fields,
  };
}

describe('what may be listed', () => {
  const refusal = (of: WhitelistEntry, force = false) => refuseEntry(of, { now: NOW, force })?.code ?? null;

  it.each([
    ['an address', entry('192.0.2.1'), null],
    ['a block', entry('10.0.0.0/16'), null],
    ['IPv6', entry('2001:db8::/32'), null],
    ['an hour', entry('192.0.2.1', { expiresAt: NOW + HOUR }), null],
    ['a name', entry('office'), 'NOT_AN_ADDRESS'],
    ['another spelling', entry('10.1.2.3/16'), 'NOT_AN_ADDRESS'],
    ['the whole internet', entry('0.0.0.0/0'), 'NETWORK_TOO_WIDE'],
    ['a very wide network', entry('10.0.0.0/8'), 'NETWORK_TOO_WIDE'],
    ['a very wide IPv6 network', entry('2001::/16'), 'NETWORK_TOO_WIDE'],
    ['a label without end', entry('192.0.2.1', { label: 'x'.repeat(81) }), 'LABEL_TOO_LONG'],
    ['a label with a line break', entry('192.0.2.1', { label: 'a\nb' }), 'LABEL_NOT_TEXT'],
    ['the past', entry('192.0.2.1', { expiresAt: NOW }), 'EXPIRY_IN_THE_PAST'],
    ['a decade', entry('192.0.2.1', { expiresAt: NOW + 3_650 * 24 * HOUR }), 'EXPIRY_TOO_FAR'],
  ])('%s', (_name, of, code) => expect(refusal(of)).toBe(code));

  it('a very wide network with force, and the whole internet never', () => {
    expect(refusal(entry('10.0.0.0/8'), true)).toBeNull();
    expect(refusal(entry('0.0.0.0/0'), true)).toBe('NETWORK_TOO_WIDE');
    expect(refusal(entry('::/0'), true)).toBe('NETWORK_TOO_WIDE');
  });
});

describe('when the API is closed to an address', () => {
  const whenOut = (entries: WhitelistEntry[]) => shutOutAt(entries, ME, NOW);

  it('never, while nobody is listed for it', () => {
    expect(whenOut([])).toBeNull();
    expect(whenOut([entry('198.51.100.1', { scope: 'global' }), entry('198.51.100.1', { expiresAt: NOW })])).toBeNull();
  });

  it('now, when only others are listed', () => {
    expect(whenOut([entry('198.51.100.1')])).toBe(NOW);
    expect(whenOut([entry('198.51.100.1'), entry('192.0.2.0/24')])).toBeNull();
  });

  it('at the end of its own entry, while one of others goes on', () => {
    const mine = entry(ME, { expiresAt: NOW + HOUR });
    expect(whenOut([mine])).toBeNull();
    expect(whenOut([mine, entry('198.51.100.1')])).toBe(NOW + HOUR);
    expect(whenOut([mine, entry('198.51.100.1', { expiresAt: NOW + HOUR })])).toBeNull();
    expect(whenOut([mine, entry('198.51.100.1', { expiresAt: NOW + 2 * HOUR })])).toBe(NOW + HOUR);
  });

  it('a change counts as locking out only when it makes that so, or sooner', () => {
    const [mine, others] = [entry(ME), entry('198.51.100.1')];
    const brief = entry(ME, { expiresAt: NOW + HOUR });
    const changes = (before: WhitelistEntry[], after: WhitelistEntry[]) => shutsOut(before, after, { address: ME, now: NOW });
    expect(changes([], [others])).toBe(true);
    expect(changes([mine, others], [others])).toBe(true);
    expect(changes([mine, others], [brief, others])).toBe(true);
    expect(changes([mine], [])).toBe(false);
    expect(changes([brief, others], [brief, others, entry('203.0.113.1')])).toBe(false);
    expect(changes([brief, others], [entry(ME, { expiresAt: NOW + 60_000 }), others])).toBe(true);
    expect(changes([others], [others, mine])).toBe(false);
  });
});

it('a stored list of a preset stands in for the built-in one of every hook, and leaves the settings alone', () => {
  const fixed = [...settingsEntries('IP_ALLOWLIST', 'global', ['10.1.2.3/8', '10.0.0.0/8']), ...builtInEntries('tradingview')];
  expect(fixed).toHaveLength(5);
  const stored = entry('203.0.113.5', { scope: 'global', source: 'preset:tradingview' });
  expect(combineEntries(fixed, [stored]).map(({ cidr }) => cidr)).toEqual(['10.0.0.0/8', '203.0.113.5']);
  expect(combineEntries(fixed, [{ ...stored, scope: 'hook:h1' }])).toHaveLength(6);
});

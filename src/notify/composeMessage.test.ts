import { describe, expect, it } from 'vitest';
import type { NoticeSeverity, OutboxItem } from '../ledger/ledger.ts';
import { composeMessage, composeMessages } from './composeMessage.ts';

function item(seq: number, text: string, severity: NoticeSeverity = 'info'): OutboxItem {
  const id = `01a1f99a-3081-766c-88ef-7098${seq.toString(16).padStart(8, '0')}`;
  return { id, seq, text, severity, audience: 'trading', signalId: null, correlationId: null, at: 0, attempts: 0 };
}

const burst = (count: number, text = 'Filled'): [OutboxItem, ...OutboxItem[]] => [
  item(0, text),
  ...Array.from({ length: count - 1 }, (_, index) => item(index + 1, text)),
];

describe('composeMessage', () => {
  it('sends a few notices one by one, each with its event id', () => {
    expect(composeMessage([item(1, 'one'), item(2, 'two')], 4096)).toEqual({ items: [item(1, 'one')], parts: ['one\n#00000001'] });
  });

  it('marks what needs a look', () => {
    expect(composeMessage([item(1, 'Refused', 'warning')], 4096).parts).toEqual(['⚠️ Refused\n#00000001']);
    expect(composeMessage([item(1, 'Unknown', 'critical')], 4096).parts).toEqual(['🚨 Unknown\n#00000001']);
  });

  it('makes one digest of a burst, with the event id of each', () => {
    const waiting = [...burst(4), item(9, 'Refused', 'warning')] as const;
    const { items, parts } = composeMessage([...waiting], 4096);
    expect(items).toEqual(waiting);
    expect(parts).toEqual(['5 notices\nFilled #00000000\nFilled #00000001\nFilled #00000002\nFilled #00000003\n⚠️ Refused #00000009']);
  });

  it('sends a critical notice alone whatever waits behind it', () => {
    const critical = item(99, 'Unknown', 'critical');
    expect(composeMessage([critical, ...burst(50)], 4096).items).toEqual([critical]);
  });

  it('fills a digest only as far as a message goes, and leaves the rest for the next', () => {
    const { items, parts } = composeMessage(burst(500, 'x'.repeat(100)), 4096);
    expect(items).toHaveLength(36);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.length).toBeLessThanOrEqual(4096);
    expect(parts[0]).toMatch(/^36 notices\n/);
  });

  it('splits a notice that is too long for a message, even in a burst', () => {
    const long = item(0, 'y'.repeat(10_000));
    const { items, parts } = composeMessage([long, ...burst(10)], 4096);
    expect(items).toEqual([long]);
    expect(parts).toHaveLength(3);
    for (const [index, part] of parts.entries()) {
      expect(part.length).toBeLessThanOrEqual(4096);
      expect(part.endsWith(`\n(${index + 1}/3) #00000000`)).toBe(true);
    }
  });

  it('neither splits nor digests where a message may be of any length', () => {
    const long = item(0, 'y'.repeat(10_000));
    const messages = composeMessages([long, ...burst(10)], null);
    expect(messages.map(({ items, parts }) => [items.length, parts.length])).toEqual(Array(11).fill([1, 1]));
    expect(messages[0]?.parts).toEqual([`${long.text}\n#00000000`]);
  });
});

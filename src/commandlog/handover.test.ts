import { describe, expect, it } from 'vitest';
import type { Command } from '../domain/signal/command.ts';
import { createHandover } from './handover.ts';

const command = (seq: number): Command => ({
  seq,
  id: `c${seq}`,
  body: { kind: 'notice.raise', severity: 'info', text: '' },
  actor: { name: 'system', address: null },
  correlationId: `c${seq}`,
  receivedAt: 0,
});
const commands = (...seqs: number[]) => seqs.map(command);
const seqs = (taken: readonly Command[]) => taken.map(({ seq }) => seq);

describe('handover', () => {
  it('gives what follows without a gap on what was read, each once', () => {
    const handover = createHandover();
    handover.take(0, 10);
    handover.offer(commands(5, 6, 7));
    expect(seqs(handover.take(4, 2))).toEqual([5, 6]);
    expect(seqs(handover.take(6, 10))).toEqual([7]);
    expect(handover.take(6, 10)).toEqual([]);
  });

  it('gives nothing across a gap: another instance may have stored what is missing', () => {
    const handover = createHandover();
    handover.take(0, 10);
    handover.offer(commands(5, 7));
    expect(handover.take(3, 10)).toEqual([]);
    expect(seqs(handover.take(4, 10))).toEqual([5]);
    expect(handover.take(5, 10)).toEqual([]);
    expect(seqs(handover.take(6, 10))).toEqual([7]);
  });

  it('gives a new reader nothing: what is held may have been carried out', () => {
    const handover = createHandover();
    handover.take(0, 10);
    handover.offer(commands(1, 2));
    expect(handover.take(0, 10)).toEqual([]);
    expect(handover.take(1, 10)).toEqual([]);
  });

  it('holds nothing for an instance that does not read, and little for a reader that is busy', () => {
    const handover = createHandover();
    handover.offer(commands(5));
    expect(handover.take(4, 10)).toEqual([]);
    for (let seq = 6; seq <= 1_006; seq += 1) handover.offer(commands(seq));
    expect(handover.take(5, 10)).toEqual([]);
  });
});

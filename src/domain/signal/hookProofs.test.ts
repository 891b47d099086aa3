import { describe, expect, it } from 'vitest';
import type { Hook } from './hook.ts';
import { firstProofs, keepProofs, rotateProofs, stillValid } from './hookProofs.ts';

const first = firstProofs({ keyHash: 'k1', secretHash: 's1', sealedHmacKey: 'h1' });
const fresh = (over: Partial<Parameters<typeof rotateProofs>[1]>) => ({ keyHash: null, secretHash: null, sealedHmacKey: null, ...over });

describe('a rotation', () => {
  it('renews what is named; the old works until the overlap ends', () => {
    const rotated = rotateProofs(first, fresh({ keyHash: 'k2', sealedHmacKey: 'h2' }), 1_000, 500);
    expect(rotated).toMatchObject({ keyHash: 'k2', secretHash: 's1', sealedHmacKey: 'h2', oldSecret: null });
    expect([stillValid(rotated.oldKey, 1_499), stillValid(rotated.oldKey, 1_500)]).toEqual(['k1', null]);
    expect(stillValid(rotated.oldHmacKey, 1_499)).toBe('h1');
  });

  it('ends what an earlier one had left, of what it renews itself', () => {
    const once = rotateProofs(first, fresh({ keyHash: 'k2', secretHash: 's2' }), 0, 10_000);
    const twice = rotateProofs(once, fresh({ keyHash: 'k3' }), 1, 10_000);
    expect([twice.keyHash, twice.oldKey?.value]).toEqual(['k3', 'k2']);
    expect(twice.oldSecret).toEqual({ value: 's1', until: 10_000 });
  });

  it('without an overlap leaves nothing that works', () => {
    const once = rotateProofs(first, fresh({ keyHash: 'k2' }), 0, 10_000);
    expect(rotateProofs(once, fresh({ keyHash: 'k3' }), 1, 0)).toMatchObject({ keyHash: 'k3', oldKey: null });
  });
});

describe('a change of settings', () => {
  const hook = (layers: Hook['layers'], proofs = first) => ({ layers, ...proofs }) as Hook;

  it('asked for before a rotation does not bring back what the rotation ended', () => {
    const rotated = rotateProofs(first, fresh({ keyHash: 'k2', secretHash: 's2' }), 0, 0);
    expect(keepProofs(rotated, hook(['path', 'secret']))).toMatchObject({ keyHash: 'k2', secretHash: 's2', oldKey: null });
  });

  it('that takes a layer away takes its proofs along; one that adds a layer brings its own', () => {
    const rotated = rotateProofs(first, fresh({ secretHash: 's2', sealedHmacKey: 'h2' }), 0, 1_000);
    const gone = keepProofs(rotated, hook(['path']));
    expect(gone).toMatchObject({ secretHash: null, oldSecret: null, sealedHmacKey: null, oldHmacKey: null });
    const back = keepProofs(gone, hook(['path', 'secret'], { ...first, secretHash: 's3' }));
    expect(back).toMatchObject({ secretHash: 's3', oldSecret: null });
  });
});

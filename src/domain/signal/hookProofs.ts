import type { Hook, HookProofs, Retiring } from './hook.ts';

/** Fresh values of a rotation; null: this one stays as it is. */
export interface FreshProofs {
  readonly keyHash: string | null;
  readonly secretHash: string | null;
  readonly sealedHmacKey: string | null;
}

/** Of a hook that was never rotated. */
export function firstProofs(proofs: Pick<HookProofs, 'keyHash'> & Partial<Pick<HookProofs, 'secretHash' | 'sealedHmacKey'>>): HookProofs {
  return { secretHash: null, sealedHmacKey: null, oldKey: null, oldSecret: null, oldHmacKey: null, ...proofs };
}

/**
 * What replaces what: each value that is renewed works until `now + overlapMs` beside the new one, and ends what an earlier
 * rotation had left; without an overlap it ends at once.
 */
export function rotateProofs(current: HookProofs, fresh: FreshProofs, now: number, overlapMs: number): HookProofs {
  const retire = (value: string | null): Retiring | null => (value === null || overlapMs <= 0 ? null : { value, until: now + overlapMs });
  return {
    keyHash: fresh.keyHash ?? current.keyHash,
    secretHash: fresh.secretHash ?? current.secretHash,
    sealedHmacKey: fresh.sealedHmacKey ?? current.sealedHmacKey,
    oldKey: fresh.keyHash === null ? current.oldKey : retire(current.keyHash),
    oldSecret: fresh.secretHash === null ? current.oldSecret : retire(current.secretHash),
    oldHmacKey: fresh.sealedHmacKey === null ? current.oldHmacKey : retire(current.sealedHmacKey),
  };
}

/**
 * The proofs of a hook whose settings change: those it has now, whatever the change was made from, so that a change asked for
 * before a rotation cannot bring back what the rotation ended. A layer that is new brings its own, one that is gone takes them along.
 */
export function keepProofs(before: HookProofs, wanted: Hook): HookProofs {
  const { keyHash, oldKey } = before;
  const [secret, hmac] = [wanted.layers.includes('secret'), wanted.layers.includes('hmac')];
  return {
    keyHash,
    oldKey,
    secretHash: secret ? (before.secretHash ?? wanted.secretHash) : null,
    oldSecret: secret ? before.oldSecret : null,
    sealedHmacKey: hmac ? (before.sealedHmacKey ?? wanted.sealedHmacKey) : null,
    oldHmacKey: hmac ? before.oldHmacKey : null,
  };
}

/** The old value while it still works. */
export function stillValid(old: Retiring | null, now: number): string | null {
  return old !== null && now < old.until ? old.value : null;
}

import type { Hook, HookLayer } from '../domain/signal/hook.ts';
import { sameSecret, sha256Hex } from '../lib/hash.ts';

/** `misconfigured`: the hook demands what cannot be checked. It is refused, never waved through. */
export type Verdict = 'authentic' | 'failed' | 'misconfigured';

/** Layers checked before the body is read; all others are proofs found in or beside it. */
type ProofLayer = Exclude<HookLayer, 'ip' | 'path'>;

/** One check per layer, in the order they are made. This version enforces neither signatures nor client certificates. */
const PROOFS: Readonly<Record<ProofLayer, (hook: Hook, secret: string | null) => Verdict>> = {
  secret: (hook, secret) => {
    if (hook.secretHash === null) return 'misconfigured';
    // Without a secret the same work is done, so that the time of a refusal tells nothing.
    const same = sameSecret(sha256Hex(secret ?? ''), hook.secretHash);
    return same && secret !== null ? 'authentic' : 'failed';
  },
  hmac: () => 'misconfigured',
  mtls: () => 'misconfigured',
};

const PROOF_LAYERS = Object.keys(PROOFS) as ProofLayer[];

/** True when address and key are all the hook asks for. */
export function needsNoProof(hook: Hook): boolean {
  return !PROOF_LAYERS.some((layer) => hook.layers.includes(layer));
}

/** All layers the hook demands beyond address and key. `secret` is the one found in the body. */
export function authenticate(hook: Hook, secret: string | null): Verdict {
  const verdicts = PROOF_LAYERS.filter((layer) => hook.layers.includes(layer)).map((layer) => PROOFS[layer](hook, secret));
  return verdicts.find((verdict) => verdict === 'misconfigured') ?? verdicts.find((verdict) => verdict === 'failed') ?? 'authentic';
}

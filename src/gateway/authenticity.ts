import type { Hook, HookDirectory, HookLayer } from '../domain/signal/hook.ts';
import { stillValid } from '../domain/signal/hookProofs.ts';
import type { Clock } from '../lib/clock.ts';
import { sameSecret, sha256Hex } from '../lib/hash.ts';
import { type CertificateEvidence, type CertificateSource, isTradingView } from './clientCertificate.ts';
import { type SignatureNonce, verifySignature } from './signature.ts';

/** `misconfigured`: the hook demands what cannot be checked. It is refused, never waved through. */
export type Verdict = 'authentic' | 'failed' | 'misconfigured';

/** What a request offers as proof, in its body or beside it. */
export interface Evidence extends CertificateEvidence {
  /** The one found in the body. */
  readonly secret: string | null;
  /** The body as it came, byte for byte. */
  readonly body: Uint8Array;
}

export interface Authenticity {
  /** True when address and key are all the hook asks for. */
  needsNoProof(hook: Hook): boolean;
  /** All layers the hook demands beyond address and key. `nonce`: of its signature, where it was signed; to be spent once. */
  authenticate(hook: Hook, evidence: Evidence): { readonly verdict: Verdict; readonly nonce: SignatureNonce | null };
}

/** Layers checked before the body is read; all others are proofs found in or beside it. */
type ProofLayer = Exclude<HookLayer, 'ip' | 'path'>;

interface Finding {
  readonly verdict: Verdict;
  readonly nonce?: SignatureNonce;
}

const FAILED: Finding = { verdict: 'failed' };
const MISCONFIGURED: Finding = { verdict: 'misconfigured' };

export function createAuthenticity(deps: {
  readonly hooks: Pick<HookDirectory, 'hmacKeys'>;
  readonly certificates: CertificateSource;
  readonly clock: Clock;
}): Authenticity {
  const { hooks, certificates, clock } = deps;

  /** One check per layer, in the order they are made. */
  const proofs: Readonly<Record<ProofLayer, (hook: Hook, evidence: Evidence) => Finding>> = {
    secret: (hook, { secret }) => {
      if (hook.secretHash === null) return MISCONFIGURED;
      // Without a secret, and without an old one, the same work is done: the time of a refusal tells nothing.
      const given = sha256Hex(secret ?? '');
      const same = sameSecret(given, hook.secretHash);
      const old = stillValid(hook.oldSecret, clock.now());
      const sameAsOld = sameSecret(given, old ?? '') && old !== null;
      return (same || sameAsOld) && secret !== null ? { verdict: 'authentic' } : FAILED;
    },
    hmac: (hook, { headers, body }) => {
      const keys = hooks.hmacKeys(hook);
      if (keys.length === 0) return MISCONFIGURED;
      const nonce = verifySignature(headers, body, keys, clock.now());
      return nonce === null ? FAILED : { verdict: 'authentic', nonce };
    },
    mtls: (_hook, evidence) => {
      if (certificates.kind === 'none') return MISCONFIGURED;
      return isTradingView(certificates, evidence) ? { verdict: 'authentic' } : FAILED;
    },
  };
  const layers = Object.keys(proofs) as ProofLayer[];

  return {
    needsNoProof: (hook) => !layers.some((layer) => hook.layers.includes(layer)),
    authenticate(hook, evidence) {
      const findings = layers.filter((layer) => hook.layers.includes(layer)).map((layer) => proofs[layer](hook, evidence));
      const worst =
        findings.find(({ verdict }) => verdict === 'misconfigured') ?? findings.find(({ verdict }) => verdict === 'failed') ?? null;
      const nonce = findings.find((finding) => finding.nonce !== undefined)?.nonce ?? null;
      return worst ? { verdict: worst.verdict, nonce: null } : { verdict: 'authentic', nonce };
    },
  };
}

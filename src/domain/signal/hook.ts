import type { AccountId, HookId } from '../ids.ts';
import type { HookApproval } from './approval.ts';
import type { GapPolicy } from './claim.ts';

export const HOOK_LAYERS = ['ip', 'path', 'secret', 'hmac', 'mtls'] as const;
export type HookLayer = (typeof HOOK_LAYERS)[number];

/** What a rotation replaced; it works besides the new until the overlap ends. */
export interface Retiring {
  /** As the hook keeps it: SHA-256 hex of a key or secret, an HMAC key sealed. */
  readonly value: string;
  /** Epoch ms. */
  readonly until: number;
}

/** What the hook's senders prove themselves with: hashes, and the HMAC key as ciphertext, because checking needs the key itself. */
export interface HookProofs {
  readonly keyHash: string;
  /** SHA-256 hex of the `secret` layer's value, or null. */
  readonly secretHash: string | null;
  /** The `hmac` layer's key, sealed for `hmacKeyPlace`, or null. */
  readonly sealedHmacKey: string | null;
  /** Each replaced by the last rotation, or null. */
  readonly oldKey: Retiring | null;
  readonly oldSecret: Retiring | null;
  readonly oldHmacKey: Retiring | null;
}

/** One door for alerts: who may come in and where their orders go. */
export interface Hook extends HookProofs {
  readonly id: HookId;
  readonly name: string;
  readonly layers: readonly HookLayer[];
  readonly accountIds: readonly AccountId[];
  /** Extra CIDR entries allowed for this hook only. */
  readonly allowlist: readonly string[];
  readonly maxAgeSec: number;
  /** Within this window an alert without `id` and with the same body counts as the same alert. */
  readonly dedupeWindowSec: number;
  /** The hook's own budget per minute; null: `HOOK_RATE_POINTS`. */
  readonly ratePoints: number | null;
  readonly enabled: boolean;
  /** Its entries wait until a person approves them; null or absent: they do not. */
  readonly approval?: HookApproval | null;
  /** What is done about an alert that does not follow from the one before it; absent: `tell`. */
  readonly onGap?: GapPolicy;
  /** The user it belongs to; null: the house. Its accounts are the house's or the same owner's. */
  readonly ownerId: string | null;
  readonly createdAt: number;
}

/** Hooks as the gateway sees them: in memory on every instance, never older than a second. */
export interface HookDirectory {
  /** By its key, or by its old one while that works. */
  findByKeyHash(keyHash: string): Hook | undefined;
  /** The keys signatures of this hook may be made with now, as text; none when it has none or they cannot be opened. */
  hmacKeys(hook: Hook): readonly string[];
}

/** What a sealed HMAC key is bound to. */
export function hmacKeyPlace(hookId: HookId): string {
  return `hook:${hookId}:hmac`;
}

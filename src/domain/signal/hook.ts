import type { AccountId, HookId } from '../ids.ts';

export const HOOK_LAYERS = ['ip', 'path', 'secret', 'hmac', 'mtls'] as const;
export type HookLayer = (typeof HOOK_LAYERS)[number];

/** One door for alerts: who may come in and where their orders go. Only hashes of its key and secret are kept. */
export interface Hook {
  readonly id: HookId;
  readonly name: string;
  readonly keyHash: string;
  readonly layers: readonly HookLayer[];
  /** SHA-256 hex of the `secret` layer's value, or null. */
  readonly secretHash: string | null;
  readonly accountIds: readonly AccountId[];
  /** Extra CIDR entries allowed for this hook only. */
  readonly allowlist: readonly string[];
  readonly maxAgeSec: number;
  /** Within this window an alert without `id` and with the same body counts as the same alert. */
  readonly dedupeWindowSec: number;
  /** The hook's own budget per minute; null: `HOOK_RATE_POINTS`. */
  readonly ratePoints: number | null;
  readonly enabled: boolean;
  readonly createdAt: number;
}

/** Hooks as the gateway sees them: in memory on every instance, never older than a second. */
export interface HookDirectory {
  findByKeyHash(keyHash: string): Hook | undefined;
}

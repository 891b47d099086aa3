import type { Hook, HookDirectory } from '../domain/signal/hook.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Allowlist } from './allowlist.ts';
import type { Subject } from './banBook.ts';
import { clientAddress, type ProxyTrust } from './clientAddress.ts';
import type { HookRequest } from './hookRequest.ts';

/** Who stands at the door, as far as memory alone can tell. */
export interface Visitor {
  readonly address: string;
  /** The enabled hook the key names. A disabled or revoked hook is as unknown as a wrong key. */
  readonly hook: Hook | undefined;
  /** The `ip` layer: the address is in the global or the hook's own entries, or the hook does not ask for it. */
  readonly addressAllowed: boolean;
  /** Who answers for this request's violations; null: nobody can be banned for it. */
  readonly subject: Subject | null;
}

export type Identified =
  | { readonly ok: true; readonly visitor: Visitor }
  | { readonly ok: false; readonly code: 'PROXY_NOT_TRUSTED' | 'ADDRESS_UNREADABLE'; readonly detail: string };

/** Looks up address and key without deciding anything. Keys are compared by hash, so the time of the lookup tells nothing. */
export function identify(request: HookRequest, proxy: ProxyTrust, hooks: HookDirectory, allowlist: Allowlist): Identified {
  const found = clientAddress(request.peer, request.headers, proxy);
  if (!found.ok) return found;
  const { address } = found;
  const named = request.key === null ? undefined : hooks.findByKeyHash(sha256Hex(request.key));
  const hook = named?.enabled ? named : undefined;
  const admission = allowlist.admits(address, hook);
  const listed = admission === 'listed';
  const subject = listed && hook ? null : { shared: listed, address };
  const addressAllowed = admission !== 'refused' || (hook !== undefined && !hook.layers.includes('ip'));
  return { ok: true, visitor: { address, hook, addressAllowed, subject } };
}

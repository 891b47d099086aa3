import { combineEntries } from '../domain/access/presets.ts';
import { isLive, type WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Hook } from '../domain/signal/hook.ts';
import { isLoopback, normalizeAddress } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import { type AddressSet, createAddressSet } from './addressSet.ts';

/** Who may knock. Addresses are normalized ones (lib/address.ts). */
export interface Allowlist {
  /** `listed`: in the global entries or this hook's own. `local`: not listed, but this machine itself while only it can connect. */
  admits(address: string, hook: Hook | undefined): 'listed' | 'local' | 'refused';
  /** Whether the API is for that address (null: it cannot be known): everybody's while no entry has the scope `api`, then that of the listed and of this machine. */
  admitsToApi(address: string | null): boolean;
  /** This machine itself, while only it can connect. */
  isLocal(address: string): boolean;
}

export interface AllowlistOptions {
  /** Entries of the settings, and built-in lists. */
  readonly fixed: readonly WhitelistEntry[];
  /** What admins stored: the same array until it changed. */
  readonly stored?: () => readonly WhitelistEntry[];
  /** True only while the server itself listens on loopback; otherwise a proxy on this machine would let the world in as 127.0.0.1. */
  readonly allowLoopback: boolean;
  readonly clock: Pick<Clock, 'now'>;
}

/** The entries in a form that answers fast. Built when they changed or one expired, never for a request. */
interface Built {
  readonly from: readonly WhitelistEntry[];
  /** When the next entry expires. */
  readonly validUntil: number;
  readonly global: AddressSet;
  readonly api: AddressSet | null;
  readonly ofHooks: ReadonlyMap<string, AddressSet>;
}

const NOTHING: readonly WhitelistEntry[] = [];

export function createAllowlist({ fixed, stored = () => NOTHING, allowLoopback, clock }: AllowlistOptions): Allowlist {
  const ownOfHook = new WeakMap<Hook, AddressSet>();
  let built = build(fixed, stored(), clock.now());

  function current(): Built {
    const entries = stored();
    const now = clock.now();
    if (entries !== built.from || now >= built.validUntil) built = build(fixed, entries, now);
    return built;
  }

  function ownCovers(address: string, hook: Hook): boolean {
    if (hook.allowlist.length === 0) return false;
    const list = ownOfHook.get(hook) ?? createAddressSet(hook.allowlist);
    ownOfHook.set(hook, list);
    return list(address);
  }

  const isLocal = (address: string): boolean => allowLoopback && isLoopback(address);

  return {
    isLocal,
    admits(address, hook) {
      const { global, ofHooks } = current();
      const listed = global(address) || (hook !== undefined && (ownCovers(address, hook) || ofHooks.get(hook.id)?.(address) === true));
      if (listed) return 'listed';
      return isLocal(address) ? 'local' : 'refused';
    },
    admitsToApi(address) {
      const { api } = current();
      return api === null || (address !== null && (isLocal(address) || api(address)));
    },
  };
}

function build(fixed: readonly WhitelistEntry[], from: readonly WhitelistEntry[], now: number): Built {
  const live = combineEntries(fixed, from).filter((entry) => isLive(entry, now));
  const byScope = groupByScope(live);
  const api = byScope.get('api');
  return {
    from,
    validUntil: Math.min(...live.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY)),
    global: createAddressSet(byScope.get('global') ?? []),
    api: api === undefined ? null : createAddressSet(api),
    ofHooks: new Map(
      [...byScope].flatMap(([scope, cidrs]) =>
        scope.startsWith('hook:') ? [[scope.slice('hook:'.length), createAddressSet(cidrs)] as const] : [],
      ),
    ),
  };
}

function groupByScope(entries: readonly WhitelistEntry[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { scope, cidr } of entries) {
    const group = groups.get(scope);
    if (group) group.push(cidr);
    else groups.set(scope, [cidr]);
  }
  return groups;
}

/** True for the values of HOST that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(normalizeAddress(host) ?? '');
}

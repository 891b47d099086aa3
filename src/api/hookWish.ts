import type { Account } from '../domain/portfolio/account.ts';
import { HOOK_LAYERS, type Hook, type HookLayer } from '../domain/signal/hook.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import { isCidr } from '../lib/cidr.ts';
import type { ApiDeps } from './deps.ts';
import { namesOf, ownerNamed } from './lookup.ts';
import { invalid, type Mistake, type Problem } from './problem.ts';
import type { HookChange } from './schemas/hook.ts';

/** What a hook shall be, once every name and address in it has been checked. */
export type HookWish = Pick<
  Hook,
  | 'name'
  | 'layers'
  | 'accountIds'
  | 'allowlist'
  | 'maxAgeSec'
  | 'dedupeWindowSec'
  | 'ratePoints'
  | 'enabled'
  | 'approval'
  | 'onGap'
  | 'ownerId'
> & { readonly kind: 'wish' };

/** Checks a new hook (`old` null) or a change of one; all mistakes together. */
export async function checkHook(
  deps: Pick<ApiDeps, 'readModel' | 'people' | 'verifiesCertificates'>,
  asked: HookChange,
  old: Hook | null,
): Promise<HookWish | Problem> {
  const { readModel, verifiesCertificates } = deps;
  const accounts = await readModel.accounts();
  const mistakes = [
    ...accountMistakes(asked.accounts ?? [], accounts),
    ...(verifiesCertificates ? [] : certificateMistakes(asked.layers ?? [], old)),
    ...allowlistMistakes(asked.allowlist ?? []),
    ...(asked.name === undefined ? [] : await nameMistakes(readModel, asked.name, old)),
  ];
  if (mistakes.length > 0) return invalid(mistakes);
  const owner = asked.owner === undefined ? { id: old?.ownerId ?? null } : ownerNamed(deps, asked.owner);
  if ('kind' in owner) return owner;
  const accountIds = asked.accounts?.map((name) => accountNamed(accounts, name)?.id ?? name);
  return {
    kind: 'wish',
    name: asked.name ?? old?.name ?? '',
    layers: withPath(asked.layers ?? old?.layers ?? []),
    accountIds: [...new Set(accountIds ?? old?.accountIds ?? [])],
    allowlist: asked.allowlist ?? old?.allowlist ?? [],
    maxAgeSec: asked.maxAgeSec ?? old?.maxAgeSec ?? 60,
    dedupeWindowSec: asked.dedupeWindowSec ?? old?.dedupeWindowSec ?? 60,
    ratePoints: asked.ratePoints === undefined ? (old?.ratePoints ?? null) : asked.ratePoints,
    enabled: asked.enabled ?? old?.enabled ?? true,
    approval: asked.approval === undefined ? (old?.approval ?? null) : asked.approval,
    onGap: asked.onGap ?? old?.onGap ?? 'tell',
    ownerId: owner.id,
  };
}

/** `path` is what tells hooks apart: always on. In the order the gateway checks them. */
function withPath(layers: readonly HookLayer[]): HookLayer[] {
  return HOOK_LAYERS.filter((layer) => layer === 'path' || layers.includes(layer));
}

function accountNamed(accounts: readonly Account[], name: string): Account | undefined {
  return accounts.find((account) => account.name === name || account.id === name);
}

function accountMistakes(names: readonly string[], accounts: readonly Account[]): Mistake[] {
  return names.flatMap((name, index) => {
    if (accountNamed(accounts, name)) return [];
    const known = accounts.length === 0 ? 'there is none yet' : `known: ${namesOf(accounts)}`;
    return [{ pointer: `/accounts/${index}`, code: 'ACCOUNT_UNKNOWN', message: `No account "${name}"; ${known}.` }];
  });
}

/** A layer that cannot be checked shuts the door for good; a hook that already has it may be changed otherwise. */
function certificateMistakes(layers: readonly HookLayer[], old: Hook | null): Mistake[] {
  const index = layers.indexOf('mtls');
  if (index < 0 || old?.layers.includes('mtls')) return [];
  const message =
    'Nothing here verifies client certificates: set TLS_CERT, TLS_KEY and TLS_CLIENT_CA, or CLIENT_CERT_SUBJECT_HEADER behind a proxy that does.';
  return [{ pointer: `/layers/${index}`, code: 'LAYER_NOT_AVAILABLE', message }];
}

function allowlistMistakes(entries: readonly string[]): Mistake[] {
  return entries.flatMap((entry, index) => {
    if (isCidr(entry)) return [];
    return [{ pointer: `/allowlist/${index}`, code: 'NOT_AN_ADDRESS', message: `"${entry}" is neither an address nor a CIDR block.` }];
  });
}

/** On creation the caller looks for the name itself: with an Idempotency-Key it may be this very request's. */
async function nameMistakes(readModel: ReadModel, name: string, old: Hook | null): Promise<Mistake[]> {
  if (old === null || name === old.name) return [];
  const hooks = await readModel.hooks();
  if (!hooks.some((hook) => hook.name === name)) return [];
  return [{ pointer: '/name', code: 'NAME_TAKEN', message: `There is a hook "${name}" already.` }];
}

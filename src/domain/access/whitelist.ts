import { cidrCovers, normalizeCidr, prefixOf } from '../../lib/cidr.ts';

/** Where an entry opens the door: every hook, the API (and all else but probes), or one hook. */
export type WhitelistScope = 'global' | 'api' | `hook:${string}`;

/** `settings`: from the environment, fixed. `admin`: added by a person. `preset:…`: one of a list that is kept together. */
export type WhitelistSource = 'settings' | 'admin' | `preset:${string}`;

export interface WhitelistEntry {
  readonly id: string;
  /** Normalized (lib/cidr.ts): one address, or a block. */
  readonly cidr: string;
  readonly label: string;
  readonly scope: WhitelistScope;
  /** Epoch ms from which it no longer counts; null: never. */
  readonly expiresAt: number | null;
  /** Actor of the command, or the setting it comes from. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly source: WhitelistSource;
}

export interface AccessRefusal {
  readonly code: string;
  readonly message: string;
}

export const WHITELIST_ENTRIES_MAX = 1_000;
export const LABEL_LENGTH_MAX = 80;
export const EXPIRY_MS_MAX = 366 * 86_400_000;
/** Wider blocks than these need force: 65,536 IPv4 addresses, or what a provider gets of IPv6. */
const WIDEST = { 32: 16, 128: 32 } as const;

export function isLive({ expiresAt }: WhitelistEntry, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}

/** Whether two entries open the same door to the same addresses: the later one replaces the earlier. */
export function isSameDoor(a: WhitelistEntry, b: WhitelistEntry): boolean {
  return a.cidr === b.cidr && a.scope === b.scope;
}

/** What is wrong with an entry a person asks for; null when nothing is. */
export function refuseEntry(
  entry: WhitelistEntry,
  { now, force }: { readonly now: number; readonly force: boolean },
): AccessRefusal | null {
  const prefix = prefixOf(entry.cidr);
  if (prefix === null || normalizeCidr(entry.cidr) !== entry.cidr)
    return { code: 'NOT_AN_ADDRESS', message: `"${entry.cidr.slice(0, 60)}" is neither an IP address nor a CIDR block.` };
  if (prefix.bits === 0)
    return {
      code: 'NETWORK_TOO_WIDE',
      message: `${entry.cidr} is the whole internet. A hook that shall take any address leaves out its layer "ip".`,
    };
  if (prefix.bits < WIDEST[prefix.of] && !force) {
    const least = `/${WIDEST[prefix.of]}`;
    return {
      code: 'NETWORK_TOO_WIDE',
      message: `${entry.cidr} is a very wide network (wider than ${least}). Repeat with force if you mean it.`,
    };
  }
  if (entry.label.length > LABEL_LENGTH_MAX)
    return { code: 'LABEL_TOO_LONG', message: `A label has at most ${LABEL_LENGTH_MAX} characters.` };
  if (/\p{Cc}|\p{Cs}/u.test(entry.label)) return { code: 'LABEL_NOT_TEXT', message: 'A label holds no control characters.' };
  return refuseExpiry(entry.expiresAt, now);
}

function refuseExpiry(expiresAt: number | null, now: number): AccessRefusal | null {
  if (expiresAt === null) return null;
  if (expiresAt <= now) return { code: 'EXPIRY_IN_THE_PAST', message: 'The expiry lies in the past.' };
  if (expiresAt - now > EXPIRY_MS_MAX)
    return { code: 'EXPIRY_TOO_FAR', message: 'The expiry is more than a year away; leave it out for an entry that stays.' };
  return null;
}

/** Those of a list with scope `api` that count at `now`. None: the API is open to whoever authenticates. */
export function apiEntries(entries: Iterable<WhitelistEntry>, now: number): WhitelistEntry[] {
  return [...entries].filter((entry) => entry.scope === 'api' && isLive(entry, now));
}

/**
 * The first moment, from `now` on, at which these entries keep `address` out of the API; null when they never do. Only at the
 * ends of entries can that change.
 */
export function shutOutAt(entries: Iterable<WhitelistEntry>, address: string, now: number): number | null {
  const all = apiEntries(entries, now);
  const ends = all.flatMap(({ expiresAt }) => expiresAt ?? []);
  const moments = [now, ...new Set(ends)].sort((a, b) => a - b);
  const isOut = (at: number): boolean => {
    const live = all.filter((entry) => isLive(entry, at));
    return live.length > 0 && !live.some(({ cidr }) => cidrCovers(cidr, address));
  };
  return moments.find(isOut) ?? null;
}

/** Whether a change of entries would shut `address` out of the API, at all or sooner than before. */
export function shutsOut(
  before: Iterable<WhitelistEntry>,
  after: Iterable<WhitelistEntry>,
  { address, now }: { readonly address: string; readonly now: number },
): boolean {
  const then = shutOutAt(after, address, now);
  if (then === null) return false;
  const already = shutOutAt(before, address, now);
  return already === null || then < already;
}

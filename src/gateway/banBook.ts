import { networkOf, normalizeAddress } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import { keepNewest } from '../lib/keepNewest.ts';

/**
 * Whose behaviour is counted. A stranger answers for its whole address (IPv6: its /64). An address of the allowlist is
 * shared (all of TradingView's users post from the same four): there only requests that name no hook of ours are counted,
 * and a ban shuts out only these. Somebody who misuses a known URL there runs into rate limits, never into a ban, because
 * the ban would lock out the hook's owner.
 */
export type Subject = { readonly shared: boolean; readonly address: string };

export interface Ban {
  readonly subject: Subject;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  /** How many bans in a row this is; each doubles the length, up to a day. 0: imposed by hand. */
  readonly level: number;
}

export interface BanLengths {
  readonly banDurationSec: number;
}

/** A past ban is remembered for so long, so that the next one is longer. */
export const PAST_KEPT_MS = 86_400_000;
export const BANS_MAX = 10_000;
const LONGEST_MS = 86_400_000;

/** First and longest ban, milliseconds: doubling goes up to a day. */
export function banLengths({ banDurationSec }: BanLengths): { readonly firstMs: number; readonly longestMs: number } {
  const firstMs = banDurationSec * 1000;
  return { firstMs, longestMs: Math.max(LONGEST_MS, firstMs) };
}

/** One key per subject; both keys of an address begin with its network. */
export function subjectKey(subject: Subject): string {
  const network = networkOf(subject.address);
  return subject.shared ? `${network}|shared` : network;
}

/** Both keys that bans and violations of an address may have. */
export function keysOf(address: string): string[] {
  const normalized = normalizeAddress(address) ?? address;
  return [true, false].map((shared) => subjectKey({ shared, address: normalized }));
}

/** Bans in memory, at most 10,000, with the past that makes the next one longer. */
export interface BanBook {
  inForce(key: string): Ban | undefined;
  /** Bans the subject from now on. */
  ban(subject: Subject): Ban;
  /** Takes over a ban made elsewhere. */
  put(ban: Ban): void;
  /** In force, oldest first. */
  list(): Ban[];
  /** Forgets the bans of an address that began before then, and their past. */
  lift(address: string, begunBefore?: number): { readonly keys: readonly string[]; readonly lifted: readonly Ban[] };
  /** Forgets all but these. */
  keepOnly(keep: (key: string, ban: Ban) => boolean): void;
}

export function createBanBook(lengths: BanLengths, clock: Clock): BanBook {
  const { firstMs, longestMs } = banLengths(lengths);
  /** Oldest ban first. */
  const bans = new Map<string, Ban>();
  const isOn = (ban: Ban | undefined): ban is Ban => ban !== undefined && clock.now() < ban.until;

  function put(ban: Ban): void {
    const key = subjectKey(ban.subject);
    bans.delete(key);
    bans.set(key, ban);
    keepNewest(bans, BANS_MAX);
  }

  return {
    inForce(key) {
      if (bans.size === 0) return undefined;
      const ban = bans.get(key);
      return isOn(ban) ? ban : undefined;
    },
    ban(subject) {
      const now = clock.now();
      const past = bans.get(subjectKey(subject));
      const level = past && now < past.until + PAST_KEPT_MS ? past.level + 1 : 1;
      const ban = { subject, since: now, until: now + Math.min(firstMs * 2 ** (level - 1), longestMs), level };
      put(ban);
      return ban;
    },
    put,
    list: () => [...bans.values()].filter(isOn),
    lift(address, begunBefore = Number.POSITIVE_INFINITY) {
      const keys = keysOf(address);
      const found = keys.flatMap((key) => bans.get(key) ?? []).filter(({ since }) => since < begunBefore);
      for (const { subject } of found) bans.delete(subjectKey(subject));
      return { keys, lifted: found.filter(isOn) };
    },
    keepOnly(keep) {
      for (const [key, ban] of bans) if (!keep(key, ban)) bans.delete(key);
    },
  };
}

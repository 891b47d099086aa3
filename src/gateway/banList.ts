import { networkOf, normalizeAddress } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestBudget } from './requestBudget.ts';

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
  /** How many bans in a row this is; each doubles the length, up to a day. */
  readonly level: number;
}

export interface BanList {
  /** The ban in force, if any. */
  check(subject: Subject): Ban | undefined;
  /** Counts one violation; at the threshold the subject is banned. Returns how many there have been in the window. */
  violation(subject: Subject): Promise<number>;
  /** Bans in force, oldest first. */
  list(): readonly Ban[];
  /** Lifts every ban that holds for the address, and forgets its past; returns how many were lifted. */
  lift(address: string): Promise<number>;
}

export type OnBan = (ban: Ban) => void;

const DAY_MS = 86_400_000;
const BANS_MAX = 10_000;

export interface BanListOptions {
  readonly banThreshold: number;
  readonly banDurationSec: number;
  /** Counts violations; its window is the ban window. */
  readonly violations: RequestBudget;
  readonly clock: Clock;
  readonly onBan: OnBan;
}

/** Bans in this process's memory, at most 10,000; a past ban is remembered for a day, so that the next one is longer. */
export function createMemoryBanList(options: BanListOptions): BanList {
  const { banThreshold, violations, clock, onBan } = options;
  const firstMs = options.banDurationSec * 1000;
  const longestMs = Math.max(DAY_MS, firstMs);
  /** Oldest ban first. */
  const bans = new Map<string, Ban>();

  function inForce(ban: Ban | undefined): ban is Ban {
    return ban !== undefined && clock.now() < ban.until;
  }

  function put(key: string, subject: Subject): Ban {
    const now = clock.now();
    const past = bans.get(key);
    const level = past && now < past.until + DAY_MS ? past.level + 1 : 1;
    const ban = { subject, since: now, until: now + Math.min(firstMs * 2 ** (level - 1), longestMs), level };
    bans.delete(key);
    bans.set(key, ban);
    const [oldest] = bans.keys();
    if (bans.size > BANS_MAX && oldest !== undefined) bans.delete(oldest);
    return ban;
  }

  return {
    check(subject) {
      if (bans.size === 0) return undefined;
      const ban = bans.get(keyOf(subject));
      return inForce(ban) ? ban : undefined;
    },
    async violation(subject) {
      const key = keyOf(subject);
      const { limit, remaining } = await violations.spend(key, banThreshold);
      // Requests that were already past the ban check when the ban began add nothing to it.
      if (remaining === 0 && !inForce(bans.get(key))) {
        const ban = put(key, subject);
        await violations.forget(key);
        onBan(ban);
      }
      return limit - remaining;
    },
    list: () => [...bans.values()].filter(inForce),
    async lift(address) {
      const network = networkOf(normalizeAddress(address) ?? address);
      const found = [...bans].filter(([, ban]) => networkOf(ban.subject.address) === network);
      for (const [key] of found) {
        bans.delete(key);
        await violations.forget(key);
      }
      return found.filter(([, ban]) => inForce(ban)).length;
    },
  };
}

function keyOf(subject: Subject): string {
  const network = networkOf(subject.address);
  return subject.shared ? `${network}|shared` : network;
}

import type { BanRuling } from '../domain/access/ban.ts';
import { networkOf } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ban } from './banBook.ts';
import type { BanList } from './banList.ts';

/** A ban as people see it. */
export interface ListedBan extends Ban {
  /** Who imposed it by hand; null: it followed from what the sender did. */
  readonly by: string | null;
  readonly reason: string | null;
}

/** What admins decided about addresses, and the bans that follow from behaviour: one list for the door and for people. */
export interface Bans extends Pick<BanList, 'check' | 'violation'> {
  /** A ban by hand: it holds for everything that comes from the address. */
  checkAddress(address: string): Ban | undefined;
  /** Bans in force. */
  list(): readonly ListedBan[];
  /** Takes the rulings as they are now: bans by hand are in force at once, and what was lifted since the last time is lifted here. */
  obey(rulings: readonly BanRuling[]): void;
}

export function createBans(list: BanList, clock: Pick<Clock, 'now'>): Bans {
  let byHand: ReadonlyMap<string, BanRuling & { readonly until: number }> = new Map();
  /** Lifts that were obeyed; null before the first look. */
  let known: ReadonlySet<string> | null = null;

  return {
    check: (subject) => list.check(subject),
    violation: (subject) => list.violation(subject),
    checkAddress(address) {
      if (byHand.size === 0) return undefined;
      const ruling = byHand.get(networkOf(address));
      return ruling && clock.now() < ruling.until ? banOf(ruling) : undefined;
    },
    list() {
      const now = clock.now();
      const imposed = [...byHand.values()].filter(({ until }) => now < until);
      return [...imposed.map(banOf), ...list.list().map((ban) => ({ ...ban, by: null, reason: null }))];
    },
    obey(rulings) {
      byHand = new Map(rulings.flatMap((ruling) => (ruling.until === null ? [] : [[ruling.network, { ...ruling, until: ruling.until }]])));
      const lifts = rulings.filter(({ until }) => until === null);
      for (const { id, address, at } of lifts) {
        // At the start, what others have stored since is not meant.
        if (!known?.has(id)) void list.lift(address, known === null ? at : undefined);
      }
      known = new Set(lifts.map(({ id }) => id));
    },
  };
}

function banOf({ address, at, until, by, reason }: BanRuling & { readonly until: number }): ListedBan {
  return { subject: { shared: false, address }, since: at, until, level: 0, by, reason };
}

import type { BanRuling } from '../domain/access/ban.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConfigPart } from './configFollower.ts';
import type { ReadModel } from './readModel.ts';

/** What admins decided about addresses, in memory, as fresh as the follower keeps it. */
export interface AccessDirectory extends ConfigPart {
  /** The same array until something changed. Expired entries are in it until the leader sweeps them. */
  whitelist(): readonly WhitelistEntry[];
  /** Told of all rulings that still matter, at once and whenever they may have changed. */
  onRulings(listener: (rulings: readonly BanRuling[]) => void): void;
}

export function createAccessDirectory(readModel: Pick<ReadModel, 'whitelist' | 'banRulings'>, clock: Clock): AccessDirectory {
  let entries: readonly WhitelistEntry[] = [];
  let rulings: readonly BanRuling[] = [];
  const listeners: ((rulings: readonly BanRuling[]) => void)[] = [];
  return {
    whitelist: () => entries,
    onRulings: (listener) => {
      listeners.push(listener);
      listener(rulings);
    },
    read: async () => {
      const [whitelist, ruled] = await Promise.all([readModel.whitelist(), readModel.banRulings(clock.now())]);
      return () => {
        entries = whitelist;
        rulings = ruled;
        for (const listener of listeners) listener(rulings);
      };
    },
  };
}

import type { Account } from '../domain/portfolio/account.ts';
import type { Hook, HookDirectory } from '../domain/signal/hook.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import { createWakeup } from '../ops/wakeup.ts';
import type { ReadModel } from './readModel.ts';

export interface HookDirectoryOptions {
  readonly readModel: Pick<ReadModel, 'hooks' | 'accounts' | 'configVersion'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Hooks and accounts in memory, on every instance: no alert waits for Postgres to be let in. */
export interface LiveHookDirectory extends HookDirectory {
  accountById(id: string): Account | undefined;
  accountByName(name: string): Account | undefined;
  /** Reads everything anew. Rejects when the database is not there; what was known stays. */
  refresh(): Promise<void>;
  /** Something may have changed: `follow` looks at once instead of at its next turn. */
  hint(): void;
  /** Follows the database until `signal` aborts. Never rejects: while the database is away, what was known last stays in force. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Hooks are never older than a second: half of that, milliseconds. */
const POLL_MS = 500;

interface Contents {
  readonly hooks: ReadonlyMap<string, Hook>;
  readonly accountsById: ReadonlyMap<string, Account>;
  readonly accountsByName: ReadonlyMap<string, Account>;
}

export function createHookDirectory({ readModel, logger, clock }: HookDirectoryOptions): LiveHookDirectory {
  let contents: Contents = { hooks: new Map(), accountsById: new Map(), accountsByName: new Map() };
  let version = -1;
  const news = createWakeup(clock);

  const refresh = async (): Promise<void> => {
    // The version first: a change between the reads makes the next look at it read again.
    const seen = await readModel.configVersion();
    const [hooks, accounts] = await Promise.all([readModel.hooks(), readModel.accounts()]);
    if (seen < version) return;
    contents = {
      hooks: new Map(hooks.map((hook) => [hook.keyHash, hook])),
      accountsById: new Map(accounts.map((account) => [account.id, account])),
      accountsByName: new Map(accounts.map((account) => [account.name, account])),
    };
    version = seen;
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    let reachable = true;
    while (!signal.aborted) {
      news.looking();
      try {
        if ((await readModel.configVersion()) !== version) await refresh();
        if (!reachable) logger.info('hooks are followed again');
        reachable = true;
      } catch (error) {
        if (reachable) logger.warn({ err: error }, 'hooks cannot be followed, the last known ones stay in force');
        reachable = false;
      }
      await news.wait(POLL_MS, signal);
    }
  };

  return {
    findByKeyHash: (keyHash) => contents.hooks.get(keyHash),
    accountById: (id) => contents.accountsById.get(id),
    accountByName: (name) => contents.accountsByName.get(name),
    refresh,
    hint: news.signal,
    follow,
  };
}

import type { Account } from '../domain/portfolio/account.ts';
import type { Hook, HookDirectory } from '../domain/signal/hook.ts';
import type { ConfigPart } from './configFollower.ts';
import type { ReadModel } from './readModel.ts';

/** Hooks and accounts in memory, as fresh as the follower keeps them. */
export interface LiveHookDirectory extends HookDirectory, ConfigPart {
  accountById(id: string): Account | undefined;
  accountByName(name: string): Account | undefined;
}

interface Contents {
  readonly hooks: ReadonlyMap<string, Hook>;
  readonly accountsById: ReadonlyMap<string, Account>;
  readonly accountsByName: ReadonlyMap<string, Account>;
}

export function createHookDirectory(readModel: Pick<ReadModel, 'hooks' | 'accounts'>): LiveHookDirectory {
  let contents: Contents = { hooks: new Map(), accountsById: new Map(), accountsByName: new Map() };
  return {
    findByKeyHash: (keyHash) => contents.hooks.get(keyHash),
    accountById: (id) => contents.accountsById.get(id),
    accountByName: (name) => contents.accountsByName.get(name),
    read: async () => {
      const [hooks, accounts] = await Promise.all([readModel.hooks(), readModel.accounts()]);
      return () => {
        contents = {
          hooks: new Map(hooks.map((hook) => [hook.keyHash, hook])),
          accountsById: new Map(accounts.map((account) => [account.id, account])),
          accountsByName: new Map(accounts.map((account) => [account.name, account])),
        };
      };
    },
  };
}

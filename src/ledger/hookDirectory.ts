import type { Account } from '../domain/portfolio/account.ts';
import { type Hook, type HookDirectory, hmacKeyPlace } from '../domain/signal/hook.ts';
import { stillValid } from '../domain/signal/hookProofs.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { SecretBox } from '../ops/secrets.ts';
import type { ConfigPart } from './configFollower.ts';
import type { ReadModel } from './readModel.ts';

export interface HookDirectoryOptions {
  readonly readModel: Pick<ReadModel, 'hooks' | 'accounts'>;
  /** Opens sealed HMAC keys. */
  readonly box: Pick<SecretBox, 'open'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Hooks and accounts in memory, as fresh as the follower keeps them. */
export interface LiveHookDirectory extends HookDirectory, ConfigPart {
  accountById(id: string): Account | undefined;
  accountByName(name: string): Account | undefined;
}

interface Contents {
  readonly hooks: ReadonlyMap<string, Hook>;
  /** By the key that the last rotation replaced; whether it still works is asked at each look. */
  readonly hooksByOldKey: ReadonlyMap<string, Hook>;
  readonly accountsById: ReadonlyMap<string, Account>;
  readonly accountsByName: ReadonlyMap<string, Account>;
}

export function createHookDirectory({ readModel, box, logger, clock }: HookDirectoryOptions): LiveHookDirectory {
  let contents: Contents = { hooks: new Map(), hooksByOldKey: new Map(), accountsById: new Map(), accountsByName: new Map() };

  const findByKeyHash = (keyHash: string): Hook | undefined => {
    const old = contents.hooksByOldKey.get(keyHash);
    return contents.hooks.get(keyHash) ?? (old && stillValid(old.oldKey, clock.now()) !== null ? old : undefined);
  };

  return {
    findByKeyHash,
    hmacKeys: createHmacKeys({ box, logger, clock }),
    accountById: (id) => contents.accountsById.get(id),
    accountByName: (name) => contents.accountsByName.get(name),
    read: async () => {
      const [hooks, accounts] = await Promise.all([readModel.hooks(), readModel.accounts()]);
      return () => {
        contents = {
          hooks: new Map(hooks.map((hook) => [hook.keyHash, hook])),
          hooksByOldKey: new Map(hooks.flatMap((hook) => (hook.oldKey ? [[hook.oldKey.value, hook]] : []))),
          accountsById: new Map(accounts.map((account) => [account.id, account])),
          accountsByName: new Map(accounts.map((account) => [account.name, account])),
        };
      };
    },
  };
}

interface OpenedKeys {
  readonly current: string | null;
  readonly old: string | null;
}

/** Opens a hook's HMAC keys when they are first asked for; a change of settings brings a new hook, and its keys are opened anew. */
function createHmacKeys({ box, logger, clock }: Pick<HookDirectoryOptions, 'box' | 'logger' | 'clock'>): HookDirectory['hmacKeys'] {
  const opened = new WeakMap<Hook, OpenedKeys>();

  function open(hook: Hook, sealed: string | null | undefined): string | null {
    if (sealed === null || sealed === undefined) return null;
    try {
      return box.open(sealed, hmacKeyPlace(hook.id));
    } catch (error) {
      logger.error({ err: error, hook: hook.name }, 'HMAC key cannot be opened; rotate it');
      return null;
    }
  }

  return (hook) => {
    const keys = opened.get(hook) ?? { current: open(hook, hook.sealedHmacKey), old: open(hook, hook.oldHmacKey?.value) };
    opened.set(hook, keys);
    const old = stillValid(hook.oldHmacKey, clock.now()) === null ? null : keys.old;
    return [keys.current, old].filter((key) => key !== null);
  };
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { Hook } from '../domain/signal/hook.ts';
import { firstProofs } from '../domain/signal/hookProofs.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import { createSecretBox } from '../ops/secrets.ts';
import { createAccessDirectory } from './accessDirectory.ts';
import { createConfigFollower } from './configFollower.ts';
import { createHookDirectory } from './hookDirectory.ts';

const account: Account = {
  id: 'acc-1',
  name: 'main',
  venue: 'paper',
  market: null,
  sandbox: false,
  sealedCredentials: null,
  settings: {},
  ownerId: null,
  enabled: true,
  createdAt: 0,
};

function hook(keyHash: string): Hook {
  const fixed = {
    id: 'h1',
    name: 'demo',
    layers: ['path' as const],
    accountIds: [],
    allowlist: [],
    enabled: true,
    createdAt: 0,
  };
  return { ...fixed, ...firstProofs({ keyHash }), maxAgeSec: 60, dedupeWindowSec: 60, ratePoints: null, ownerId: null };
}

const office: WhitelistEntry = {
  ...{ id: 'e1', cidr: '192.0.2.0/24', label: 'office', scope: 'global', source: 'admin' },
  ...{ expiresAt: null, createdBy: 'token:admin', createdAt: 0 },
};

/** A database with one hook and one account that can be taken away, and a clock whose sleeps last one turn of the event loop. */
function given() {
  const state = { hooks: [hook('first')], whitelist: [] as WhitelistEntry[], version: 1, down: false, reads: 0, polls: 0 };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (state.down) throw new Error('connection refused');
    return value();
  };
  const readModel = {
    hooks: () =>
      answer(() => {
        state.reads += 1;
        return state.hooks;
      }),
    accounts: () => answer(() => [account]),
    whitelist: () => answer(() => state.whitelist),
    banRulings: () => answer(() => []),
    configVersion: () => answer(() => state.version),
  };
  const sleep = async (): Promise<void> => {
    state.polls += 1;
    await nextTurn();
  };
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep };
  const hooks = createHookDirectory({
    readModel,
    box: createSecretBox(Buffer.alloc(32, 7).toString('base64')),
    logger: silentLogger,
    clock,
  });
  const access = createAccessDirectory(readModel, clock);
  const follower = createConfigFollower({ readModel, parts: [hooks, access], logger: silentLogger, clock });
  const nextPolls = async (): Promise<void> => {
    const until = state.polls + 3;
    while (state.polls < until) await nextTurn();
  };
  return { state, hooks, access, follower, nextPolls };
}

describe('settings in memory', () => {
  it('know hooks by key and accounts by id and name after they were read', async () => {
    const { hooks, follower } = given();
    expect(hooks.findByKeyHash('first')).toBeUndefined();
    await follower.refresh();
    expect(hooks.findByKeyHash('first')?.name).toBe('demo');
    expect(hooks.accountById('acc-1')).toEqual(account);
    expect(hooks.accountByName('main')).toEqual(account);
  });

  it('follow a rotated key and a new whitelist entry, and read only when something changed', async () => {
    const { state, hooks, access, follower, nextPolls } = given();
    const stop = new AbortController();
    const following = follower.follow(stop.signal);
    await nextPolls();
    const before = access.whitelist();
    await nextPolls();
    expect(access.whitelist()).toBe(before);
    Object.assign(state, { hooks: [hook('second')], whitelist: [office], version: 2 });
    await nextPolls();
    expect(hooks.findByKeyHash('second')).toBeDefined();
    expect(hooks.findByKeyHash('first')).toBeUndefined();
    expect(access.whitelist()).toEqual([office]);
    expect(state.reads).toBe(2);
    stop.abort();
    await following;
  });

  it('keep what they knew while the database is away and catch up when it is back', async () => {
    const { state, hooks, follower, nextPolls } = given();
    const stop = new AbortController();
    const following = follower.follow(stop.signal);
    await nextPolls();
    Object.assign(state, { hooks: [hook('second')], version: 2, down: true });
    await nextPolls();
    expect(hooks.findByKeyHash('first')).toBeDefined();
    await expect(follower.refresh()).rejects.toThrow('connection refused');
    state.down = false;
    await nextPolls();
    expect(hooks.findByKeyHash('second')).toBeDefined();
    stop.abort();
    await following;
  });
});

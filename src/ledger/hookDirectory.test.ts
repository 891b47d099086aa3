import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Account } from '../domain/portfolio/account.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import { createHookDirectory } from './hookDirectory.ts';

const account: Account = {
  id: 'acc-1',
  name: 'main',
  venue: 'paper',
  market: null,
  sandbox: false,
  sealedCredentials: null,
  settings: {},
  createdAt: 0,
};

function hook(keyHash: string): Hook {
  const fixed = {
    id: 'h1',
    name: 'demo',
    layers: ['path' as const],
    secretHash: null,
    accountIds: [],
    allowlist: [],
    enabled: true,
    createdAt: 0,
  };
  return { ...fixed, keyHash, maxAgeSec: 60, dedupeWindowSec: 60, ratePoints: null };
}

/** A database with one hook and one account that can be taken away, and a clock whose sleeps last one turn of the event loop. */
function given() {
  const state = { hooks: [hook('first')], version: 1, down: false, reads: 0, polls: 0 };
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
    configVersion: () => answer(() => state.version),
  };
  const sleep = async (): Promise<void> => {
    state.polls += 1;
    await nextTurn();
  };
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep };
  const directory = createHookDirectory({ readModel, logger: silentLogger, clock });
  const nextPolls = async (): Promise<void> => {
    const until = state.polls + 3;
    while (state.polls < until) await nextTurn();
  };
  return { state, directory, nextPolls };
}

describe('the hook directory', () => {
  it('knows hooks by key and accounts by id and name after it was filled', async () => {
    const { directory } = given();
    expect(directory.findByKeyHash('first')).toBeUndefined();
    await directory.refresh();
    expect(directory.findByKeyHash('first')?.name).toBe('demo');
    expect(directory.accountById('acc-1')).toEqual(account);
    expect(directory.accountByName('main')).toEqual(account);
  });

  it('follows a rotated key, and reads hooks only when something changed', async () => {
    const { state, directory, nextPolls } = given();
    const stop = new AbortController();
    const following = directory.follow(stop.signal);
    await nextPolls();
    Object.assign(state, { hooks: [hook('second')], version: 2 });
    await nextPolls();
    expect(directory.findByKeyHash('second')).toBeDefined();
    expect(directory.findByKeyHash('first')).toBeUndefined();
    expect(state.reads).toBe(2);
    stop.abort();
    await following;
  });

  it('keeps what it knew while the database is away and catches up when it is back', async () => {
    const { state, directory, nextPolls } = given();
    const stop = new AbortController();
    const following = directory.follow(stop.signal);
    await nextPolls();
    Object.assign(state, { hooks: [hook('second')], version: 2, down: true });
    await nextPolls();
    expect(directory.findByKeyHash('first')).toBeDefined();
    await expect(directory.refresh()).rejects.toThrow('connection refused');
    state.down = false;
    await nextPolls();
    expect(directory.findByKeyHash('second')).toBeDefined();
    stop.abort();
    await following;
  });
});

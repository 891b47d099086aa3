import { describe, expect, it } from 'vitest';
import type { Hook } from '../domain/signal/hook.ts';
import { firstProofs } from '../domain/signal/hookProofs.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../ops/logger.ts';
import { createSecretBox } from '../ops/secrets.ts';
import { createHookDirectory } from './hookDirectory.ts';

const box = createSecretBox(Buffer.alloc(32, 7).toString('base64'));
const seal = (key: string, hookId = 'h1'): string => box.seal(key, `hook:${hookId}:hmac`);

function hook(more: Partial<Hook> = {}): Hook {
  return {
    ...{ id: 'h1', name: 'demo', layers: ['path', 'hmac'], accountIds: [], allowlist: [], maxAgeSec: 60, dedupeWindowSec: 60 },
    ...{ ratePoints: null, enabled: true, ownerId: null, createdAt: 0 },
    ...firstProofs({ keyHash: 'key' }),
    ...more,
  };
}

async function given(...hooks: Hook[]) {
  const time = { now: 0 };
  const clock: Clock = { now: () => time.now, monotonic: () => time.now, sleep: async () => undefined };
  const readModel = { hooks: async () => hooks, accounts: async () => [] };
  const directory = createHookDirectory({ readModel, box, logger: silentLogger, clock });
  (await directory.read())();
  return { time, directory };
}

describe('while a rotation overlaps', () => {
  it('a hook is found by its old key until the overlap ends', async () => {
    const { time, directory } = await given(hook({ keyHash: 'new', oldKey: { value: 'old', until: 1_000 } }));
    time.now = 999;
    expect([directory.findByKeyHash('old')?.id, directory.findByKeyHash('new')?.id]).toEqual(['h1', 'h1']);
    time.now = 1_000;
    expect(directory.findByKeyHash('old')).toBeUndefined();
  });

  it('signatures of the new HMAC key and the old count until it ends', async () => {
    const { time, directory } = await given();
    const signed = hook({ sealedHmacKey: seal('new'), oldHmacKey: { value: seal('old'), until: 1_000 } });
    expect(directory.hmacKeys(signed)).toEqual(['new', 'old']);
    time.now = 1_000;
    expect(directory.hmacKeys(signed)).toEqual(['new']);
  });
});

it('an HMAC key that is missing, or was sealed for another hook, is none', async () => {
  const { directory } = await given();
  expect(directory.hmacKeys(hook())).toEqual([]);
  expect(directory.hmacKeys(hook({ sealedHmacKey: seal('another', 'h2') }))).toEqual([]);
});

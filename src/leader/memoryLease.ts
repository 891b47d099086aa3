import type { Clock } from '../lib/clock.ts';
import { createWakeup } from '../ops/wakeup.ts';
import type { HandoverWatch } from './leadership.ts';
import type { Lease } from './lease.ts';

/** The lease shared by candidates of one process, for the simulator and tests. Its time is the clock's, as the database's is for Postgres. */
export function createMemoryLeases(clock: Clock): (holder: string, ttlMs: number) => Lease & HandoverWatch {
  const row = { holder: '', epoch: 0, expiresAt: Number.NEGATIVE_INFINITY };
  const handover = createWakeup(clock);
  const isFree = () => row.expiresAt <= clock.now();
  return (holder, ttlMs) => ({
    acquire: async () => {
      handover.looking();
      if (!isFree() && row.holder !== holder) return null;
      Object.assign(row, { holder, epoch: row.epoch + 1, expiresAt: clock.now() + ttlMs });
      return { epoch: row.epoch, ttlMs };
    },
    renew: async (epoch) => {
      if (isFree() || row.holder !== holder || row.epoch !== epoch) return null;
      row.expiresAt = clock.now() + ttlMs;
      return { epoch, ttlMs };
    },
    release: async (epoch) => {
      if (row.holder !== holder || row.epoch !== epoch) return;
      row.expiresAt = Number.NEGATIVE_INFINITY;
      handover.signal();
    },
    current: async () => (isFree() ? null : { ...row }),
    waitForRelease: (timeoutMs, signal) => handover.wait(timeoutMs, signal),
  });
}

import type { Clock } from '../lib/clock.ts';
import { type BanList, createMemoryBanList, type OnBan } from './banList.ts';
import { createMemoryBudget, type RequestBudget } from './requestBudget.ts';

/** All that bounds requests at the door. In memory here; a store shared by instances implements the same. */
export interface Limiter {
  /** Unauthenticated requests, per client address. */
  readonly address: RequestBudget;
  /** Authenticated alerts, per hook. */
  readonly hook: RequestBudget;
  /** Malformed alerts recorded for a person to hear of, per hook. */
  readonly report: RequestBudget;
  readonly bans: BanList;
}

export interface LimiterSettings {
  readonly rateWindowSec: number;
  readonly banThreshold: number;
  readonly banWindowSec: number;
  readonly banDurationSec: number;
}

/** A hook's budget counts per minute, whatever the window of strangers. */
const HOOK_WINDOW_SEC = 60;

export function createMemoryLimiter(options: {
  readonly settings: LimiterSettings;
  readonly clock: Clock;
  readonly onBan: OnBan;
}): Limiter {
  const { settings, clock, onBan } = options;
  return {
    address: createMemoryBudget(settings.rateWindowSec),
    hook: createMemoryBudget(HOOK_WINDOW_SEC),
    report: createMemoryBudget(HOOK_WINDOW_SEC),
    bans: createMemoryBanList({ ...settings, violations: createMemoryBudget(settings.banWindowSec), clock, onBan }),
  };
}

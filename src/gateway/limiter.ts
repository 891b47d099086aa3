import type { Clock } from '../lib/clock.ts';
import { type BanList, type BanSettings, createMemoryBanList, type OnBan } from './banList.ts';
import { createMemoryBudget, type RequestBudget } from './requestBudget.ts';

/** All that bounds requests at the door, apart from what admins ruled. In memory here, in Redis in redisLimiter.ts. */
export interface Limiter {
  /** Unauthenticated requests, per client address. */
  readonly address: RequestBudget;
  /** Authenticated alerts, per hook. */
  readonly hook: RequestBudget;
  /** Malformed alerts recorded for a person to hear of, per hook. */
  readonly report: RequestBudget;
  readonly bans: BanList;
}

export interface LimiterSettings extends BanSettings {
  readonly rateWindowSec: number;
}

export interface LimiterOptions {
  readonly settings: LimiterSettings;
  readonly clock: Clock;
  readonly onBan: OnBan;
}

/** A hook's budget counts per minute, whatever the window of strangers. */
export const HOOK_WINDOW_SEC = 60;

export function createMemoryLimiter({ settings, clock, onBan }: LimiterOptions): Limiter {
  return {
    address: createMemoryBudget(settings.rateWindowSec),
    hook: createMemoryBudget(HOOK_WINDOW_SEC),
    report: createMemoryBudget(HOOK_WINDOW_SEC),
    bans: createMemoryBanList({ settings, violations: createMemoryBudget(settings.banWindowSec), clock, onBan }),
  };
}

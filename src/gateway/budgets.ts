import type { Hook } from '../domain/signal/hook.ts';
import { networkOf } from '../lib/address.ts';
import type { HookAnswer } from './hookRequest.ts';
import { HOOK_WINDOW_SEC, type Limiter } from './limiter.ts';
import { answerOf, costOf, type Refusal, rateLimitFields } from './refusals.ts';
import type { BudgetState } from './requestBudget.ts';
import type { Bans } from './rulings.ts';
import type { Visitor } from './visitor.ts';

export interface BudgetSettings {
  readonly ratePoints: number;
  readonly rateWindowSec: number;
  readonly hookRatePoints: number;
}

/** The budgets as the checks use them. */
export interface Budgets {
  /** The hook's budget is gone: 503, so that TradingView resends. Looks only. */
  refuseOverHookBudget(hook: Hook, visitor: Visitor): Promise<HookAnswer | undefined>;
  /** The same, and takes one point of it: for alerts that have proven to be the hook's. */
  spendHookBudget(hook: Hook, visitor: Visitor): Promise<HookAnswer | undefined>;
  /** Turns away somebody who has not authenticated, and makes it cost the address. */
  turnAway(visitor: Visitor, refusal: Refusal, reason?: string): Promise<HookAnswer>;
  /** Turns away somebody whose address is unknown: there is nobody to make it cost. */
  turnAwayUnknown(refusal: Refusal): Promise<HookAnswer>;
}

/** No address is spelled like this. */
const UNKNOWN_ADDRESS = 'unknown';

export function createBudgets(limiter: Limiter, bans: Pick<Bans, 'violation'>, settings: BudgetSettings): Budgets {
  const pointsOf = (hook: Hook): number => hook.ratePoints ?? settings.hookRatePoints;

  async function turnAway(visitor: Visitor, refusal: Refusal, reason?: string): Promise<HookAnswer> {
    const spends = costOf(refusal) === 'budget';
    const [budget, violations] = await Promise.all([
      spends ? limiter.address.spend(networkOf(visitor.address), settings.ratePoints) : undefined,
      visitor.subject ? bans.violation(visitor.subject) : 0,
    ]);
    const headers = budget && rateLimitFields('webhook', budget, settings.rateWindowSec);
    const tooMany: Refusal | undefined = budget?.allowed === false ? { code: 'RATE_LIMITED', retryAfterMs: budget.resetMs } : undefined;
    const final = { ...(tooMany ?? refusal), ...(headers ? { headers } : {}) };
    // A flood must not flood the log too.
    const flooding = violations > settings.ratePoints || budget?.allowed === false;
    const level = flooding ? 'debug' : 'warn';
    return refused(final, visitor, { level, ...(reason === undefined ? {} : { reason }) });
  }

  return {
    refuseOverHookBudget: async (hook, visitor) => overBudget(await limiter.hook.check(hook.id, pointsOf(hook)), visitor),
    spendHookBudget: async (hook, visitor) => overBudget(await limiter.hook.spend(hook.id, pointsOf(hook)), visitor),
    turnAway,
    async turnAwayUnknown(refusal) {
      const { allowed } = await limiter.address.spend(UNKNOWN_ADDRESS, settings.ratePoints);
      return refused(refusal, undefined, { level: allowed ? 'warn' : 'debug' });
    },
  };
}

function overBudget(budget: BudgetState, visitor: Visitor): HookAnswer | undefined {
  if (budget.allowed) return undefined;
  const headers = rateLimitFields('hook', budget, HOOK_WINDOW_SEC);
  return refused({ code: 'HOOK_OVER_BUDGET', retryAfterMs: budget.resetMs, headers }, visitor);
}

/** The answer to a refusal, with what is known of the sender for the log. */
export function refused(
  refusal: Refusal,
  visitor?: Visitor,
  more: { readonly level?: 'debug' | 'warn'; readonly reason?: string } = {},
): HookAnswer {
  const hook = visitor?.hook ? { hook: visitor.hook.name, hookId: visitor.hook.id } : {};
  const address = visitor ? { address: visitor.address } : {};
  return { ...answerOf(refusal), note: { level: 'warn', code: refusal.code, ...address, ...hook, ...more } };
}

import type { BudgetRule, RequestFacts } from '../budget.ts';

const one =
  (method: string, path: string) =>
  (request: RequestFacts): number =>
    request.method === method && request.path === path ? 1 : 0;

/**
 * docs/v5/rate-limit: 600 requests in 5 s for each address (spot and perpetuals together, so half for each here), beyond which the address
 * is banned for ten minutes; and for each user and endpoint so many a second.
 */
function budgetOf(ordersPerSecond: number): readonly BudgetRule[] {
  const perSecond = (weight: BudgetRule['weight'], max: number): BudgetRule => ({ scope: 'account', weight, max, windowMs: 1_000 });
  return [
    { scope: 'venue', weight: () => 1, max: 300, windowMs: 5_000 },
    perSecond(one('POST', '/v5/order/create'), ordersPerSecond),
    perSecond(one('POST', '/v5/order/cancel'), ordersPerSecond),
    perSecond(one('GET', '/v5/order/realtime'), 50),
    perSecond(one('GET', '/v5/order/history'), 50),
    perSecond(one('GET', '/v5/execution/list'), 50),
    perSecond(one('GET', '/v5/position/list'), 50),
  ];
}

export const BYBIT_SPOT_BUDGET = budgetOf(20);
export const BYBIT_SWAP_BUDGET = budgetOf(10);

const SHARED = '90 % of 300 requests in 5 s (orders; questions 70 %, prices 50 %)';
export const BYBIT_SPOT_BUDGET_WORDS = `${SHARED} and of 20 orders a second`;
export const BYBIT_SWAP_BUDGET_WORDS = `${SHARED} and of 10 orders a second`;

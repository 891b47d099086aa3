import type { BudgetRule, RequestFacts } from '../budget.ts';

/** rest-api.md and the futures' pages, "Weight" of each request as it is sent here; all others weigh little. */
const WEIGHTS: Readonly<Record<string, number>> = {
  'GET /api/v3/exchangeInfo': 20,
  'GET /api/v3/account': 20,
  'GET /api/v3/myTrades': 20,
  'GET /api/v3/allOrders': 20,
  'GET /api/v3/openOrders': 6,
  'GET /api/v3/order': 4,
  'GET /api/v3/ticker/24hr': 2,
  'GET /api/v3/klines': 2,
  'GET /fapi/v1/income': 30,
  'GET /fapi/v1/allOrders': 5,
  'GET /fapi/v1/userTrades': 5,
  'GET /fapi/v3/balance': 5,
  'GET /fapi/v3/positionRisk': 5,
  'GET /fapi/v1/accountConfig': 5,
  'GET /fapi/v1/allAlgoOrders': 5,
  'GET /fapi/v1/symbolConfig': 5,
};

function weight({ method, path }: RequestFacts): number {
  return WEIGHTS[`${method} ${path}`] ?? 1;
}

function orders({ method, path }: RequestFacts): number {
  return method === 'POST' && /\/(order|algoOrder)$/.test(path) ? 1 : 0;
}

const USED = 'x-mbx-used-weight-1m';

/** `rateLimits` of GET /api/v3/exchangeInfo. */
export const BINANCE_SPOT_BUDGET: readonly BudgetRule[] = [
  { scope: 'venue', weight, max: 6_000, windowMs: 60_000, usedHeader: USED },
  { scope: 'account', weight: orders, max: 100, windowMs: 10_000, usedHeader: 'x-mbx-order-count-10s' },
];

/** `rateLimits` of GET /fapi/v1/exchangeInfo. */
export const BINANCE_SWAP_BUDGET: readonly BudgetRule[] = [
  { scope: 'venue', weight, max: 2_400, windowMs: 60_000, usedHeader: USED },
  { scope: 'account', weight: orders, max: 300, windowMs: 10_000, usedHeader: 'x-mbx-order-count-10s' },
];

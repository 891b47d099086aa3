import type { BudgetRule } from '../budget.ts';

/** Two seconds, in which OKX counts, and how many of these requests it takes of one user (docs-v5, "Rate Limit" of each; orders: of each instrument). */
const ACCOUNT: readonly (readonly [request: string, max: number])[] = [
  ['POST /api/v5/trade/order', 60],
  ['POST /api/v5/trade/cancel-order', 60],
  ['POST /api/v5/trade/order-algo', 20],
  ['POST /api/v5/trade/cancel-algos', 20],
  ['GET /api/v5/trade/order', 60],
  ['GET /api/v5/trade/order-algo', 20],
  ['GET /api/v5/trade/orders-pending', 60],
  ['GET /api/v5/trade/orders-history', 40],
  ['GET /api/v5/trade/orders-algo-pending', 20],
  ['GET /api/v5/trade/fills', 60],
  ['GET /api/v5/trade/fills-history', 10],
  ['GET /api/v5/account/balance', 10],
  ['GET /api/v5/account/positions', 10],
  ['GET /api/v5/account/config', 5],
  ['GET /api/v5/account/bills', 10],
  ['GET /api/v5/account/bills-archive', 10],
  ['POST /api/v5/account/set-leverage', 40],
];
/** The same of one address. */
const ADDRESS: typeof ACCOUNT = [
  ['GET /api/v5/market/ticker', 20],
  ['GET /api/v5/market/tickers', 20],
  ['GET /api/v5/market/candles', 40],
  ['GET /api/v5/market/history-candles', 20],
  ['GET /api/v5/public/instruments', 20],
  ['GET /api/v5/public/time', 10],
];
const WINDOW_MS = 2_000;

function rulesOf(scope: BudgetRule['scope'], limits: typeof ACCOUNT): BudgetRule[] {
  return limits.map(([request, max]) => ({
    scope,
    weight: ({ method, path }) => (`${method} ${path}` === request ? 1 : 0),
    max,
    windowMs: WINDOW_MS,
  }));
}

/** Each kind of request has a limit of its own. What an instrument may have of orders is all that an account sends: fewer, and simpler. */
export const OKX_BUDGET: readonly BudgetRule[] = [...rulesOf('account', ACCOUNT), ...rulesOf('venue', ADDRESS)];

export const OKX_BUDGET_WORDS = '90 % of 60 orders and of 20 algo orders in 2 s; questions 70 %, prices 50 % of what each endpoint takes';

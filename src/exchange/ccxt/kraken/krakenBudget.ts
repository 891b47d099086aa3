import type { BudgetRule, Purpose, RequestFacts } from '../budget.ts';

/** "Ledger/trade history calls increase the counter by 2" (rest/ratelimits). */
const DEAR = '/0/private/TradesHistory';

function isPrivate({ path }: RequestFacts): boolean {
  return path.startsWith('/0/private/');
}

/** Orders and cancels have a counter of their own. */
function calls(request: RequestFacts): number {
  if (!isPrivate(request) || isAboutOrders(request)) return 0;
  return request.path === DEAR ? 2 : 1;
}

function isAboutOrders({ path }: RequestFacts): boolean {
  return path === '/0/private/AddOrder' || path === '/0/private/CancelOrder';
}

/**
 * Of the lowest tier, Starter, since Kraken does not tell which one an account is in (https://docs.kraken.com/exchange/guides/rest/ratelimits):
 * 15 calls of a key, falling by one in 3 s. What is placed and canceled is counted by pair (krakenPace.ts). Prices: one a second and
 * address is what it recommends.
 */
export const KRAKEN_BUDGET: readonly BudgetRule[] = [
  { scope: 'account', weight: calls, max: 15, windowMs: 45_000, falls: true },
  { scope: 'venue', weight: (request) => (isPrivate(request) ? 0 : 1), max: 10, windowMs: 5_000 },
];

export const KRAKEN_BUDGET_WORDS =
  '90 % of 15 questions (lists 70 %, what rests 50 %), one more every 3 s; for each pair 90 % of 60 orders, one more a second, and cancels by the age of their order (tier Starter; see below); prices one a second';

/** What rests, asked over and over, would leave no room for anything else. */
const OVER_AND_OVER = '/0/private/OpenOrders';
/** Asked about an order that was just placed, or has changed: that must not wait for lists. */
const AT_ONCE: ReadonlySet<string> = new Set(['/0/private/QueryOrders', '/0/private/QueryTrades']);

/** All of an account is asked with POST. */
export function purposeOf(request: RequestFacts): Purpose {
  if (request.path === OVER_AND_OVER) return 'prices';
  return isAboutOrders(request) || AT_ONCE.has(request.path) || !isPrivate(request) ? 'orders' : 'asks';
}

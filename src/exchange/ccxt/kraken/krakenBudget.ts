import type { BudgetRule, Purpose, RequestFacts } from '../budget.ts';

const ADD = '/0/private/AddOrder';
const CANCEL = '/0/private/CancelOrder';
/** "Ledger/trade history calls increase the counter by 2" (rest/ratelimits). */
const DEAR = '/0/private/TradesHistory';

function isPrivate({ path }: RequestFacts): boolean {
  return path.startsWith('/0/private/');
}

/** Orders and cancels have a counter of their own. */
function calls(request: RequestFacts): number {
  if (!isPrivate(request) || request.path === ADD || request.path === CANCEL) return 0;
  return request.path === DEAR ? 2 : 1;
}

function orders({ path }: RequestFacts): number {
  return path === ADD || path === CANCEL ? 1 : 0;
}

/**
 * Of the lowest tier, Starter, since Kraken does not tell which one an account is in (https://docs.kraken.com/exchange/guides/rest/ratelimits
 * and …/general/ratelimits): 15 calls of a key, falling by one in 3 s; 60 orders of a pair, falling by one a second, here of all pairs
 * together. A cancel counts up to 8 there, the more the younger its order is: that is left to Kraken's own refusal, or cancels of old
 * orders would be kept waiting. Prices: one a second and address is what it recommends.
 */
export const KRAKEN_BUDGET: readonly BudgetRule[] = [
  { scope: 'account', weight: calls, max: 15, windowMs: 45_000, falls: true },
  { scope: 'account', weight: orders, max: 60, windowMs: 60_000, falls: true },
  { scope: 'venue', weight: (request) => (isPrivate(request) ? 0 : 1), max: 10, windowMs: 5_000 },
];

export const KRAKEN_BUDGET_WORDS =
  '90 % of 15 questions (lists 70 %), one more every 3 s, and 90 % of 60 orders, one more a second (tier Starter; see below); prices one a second';

/** What is asked about one order, mostly because it was just placed or canceled: a list must not keep its answer waiting. */
const ABOUT_ONE: ReadonlySet<string> = new Set(['/0/private/QueryOrders', '/0/private/QueryTrades']);

/** All of an account is asked with POST. */
export function purposeOf(request: RequestFacts): Purpose {
  return orders(request) > 0 || ABOUT_ONE.has(request.path) || !isPrivate(request) ? 'orders' : 'asks';
}

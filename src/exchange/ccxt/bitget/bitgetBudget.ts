import type { BudgetRule } from '../budget.ts';

/** api-doc/common/intro, "Rate limits": 6,000 a minute for each address (spot and futures together, so half for each here), 10 orders a second for each account. */
export const BITGET_BUDGET: readonly BudgetRule[] = [
  { scope: 'venue', weight: () => 1, max: 3_000, windowMs: 60_000 },
  { scope: 'account', weight: ({ method }) => (method === 'POST' ? 1 : 0), max: 10, windowMs: 1_000 },
];

export const BITGET_BUDGET_WORDS = '90 % of 3,000 requests a minute (orders; questions 70 %, prices 50 %) and of 10 orders a second';

import type { Market } from '../domain/market/market.ts';
import { ZERO } from '../domain/money.ts';
import { adjustPosition } from '../domain/portfolio/adjustPosition.ts';
import type { Change } from '../ledger/ledger.ts';
import { notice } from './notices.ts';
import type { Holder } from './orderPlace.ts';
import { openOrdersOf, positionOf } from './state.ts';

/**
 * Nobody is short on spot: what was sold beyond the position was owned before, and nobody knows what it cost. Left below zero, what is
 * bought next would only fill that hole, and no stop would protect it. Nothing while a purchase is at the venue, for its fills may be
 * what was sold. In the lane of the symbol.
 */
export async function settleSoldOwn({ term, account }: Holder, { symbol, type, base }: Market): Promise<void> {
  const before = positionOf(account, symbol);
  const buys = openOrdersOf(account, symbol).some(({ side, status }) => side === 'buy' && status !== 'intent');
  if (type !== 'spot' || !before.quantity.isNegative() || buys) return;
  const accountId = account.account.id;
  const { entry, position } = adjustPosition(before, ZERO, null);
  const sold = before.quantity.neg().toFixed();
  const reason = 'sold from what was owned before';
  const text = `${sold} ${base} sold on ${account.account.name} were owned before: no position in ${symbol}, and no profit or loss on them.`;
  const change: Change = { kind: 'position.adjusted', id: term.deps.newId(), accountId, symbol, entry, position, reason, at: term.now };
  await term.commit([change, notice({ newId: term.deps.newId, now: term.now }, 'info', text, { accountId })]);
}

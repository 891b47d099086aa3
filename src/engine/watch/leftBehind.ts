import { describeOrder } from '../notices.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import { isProtective } from '../wanted.ts';

/** What is said of protection whose position is gone without a trade of ours, so that nothing swept it: it would trade the next one. Empty: there is none. */
export function leftBehind(account: AccountState, symbol: string): string {
  const left = openOrdersOf(account, symbol).filter(isProtective).map(describeOrder);
  return left.length > 0 ? ` Still resting for the position that is gone: ${left.join(', ')}. Cancel them if you do not want them.` : '';
}

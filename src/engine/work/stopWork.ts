import { REASONS, type ReasonCode } from '../../domain/errors.ts';
import type { Order } from '../../domain/order/order.ts';
import { liveSlicesOf } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { type Ending, newProgress, readProgress, writeProgress } from '../../domain/order/work/progress.ts';
import type { CancelOutcome } from '../../exchange/exchange.ts';
import { moved } from '../orderChanges.ts';
import type { Holder } from '../orderPlace.ts';

export interface StopMeans {
  readonly cancel: (slice: Order) => Promise<CancelOutcome>;
  readonly giveUp: (order: Order, status: Ending['status'], message: string) => Promise<void>;
}

const STILL_LIVE = {
  kind: 'unknown',
  code: 'VENUE_TIMEOUT' satisfies ReasonCode,
  message: 'A slice of it may still fill; it ends once that is known.',
} as const;

/**
 * Ends a worked order. Recorded first, so that no leader sends another slice; then what is at the venue is canceled; and it is over when
 * no slice can fill any more.
 */
export async function stopWork(
  { term, account }: Holder,
  order: Order,
  ending: Ending,
  { cancel, giveUp }: StopMeans,
): Promise<CancelOutcome> {
  const progress = readProgress(order) ?? newProgress(term.now, 0, null, null);
  if (!progress.ending) {
    const kept = { progress: writeProgress({ ...progress, ending }) };
    await term.commit([moved(order, order.status, term.now, `ends: ${ending.code}`, kept)]);
  }
  let failed: CancelOutcome | null = null;
  for (const slice of liveSlicesOf(order, account.orders.values())) {
    const outcome = await cancel(slice);
    if (outcome.kind === 'rejected' || outcome.kind === 'unknown') failed = outcome;
  }
  const current = account.orders.get(order.id);
  if (!current || isFinal(current.status)) return { kind: 'not_open' };
  if (liveSlicesOf(current, account.orders.values()).length > 0) return failed ?? STILL_LIVE;
  const status = ending.status === 'rejected' && !current.filledQuantity.isZero() ? 'canceled' : ending.status;
  await giveUp(current, status, ending.message ?? REASONS[ending.code].means);
  return { kind: 'canceled', report: null };
}

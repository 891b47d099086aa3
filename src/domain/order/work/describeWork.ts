import { writeDuration } from '../../alert/canonicalAlert.ts';
import { formatTime } from '../../alert/readTime.ts';
import type { Order } from '../order.ts';
import { isSliced } from '../sliced.ts';
import { readProgress } from './progress.ts';

/** ` over 30m`, ` showing 0.1`: what belongs to the type of an order that is worked off; empty for others. */
export function describeTerms({ terms = null }: Partial<Pick<Order, 'terms'>>): string {
  if (terms === null) return '';
  const over = terms.durationMs === null ? '' : ` over ${writeDuration(terms.durationMs)}`;
  return terms.display === null ? over : ` showing ${terms.display.toFixed()}`;
}

/** How far the leader has come with an order that it works off slice by slice, for people; null for others, and before it has begun. */
export function describeWork(order: Pick<Order, 'type' | 'terms' | 'progress'>): string | null {
  const progress = isSliced(order) ? readProgress(order) : null;
  if (!progress) return null;
  const { slices, startedAt, note, ending } = progress;
  const begun = `Begun ${formatTime(startedAt)}`;
  const plan = slices === 0 ? '' : `: ${slices} slice${slices === 1 ? '' : 's'}${describeTerms(order)}`;
  return [`${begun}${plan}.`, note, ending && `Ends: ${ending.code}.`].filter(Boolean).join(' ');
}

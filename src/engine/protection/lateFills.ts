import type { Market } from '../../domain/market/market.ts';
import { type Decimal, floorToStep, maxDecimal, minDecimal, ZERO } from '../../domain/money.ts';
import { coverOf } from '../../domain/order/cover.ts';
import { partnerOf, protectiveQuantities } from '../../domain/order/followUps.ts';
import type { Order } from '../../domain/order/order.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { isProtective } from '../wanted.ts';

/** Ends of legs that nothing was to be protected by. */
const UNCALLED: ReadonlySet<string | null> = new Set(['LEG_ABANDONED', 'QUANTITY_TOO_SMALL']);

/**
 * An entry that was taken to be over has filled after all: its fill raced the cancel, or somebody was sure that it does not exist. The
 * protection that was given up with it, and never sent, is wanted again.
 */
export function revivedBy(entry: Order, legs: readonly Order[], now: number): Order[] {
  if (entry.role !== 'entry' || !isFinal(entry.status)) return [];
  return legs
    .filter((leg) => isProtective(leg) && leg.status === 'canceled' && leg.sentAt === null && UNCALLED.has(leg.code))
    .map((leg): Order => ({ ...leg, status: 'intent', code: null, message: null, updatedAt: now }));
}

/**
 * How much of what an entry has filled those of its stops that are over have not protected: it went on filling after they had done their
 * work. `before`: the entry as it was; `entry`: as it is now; `held`: the signed position. Null: nothing, or people wanted it so.
 */
export function bareAfterFill(
  before: Order,
  entry: Order,
  legs: readonly Order[],
  held: Decimal,
  market: Market,
): { readonly stop: Order; readonly size: Decimal } | null {
  if (entry.role !== 'entry') return null;
  const stops = legs.filter(({ role }) => role === 'stop_loss');
  const over = stops.filter(({ status, code }) => isFinal(status) && (isFinal(before.status) || code !== 'CANCELED_BY_REQUEST'));
  const [stop] = over;
  if (!stop) return null;
  const shares = protectiveQuantities(entry, legs, held, market);
  const promised = over.reduce((sum, leg) => {
    const done = leg.filledQuantity.plus(partnerOf(leg, legs)?.filledQuantity ?? ZERO);
    return sum.plus(maxDecimal((shares.get(leg.id) ?? ZERO).minus(done), ZERO));
  }, ZERO);
  const onSide = maxDecimal(entry.side === 'buy' ? held : held.neg(), ZERO);
  const uncovered = onSide.minus(coverOf(stops.filter(({ status }) => !isFinal(status))));
  const size = minDecimal(promised, floorToStep(maxDecimal(uncovered, ZERO), market.stepSize));
  return size.gt(0) && size.gte(market.minQuantity) ? { stop, size } : null;
}

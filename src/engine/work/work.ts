import type { OrderId } from '../../domain/ids.ts';
import type { Market, Quote } from '../../domain/market/market.ts';
import type { Decimal } from '../../domain/money.ts';
import type { Order } from '../../domain/order/order.ts';
import { isSliced, slicesOf } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { nextStep, sizeSlice, type WorkFacts, type WorkStep } from '../../domain/order/work/decide.ts';
import { type Ending, newProgress, type WorkProgress, writeProgress } from '../../domain/order/work/progress.ts';
import { dueAt, type Share, sliceCount, smallestSlice } from '../../domain/order/work/schedule.ts';
import { sliceIntent } from '../../domain/order/work/sliceIntent.ts';
import { type PastVolumes, volumeWeights } from '../../domain/order/work/volumeWeights.ts';
import { assessSlice } from '../../domain/risk/assessRisk.ts';
import { currentQuote, reducibleNow } from '../facts.ts';
import { hasDoubt } from '../laneHolds.ts';
import { moved, orderFrom, submission } from '../orderChanges.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { endWork, sendOrder, settleExit } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { makeRoom } from '../protection/makeRoom.ts';
import { childrenOf, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';
import { whyForbidden } from '../wanted.ts';

/** A step that came to nothing is not looked at again before, milliseconds. */
const PAUSE_MS = 1_000;
/** How long the past may take to be told; without it the slices are all alike. */
const VOLUMES_MS = 10_000;

/**
 * Works off orders that are sent slice by slice. Before each slice it looks at the order and its slices as the ledger has them, so a new
 * leader goes on with the next one; a slice is in the ledger before it is sent, and no other follows while its fate is not known.
 */
export class Worker {
  private readonly term: Term;
  private readonly underWay = new Set<OrderId>();
  private readonly pausedUntil = new Map<OrderId, number>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    const known = new Set<OrderId>();
    for (const account of term.state.accounts.values()) {
      const worked = openOrdersOf(account).filter((order) => isSliced(order) && order.status !== 'intent');
      if (worked.length === 0) continue;
      const venue = term.venues.get(account.account.id);
      if (!venue) void term.venues.open(account);
      for (const order of worked) {
        known.add(order.id);
        const market = venue?.marketOf(order.symbol);
        if (venue && market) this.consider({ term, account, venue, market }, order);
      }
    }
    for (const id of this.pausedUntil.keys()) if (!known.has(id)) this.pausedUntil.delete(id);
  }

  private consider(place: OrderPlace, order: Order): void {
    const { term, account } = place;
    if (this.underWay.has(order.id) || (this.pausedUntil.get(order.id) ?? 0) > term.deps.clock.monotonic()) return;
    const { kind } = stepOf(place, order);
    if (kind === 'wait') return;
    this.underWay.add(order.id);
    const work = async (): Promise<void> => {
      // Outside its lane: nothing else of the symbol need wait for what was traded in the past.
      const past = kind === 'begin' && order.type === 'vwap' ? await pastVolumes(place) : null;
      const task = term.blaming(order.signalId, () => takeStep(place, order.id, past));
      await term.lanes.enqueue(laneKey(account.account.id, order.symbol), task, 'urgent');
    };
    void work()
      .catch((error: unknown) => term.fail(error))
      .finally(() => {
        this.underWay.delete(order.id);
        this.pausedUntil.set(order.id, term.deps.clock.monotonic() + PAUSE_MS);
      });
  }
}

function stepOf(place: OrderPlace, order: Order): WorkStep {
  return nextStep(order, slicesOf(order, place.account.orders.values()), factsOf(place, order));
}

function factsOf({ term, account, market }: OrderPlace, order: Order): WorkFacts {
  const forbidden = whyForbidden(term, account, order);
  const reducible = reducibleNow(account, market, order);
  return { nowMs: term.now, market, reducible, inDoubt: hasDoubt(account, order.symbol), forbidden };
}

/** In its lane: nothing else happens to the order, or to its slices, meanwhile. */
async function takeStep(place: OrderPlace, id: OrderId, past: PastVolumes | null): Promise<void> {
  const order = place.account.orders.get(id);
  if (!order || isFinal(order.status)) return;
  const step = stepOf(place, order);
  if (step.kind === 'end') await endWork(place, order, step.ending);
  if (step.kind !== 'begin' && step.kind !== 'slice') return;
  const quote = await currentQuote(place.venue, order.symbol);
  if (!quote) return;
  if (step.kind === 'slice') return takeSlice(place, order, step.share, quote);
  const progress = begin(order, place.market, quote, past, place.term.now);
  const words =
    order.type === 'iceberg' ? 'begun' : `begun: ${progress.slices} slices${progress.note === null ? '' : `. ${progress.note}`}`;
  await place.term.commit([moved(order, 'open', place.term.now, words, { progress: writeProgress(progress) })]);
}

/** What of the work is settled once and for all, so that every leader keeps to it. */
function begin(order: Order, market: Market, quote: Quote, past: PastVolumes | null, now: number): WorkProgress {
  if (order.type === 'iceberg') return newProgress(now, 0, null, null);
  const durationMs = order.terms?.durationMs ?? 0;
  const slices = sliceCount(order.quantity, durationMs, smallestSlice(market, quote.bid, order.reduceOnly));
  const even = newProgress(now, slices, null, null);
  if (order.type === 'twap') return even;
  const times = Array.from({ length: slices }, (_, index) => dueAt(order, even, durationMs, index));
  const weights = past && volumeWeights(past.volumes, past.lengthMs, times);
  const note = weights ? null : 'The usual volume of the time of day is not known here, so the slices are all alike.';
  return newProgress(now, slices, weights, note);
}

/** Nothing below the least that can be traded is ever left by a slice; what a slice left unfilled may be. */
function restTooSmall({ filledQuantity }: Order, left: Decimal, { base, symbol }: Market): Ending {
  const message = `The ${left.toFixed()} ${base} left are less than ${symbol} can trade.`;
  return { status: filledQuantity.isZero() ? 'rejected' : 'canceled', code: 'QUANTITY_TOO_SMALL', message };
}

async function settle(place: OrderPlace, order: Order, left: Decimal): Promise<void> {
  const ending = restTooSmall(order, left, place.market);
  const isAwaited = childrenOf(place.account, order).some(({ role, status }) => role === 'entry' && status === 'intent');
  if (isAwaited && ending.status !== 'rejected') return settleExit(place, order, ending.message ?? '');
  await endWork(place, order, ending);
}

async function takeSlice(place: OrderPlace, order: Order, share: Share | null, quote: Quote): Promise<void> {
  const { term, account } = place;
  const facts = factsOf(place, order);
  const size = sizeSlice(order, share, facts, quote);
  if (size.kind === 'settle') return settle(place, order, size.left);
  if (size.kind === 'wait' || !term.reach.mayTry(account.account.id)) return;
  const index = slicesOf(order, account.orders.values()).length;
  const [approved] = assessSlice(sliceIntent(order, index, size.quantity), facts.forbidden).approved;
  if (!approved) return;
  const slice = orderFrom(approved, term.now);
  term.deps.failpoint('before_intent');
  await term.commit([{ kind: 'order.created', order: slice }, submission(slice, slice.quantity, term.now)]);
  term.deps.failpoint('after_intent');
  const submitted = account.orders.get(slice.id);
  if (submitted?.status !== 'submitted') return;
  const giveBack = submitted.role === 'exit' ? await makeRoom(place, submitted) : null;
  await sendOrder(place, submitted);
  await giveBack?.();
}

/** Of the days before, from wherever prices of this account come from. Null when they are not to be had soon. */
function pastVolumes({ term, venue, market }: OrderPlace): Promise<PastVolumes | null> {
  const { pastVolumes: ask, clock } = term.deps;
  if (!ask) return Promise.resolve(null);
  const late = clock.sleep(VOLUMES_MS, term.signal).then(() => null);
  return Promise.race([ask(venue.session.feed.name, market, term.now).catch(() => null), late]);
}

import { type FillId, fillIdFor } from '../../domain/ids.ts';
import type { Market } from '../../domain/market/market.ts';
import type { Order } from '../../domain/order/order.ts';
import { progressOf } from '../../domain/order/progress.ts';
import { isSliced } from '../../domain/order/sliced.ts';
import { isFinal } from '../../domain/order/transition.ts';
import type { RestingOrder, VenueTrade } from '../../exchange/exchange.ts';
import { forgetSignal, recallSignal } from '../evolve.ts';
import { describeOrder, notice } from '../notices.ts';
import { refOf } from '../orderChanges.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { bookReport } from '../orders.ts';
import { type AccountState, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';
import { type AtVenue, externalChanges } from './externalOrders.ts';
import type { Look } from './look.ts';

/** Executions dealt with in one look; the others are met at the next. */
const TRADES_MAX = 500;

/**
 * In the lane of its symbol: finds what rests there and what was executed that is not of us, and books it. What is of us and not booked
 * is asked about. An execution is taken for somebody else's only when the look before saw it too, and every order of ours that is open
 * there was asked about in between: a stop that was triggered may trade under another id. True: the next look has nothing to confirm.
 */
export async function meetExternal(
  look: Look,
  market: Market,
  resting: readonly RestingOrder[] | null,
  unbooked: readonly VenueTrade[],
): Promise<boolean> {
  const { term, account, watch } = look;
  const known = await knownOrders(look, market.symbol, resting ?? [], unbooked);
  if (term.signal.aborted) return true;
  const ours = known.filter(({ role }) => role !== 'external');
  const missed = ours.filter((order) => unbooked.some((trade) => isNamed(order, trade)));
  const revived = ours.filter((order) => isFinal(order.status) && (resting ?? []).some((other) => isNamed(order, other)));
  const isOurs = (name: Named): boolean => ours.some((order) => isNamed(order, name));
  const foreign = unbooked.filter((trade) => !isOurs(trade));
  const fresh = foreign.filter((trade) => !watch.strangers.has(idOf(account, market.symbol, trade)));
  for (const trade of fresh) watch.strangers.add(idOf(account, market.symbol, trade));
  if (missed.length > 0) watch.unbooked.add(market.symbol);
  else watch.unbooked.delete(market.symbol);
  const doubtful = toBeAskedAbout(look, market.symbol, fresh.length > 0);
  askLater(look, market.symbol, new Set([...doubtful, ...missed, ...revived]));
  if (fresh.length > 0 || (foreign.length > 0 && doubtful.length > 0)) return false;
  for (const trade of foreign) watch.strangers.delete(idOf(account, market.symbol, trade));
  const strangers = (resting ?? []).filter((order) => !isOurs(order));
  const atVenue: AtVenue = { resting: resting === null ? null : strangers, trades: foreign };
  const changes = externalChanges({ term, account }, market, atVenue, known);
  if (changes.length > 0) await term.commit(changes);
  for (const { role, signalId } of known) if (role === 'external') forgetSignal(term.state, signalId);
  return missed.length === 0;
}

/** Open orders of ours there that the venue has not answered about since it first listed an execution of nobody we know. */
function toBeAskedAbout({ account, watch }: Look, symbol: string, anew: boolean): Order[] {
  for (const id of watch.unanswered) if (!account.orders.has(id)) watch.unanswered.delete(id);
  const open = openOrdersOf(account, symbol).filter(isAsked);
  if (anew) for (const { id } of open) watch.unanswered.add(id);
  return open.filter(({ id }) => watch.unanswered.has(id));
}

/** What the leader works off is at the venue only in its slices. */
function isAsked(order: Order): boolean {
  return order.role !== 'external' && order.status !== 'intent' && !isSliced(order);
}

type Named = Pick<VenueTrade, 'venueOrderId' | 'clientOrderId'>;

/** By a name it has, or had before it was sent anew. */
function isNamed(order: Order, { venueOrderId, clientOrderId }: Named): boolean {
  return [order, ...(progressOf(order).earlier ?? [])].some(
    (names) => names.venueOrderId === venueOrderId || (clientOrderId !== null && names.clientOrderId === clientOrderId),
  );
}

function idOf({ account }: AccountState, symbol: string, { venueTradeId }: VenueTrade): FillId {
  return fillIdFor(account.id, symbol, venueTradeId);
}

/** Of what a venue lists as executed, what the ledger does not have. */
export async function unbookedOf({ term, account }: Look, symbol: string, trades: readonly VenueTrade[]): Promise<VenueTrade[]> {
  const asked = trades.slice(0, TRADES_MAX).filter((trade) => !term.state.fillIds.has(idOf(account, symbol, trade)));
  if (asked.length === 0) return [];
  const booked = await term.deps.ledger.booked(asked.map((trade) => idOf(account, symbol, trade)));
  return asked.filter((trade) => !booked.has(idOf(account, symbol, trade)) && !term.state.fillIds.has(idOf(account, symbol, trade)));
}

/** The orders that the venue speaks of, as we know them: those of the picture, and from the ledger those that were over. */
async function knownOrders(
  { term, account }: Look,
  symbol: string,
  resting: readonly RestingOrder[],
  trades: readonly VenueTrade[],
): Promise<Order[]> {
  const own = [...account.orders.values()].filter((order) => order.symbol === symbol);
  const names = [...resting, ...trades].filter((name) => !own.some((order) => isNamed(order, name)));
  const stored = names.length === 0 ? [] : await term.deps.ledger.ordersNamed(account.account.id, names);
  for (const order of stored) if (order.symbol === symbol && order.role === 'external') await recall(term, order);
  const current = [...account.orders.values()].filter((order) => order.symbol === symbol);
  return [...current, ...stored.filter((order) => order.symbol === symbol && !account.orders.has(order.id))];
}

/** Takes up again what was over: the picture forgot it. */
async function recall(term: Term, { signalId }: Order): Promise<void> {
  if (term.state.signals.has(signalId)) return;
  const recalled = await term.deps.ledger.recall(signalId);
  if (recalled && !term.signal.aborted) recallSignal(term.state, recalled);
}

/** Not awaited: what the venue answers is booked in this very lane. */
function askLater(look: Look, symbol: string, orders: ReadonlySet<Order>): void {
  const { term, account, venue, watch, ask } = look;
  const task = async (order: Order): Promise<void> => {
    if (!account.orders.has(order.id) || isFinal(order.status)) return askAboutPast(look, symbol, order);
    if (await ask(account, venue, order)) watch.unanswered.delete(order.id);
  };
  for (const order of orders) if (isAsked(order)) task(order).catch((error: unknown) => term.fail(error));
}

function isOver({ status }: Order): boolean {
  return status === 'canceled' || status === 'expired';
}

async function cancelAtVenue(place: OrderPlace, order: Order): Promise<void> {
  const { term, account } = place;
  term.assertActing();
  const outcome = await place.venue.session.orders.cancel(refOf(order));
  if (outcome.kind !== 'canceled') return;
  const text = `It was over and still rested at the venue, where it is canceled now: ${describeOrder(order)} (${account.account.name}).`;
  await term.commit([notice({ newId: term.deps.newId, now: term.now }, 'warning', text, { signalId: order.signalId })]);
  const current = account.orders.get(order.id);
  if (current && outcome.report) await bookReport(place, current, outcome.report);
}

/** An order that was over filled after all, or had filled more than we had heard of: its end is not the last word (transition.ts). */
async function askAboutPast({ term, account, venue }: Look, symbol: string, order: Order): Promise<void> {
  const market = venue.marketOf(symbol);
  const outcome = await venue.session.orders.lookup(refOf(order));
  if (outcome.kind !== 'found' || !market || term.signal.aborted) return;
  await term.lanes.enqueue(
    `${account.account.id}|${symbol}`,
    async () => {
      await recall(term, order);
      const current = account.orders.get(order.id);
      if (current) await bookReport({ term, account, venue, market }, current, outcome.report);
      const after = account.orders.get(order.id);
      const rests = outcome.report.status === 'open' || outcome.report.status === 'partially_filled';
      // Nobody would see to it there: it might guard, or open, what it was never meant for.
      if (after && rests && isOver(after)) await cancelAtVenue({ term, account, venue, market }, after);
      if (!term.signal.aborted) forgetSignal(term.state, order.signalId);
    },
    'urgent',
  );
}

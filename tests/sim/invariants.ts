import { clientOrderIdFor } from '../../src/domain/ids.ts';
import { type Decimal, ZERO } from '../../src/domain/money.ts';
import { progressOf } from '../../src/domain/order/progress.ts';
import { isSliced, slicesOf } from '../../src/domain/order/sliced.ts';
import { isFinal, mayFollow } from '../../src/domain/order/transition.ts';
import { foldSnapshot } from '../../src/engine/evolve.ts';
import { dayStartOf, type EngineState, openOrdersOf, realizedToday } from '../../src/engine/state.ts';
import type { LedgerContent } from '../../src/ledger/memoryContent.ts';
import { isUnfinished } from '../../src/ledger/statuses.ts';
import type { Cluster } from './cluster.ts';
import type { BookOrder, VenueBook } from './simBook.ts';
import type { Traffic } from './traffic.ts';

/** What must hold when everything has come to rest: the invariants by their numbers. */
export async function violationsAtRest(cluster: Cluster, traffic: Traffic): Promise<string[]> {
  return [
    ...(await commands(cluster, traffic)),
    ...orders(cluster),
    ...slices(cluster),
    ...cluster.watch.report(),
    ...[...cluster.books].flatMap(([accountId, book]) => bookOf(cluster, accountId, book)),
    ...(await divergence(cluster)),
    ...memory(cluster),
    ...drifts(cluster),
    ...[...cluster.failures].map((error) => `I18: a term was ended by ${error}`),
  ];
}

async function commands({ log, ledger: { content } }: Cluster, { accepted, repeats }: Traffic): Promise<string[]> {
  const found: string[] = [];
  for (const [id, stored] of content.signals)
    if (stored.repeats !== (repeats.get(id) ?? 0)) found.push(`I2: ${id} counts ${stored.repeats} repeats, ${repeats.get(id) ?? 0} came`);
  if ((await log.lag()) > 0) found.push(`I2: ${await log.lag()} commands were never acknowledged`);
  for (const { id, kind } of accepted) {
    const status = content.signals.get(id)?.status;
    if (kind === 'alert' && (!status || isUnfinished(status))) found.push(`I2: ${id} ended as ${status ?? 'nothing'}`);
    if (kind !== 'alert' && !content.replies.has(id)) found.push(`I2: nobody answered ${kind} ${id}`);
  }
  for (const { signalId, accountId, status } of content.parts.values())
    if (isUnfinished(status)) found.push(`I2: ${signalId} on ${accountId} ended as ${status}`);
  return found;
}

function orders({ ledger: { content } }: Cluster): string[] {
  const found: string[] = [];
  const told = new Set([...content.notices.values()].map(({ notice }) => notice.signalId));
  for (const { from, to } of content.orderEvents)
    if (from !== null && from !== to && !mayFollow(from, to)) found.push(`I5: ${from} → ${to}`);
  for (const { id, status, signalId, clientOrderId, role, progress } of content.orders.values()) {
    if (!isFinal(status)) found.push(`I5: order ${id} is still ${status}`);
    if (role !== 'external' && isFinal(status) && status !== 'canceled' && !told.has(signalId))
      found.push(`I6: nobody heard of ${id} (${status})`);
    if (role !== 'external' && clientOrderId !== clientOrderIdFor(id, progressOf({ progress }).attempt))
      found.push(`client order id of ${id}`);
  }
  return found;
}

/** What the slices have filled is what their order has filled, and never more than it is. */
function slices({ ledger: { content }, books }: Cluster): string[] {
  const found: string[] = [];
  const orders = [...content.orders.values()];
  for (const { id, quantity, filledQuantity, filledNotional } of orders.filter(isSliced)) {
    const parts = slicesOf({ id }, orders);
    const sum = parts.reduce((total, part) => total.plus(part.filledQuantity), ZERO);
    const worth = parts.reduce((total, part) => total.plus(part.filledNotional), ZERO);
    if (!sum.eq(filledQuantity) || !worth.eq(filledNotional))
      found.push(`I16: ${id} filled ${filledQuantity.toFixed()}, its slices ${sum.toFixed()}`);
    for (const book of books.values()) if (book.executions.has(clientOrderIdFor(id))) found.push(`I16: ${id} was sent, not a slice of it`);
    if (sum.gt(quantity)) found.push(`I16: slices of ${id} filled ${sum.toFixed()} of ${quantity.toFixed()}`);
  }
  return found;
}

function bookOf({ ledger: { content } }: Cluster, accountId: string, book: VenueBook): string[] {
  const found: string[] = [];
  for (const [clientOrderId, count] of book.executions) if (count > 1) found.push(`I1: ${clientOrderId} was executed ${count} times`);
  const ours = [...content.fills.values()].filter((fill) => fill.accountId === accountId);
  const booked = new Set(ours.map(({ fill }) => fill.venueTradeId));
  const known = book.orders.filter((order) => canBeKnown(content, accountId, book, order));
  const traded = new Set(known.flatMap((order) => order.fills.map((fill) => fill.venueTradeId)));
  for (const id of traded) if (!booked.has(id)) found.push(`I4: trade ${id} is not in the ledger`);
  for (const id of booked) if (!traded.has(id)) found.push(`I4: the ledger invented trade ${id}`);
  for (const [symbol, quantity] of book.positions) {
    const held = positionIn(content.positions.get(`${accountId}\0${symbol}`)?.quantity);
    if (!held.eq(quantity)) found.push(`position of ${symbol}: ours ${held.toFixed()}, the venue's ${quantity.toFixed()}`);
  }
  const cash = ours.reduce((sum, { fill, entry }) => sum.plus(entry.realizedPnl).plus(fill.feeAsset === 'USDT' ? ZERO : fill.fee), ZERO);
  const paid = [...content.funding.values()].filter((funding) => funding.accountId === accountId);
  for (const { venueId, amount } of paid)
    if (!book.funding.some(({ id, amount: told }) => id === venueId && told.eq(amount)))
      found.push(`I17: the ledger invented funding ${venueId}`);
  const funding = paid.reduce((sum, { balanceDelta }) => sum.plus(balanceDelta), ZERO);
  const balance = content.balances.get(`${accountId}\0USDT`)?.total ?? ZERO;
  if (!book.spot && !cash.plus(funding).eq(balance))
    found.push(`balance of ${accountId}: ${balance.toFixed()}, its entries sum to ${cash.toFixed()}, funding to ${funding.toFixed()}`);
  for (const order of content.orders.values())
    if (order.role !== 'entry' && order.role !== 'external' && book.openers.has(order.clientOrderId))
      found.push(`I10: the ${order.role} ${order.id} opened a position`);
  found.push(...book.ambiguous.map((what) => `I16: ${what}`));
  if (book.resting().length > 0) found.push(`${book.resting().length} orders rest at the venue that we think are over`);
  return found;
}

/** What others trade to and fro on a symbol on which we never did leaves no trace in what is asked of the venue. */
export function canBeKnown({ positions }: LedgerContent, accountId: string, book: VenueBook, { request }: BookOrder): boolean {
  const isForeign = request.clientOrderId.startsWith('web_');
  return !isForeign || positions.has(`${accountId}\0${request.symbol}`) || !(book.positions.get(request.symbol) ?? ZERO).isZero();
}

function positionIn(quantity: Decimal | undefined): Decimal {
  return quantity ?? ZERO;
}

/** What people did at the venue is in the ledger as theirs, each order once, and nothing differs for good. */
function drifts({ ledger: { content } }: Cluster): string[] {
  const found = [...content.drifts.values()].filter(({ status }) => status === 'open');
  const strangers = [...content.orders.values()].filter((order) => order.role === 'external');
  const names = new Set(strangers.map(({ accountId, venueOrderId }) => `${accountId} ${venueOrderId}`));
  const told = [...content.notices.values()].map(({ notice }) => notice.text).filter((text) => text.startsWith('Traded by hand'));
  // One notice names only so many by themselves.
  const counted = told.reduce((sum, text) => sum + Number(/ and (\d+) more\./.exec(text)?.[1] ?? 0), 0);
  const named = new Set(told.flatMap((text) => [...text.matchAll(/\(order (\S+) at the venue\)/g)].map(([, id]) => id)));
  const unheard = strangers.filter(({ venueOrderId, filledQuantity }) => !filledQuantity.isZero() && !named.has(venueOrderId ?? '?'));
  return [
    ...unheard.slice(counted).map(({ id }) => `I17: nobody heard of ${id}`),
    ...found.map(({ symbol, held, venue }) => `I17: drift of ${symbol}: ${held.toFixed()} against ${venue.toFixed()}`),
    ...strangers.filter(({ clientOrderId }) => !clientOrderId.startsWith('web_')).map(({ id }) => `I17: ${id} was ours`),
    ...(names.size === strangers.length ? [] : ['I17: an order of somebody else is there twice']),
  ];
}

/** A leader forgets what is over, or a long term fills its memory. */
function memory({ term }: Cluster): string[] {
  if (!term) return [];
  const { state, parking, lanes } = term;
  const orders = [...state.accounts.values()].reduce((sum, account) => sum + account.orders.size, 0);
  const kept = { signals: state.signals.size, orders, fills: state.fillsOf.size, parked: parking.size, tasks: lanes.size };
  return Object.values(kept).some((size) => size > 0) ? [`I14: still in memory: ${JSON.stringify(kept)}`] : [];
}

/** No leg waits for an order that is over (one with a code waits for its venue). Holds at every moment at which nothing is on its way to the ledger. */
export function orphans({ ledger: { content } }: Cluster): string[] {
  const found: string[] = [];
  for (const { id, role, status, parentId, code } of content.orders.values()) {
    const parent = parentId === null ? undefined : content.orders.get(parentId);
    if (status === 'intent' && code === null && parent && isFinal(parent.status))
      found.push(`I11: ${role} ${id} waits for an order that is ${parent.status}`);
  }
  return found;
}

/** Same log, same state: the leader's picture must be what a new leader would fold. */
export async function divergence({ ledger, term }: Cluster): Promise<string[]> {
  if (!term || term.signal.aborted) return [];
  const folded = foldSnapshot(await ledger.load(dayStartOf(term.now)), term.now);
  const [live, fresh] = [digest(term.state, term.now), digest(folded, term.now)];
  return live
    .filter((line) => !fresh.includes(line))
    .map((line) => `only the leader has ${line}`)
    .concat(fresh.filter((line) => !live.includes(line)).map((line) => `only the ledger has ${line}`));
}

function digest(state: EngineState, now: number): string[] {
  const lines: string[] = [];
  for (const [id, account] of state.accounts) {
    for (const { symbol, quantity, cost, realizedPnl } of account.positions.values())
      lines.push(`${id} ${symbol} ${quantity.toFixed()} ${cost.toFixed()} ${realizedPnl.toFixed()}`);
    for (const [asset, total] of account.balances) lines.push(`${id} ${asset} ${total.toFixed()}`);
    for (const order of openOrdersOf(account)) lines.push(JSON.stringify(order));
    lines.push(`${id} today ${realizedToday(account, now).toFixed()}`);
  }
  for (const [scope, { mode, reason, seq }] of state.modes) lines.push(`${scope ?? 'all'} ${mode} ${reason} ${seq}`);
  for (const progress of state.hedgeProgress.values()) lines.push(JSON.stringify(progress));
  // What is over is forgotten once nothing is under way for it any more; a new leader does not load it at all.
  for (const approval of state.approvals.values())
    if ([...(state.signals.get(approval.signalId)?.parts.values() ?? [])].some(({ status }) => isUnfinished(status)))
      lines.push(JSON.stringify(approval));
  for (const { parts } of state.signals.values())
    for (const { signalId, accountId, status } of parts.values())
      if (isUnfinished(status)) lines.push(`${signalId} ${accountId} ${status}`);
  return lines;
}

import { expect } from 'vitest';
import { Decimal } from '../../src/domain/money.ts';
import { ORDER_STATUSES, type OrderStatus } from '../../src/domain/order/order.ts';
import { isFinal, mayFollow } from '../../src/domain/order/transition.ts';
import { mayFollowPart } from '../../src/domain/signal/partStatus.ts';
import { SIGNAL_STATUSES, type SignalStatus } from '../../src/domain/signal/signal.ts';
import { isUnfinished } from '../../src/ledger/statuses.ts';
import { eventId } from '../../src/notify/composeMessage.ts';
import { until } from '../helpers/until.ts';
import { expectBooksEqual } from './books.ts';
import { type Evidence, noticesWaiting, readEvidence } from './evidence.ts';
import { type Delivery, settled, type World } from './world.ts';
import { wrongWrites } from './writeProof.ts';

export interface InvariantOptions {
  /** Who is asked; default: the first instance. */
  readonly instance?: World['instance'];
  /** Client order ids at the exchange that are none of ours. */
  readonly foreign?: readonly string[];
  /** Whether profits were booked in the order in which they were made. */
  readonly sameOrder?: boolean;
  /** The most any position may ever have been worth at the exchange, in quote; absent: no limit was set. */
  readonly maxPositionNotional?: number;
  /** Text from elsewhere (another store) that must hold no secret either. */
  readonly elsewhere?: string;
}

/** How long the notices of a storm may take to be told, at the pace of a chat. */
const TOLD_WITHIN_MS = 60_000;

/**
 * Waits until everything is over and everybody told, and then asks the exchange and the database, past our own code, whether
 * what must never happen has happened (docs/faults.md). Resolves with what the database says.
 */
export async function expectInvariants(world: World, deliveries: readonly Delivery[], options: InvariantOptions = {}): Promise<Evidence> {
  const { instance = world.instance, sameOrder = false, foreign = [] } = options;
  await settled(instance, 60_000);
  await until(async () => (await noticesWaiting(world)) === 0, {
    what: 'every notice to be told',
    timeoutMs: TOLD_WITHIN_MS,
    everyMs: 100,
  });
  const evidence = await readEvidence(world);
  const found = [
    ...oneOrderPerLeg(evidence, world, foreign),
    ...everyPromiseKept(evidence, deliveries),
    ...wrongWrites(evidence.writes),
    ...fillsOfTheExchange(evidence, world, foreign),
    ...declaredMoves(evidence),
    ...noticesTold(evidence, world),
    ...secretsOutside(evidence, world, options.elsewhere ?? ''),
    ...positionsWithin(world, options.maxPositionNotional ?? null),
  ];
  expect(found).toEqual([]);
  expect(evidence.writes.length, 'I3 rests on what was noted').toBeGreaterThan(0);
  if (foreign.length === 0) await expectBooksEqual(world, { sameOrder, instance });
  return evidence;
}

/** I1: an alert is one signal, a leg of it one order, an order one id, and the exchange took that id at most once. */
function oneOrderPerLeg({ signals, orders }: Evidence, { exchange }: World, foreign: readonly string[]): string[] {
  const found = exchange.duplicates().map((id) => `I1: the exchange accepted ${id} more than once`);
  const alerts = signals.filter(({ source }) => source === 'alert').map(({ payload }) => alertIdOf(payload));
  for (const id of repeated(alerts.filter((alert) => alert !== null))) found.push(`I1: the alert ${id} became several signals`);
  for (const leg of repeated(orders.map((order) => `${order.signal_id} on ${order.account_id}, leg ${order.leg}`)))
    found.push(`I1: several orders for ${leg}`);
  for (const id of repeated(orders.map((order) => order.client_order_id))) found.push(`I1: several orders share the id ${id}`);
  const ours = new Map(orders.map((order) => [order.client_order_id, order]));
  for (const there of exchange.book.orders) {
    const here = ours.get(there.clientOrderId);
    if (foreign.includes(there.clientOrderId)) continue;
    const open = there.status === 'NEW' || there.status === 'PARTIALLY_FILLED';
    if (!here) found.push(`I1: the exchange has ${there.clientOrderId}, and we do not know it`);
    else if (open && isFinal(here.status as OrderStatus)) found.push(`I1: ${there.clientOrderId} is open there and ${here.status} here`);
    else if (!there.executedQty.eq(here.filled_quantity))
      found.push(`I1: ${there.clientOrderId} filled ${there.executedQty.toFixed()} there and ${here.filled_quantity} here`);
  }
  for (const { client_order_id: id, filled_quantity: filled } of orders)
    if (filled !== '0' && exchange.book.accepted(id).length === 0)
      found.push(`I1: the exchange has no ${id}, of which we say it filled ${filled}`);
  return found;
}

/** The id its sender gave it; null when what is stored cannot be read (a poisoned command). */
function alertIdOf(payload: string): string | null {
  try {
    const { id } = JSON.parse(payload) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** I2: whatever was answered 202 is known and over; what was set aside was told. */
function everyPromiseKept({ signals, notices }: Evidence, deliveries: readonly Delivery[]): string[] {
  const found: string[] = [];
  const known = new Map(signals.map((signal) => [signal.id, signal]));
  for (const { signalId, alert } of deliveries)
    if (signalId !== null && !known.has(signalId)) found.push(`I2: nothing is known of the promised ${JSON.stringify(alert)}`);
  for (const { id, status, code } of signals) {
    if (isUnfinished(status as SignalStatus)) found.push(`I2: ${id} ended as ${status}`);
    const told = notices.some((notice) => notice.signal_id === id && notice.severity === 'critical');
    if (code === 'SET_ASIDE' && !told) found.push(`I2: ${id} was set aside, and nobody was told`);
  }
  return found;
}

/** I4: the ledger's fills are the exchange's trades, number by number. */
function fillsOfTheExchange({ fills }: Evidence, { exchange }: World, foreign: readonly string[]): string[] {
  const here = fills.map((fill) => [
    fill.venue_trade_id,
    fill.client_order_id,
    fill.side,
    fill.quantity,
    fill.price,
    fill.fee,
    fill.fee_asset,
  ]);
  const there = exchange.book.trades
    .filter(({ clientOrderId }) => !foreign.includes(clientOrderId))
    .map((trade) => [
      ...[String(trade.id), trade.clientOrderId, trade.side.toLowerCase(), trade.qty.toFixed(), trade.price.toFixed()],
      ...[trade.commission.toFixed(), trade.commissionAsset],
    ]);
  const [ours, theirs] = [here, there].map((rows) => new Set(rows.map((row) => row.join(' ')))) as [Set<string>, Set<string>];
  return [
    ...[...theirs].filter((row) => !ours.has(row)).map((row) => `I4: the exchange's trade ${row} is not in the ledger`),
    ...[...ours].filter((row) => !theirs.has(row)).map((row) => `I4: the ledger's fill ${row} is not at the exchange`),
    ...(fills.length === ours.size ? [] : ['I4: the ledger holds a fill twice']),
  ];
}

/** I5: orders and parts of signals moved along their tables, one step after the other, to where they are now. */
function declaredMoves({ orders, orderMoves, partMoves }: Evidence): string[] {
  const found: string[] = [];
  const last = new Map<string, string>();
  const step = (what: string, from: string | null, to: string, allowed: boolean): void => {
    if ((last.get(what) ?? null) !== from)
      found.push(`I5: ${what} went from ${from} to ${to}, and was ${last.get(what) ?? 'not there'} before`);
    if (from !== to && !allowed) found.push(`I5: ${what} went from ${from} to ${to}`);
    last.set(what, to);
  };
  for (const { order_id: id, from_status: from, to_status: to } of orderMoves) {
    const known = ORDER_STATUSES.includes(to as OrderStatus);
    step(`order ${id}`, from, to, known && (from === null ? to === 'intent' : mayFollow(from as OrderStatus, to as OrderStatus)));
  }
  for (const { part, from_status: from, to_status: to } of partMoves) {
    const known = SIGNAL_STATUSES.includes(to as SignalStatus);
    step(`signal ${part}`, from, to, known && (from === null || mayFollowPart(from as SignalStatus, to as SignalStatus)));
  }
  for (const { id, status } of orders)
    if (last.get(`order ${id}`) !== status) found.push(`I5: order ${id} is ${status}, its last move led to ${last.get(`order ${id}`)}`);
  return found;
}

/** I6: every notice reached a chat at least once, by the event id it ends with. */
function noticesTold({ notices }: Evidence, { telegram }: World): string[] {
  const heard = telegram.messages.map(({ text }) => text).join('\n');
  return notices
    .filter((notice) => !notice.sent || !heard.includes(eventId(notice)))
    .map(({ id, text, sent }) => `I6: ${sent ? 'marked as sent, but not heard' : 'given up'}: ${id} ${text}`);
}

/** I7: no key, token, password or signature in a log, in the database, or in a chat. */
function secretsOutside({ dump }: Evidence, { secrets, instances, telegram }: World, elsewhere: string): string[] {
  const places = [
    ...instances.map((instance, index) => ({ place: `the log of instance ${index}`, text: instance.output() })),
    { place: 'the database', text: dump },
    { place: 'a chat', text: telegram.messages.map(({ text }) => text).join('\n') },
    { place: 'another store', text: elsewhere },
  ];
  return places.flatMap(({ place, text }) =>
    [...secrets, { name: 'a signature', value: 'signature=' }]
      .filter(({ value }) => text.includes(value))
      .map(({ name }) => `I7: ${name} is in ${place}`),
  );
}

/** I8: at no moment did the exchange hold more for us than the limit allows; what was in doubt had to be counted for that. */
function positionsWithin({ exchange }: World, limit: number | null): string[] {
  if (limit === null) return [];
  const held = new Map<string, Decimal>();
  return exchange.book.trades.flatMap(({ symbol, side, qty, price }) => {
    const after = (held.get(symbol) ?? new Decimal(0)).plus(side === 'BUY' ? qty : qty.neg());
    held.set(symbol, after);
    const worth = after.mul(price);
    return worth.abs().gt(limit) ? [`I8: ${worth.toFixed()} of ${symbol} was held, the limit is ${limit}`] : [];
  });
}

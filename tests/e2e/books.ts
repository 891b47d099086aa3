import { expect } from 'vitest';
import { Decimal } from '../../src/domain/money.ts';
import type { Instance } from '../helpers/instance.ts';
import { until } from '../helpers/until.ts';
import type { BookTrade } from '../helpers/venue/bookTypes.ts';
import { type Delivery, type Json, list, settled, type World } from './world.ts';

/**
 * Whatever happened on the way: each accepted alert reached the exchange exactly once and was filled, no alert more than once,
 * and nothing is at the exchange that we do not know. `unheard`: alerts that were sent besides `deliveries` and may or may not
 * be there; `beside`: signals that are not from alerts. Waits until everything is over.
 */
export async function expectExactlyOnce(
  world: World,
  deliveries: readonly Delivery[],
  { unheard = 0, beside = [], instance = world.instance }: { unheard?: number; beside?: readonly string[]; instance?: Instance } = {},
): Promise<void> {
  const { exchange } = world;
  const signals = await settled(instance);
  expect(signals.filter(({ id, status }) => status !== 'done' && !beside.includes(String(id)))).toEqual([]);
  const orders = await list(instance, '/api/v1/orders');
  expect(exchange.duplicates(), 'orders accepted twice by the exchange').toEqual([]);
  for (const { alert, signalId } of deliveries) {
    if (signalId === null) continue;
    const [order, ...more] = orders.filter((candidate) => candidate.signalId === signalId);
    expect({ status: order?.status, more: more.length }, JSON.stringify({ alert, signalId })).toEqual({ status: 'filled', more: 0 });
    expect(exchange.book.accepted(String(order?.clientOrderId))).toHaveLength(1);
  }
  const accepted = new Set(deliveries.flatMap(({ signalId }) => signalId ?? []));
  const executed = exchange.book.orders.length;
  expect(executed).toBeGreaterThanOrEqual(accepted.size);
  expect(executed).toBeLessThanOrEqual(new Set(deliveries.map(({ alert }) => alert.id)).size + unheard);
  expect(new Set(exchange.book.clientOrderIds())).toEqual(new Set(orders.map(({ clientOrderId }) => clientOrderId)));
}

interface Holding {
  readonly quantity: Decimal;
  readonly cost: Decimal;
  readonly realized: Decimal;
  /** Quote received less quote paid, fees included. */
  readonly cash: Decimal;
}

const NOTHING: Holding = { quantity: new Decimal(0), cost: new Decimal(0), realized: new Decimal(0), cash: new Decimal(0) };

/**
 * The exchange's own trades, added up by average cost for an account that is never short: a buy's commission is in base and
 * makes what was paid buy less, a sell's is in quote and is a loss at once.
 */
function addTrade(held: Holding, { side, qty, price, commission }: BookTrade): Holding {
  const notional = qty.mul(price);
  if (side === 'BUY') {
    return {
      ...held,
      quantity: held.quantity.plus(qty).minus(commission),
      cost: held.cost.plus(notional),
      cash: held.cash.minus(notional),
    };
  }
  const left = held.quantity.minus(qty);
  const costLeft = left.isZero() ? new Decimal(0) : held.cost.mul(left).div(held.quantity);
  const proceeds = notional.minus(commission);
  const realized = held.realized.plus(proceeds).minus(held.cost.minus(costLeft));
  return { quantity: left, cost: costLeft, realized, cash: held.cash.plus(proceeds) };
}

const exact = (text: unknown): Decimal => new Decimal(String(text));
/** What is shown is reckoned from average prices of twenty digits. */
const TOLERANCE = new Decimal('1e-12');

/**
 * Trades, positions, balances and profit over the API equal the exchange's book. `sameOrder`: fills were booked in the order
 * they happened, so that the split into realised and still held is the same too; without it (an exit may be booked before an
 * entry in doubt) their sum still is.
 */
export async function expectBooksEqual(world: World, { sameOrder = true, instance = world.instance } = {}): Promise<void> {
  const { book } = world.exchange;
  const trades = await list(instance, '/api/v1/trades');
  expect(trades.map(({ venueTradeId }) => venueTradeId).sort()).toEqual(book.trades.map(({ id }) => String(id)).sort());
  const positions = await bySymbol(instance);
  for (const { symbol, base, quote } of book.symbols) {
    const truth = book.trades.filter((trade) => trade.symbol === symbol).reduce(addTrade, NOTHING);
    if (truth === NOTHING) continue;
    const position = positions.get(`${base}/${quote}`);
    expect(position?.quantity, symbol).toBe(truth.quantity.toFixed());
    const cost = truth.quantity.mul(exact(position?.averagePrice ?? 0));
    expectClose(exact(position?.realizedPnl).minus(cost), truth.cash, `what was realised less what is still held of ${symbol}`);
    if (sameOrder) expectClose(exact(position?.realizedPnl), truth.realized, `realised profit of ${symbol}`);
  }
  // Those of a new account are read once nothing is on its way there.
  const differences = async () => {
    const balances = await portfolio(instance, 'balances');
    const wrong = balances.filter(({ asset, total }) => !book.wallet.total(String(asset)).eq(exact(total)));
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
    return balances;
  };
  await until(differences, { what: 'the balances to be those at the exchange', timeoutMs: 10_000, everyMs: 100 });
}

async function bySymbol(instance: Instance): Promise<Map<string, Json>> {
  const positions = await portfolio(instance, 'positions');
  return new Map(positions.map((position) => [String(position.symbol), position]));
}

async function portfolio(instance: Instance, part: 'positions' | 'balances'): Promise<Json[]> {
  return (await instance.call('GET', `/api/v1/portfolio/${part}`)).body.items as Json[];
}

function expectClose(actual: Decimal, wanted: Decimal, what: string): void {
  expect(actual.minus(wanted).abs().lte(TOLERANCE), `${what}: ${actual.toFixed()} instead of ${wanted.toFixed()}`).toBe(true);
}

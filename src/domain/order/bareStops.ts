import type { Market } from '../market/market.ts';
import { type Decimal, decimal, LEDGER_SCALE, ZERO } from '../money.ts';
import { isResting } from './followUps.ts';
import { type CoverFacts, type GuardFacts, lackingStopsOf, uncoveredOf } from './guardSteps.ts';
import type { Order } from './order.ts';
import { progressOf } from './progress.ts';

/** What is to be done about a position of which stops do not stand that should. `since` is epoch ms. */
export type BareStep =
  /** To be written down, so that whoever leads next counts from the same moment. */
  | { readonly kind: 'note'; readonly stops: readonly Order[]; readonly since: number }
  /** It has lasted as long as the guarantee allows, and nobody knows. */
  | { readonly kind: 'tell'; readonly stops: readonly Order[]; readonly since: number; readonly size: Decimal }
  /** They stand again; `told`: those who were told otherwise are told that too. */
  | { readonly kind: 'calm'; readonly stops: readonly Order[]; readonly since: number; readonly told: boolean };

export type BareFacts = CoverFacts & Pick<GuardFacts, 'guaranteeMs' | 'nowMs'>;

/** The same for whoever leads: all it counts by is in the ledger. */
export function bareStep(facts: BareFacts): BareStep | null {
  const size = uncoveredOf(facts);
  if (size.lt(facts.market.minQuantity)) return calmStep(facts);
  const stops = lackingStopsOf(facts);
  const since = Math.min(...stops.map((stop) => bareSinceOf(stop, parentOf(stop, facts))));
  const told = stops.some((stop) => progressOf(stop).bareTold);
  if (!told && facts.nowMs - since >= facts.guaranteeMs) return { kind: 'tell', stops, since, size };
  const unwritten = stops.filter((stop) => progressOf(stop).bareSince === undefined);
  return unwritten.length === 0 ? null : { kind: 'note', stops: unwritten, since };
}

function calmStep({ orders }: BareFacts): BareStep | null {
  const stops = orders.filter((order) => order.role === 'stop_loss' && isResting(order) && progressOf(order).bareSince !== undefined);
  if (stops.length === 0) return null;
  const since = Math.min(...stops.map((stop) => progressOf(stop).bareSince ?? stop.updatedAt));
  return { kind: 'calm', stops, since, told: stops.some((stop) => progressOf(stop).bareTold) };
}

function parentOf({ parentId }: Order, { orders }: BareFacts): Order | undefined {
  return orders.find(({ id }) => id === parentId);
}

/**
 * What can be told of it while the venue cannot be opened, so that nothing is known of its markets: of stops that were called for, and only
 * that it has lasted too long. A stop that stood is taken to stand.
 */
export function bareStepUnlisted(symbol: string, facts: Omit<BareFacts, 'market'>): Extract<BareStep, { kind: 'tell' }> | null {
  const orders = facts.orders.filter((order) => order.role !== 'stop_loss' || wasCalled(order));
  const step = bareStep({ ...facts, orders, market: unlisted(symbol) });
  return step?.kind === 'tell' ? step : null;
}

function wasCalled({ status, code, progress }: Order): boolean {
  return status !== 'intent' || code !== null || progress?.bareSince !== undefined;
}

/** A market of which only the symbol is known: whatever is above zero can be traded. */
export function unlisted(symbol: string): Market {
  const [base = '', quote = ''] = symbol.split(/[/:]/);
  const any = decimal(`1e-${LEDGER_SCALE}`);
  const sizes = { tickSize: any, stepSize: any, minQuantity: any, minNotional: ZERO };
  return { symbol, venueSymbol: symbol, type: symbol.includes(':') ? 'swap' : 'spot', base, quote, ...sizes };
}

/**
 * Since when a position is without what this stop is to cover, epoch ms: as it was written down, else since its entry was last booked,
 * which called for it; or since the stop itself, which had stood, was last heard of.
 */
export function bareSinceOf(stop: Order, entry: Order | undefined): number {
  const { bareSince, earlier } = progressOf(stop);
  if (bareSince !== undefined) return bareSince;
  const called = entry?.updatedAt ?? stop.createdAt;
  const stood = stop.venueOrderId !== null || earlier !== undefined;
  return stood && !isResting(stop) ? Math.max(called, stop.updatedAt) : called;
}

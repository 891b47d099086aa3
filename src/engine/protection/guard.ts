import type { Market, Quote } from '../../domain/market/market.ts';
import type { Decimal } from '../../domain/money.ts';
import { remainingOf } from '../../domain/order/cover.ts';
import { type GuardFacts, type GuardStep, guardSteps, uncoveredOf } from '../../domain/order/guardSteps.ts';
import type { Order } from '../../domain/order/order.ts';
import { progressOf } from '../../domain/order/progress.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { currentQuote } from '../facts.ts';
import { notice } from '../notices.ts';
import { type OrderPlace, tiedBy } from '../orderPlace.ts';
import { laneKey } from '../parking.ts';
import { backOffMs } from '../reach.ts';
import { type AccountState, openOrdersOf, positionOf } from '../state.ts';
import { EXIT_OWED } from '../tasks.ts';
import type { Term } from '../term.ts';
import { isProtective } from '../wanted.ts';
import { performStep } from './guardActions.ts';

const ROUND_MS = 250;

/**
 * Sees to it that what plans promise stands at the venue: finishes changes that a leader began, keeps pairs where the venue does not,
 * takes profits whose price is reached, moves trailing stops, puts stops back, and says (or closes) what stays without one. All it
 * knows is in the ledger, so a new leader's guard goes on where the last one stopped (docs/adr/0026).
 */
export class Guard {
  private readonly term: Term;
  /** Lanes that are being looked at. */
  private readonly busy = new Set<string>();
  /** Since when (monotonic ms) a lane's position has not been covered, and whether people know. */
  private readonly uncovered = new Map<string, { readonly since: number; told: boolean }>();
  /** Steps that led to nothing are tried again later (monotonic ms). */
  private readonly tried = new Map<string, { readonly at: number; readonly times: number }>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Until the term ends. */
  async run(): Promise<void> {
    const { term } = this;
    while (!term.signal.aborted) {
      await term.deps.clock.sleep(ROUND_MS, term.signal);
      if (!term.signal.aborted) this.round();
    }
  }

  /** Starts what is due and waits for none of it. */
  private round(): void {
    const { term } = this;
    for (const account of term.state.accounts.values()) {
      const venue = term.venues.get(account.account.id);
      if (!venue) continue;
      for (const symbol of guardedSymbols(account)) {
        const market = venue.marketOf(symbol);
        const lane = laneKey(account.account.id, symbol);
        if (!market || this.busy.has(lane)) continue;
        this.busy.add(lane);
        this.look({ term, account, venue, market }, lane)
          .catch((error: unknown) => term.fail(error))
          .finally(() => this.busy.delete(lane));
      }
    }
  }

  private async look(place: OrderPlace, lane: string): Promise<void> {
    const { term, account, venue, market } = place;
    const quote = needsPrice(account, market) ? await currentQuote(venue, market.symbol) : null;
    if (term.signal.aborted) return;
    const due = guardSteps(factsOf(place, quote)).some((step) => this.isDue(step));
    const bare = this.isOverdue(lane, place, quote);
    if (!due && !bare) return;
    await term.lanes.enqueue(lane, () => this.mind(place, lane, quote), 'urgent');
  }

  /** In the lane: nothing else happens to its orders meanwhile. Each step is decided anew, for the one before it may have changed it all. */
  private async mind(place: OrderPlace, lane: string, quote: Quote | null): Promise<void> {
    const { term } = this;
    const done = new Set<string>();
    for (;;) {
      if (term.signal.aborted) return;
      const step = guardSteps(factsOf(place, quote)).find((next) => this.isDue(next) && !done.has(keyOf(next)));
      if (!step) break;
      done.add(keyOf(step));
      this.note(step);
      await performStep(place, step);
    }
    if (this.isOverdue(lane, place, quote)) await this.tellUncovered(place, lane, quote);
  }

  private isDue(step: GuardStep): boolean {
    return (this.tried.get(keyOf(step))?.at ?? 0) <= this.term.deps.clock.monotonic();
  }

  private note(step: GuardStep): void {
    const { clock, random } = this.term.deps;
    if (this.tried.size > TRIED_MAX) this.tried.clear();
    const times = (this.tried.get(keyOf(step))?.times ?? 0) + 1;
    this.tried.set(keyOf(step), { at: clock.monotonic() + backOffMs(times, random()), times });
  }

  /** Whether the position has been uncovered for as long as the guarantee allows, and nobody knows yet; or is covered again after that. */
  private isOverdue(lane: string, place: OrderPlace, quote: Quote | null): boolean {
    const now = this.term.deps.clock.monotonic();
    const bare = uncoveredOf(factsOf(place, quote)).gte(place.market.minQuantity);
    const known = this.uncovered.get(lane);
    if (!bare) {
      if (!known?.told) this.uncovered.delete(lane);
      return known?.told === true;
    }
    if (!known) this.uncovered.set(lane, { since: now, told: false });
    return known !== undefined && !known.told && now - known.since >= this.term.deps.settings.stopGuaranteeMs;
  }

  private async tellUncovered(place: OrderPlace, lane: string, quote: Quote | null): Promise<void> {
    const { term, account, market } = place;
    const known = this.uncovered.get(lane);
    if (!known) return;
    const context = { newId: term.deps.newId, now: term.now };
    if (known.told) {
      this.uncovered.delete(lane);
      const text = `Its stop stands again: ${market.symbol} (${account.account.name}), after ${Math.round((term.deps.clock.monotonic() - known.since) / 1000)} s.`;
      return term.commit([notice(context, 'info', text)]);
    }
    known.told = true;
    const size = uncoveredOf(factsOf(place, quote));
    const seconds = Math.round(term.deps.settings.stopGuaranteeMs / 1000);
    const text = `POSITION_NAKED: ${size.toFixed()} ${market.base} of ${market.symbol} (${account.account.name}) have had no stop that is known to stand for ${seconds} s. It is still being placed: look at the position.`;
    return term.commit([notice(context, 'critical', text)]);
  }
}

const TRIED_MAX = 1_000;

/** The same step of the same order, also under its next id when that is to be of the same size: what changes nothing is not done at once again. */
function keyOf(step: GuardStep): string {
  const { kind, order } = step;
  if (kind === 'resize') return `${kind} ${order.id} ${step.quantity.toFixed()}`;
  return `${kind} ${order.id} ${order.clientOrderId} ${kind === 'take' || kind === 'trail' ? order.updatedAt : ''}`;
}

/** Symbols with protection, or with a change that is under way. */
function guardedSymbols(account: AccountState): Set<string> {
  const symbols = new Set<string>();
  for (const order of account.orders.values()) {
    if (isFinal(order.status)) continue;
    if (isProtective(order) || order.type === 'trailing_stop' || progressOf(order).change) symbols.add(order.symbol);
  }
  return symbols;
}

function needsPrice(account: AccountState, { symbol }: Market): boolean {
  return openOrdersOf(account, symbol).some(
    ({ code, type, status }) => code === 'WATCHED' || (type === 'trailing_stop' && status !== 'intent'),
  );
}

export function factsOf(place: OrderPlace, quote: Quote | null): GuardFacts {
  const { term, account, market } = place;
  const orders = [...account.orders.values()].filter(({ symbol }) => symbol === market.symbol);
  const held = positionOf(account, market.symbol).quantity;
  return {
    market,
    orders,
    held,
    tiedBy: tiedBy(place),
    exitUnderWay: orders.some((order) => isExitUnderWay(order, market, held)) || owesExit(term, account),
    quote,
    guaranteeMs: term.deps.settings.stopGuaranteeMs,
    nowMs: term.now,
  };
}

/** One that is about to fill, or that holds on spot all that a stop could sell. */
function isExitUnderWay(order: Order, market: Market, held: Decimal): boolean {
  if (order.role !== 'exit' || isFinal(order.status)) return false;
  const rests = order.status === 'open' || order.status === 'partially_filled';
  if (!rests || order.type === 'market') return order.status !== 'intent' || order.code !== null;
  return market.type === 'spot' && held.abs().minus(remainingOf(order)).lt(market.minQuantity);
}

/** An exit whose stops are gone and that is not planned yet. */
function owesExit({ state }: Term, { account }: AccountState): boolean {
  for (const { parts } of state.signals.values()) {
    const part = parts.get(account.id);
    if (part?.code === EXIT_OWED && part.status === 'accepted') return true;
  }
  return false;
}

import type { Market, Quote } from '../../domain/market/market.ts';
import type { Decimal } from '../../domain/money.ts';
import { type BareFacts, bareStep, bareStepUnlisted, unlisted } from '../../domain/order/bareStops.ts';
import { remainingOf } from '../../domain/order/cover.ts';
import { type GuardFacts, type GuardStep, guardSteps } from '../../domain/order/guardSteps.ts';
import type { Order } from '../../domain/order/order.ts';
import { progressOf } from '../../domain/order/progress.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { currentQuote } from '../facts.ts';
import { type OrderPlace, tiedBy } from '../orderPlace.ts';
import { resumeSignal } from '../ownSignals.ts';
import { laneKey } from '../parking.ts';
import { retryWaitMs } from '../reach.ts';
import { type AccountState, openOrdersOf, positionOf } from '../state.ts';
import { EXIT_OWED } from '../tasks.ts';
import type { Term } from '../term.ts';
import { isProtective } from '../wanted.ts';
import { performStep, recordBare } from './guardActions.ts';

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
  /** Steps that led to nothing are tried again later (monotonic ms). */
  private readonly tried = new Map<string, { readonly at: number; readonly times: number }>();

  constructor(term: Term) {
    this.term = term;
    term.onOwn = (signal) => resumeSignal(term, signal);
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
      for (const symbol of guardedSymbols(account)) {
        const market = venue?.marketOf(symbol);
        const lane = laneKey(account.account.id, symbol);
        if (this.busy.has(lane)) continue;
        this.busy.add(lane);
        const looking = venue && market ? this.look({ term, account, venue, market }, lane) : this.lookUnlisted(account, symbol, lane);
        looking.catch((error: unknown) => term.fail(error)).finally(() => this.busy.delete(lane));
      }
    }
  }

  private async look(place: OrderPlace, lane: string): Promise<void> {
    const { term, account, venue, market } = place;
    const quote = needsPrice(account, market) ? await currentQuote(venue, market.symbol) : null;
    if (term.signal.aborted) return;
    const facts = factsOf(place, quote);
    if (!guardSteps(facts).some((step) => this.isDue(step)) && bareStep(facts) === null) return;
    await term.lanes.enqueue(lane, () => this.mind(place, quote), 'urgent');
  }

  /** A venue that cannot be opened is no reason to keep quiet: what the ledger knows is told. */
  private async lookUnlisted(account: AccountState, symbol: string, lane: string): Promise<void> {
    const { term } = this;
    const step = () => bareStepUnlisted(symbol, bareFactsOf(term, account, symbol));
    if (step() === null) return;
    await term.lanes.enqueue(
      lane,
      async () => {
        const due = term.signal.aborted ? null : step();
        if (due) await recordBare({ term, account }, unlisted(symbol), due);
      },
      'urgent',
    );
  }

  /** In the lane: nothing else happens to its orders meanwhile. Each step is decided anew, for the one before it may have changed it all. */
  private async mind(place: OrderPlace, quote: Quote | null): Promise<void> {
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
    const bare = bareStep(factsOf(place, quote));
    if (bare) await recordBare(place, place.market, bare);
  }

  private isDue(step: GuardStep): boolean {
    return (this.tried.get(keyOf(step))?.at ?? 0) <= this.term.deps.clock.monotonic();
  }

  private note(step: GuardStep): void {
    const { clock, random } = this.term.deps;
    if (this.tried.size > TRIED_MAX) this.tried.clear();
    const times = (this.tried.get(keyOf(step))?.times ?? 0) + 1;
    this.tried.set(keyOf(step), { at: clock.monotonic() + retryWaitMs(times, random()), times });
  }
}

const TRIED_MAX = 1_000;

/** The same step of the same order, also under its next id when that is to be of the same size: what changes nothing is not done at once again. */
function keyOf(step: GuardStep): string {
  const { kind, order } = step;
  if (kind === 'resize') return `${kind} ${order.id} ${step.quantity.toFixed()}`;
  return `${kind} ${order.id} ${order.clientOrderId} ${kind === 'take' || kind === 'trail' ? order.updatedAt : ''}`;
}

/** Symbols with protection, with an entry that may have spent its own, or with a change that is under way. */
function guardedSymbols(account: AccountState): Set<string> {
  const symbols = new Set<string>();
  for (const order of account.orders.values()) {
    if (isFinal(order.status)) continue;
    const begun = order.role === 'entry' && !order.filledQuantity.isZero();
    const { change, gone } = progressOf(order);
    if (isProtective(order) || begun || order.type === 'trailing_stop' || change || gone) symbols.add(order.symbol);
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
  const known = bareFactsOf(term, account, market.symbol);
  const exitUnderWay = known.orders.some((order) => isExitUnderWay(order, market, known.held)) || owesExit(term, account);
  return { ...known, market, tiedBy: tiedBy(place), exitUnderWay, quote };
}

function bareFactsOf(term: Term, account: AccountState, symbol: string): Omit<BareFacts, 'market'> {
  return {
    orders: [...account.orders.values()].filter((order) => order.symbol === symbol),
    held: positionOf(account, symbol).quantity,
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

import type { AccountId } from '../../domain/ids.ts';
import { ZERO } from '../../domain/money.ts';
import { marginKey, type PositionMargin } from '../../domain/portfolio/position.ts';
import { type LiquidationStep, liquidationDistance, liquidationStep } from '../../domain/risk/assessLiquidation.ts';
import type { PositionReport } from '../../exchange/exchange.ts';
import type { Change } from '../../ledger/ledger.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { notice } from '../notices.ts';
import { type AccountState, modeOf, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

const EVERY_MS = 10_000;
/** A price of our own, where the venue tells none with the position, may be this old. */
const MARK_MAX_AGE_MS = 15_000;
/** The same reduction is not asked for again within this, whoever leads: what is held after it is another quantity. */
const REDUCTION_LIFE_MS = 120_000;
const REDUCED_SHARE = '50%';

type SideHeld = 'long' | 'short';

interface Watched {
  /** Each side is liquidated by itself. */
  readonly steps: Map<SideHeld, LiquidationStep>;
  /** Both sides were held, and people know. */
  bothTold: boolean;
}

interface AccountWatch {
  dueAt: number;
  busy: boolean;
  readonly symbols: Map<string, Watched>;
}

/** Watches how near to liquidation positions come: raises an alarm by steps, and reduces where the account asks for that. */
export class LiquidationWatch {
  private readonly term: Term;
  private readonly watches = new Map<AccountId, AccountWatch>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    const now = term.deps.clock.monotonic();
    for (const account of term.state.accounts.values()) {
      const venue = term.venues.get(account.account.id);
      if (!venue?.session.orders.positions) continue;
      const watch = this.watchOf(account.account.id);
      if (watch.busy || watch.dueAt > now || !holdsSwap(account, venue)) continue;
      watch.busy = true;
      watch.dueAt = now + EVERY_MS;
      void this.look(account, venue, watch)
        .catch((error: unknown) => term.fail(error))
        .finally(() => {
          watch.busy = false;
        });
    }
  }

  private watchOf(accountId: AccountId): AccountWatch {
    const watch = this.watches.get(accountId) ?? { dueAt: 0, busy: false, symbols: new Map() };
    this.watches.set(accountId, watch);
    return watch;
  }

  private async look(account: AccountState, venue: Venue, watch: AccountWatch): Promise<void> {
    const { term } = this;
    const reports = await venue.session.orders.positions?.();
    if (!reports || term.signal.aborted) return;
    const held = reports.filter(({ quantity }) => !quantity.isZero());
    for (const symbol of watch.symbols.keys()) {
      if (held.some((report) => report.symbol === symbol)) continue;
      watch.symbols.delete(symbol);
      term.margins.delete(marginKey(account.account.id, symbol));
    }
    for (const symbol of new Set(held.map((report) => report.symbol))) {
      const sides = held.filter((report) => report.symbol === symbol);
      const watched = watch.symbols.get(symbol) ?? { steps: new Map(), bothTold: false };
      watch.symbols.set(symbol, watched);
      term.margins.set(marginKey(account.account.id, symbol), marginOf(sides));
      await this.tellBothSides(account, symbol, sides, watched);
      for (const side of watched.steps.keys()) if (!sides.some((report) => sideOf(report) === side)) watched.steps.delete(side);
      for (const side of sides) await this.assess(account, venue, side, watched);
    }
  }

  private async tellBothSides(
    { account }: AccountState,
    symbol: string,
    sides: readonly PositionReport[],
    watched: Watched,
  ): Promise<void> {
    const net = sides.reduce((sum, { quantity }) => sum.plus(quantity), ZERO);
    const wasTold = watched.bothTold;
    watched.bothTold = sides.length > 1;
    if (sides.length < 2 || wasTold) return;
    const each = sides.map(({ quantity }) => `${quantity.isPositive() ? 'long' : 'short'} ${quantity.abs().toFixed()}`).join(' and ');
    const text = `${account.name} holds ${symbol} on both sides at the exchange: ${each}. Signalman reckons with the net, ${net.toFixed()}; close one side at the exchange.`;
    await this.term.commit([this.tell('warning', text)]);
  }

  private async assess(account: AccountState, venue: Venue, report: PositionReport, watched: Watched): Promise<void> {
    const { term } = this;
    const { symbol, quantity, liquidationPrice } = report;
    if (liquidationPrice === null) return;
    const mark = report.markPrice ?? (await venue.session.feed.quote(symbol, MARK_MAX_AGE_MS))?.last ?? null;
    const distance = liquidationDistance(quantity, mark, liquidationPrice);
    if (distance === null || mark === null || term.signal.aborted) return;
    const side = sideOf(report);
    const before = watched.steps.get(side) ?? 0;
    const step = liquidationStep(before, distance, term.deps.settings.liquidationAlarmPercent);
    watched.steps.set(side, step);
    const reduces = account.account.settings.onLiquidationRisk === 'reduce';
    const kept = reduces ? this.keptFromReducing(account, watched) : null;
    if (step > before) {
      const where = `${symbol} (${account.account.name}): liquidated at ${liquidationPrice.toFixed()}, now ${mark.toFixed()}, ${distance.toFixed(1)} % away`;
      const byHand = kept === null ? '' : `Nothing is closed by itself: ${kept}. `;
      const advice = reduces && kept === null && step === 2 ? 'Half of it is closed.' : `${byHand}Add margin or reduce it.`;
      await term.commit([this.tell(step === 2 ? 'critical' : 'warning', `Near liquidation: ${where}. ${advice}`)]);
    }
    if (reduces && kept === null && step === 2 && distance.lte(term.deps.settings.liquidationAlarmPercent / 2))
      await this.reduce(account, report);
  }

  /** Why half of it will not be closed, though the account asks for that; null: it will. */
  private keptFromReducing({ account }: AccountState, { bothTold }: Watched): string | null {
    if (modeOf(this.term.state, account.id) === 'halted') return 'trading is halted';
    return bothTold ? 'both sides are held' : null;
  }

  /** A command like any other, the same one for the same quantity. Not while the ledger knows another one: its fills are on their way. */
  private async reduce(account: AccountState, { symbol, quantity }: PositionReport): Promise<void> {
    const { term } = this;
    const { id, name } = account.account;
    if (!positionOf(account, symbol).quantity.eq(quantity)) return;
    const payload = JSON.stringify({ action: 'close', symbol, account: name, quantity: REDUCED_SHARE, tag: 'liquidation' });
    const commandId = term.deps.newId();
    const key = `liquidation:${id}:${symbol}:${quantity.toFixed()}`;
    try {
      term.assertActing();
      await term.deps.log.append({
        id: commandId,
        body: { kind: 'order.create', payload },
        actor: { name: 'liquidation watch', address: null },
        correlationId: commandId,
        dedupe: { key, ttlMs: REDUCTION_LIFE_MS, contentHash: sha256Hex(payload) },
      });
    } catch (error) {
      if (!term.signal.aborted)
        term.deps.logger.warn({ account: name, symbol, err: error }, 'a reduction could not be appended to the command log');
    }
  }

  private tell(severity: 'critical' | 'warning', text: string): Change {
    return notice({ newId: this.term.deps.newId, now: this.term.now }, severity, text);
  }
}

function sideOf({ quantity }: PositionReport): SideHeld {
  return quantity.isPositive() ? 'long' : 'short';
}

function marginOf(sides: readonly PositionReport[]): PositionMargin {
  const [only] = sides;
  if (!only || sides.length > 1) return { liquidationPrice: null, leverage: only?.leverage ?? null, marginMode: only?.marginMode ?? null };
  return { liquidationPrice: only.liquidationPrice, leverage: only.leverage, marginMode: only.marginMode };
}

function holdsSwap(account: AccountState, venue: Venue): boolean {
  return [...account.positions.values()].some(({ symbol, quantity }) => !quantity.isZero() && venue.marketOf(symbol)?.type === 'swap');
}

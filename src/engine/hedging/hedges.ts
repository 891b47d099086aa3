import { decideHedge, type HedgeFacts } from '../../domain/hedge/decideHedge.ts';
import {
  type Hedge,
  type HedgeLeg,
  type HedgeProgress,
  hedgeTag,
  isOfHedge,
  leaves,
  nextDecisionAt,
  nextLeavingAt,
} from '../../domain/hedge/hedge.ts';
import { derivedSignalId } from '../../domain/ids.ts';
import type { Decimal } from '../../domain/money.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { modeOf, openOrdersOf, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

/** Prices move hedges that are reckoned in money: so often they are looked at although nothing traded. */
const PRICES_EVERY_MS = 15_000;
/** A step that could not be appended is tried again after so long. */
const APPEND_AGAIN_MS = 1_000;
/** A command is remembered by its key for longer than any leader takes to append it. */
const KEY_LIFE_MS = 7 * 86_400_000;

/** What was looked at, so that nothing is reckoned anew that cannot have changed. */
interface Look {
  seen: string;
  pricesAt: number;
  busy: boolean;
  /** The last step known to be in the log, and when the next try is due, monotonic ms. */
  appended: number;
  appendAt: number;
}

/**
 * Follows the rules: decides from the positions as they are booked, writes the decision, and appends the command that carries it out,
 * like anybody who wants a trade (docs/adr/0029). One step of a rule at a time.
 */
export class HedgeKeeper {
  private readonly term: Term;
  private readonly looks = new Map<string, Look>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    for (const rule of term.state.hedges.values()) {
      const look = this.lookOf(rule);
      if (look.busy) continue;
      const work = this.workOn(rule, look);
      if (!work) continue;
      look.busy = true;
      void work
        .catch((error: unknown) => term.fail(error))
        .finally(() => {
          look.busy = false;
        });
    }
  }

  private lookOf({ id }: Hedge): Look {
    const look = this.looks.get(id) ?? { seen: '', pricesAt: 0, busy: false, appended: 0, appendAt: 0 };
    this.looks.set(id, look);
    return look;
  }

  private workOn(rule: Hedge, look: Look): Promise<void> | null {
    const { term } = this;
    const now = term.deps.clock.monotonic();
    const progress = term.state.hedgeProgress.get(rule.id);
    if (progress?.state === 'decided')
      return look.appended === progress.step || look.appendAt > now ? null : this.append(rule, progress, look);
    const held = quantityOf(term, rule.hedge);
    if (!rule.enabled || !held || term.now < nextLeavingAt(rule, progress, held) || isUnderWay(term, rule)) return null;
    const mayEnter = term.now >= nextDecisionAt(rule, progress);
    const seen = `${this.signature(rule, progress)} ${mayEnter}`;
    const isPriced = rule.by === 'notional' && now - look.pricesAt >= PRICES_EVERY_MS;
    if (seen === look.seen && !isPriced) return null;
    const venue = term.venues.get(rule.hedge.accountId);
    if (!venue) return null;
    look.seen = seen;
    look.pricesAt = now;
    return this.look(rule, venue, look, mayEnter);
  }

  /** Everything a decision depends on but prices. */
  private signature(rule: Hedge, progress: HedgeProgress | undefined): string {
    const { state } = this.term;
    const quantities = [rule.parent, rule.hedge].map((leg) => quantityOf(this.term, leg)?.toFixed());
    return [...quantities, modeOf(state, rule.hedge.accountId), progress?.step, progress?.at, rule.ratio, rule.by, rule.band].join(' ');
  }

  private async look(rule: Hedge, venue: Venue, look: Look, mayEnter: boolean): Promise<void> {
    const { term } = this;
    const market = venue.marketOf(rule.hedge.symbol);
    const prices = rule.by === 'notional' ? await this.pricesOf(rule, venue) : null;
    const [parentQuantity, held] = [quantityOf(term, rule.parent), quantityOf(term, rule.hedge)];
    const unchanged = term.state.hedges.get(rule.id) === rule && !term.signal.aborted && !isUnderWay(term, rule);
    if (!market || !parentQuantity || !held || !unchanged) return;
    const parentMarket = term.venues.get(rule.parent.accountId)?.marketOf(rule.parent.symbol) ?? null;
    const facts: HedgeFacts = { parentQuantity, parentMarket, held, market, prices, mode: modeOf(term.state, rule.hedge.accountId) };
    const decision = decideHedge(rule, facts);
    if (decision.kind === 'no_price') look.pricesAt -= PRICES_EVERY_MS - APPEND_AGAIN_MS;
    if (decision.kind !== 'trade' || !(mayEnter || leaves(held, decision.target))) return;
    const before = term.state.hedgeProgress.get(rule.id);
    const step = (before?.step ?? 0) + 1;
    const progress: HedgeProgress = {
      ...{
        hedgeId: rule.id,
        step,
        commandId: derivedSignalId(rule.id, `step ${step}`),
        target: decision.target.toFixed(),
        state: 'decided',
      },
      ...{ code: before?.code ?? null, message: before?.message ?? null, failures: before?.failures ?? 0, at: term.now },
    };
    await term.commit([{ kind: 'hedge.progress', progress }]);
    await this.append(rule, progress, look);
  }

  /** The same step is the same command, whoever appends it and however often. */
  private async append(rule: Hedge, { step, commandId, target }: HedgeProgress, look: Look): Promise<void> {
    const { term } = this;
    const account = term.state.accounts.get(rule.hedge.accountId)?.account.name;
    const payload = JSON.stringify({ action: 'target', symbol: rule.hedge.symbol, account, position: target, tag: hedgeTag(rule) });
    try {
      term.assertActing();
      await term.deps.log.append({
        id: commandId,
        body: { kind: 'hedge.trade', hedgeId: rule.id, step, payload },
        actor: { name: hedgeTag(rule), address: null },
        correlationId: commandId,
        dedupe: { key: `hedge:${rule.id}:${step}`, ttlMs: KEY_LIFE_MS, contentHash: sha256Hex(target) },
      });
      look.appended = step;
    } catch (error) {
      look.appendAt = term.deps.clock.monotonic() + APPEND_AGAIN_MS;
      if (!term.signal.aborted) term.deps.logger.warn({ hedge: rule.name, err: error }, 'a hedge could not be appended to the command log');
    }
  }

  private async pricesOf(rule: Hedge, venue: Venue): Promise<HedgeFacts['prices']> {
    const parentVenue = this.term.venues.get(rule.parent.accountId);
    const [parent, hedge] = await Promise.all([
      parentVenue?.session.feed.quote(rule.parent.symbol, PRICES_EVERY_MS),
      venue.session.feed.quote(rule.hedge.symbol, PRICES_EVERY_MS),
    ]);
    return parent && hedge ? { parent: parent.last, hedge: hedge.last } : null;
  }
}

function quantityOf({ state }: Term, { accountId, symbol }: HedgeLeg): Decimal | null {
  const account = state.accounts.get(accountId);
  return account ? positionOf(account, symbol).quantity : null;
}

/** An order of a rule is not over yet, or one of its position is in doubt: what is held will be another. */
export function isUnderWay({ state }: Term, rule: Hedge): boolean {
  const account = state.accounts.get(rule.hedge.accountId);
  return !account || openOrdersOf(account, rule.hedge.symbol).some(({ tag, status }) => isOfHedge(tag) || status === 'unknown');
}

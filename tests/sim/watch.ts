import { type Decimal, decimal, ZERO } from '../../src/domain/money.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { isFinal } from '../../src/domain/order/transition.ts';
import { EXIT_PATIENCE_SEC } from '../../src/domain/risk/assessAge.ts';
import { strictestMode } from '../../src/domain/risk/assessRisk.ts';
import type { TradingMode } from '../../src/domain/risk/risk.ts';
import { mayFollowPart } from '../../src/domain/signal/partStatus.ts';
import type { Signal, SignalPart, SignalStatus } from '../../src/domain/signal/signal.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import { isUnfinished } from '../../src/ledger/statuses.ts';
import { MAX_POSITION, SIM_PRICE } from './simBook.ts';

const HOOK_AGE_SEC = 60;
/** Reasons that say: it could not be asked for at the venue. */
const OUT_OF_REACH: ReadonlySet<string> = new Set([
  'VENUE_UNREACHABLE',
  'VENUE_CLOCK',
  'VENUE_RATE_LIMIT',
  'PRICE_UNAVAILABLE',
  'ACCOUNT_UNAVAILABLE',
]);

/** Reads the ledger's changes in their order, as they are stored, and notes what must never be among them. */
export class Watch {
  readonly found: string[] = [];
  /** What a position may be worth at most, in quote; null: whatever. */
  limit: Decimal | null = MAX_POSITION;
  private readonly modes = new Map<string | null, TradingMode>();
  /** When something last reduced, or was sent to reduce, by account, symbol and side; when an entry first filled. */
  private readonly reducedAt = new Map<string, number>();
  private readonly filledAt = new Map<string, number>();
  /** Until when each signal is worth trying. */
  private readonly validUntil = new Map<string, number>();
  /** What is left to be ordered of signals that are carried out once in all. */
  private readonly routed = new Map<string, Decimal>();
  private readonly byHand = new Map<string, Decimal>();
  private at = 0;

  see(changes: readonly Change[]): void {
    for (const change of changes) {
      this.at += 1;
      if (change.kind === 'signal.received') this.seeSignal(change.signal);
      if (change.kind === 'signal.part') this.seeEnd(change.part, change.at);
      if (change.kind === 'trading.set') this.modes.set(change.accountId, change.mode);
      if (change.kind === 'fill.booked') this.seeFill(change);
      if (change.kind === 'order.updated') this.seeOrder(change);
      if (change.kind === 'signal.part') this.seePart(change.part);
      if (change.kind === 'order.created' && change.order.parentId === null) this.seeRouted(change.order);
    }
  }

  private seeRouted({ signalId, quantity }: Order): void {
    const left = this.routed.get(signalId)?.minus(quantity);
    if (left) this.routed.set(signalId, left);
    if (left?.isNegative()) this.found.push(`I18: ${signalId} has ordered ${left.neg().toFixed()} more than was asked for in all`);
  }

  private seeSignal({ id, payload, receivedAt }: Signal): void {
    const { action, route, quantity = '0' } = JSON.parse(payload) as { action?: string; route?: string; quantity?: string };
    if (route === 'best' && !this.routed.has(id)) this.routed.set(id, decimal(quantity));
    this.validUntil.set(id, receivedAt + (action === 'close' || action === 'cancel' ? EXIT_PATIENCE_SEC : HOOK_AGE_SEC) * 1000);
  }

  /** What is to be shared out is shared among those within reach, at once; a share is tried as long as anything. */
  private seeEnd({ signalId, accountId, status, code, share }: SignalPart, at: number): void {
    if (this.routed.has(signalId) && share === undefined) return;
    if (isUnfinished(status) || !OUT_OF_REACH.has(code ?? '')) return;
    const early = (this.validUntil.get(signalId) ?? 0) - at;
    if (early > 0) this.found.push(`I15: ${signalId} on ${accountId} was given up as ${code} ${early} ms before it was too old`);
  }

  private seeFill({ order, fill, position }: Extract<Change, { kind: 'fill.booked' }>): void {
    const notional = position.quantity.abs().mul(SIM_PRICE);
    const key = `${order.accountId} ${order.symbol}`;
    // Nobody limits what people do at the venue themselves.
    if (order.role === 'external') this.byHand.set(key, (this.byHand.get(key) ?? ZERO).plus(fill.quantity.mul(SIM_PRICE)));
    if (this.limit && notional.gt(this.limit.plus(this.byHand.get(key) ?? ZERO)))
      this.found.push(`I8: ${order.accountId} held ${notional.toFixed()} of ${order.symbol}`);
    this.reducedAt.set(`${order.accountId} ${order.symbol} ${order.side}`, this.at);
    if (!this.filledAt.has(order.id)) this.filledAt.set(order.id, this.at);
  }

  private seeOrder({ order, from }: Extract<Change, { kind: 'order.updated' }>): void {
    const { id, accountId, symbol, side, role, status, code } = order;
    this.seeSlice(order);
    if (status === 'submitted' && from !== status && role === 'entry') {
      const mode = strictestMode(this.modes.get(null), this.modes.get(accountId));
      if (mode !== 'active') this.found.push(`I9: entry ${id} was sent while ${mode}`);
    }
    if (status === 'submitted' && role === 'exit') this.reducedAt.set(`${accountId} ${symbol} ${side}`, this.at);
    const given = role === 'stop_loss' && status === 'canceled' && code === 'POSITION_CLOSED' && from !== status;
    const heldSince = this.filledAt.get(order.parentId ?? '');
    if (!given || !order.filledQuantity.isZero() || heldSince === undefined) return;
    const closed = (this.reducedAt.get(`${accountId} ${symbol} ${side}`) ?? 0) > heldSince;
    // A plan cancels first and sends its exit next: looked at again at the end.
    if (!closed) this.stripped.set(id, { key: `${accountId} ${symbol} ${side}`, heldSince });
  }

  /** Worked orders as they are, and their slices that may still fill. */
  private readonly live = new Map<string, Set<string>>();
  private readonly ended = new Set<string>();

  /** One slice at a time, and none once its order is over. */
  private seeSlice({ id, sliceOf, status }: Order): void {
    if (isFinal(status)) this.ended.add(id);
    else this.ended.delete(id);
    if (sliceOf === null) return;
    const live = this.live.get(sliceOf) ?? new Set();
    this.live.set(sliceOf, live);
    if (isFinal(status)) live.delete(id);
    else live.add(id);
    if (live.size > 1) this.found.push(`I16: ${live.size} slices of ${sliceOf} may fill at once`);
    if (status === 'submitted' && this.ended.has(sliceOf)) this.found.push(`I16: ${id} was sent although ${sliceOf} was over`);
  }

  private readonly partStatus = new Map<string, SignalStatus>();

  private seePart({ signalId, accountId, status }: SignalPart): void {
    const part = `${signalId} on ${accountId}`;
    const from = this.partStatus.get(part);
    if (from !== undefined && from !== status && !mayFollowPart(from, status))
      this.found.push(`I5: ${part} went from ${from} to ${status}`);
    this.partStatus.set(part, status);
  }

  private readonly stripped = new Map<string, { readonly key: string; readonly heldSince: number }>();

  /** What was found, with the stops that were taken from a position that nothing closed since. */
  report(): string[] {
    const naked = [...this.stripped].filter(([, { key, heldSince }]) => (this.reducedAt.get(key) ?? 0) <= heldSince);
    return [...this.found, ...naked.map(([id]) => `I13: the stop ${id} was taken from a position that nothing closed`)];
  }
}

import type { ReasonCode } from '../../domain/errors.ts';
import { type Decimal, maxDecimal, minDecimal, ZERO } from '../../domain/money.ts';
import type { VenueOrderStatus } from '../../domain/order/report.ts';
import type { OrderRef } from '../exchange.ts';
import { clientOrderIdOf, isOpen, type PaperOrder } from './paperOrder.ts';

/** How many final orders can still be looked up. */
const FINAL_ORDERS_KEPT = 10_000;

/**
 * Orders of which only one shall come true (one-cancels-other). Together they may fill what the largest of them asks for:
 * each fill takes that much from all, so two equal legs behave as a pair and a stop shares with several take-profit steps.
 */
interface OcoGroup {
  readonly members: Set<PaperOrder>;
  size: Decimal;
  filled: Decimal;
}

/** Every order the venue knows, the resting ones by symbol, and the OCO groups they form. */
export class OrderBook {
  readonly #orders = new Map<string, PaperOrder>();
  readonly #resting = new Map<string, Set<PaperOrder>>();
  readonly #groups = new Map<string, OcoGroup>();
  /** Ring of final orders' ids: the newest takes the place of the oldest, which is forgotten. */
  readonly #finalIds: string[] = [];
  #nextFinal = 0;
  readonly #finalOrdersKept: number;

  constructor(finalOrdersKept = FINAL_ORDERS_KEPT) {
    this.#finalOrdersKept = finalOrdersKept;
  }

  add(order: PaperOrder): void {
    this.#orders.set(order.clientOrderId, order);
    this.#join(order);
    if (!isOpen(order)) {
      this.#retire(order);
      return;
    }
    const resting = this.#resting.get(order.symbol);
    if (resting) resting.add(order);
    else this.#resting.set(order.symbol, new Set([order]));
  }

  find(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId);
  }

  /** By client order id, else by the venue's; like a real venue, only within the symbol named. */
  lookup(ref: OrderRef): PaperOrder | undefined {
    const otherId = ref.venueOrderId === null ? null : clientOrderIdOf(ref.venueOrderId);
    const order = this.#orders.get(ref.clientOrderId) ?? (otherId === null ? undefined : this.#orders.get(otherId));
    return order?.symbol === ref.symbol ? order : undefined;
  }

  restingSymbols(): string[] {
    return [...this.#resting.keys()];
  }

  /** A copy: orders leave the book while it is being walked. Oldest first. */
  resting(symbol: string): PaperOrder[] {
    return [...(this.#resting.get(symbol) ?? [])];
  }

  isEmpty(): boolean {
    return this.#resting.size === 0;
  }

  /** What may still be executed of an order, by itself and within its group; also for one that is not in the book yet. */
  remaining(order: PaperOrder): Decimal {
    const own = order.workable.minus(order.filledQuantity);
    const group = this.#groupOf(order);
    return group ? maxDecimal(ZERO, minDecimal(own, maxDecimal(group.size, order.workable).minus(group.filled))) : own;
  }

  /** The order and those tied to it. */
  group(order: PaperOrder): PaperOrder[] {
    const group = this.#groupOf(order);
    return group ? [...group.members] : [order];
  }

  recordFill(order: PaperOrder, quantity: Decimal): void {
    order.filledQuantity = order.filledQuantity.plus(quantity);
    const group = this.#groupOf(order);
    if (group) group.filled = group.filled.plus(quantity);
  }

  /** To be called when an order's workable quantity has changed. */
  resized(order: PaperOrder): void {
    const group = this.#groupOf(order);
    if (group) group.size = [...group.members].reduce((most, member) => maxDecimal(most, member.workable), ZERO);
  }

  finish(order: PaperOrder, status: VenueOrderStatus, code: ReasonCode | null): void {
    order.status = status;
    order.code = code;
    const resting = this.#resting.get(order.symbol);
    resting?.delete(order);
    if (resting?.size === 0) this.#resting.delete(order.symbol);
    this.#retire(order);
  }

  #groupOf(order: PaperOrder): OcoGroup | undefined {
    return order.ocoGroup === null ? undefined : this.#groups.get(order.ocoGroup);
  }

  #join(order: PaperOrder): void {
    if (order.ocoGroup === null) return;
    const group = this.#groups.get(order.ocoGroup) ?? { members: new Set(), size: ZERO, filled: ZERO };
    group.members.add(order);
    group.size = maxDecimal(group.size, order.workable);
    group.filled = group.filled.plus(order.filledQuantity);
    this.#groups.set(order.ocoGroup, group);
  }

  #retire(order: PaperOrder): void {
    const oldest = this.#finalIds[this.#nextFinal];
    if (oldest !== undefined) this.#forget(oldest);
    this.#finalIds[this.#nextFinal] = order.clientOrderId;
    this.#nextFinal = (this.#nextFinal + 1) % this.#finalOrdersKept;
  }

  #forget(clientOrderId: string): void {
    const order = this.#orders.get(clientOrderId);
    this.#orders.delete(clientOrderId);
    if (!order || order.ocoGroup === null) return;
    const group = this.#groups.get(order.ocoGroup);
    group?.members.delete(order);
    if (group?.members.size === 0) this.#groups.delete(order.ocoGroup);
  }
}

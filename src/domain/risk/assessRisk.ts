import { type Refusal, refuse } from '../errors.ts';
import type { Market, Quote } from '../market/market.ts';
import { type Decimal, maxDecimal, ZERO } from '../money.ts';
import { coverOf } from '../order/cover.ts';
import type { Order, OrderIntent } from '../order/order.ts';
import type { RiskApproved, RiskLimits, TradingMode } from './risk.ts';

export interface RiskFacts {
  readonly mode: TradingMode;
  /** Whose mode it is, and why, for people. */
  readonly modeWords?: string | null;
  readonly limits: RiskLimits;
  readonly market: Market;
  readonly quote: Quote | null;
  /** Signed base units held. */
  readonly position: Decimal;
  /** The account's orders that are not final, all symbols: intents, sent and unknown ones count as exposure. */
  readonly openOrders: readonly Order[];
  /** Realised on the account since 00:00 UTC, in quote; negative is a loss. */
  readonly realizedToday: Decimal;
}

export interface RiskVerdict {
  readonly approved: readonly RiskApproved<OrderIntent>[];
  /** Why legs were left out, in the order they were met. */
  readonly refusals: readonly Refusal[];
}

/**
 * ⑤ The only place that approves an intent. Exits pass whatever the limits say, save a full halt; a refused leg takes the
 * legs that hang on it with it.
 */
export function assessRisk(intents: readonly OrderIntent[], facts: RiskFacts): RiskVerdict {
  const approved: RiskApproved<OrderIntent>[] = [];
  const refusals: Refusal[] = [];
  const left = new Set<string>();
  let opening = facts.openOrders.length;
  for (const intent of intents) {
    if (intent.parentId !== null && left.has(intent.parentId)) {
      left.add(intent.id);
      continue;
    }
    const refusal = intent.role === 'entry' ? assessEntry(intent, facts, opening) : assessExit(facts);
    if (refusal) {
      refusals.push(refusal);
      left.add(intent.id);
      continue;
    }
    opening += 1;
    approved.push(intent as RiskApproved<OrderIntent>);
  }
  return { approved, refusals };
}

function assessExit(facts: RiskFacts): Refusal | null {
  return facts.mode === 'halted' ? refuse('TRADING_HALTED', facts.modeWords ?? undefined) : null;
}

function assessEntry(intent: OrderIntent, facts: RiskFacts, opening: number): Refusal | null {
  const { limits } = facts;
  const forbidden = assessMode(facts);
  if (forbidden) return forbidden;
  if (limits.allowedSymbols && !limits.allowedSymbols.includes(intent.symbol))
    return refuse('SYMBOL_NOT_ALLOWED', `${intent.symbol} is not among the allowed symbols.`);
  if (limits.maxOpenOrders !== null && opening >= limits.maxOpenOrders)
    return refuse('OPEN_ORDERS_LIMIT', `${opening} orders are open, maxOpenOrders is ${limits.maxOpenOrders}.`);
  return assessDailyLoss(facts) ?? assessNotional(intent, facts);
}

/**
 * Whether an entry that was approved earlier may still go out (the second half of a reversal, an order that never arrived):
 * mode and losses count as they are now. Its size was approved then, and has counted as exposure since.
 */
export function assessStanding(facts: Pick<RiskFacts, 'mode' | 'modeWords' | 'limits' | 'realizedToday'>): Refusal | null {
  return assessMode(facts) ?? assessDailyLoss(facts);
}

/** A slice of an order that was approved as a whole, and has counted as exposure since: what forbids its kind now forbids it. */
export function assessSlice(slice: OrderIntent, forbidden: Refusal | null): RiskVerdict {
  return forbidden ? { approved: [], refusals: [forbidden] } : { approved: [slice as RiskApproved<OrderIntent>], refusals: [] };
}

function assessMode({ mode, modeWords }: Pick<RiskFacts, 'mode' | 'modeWords'>): Refusal | null {
  const words = modeWords ?? undefined;
  if (mode === 'halted') return refuse('TRADING_HALTED', words);
  return mode === 'reduce_only' ? refuse('TRADING_REDUCE_ONLY', words) : null;
}

function assessDailyLoss({ limits, realizedToday }: Pick<RiskFacts, 'limits' | 'realizedToday'>): Refusal | null {
  if (limits.maxDailyLoss === null || realizedToday.neg().lt(limits.maxDailyLoss)) return null;
  return refuse('DAILY_LOSS_LIMIT', `Realised today: ${realizedToday.toFixed(2)}, maxDailyLoss is ${limits.maxDailyLoss.toFixed()}.`);
}

function assessNotional(intent: OrderIntent, facts: RiskFacts): Refusal | null {
  const { maxOrderNotional, maxPositionNotional } = facts.limits;
  if (maxOrderNotional === null && maxPositionNotional === null) return null;
  const price = riskPrice(intent, facts.quote);
  if (price === null) return refuse('PRICE_UNAVAILABLE', 'A limit on notional needs a price, and none could be had.');
  const unit = facts.market.quote;
  const notional = intent.quantity.mul(price);
  if (maxOrderNotional !== null && notional.gt(maxOrderNotional)) {
    return refuse(
      'ORDER_NOTIONAL_LIMIT',
      `The order is worth ${notional.toFixed(2)} ${unit}, maxOrderNotional is ${maxOrderNotional.toFixed()}.`,
    );
  }
  if (maxPositionNotional === null) return null;
  const worth = positionAfter(intent, facts).abs().mul(price);
  if (worth.gt(maxPositionNotional)) {
    return refuse(
      'POSITION_NOTIONAL_LIMIT',
      `The position would be worth ${worth.toFixed(2)} ${unit}, maxPositionNotional is ${maxPositionNotional.toFixed()}.`,
    );
  }
  return null;
}

/** The dearest price the order could fill at, as far as is known beforehand: a sale below the market fills at the market. */
function riskPrice(intent: OrderIntent, quote: Quote | null): Decimal | null {
  const { price, stopPrice, side } = intent;
  const market = stopPrice ?? quote?.bid ?? null;
  if (price && market && side === 'sell') return maxDecimal(price, market);
  if (price ?? stopPrice) return price ?? stopPrice;
  if (!quote) return null;
  return intent.side === 'buy' ? quote.ask : quote.bid;
}

/**
 * The position if this entry and every open order of its side filled: exits too, which may have filled, and before what we know of,
 * when we have not heard of it. Of a pair that cancel each other one fills. A reversal's entry starts from flat.
 */
function positionAfter(intent: OrderIntent, facts: RiskFacts): Decimal {
  const ofSide = facts.openOrders.filter((order) => order.symbol === intent.symbol && order.side === intent.side);
  const entries = ofSide.filter(({ role }) => role === 'entry');
  const signed = (quantity: Decimal): Decimal => (intent.side === 'buy' ? quantity : quantity.neg());
  const start = intent.parentId === null ? signed(facts.position).plus(coverOf(ofSide.filter(({ role }) => role !== 'entry'))) : ZERO;
  return signed(start.plus(intent.quantity).plus(coverOf(entries)));
}

/** The strictest of what holds for all accounts and what holds for this one. */
export function strictestMode(...modes: readonly (TradingMode | undefined)[]): TradingMode {
  if (modes.includes('halted')) return 'halted';
  return modes.includes('reduce_only') ? 'reduce_only' : 'active';
}

/** An account's own limits replace the global ones field by field. */
export function mergeLimits(global: RiskLimits, own: RiskLimits | undefined): RiskLimits {
  if (!own) return global;
  return {
    maxOrderNotional: own.maxOrderNotional ?? global.maxOrderNotional,
    maxPositionNotional: own.maxPositionNotional ?? global.maxPositionNotional,
    maxOpenOrders: own.maxOpenOrders ?? global.maxOpenOrders,
    maxDailyLoss: own.maxDailyLoss ?? global.maxDailyLoss,
    allowedSymbols: own.allowedSymbols ?? global.allowedSymbols,
  };
}

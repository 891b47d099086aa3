import type { Alert } from '../domain/alert/alert.ts';
import type { SignalId } from '../domain/ids.ts';
import type { Market, Quote } from '../domain/market/market.ts';
import { type Decimal, maxDecimal, minDecimal, ZERO } from '../domain/money.ts';
import type { Order } from '../domain/order/order.ts';
import { isUnresolved } from '../domain/order/unresolved.ts';
import { unrealizedPnl } from '../domain/portfolio/bookFill.ts';
import type { RiskFacts } from '../domain/risk/assessRisk.ts';
import type { PlanFacts } from '../domain/signal/planSignal.ts';
import { type AccountState, type EngineState, limitsOf, modeOf, modeWords, openOrdersOf, positionOf, realizedToday } from './state.ts';
import type { Venue } from './venues.ts';

/** Prices older than this size no order, milliseconds. */
const QUOTE_MAX_AGE_MS = 2_000;
/** Valuing the rest of an account tolerates older prices. */
const VALUATION_MAX_AGE_MS = 15_000;

export function currentQuote(venue: Venue, symbol: string): Promise<Quote | null> {
  return venue.session.feed.quote(symbol, QUOTE_MAX_AGE_MS);
}

/** ④ Everything the plan may depend on, read before it is made. */
export async function gatherFacts(
  account: AccountState,
  venue: Venue,
  market: Market,
  signalId: SignalId,
  alert: Alert,
  nowMs: number,
): Promise<PlanFacts> {
  const quote = await currentQuote(venue, market.symbol);
  return {
    signalId,
    account: account.account,
    market,
    capabilities: venue.session.orders.capabilities(market),
    quote,
    position: positionWithoutDoubt(account, market),
    baseBalance: market.type === 'spot' ? (account.balances.get(market.base) ?? ZERO) : null,
    equity: needsEquity(alert) ? await equityOf(account, venue, market.quote) : null,
    // What a slice may still fill, its worked order may.
    openOrders: openOrdersOf(account, market.symbol).filter(
      ({ status, role, sliceOf }) => status !== 'unknown' && role !== 'external' && sliceOf === null,
    ),
    nowMs,
  };
}

/**
 * What is certainly held: an exit in doubt may have been carried out, and must not be made twice. Where it can only reduce a second one does
 * no harm, and nobody is held in a position until a person has answered.
 */
export function positionWithoutDoubt(account: AccountState, market: Market): Decimal {
  const { quantity } = positionOf(account, market.symbol);
  const doubtful = openOrdersOf(account, market.symbol)
    .filter((order) => order.status === 'unknown' && order.role !== 'entry' && (order.side === 'sell') === quantity.isPositive())
    .filter((order) => !(order.reduceOnly && isUnresolved(order)))
    .reduce((sum, order) => sum.plus(order.quantity.minus(order.filledQuantity)), ZERO);
  return quantity.isPositive() ? maxDecimal(quantity.minus(doubtful), ZERO) : minDecimal(quantity.plus(doubtful), ZERO);
}

/** Base units that an exit on `side` may take now: of the position, and on spot of what is owned. */
export function reducibleNow(account: AccountState, market: Market, { side, role }: Pick<Order, 'side' | 'role'>): Decimal {
  const held = positionWithoutDoubt(account, market);
  const reducible = maxDecimal(side === 'sell' ? held : held.neg(), ZERO);
  const owned = market.type === 'spot' && role === 'exit' ? (account.balances.get(market.base) ?? ZERO) : ZERO;
  return maxDecimal(reducible, owned);
}

export function riskFactsOf(state: EngineState, account: AccountState, market: Market, quote: Quote | null, nowMs: number): RiskFacts {
  return {
    mode: modeOf(state, account.account.id),
    modeWords: modeWords(state, account.account.id),
    limits: limitsOf(state, account.account.id),
    market,
    quote,
    position: positionOf(account, market.symbol).quantity,
    openOrders: openOrdersOf(account).filter(({ sliceOf }) => sliceOf === null),
    realizedToday: realizedToday(account, nowMs),
  };
}

function needsEquity(alert: Alert): boolean {
  return alert.quantity?.kind === 'percent' || alert.quantity?.kind === 'risk';
}

/**
 * What the account is worth in `quoteAsset`: its balances at current prices plus what its swap positions have gained or
 * lost. Assets without a market in that quote are left out; null when the price of one that counts could not be had.
 */
export async function equityOf(account: AccountState, venue: Venue, quoteAsset: string): Promise<Decimal | null> {
  let equity = account.balances.get(quoteAsset) ?? ZERO;
  for (const [asset, total] of account.balances) {
    const symbol = `${asset}/${quoteAsset}`;
    if (asset === quoteAsset || total.isZero() || !venue.marketOf(symbol)) continue;
    const quote = await venue.session.feed.quote(symbol, VALUATION_MAX_AGE_MS);
    if (!quote) return null;
    equity = equity.plus(total.mul(quote.last));
  }
  for (const position of account.positions.values()) {
    const market = venue.marketOf(position.symbol);
    if (position.quantity.isZero() || market?.type !== 'swap' || market.quote !== quoteAsset) continue;
    const quote = await venue.session.feed.quote(position.symbol, VALUATION_MAX_AGE_MS);
    if (!quote) return null;
    equity = equity.plus(unrealizedPnl(position, quote.last));
  }
  return equity;
}

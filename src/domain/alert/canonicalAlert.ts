import type { Alert, AlertQuantity, PriceOrPercent, TakeProfitStep } from './alert.ts';

/**
 * The alert as JSON text in its own language: fields in one order, defaults left out, decimals as plain strings, times as
 * epoch milliseconds. Two bodies that mean the same have the same text, and posting the text means the same again.
 */
export function canonicalAlert(alert: Alert): string {
  return JSON.stringify({
    action: alert.action,
    symbol: alert.symbol,
    quantity: alert.quantity ? writeQuantity(alert.quantity) : undefined,
    type: alert.type === 'market' ? undefined : alert.type,
    price: alert.price?.toFixed(),
    stopPrice: alert.stopPrice?.toFixed(),
    trail: alert.trail ? writePrice(alert.trail) : undefined,
    display: alert.display?.toFixed(),
    duration: alert.durationMs === null ? undefined : writeDuration(alert.durationMs),
    timeInForce: alert.timeInForce === 'GTC' ? undefined : alert.timeInForce,
    expiresAt: alert.expiresAt ?? undefined,
    postOnly: alert.postOnly || undefined,
    reduceOnly: alert.reduceOnly || undefined,
    leverage: alert.leverage ?? undefined,
    marginMode: alert.marginMode ?? undefined,
    takeProfit: alert.takeProfit.length > 0 ? alert.takeProfit.map(writeStep) : undefined,
    stopLoss: writeStopLoss(alert),
    position: alert.position?.toFixed(),
    prevPosition: alert.prevPosition?.toFixed(),
    account: alert.accounts.length > 0 ? alert.accounts : undefined,
    route: alert.route === 'all' ? undefined : alert.route,
    id: alert.id ?? undefined,
    time: alert.time ?? undefined,
    orderId: alert.orderId ?? undefined,
    strategy: alert.strategy ?? undefined,
    tag: alert.tag ?? undefined,
    note: alert.note ?? undefined,
  });
}

/** As an alert writes it: `0.01`, `100 USDT`, `10%`, `1% risk`. */
export function writeQuantity(quantity: AlertQuantity): string {
  if (quantity.kind === 'base') return quantity.amount.toFixed();
  if (quantity.kind === 'quote') return `${quantity.amount.toFixed()} ${quantity.asset}`;
  return `${quantity.percent.toFixed()}%${quantity.kind === 'risk' ? ' risk' : ''}`;
}

/** As an alert writes it: `50000` or `2%`. */
export function writePrice(at: PriceOrPercent): string {
  return at.kind === 'price' ? at.price.toFixed() : `${at.percent.toFixed()}%`;
}

/** As an alert writes it: `2h`, `30m` or `90s`. */
export function writeDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function writeStopLoss({ stopLoss, stopLossTrail }: Alert): string | { at?: string; trail: string } | undefined {
  if (stopLossTrail === null) return stopLoss ? writePrice(stopLoss) : undefined;
  return { ...(stopLoss ? { at: writePrice(stopLoss) } : {}), trail: writePrice(stopLossTrail) };
}

function writeStep(step: TakeProfitStep): { at: string; share: string } {
  return { at: writePrice(step.at), share: step.share.toFixed() };
}

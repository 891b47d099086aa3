import type { Decimal } from '../money.ts';
import type { Alert, AlertQuantity, PriceOrPercent } from './alert.ts';
import { writeDuration, writePrice } from './canonicalAlert.ts';
import { formatTime } from './readTime.ts';

/**
 * What an alert means, in sentences for a person: "Buy 0.01 BTCUSDT at market. Then take profit …". Says what is asked, not
 * what an account will make of it: that depends on its position and the venue's rules.
 */
export function explainAlert(alert: Alert): string {
  const sentences = [order(alert), ...lifetime(alert), ...exits(alert), ...addressing(alert)];
  return sentences.map((sentence) => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`).join(' ');
}

function order(alert: Alert): string {
  const { action, symbol, quantity, position } = alert;
  const how = terms(alert);
  switch (action) {
    case 'buy':
    case 'sell': {
      const only = alert.reduceOnly ? ', only to reduce the position' : '';
      return `${action} ${amount(quantity, symbol)} ${how}${only}`;
    }
    case 'long':
    case 'short': {
      const opposite = action === 'long' ? 'short' : 'long';
      return `be ${action} ${symbol}: close a ${opposite} position if there is one, then ${action === 'long' ? 'buy' : 'sell'} ${amount(quantity, symbol)} ${how}; nothing if already ${action}`;
    }
    case 'close':
      return `close ${closed(quantity)} the ${symbol} position ${how}`;
    case 'target':
      return position === null || position.isZero()
        ? `make the ${symbol} position flat ${how}`
        : `make the ${symbol} position ${direction(position)} ${how}, trading only the difference`;
    case 'cancel':
      return `cancel ${cancelled(alert)}`;
  }
}

function amount(quantity: AlertQuantity | null, symbol: string): string {
  if (quantity === null) return symbol;
  switch (quantity.kind) {
    case 'base':
      return `${quantity.amount.toFixed()} ${symbol}`;
    case 'quote':
      return `${symbol} for ${quantity.amount.toFixed()} ${quantity.asset}`;
    case 'percent':
      return `${symbol} for ${quantity.percent.toFixed()} % of equity`;
    case 'risk':
      return `as much ${symbol} as loses ${quantity.percent.toFixed()} % of equity at the stop loss`;
  }
}

function closed(quantity: AlertQuantity | null): string {
  if (quantity?.kind === 'percent' && !quantity.percent.eq(100)) return `${quantity.percent.toFixed()} % of`;
  return quantity?.kind === 'base' ? `${quantity.amount.toFixed()} of` : 'all of';
}

function direction(position: Decimal): string {
  return `${position.abs().toFixed()} ${position.isNegative() ? 'short' : 'long'}`;
}

function cancelled(alert: Alert): string {
  const tagged = alert.tag === null ? '' : ` tagged "${alert.tag}"`;
  return alert.orderId === null ? `every open order of ${alert.symbol}${tagged}` : `order ${alert.orderId} of ${alert.symbol}${tagged}`;
}

function terms(alert: Alert): string {
  const price = alert.price?.toFixed() ?? 'the given price';
  const stopPrice = alert.stopPrice?.toFixed() ?? 'the given stop price';
  const maker = alert.postOnly ? ' as maker only' : '';
  switch (alert.type) {
    case 'market':
      return 'at market';
    case 'limit':
      return `at ${price} or better${maker}`;
    case 'stop':
      return `at market once the price reaches ${stopPrice}`;
    case 'stop_limit':
      return `at ${price} or better once the price reaches ${stopPrice}`;
    case 'trailing_stop':
      return `at market once the price turns ${alert.trail === null ? 'by the given distance' : behind(alert.trail)} from its best`;
    case 'iceberg':
      return `at ${price} or better${maker}, showing ${alert.display?.toFixed() ?? 'a part'} at a time`;
    case 'twap':
    case 'vwap':
      return `at ${alert.price === null ? 'market' : `${price} or better`}, spread over ${alert.durationMs === null ? 'the given time' : writeDuration(alert.durationMs)}${alert.type === 'vwap' ? ' in proportion to the usual volume' : ' evenly'}`;
  }
}

function lifetime(alert: Alert): string[] {
  if (alert.timeInForce === 'IOC') return ['what cannot be filled at once is canceled'];
  if (alert.timeInForce === 'FOK') return ['all of it at once or nothing'];
  return alert.timeInForce === 'GTD' && alert.expiresAt !== null ? [`the order ends at ${formatTime(alert.expiresAt)}`] : [];
}

function exits(alert: Alert): string[] {
  const steps = alert.takeProfit.map((step) => `${step.share.eq(100) ? 'all' : `${step.share.toFixed()} %`} ${at(step.at, 'profit')}`);
  const takeProfit = steps.length > 0 ? [`take profit with ${steps.join(', ')}`] : [];
  const stopLoss = stop(alert);
  const both = takeProfit.length > 0 && stopLoss.length > 0 ? [`whichever fills first cancels the other`] : [];
  const sentence = [...takeProfit, ...stopLoss].join(' and ');
  return sentence === '' ? [] : [`then ${[sentence, ...both].join('; ')}`];
}

function stop({ stopLoss, stopLossTrail }: Alert): string[] {
  const begins = stopLoss === null ? [] : [`stop the loss ${at(stopLoss, 'loss')}`];
  if (stopLossTrail === null) return begins;
  return [`${begins[0] ?? 'stop the loss'}, following the best price ${behind(stopLossTrail)} behind it`];
}

function behind(trail: PriceOrPercent): string {
  return trail.kind === 'price' ? writePrice(trail) : `${trail.percent.toFixed()} %`;
}

function at(price: PriceOrPercent, side: 'profit' | 'loss'): string {
  return price.kind === 'price' ? `at ${writePrice(price)}` : `at ${price.percent.toFixed()} % ${side} from the entry`;
}

function margin({ leverage, marginMode }: Alert): string[] {
  const settings = [leverage === null ? [] : [`leverage ${leverage}`], marginMode === null ? [] : [`${marginMode} margin`]].flat();
  return settings.length > 0 ? [`with ${settings.join(' and ')}, set before the order`] : [];
}

function addressing(alert: Alert): string[] {
  const sentences: string[] = [...margin(alert)];
  if (alert.accounts.length > 0) sentences.push(`on ${alert.accounts.join(', ')} only`);
  if (alert.route === 'best')
    sentences.push('once in all, on whichever of the accounts it costs least, split among them when that saves more');
  if (alert.id !== null) sentences.push(`the same id (${alert.id}) again has no second effect`);
  return sentences;
}

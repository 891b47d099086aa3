import type { Refusal } from '../domain/errors.ts';
import type { Market } from '../domain/market/market.ts';
import { type Decimal, floorToStep, ZERO } from '../domain/money.ts';
import type { Fill, Order } from '../domain/order/order.ts';
import { describeTerms } from '../domain/order/work/describeWork.ts';
import { averagePrice } from '../domain/portfolio/bookFill.ts';
import type { Position } from '../domain/portfolio/position.ts';
import type { Signal } from '../domain/signal/signal.ts';
import type { Change, Notice, NoticeSeverity } from '../ledger/ledger.ts';

export interface NoticeContext {
  readonly newId: () => string;
  readonly now: number;
}

/** What else a notice carries; see `Notice`. */
export type NoticeAbout = Partial<
  Pick<Notice, 'signalId' | 'correlationId' | 'audience' | 'buttons' | 'expiresAt' | 'recipientId' | 'copyOf' | 'accountId'>
>;

export function notice(context: NoticeContext, severity: NoticeSeverity, text: string, about: NoticeAbout = {}): Change {
  const { buttons, expiresAt, recipientId, copyOf, accountId } = about;
  return {
    kind: 'notice',
    notice: {
      id: context.newId(),
      audience: about.audience ?? 'trading',
      severity,
      text,
      signalId: about.signalId ?? null,
      correlationId: about.correlationId ?? null,
      at: context.now,
      ...(buttons ? { buttons, expiresAt: expiresAt ?? null } : {}),
      ...(recipientId ? { recipientId } : {}),
      ...(copyOf ? { copyOf } : {}),
      ...(accountId ? { accountId } : {}),
    },
  };
}

function amount(value: Decimal): string {
  return value.toSignificantDigits(12).toFixed();
}

/** Money for people: cents, or more digits where cents would be nothing. */
export function money(value: Decimal): string {
  return value.abs().gte(1) || value.isZero() ? value.toFixed(2) : value.toSignificantDigits(3).toFixed();
}

/** `buy 0.01 BTC/USDT market` */
export function describeOrder(
  order: Pick<Order, 'side' | 'quantity' | 'symbol' | 'type' | 'price' | 'stopPrice'> & Partial<Pick<Order, 'terms'>>,
): string {
  const price = order.price ? ` at ${amount(order.price)}` : '';
  const stop = order.stopPrice ? ` ${order.type === 'stop' ? 'at' : 'triggered at'} ${amount(order.stopPrice)}` : '';
  return `${order.side} ${amount(order.quantity)} ${order.symbol} ${order.type.replace('_', '-')}${price}${stop}${describeTerms(order)}`;
}

const ROLE_WORDS = { entry: '', exit: '', take_profit: 'Take profit: ', stop_loss: 'Stop loss: ', external: 'By hand: ' } as const;

/** One line for a phone: what filled at which price, what it earned, what is held now. What cannot be traded any more counts as flat. */
export function describeFill(
  order: Order,
  fills: readonly Fill[],
  realized: Decimal,
  position: Position,
  market: Market,
  accountName: string,
): string {
  const quantity = fills.reduce((sum, fill) => sum.plus(fill.quantity), ZERO);
  const notional = fills.reduce((sum, fill) => sum.plus(fill.quantity.mul(fill.price)), ZERO);
  const price = quantity.isZero() ? ZERO : notional.div(quantity);
  const part = order.status === 'filled' ? 'Filled' : `Partly filled (${amount(order.filledQuantity)} of ${amount(order.quantity)})`;
  const average = averagePrice(position);
  const dust = floorToStep(position.quantity.abs(), market.stepSize).lt(market.minQuantity);
  const rest = position.quantity.isZero() ? 'position flat' : `position flat but for ${amount(position.quantity)} ${market.base}`;
  const held = average === null || dust ? rest : `position ${amount(position.quantity)} at ${amount(average)}`;
  const result = order.role === 'entry' && realized.lte(0) ? '' : `, realised ${money(realized)} ${market.quote}`;
  return `${ROLE_WORDS[order.role]}${part} ${order.side} ${amount(quantity)} ${order.symbol} at ${amount(price)}${result}; ${held} (${accountName})`;
}

/** Enough of an id to find it by. The end, because ids of one moment begin alike (UUID v7). */
export function shortId(id: string): string {
  return id.slice(-8);
}

export function describeRefusal(signal: Signal, refusal: Refusal, accountName: string | null): string {
  const where = accountName ? ` on ${accountName}` : '';
  return `Refused${where}: ${refusal.code}. ${refusal.message} [signal ${shortId(signal.id)} from ${signal.actor.name}]`;
}

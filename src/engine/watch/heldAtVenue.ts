import { type Decimal, ZERO } from '../../domain/money.ts';
import { isKeptBack } from '../../domain/order/progress.ts';
import type { BalanceReport, OrderEntry, PositionReport } from '../../exchange/exchange.ts';
import { type AccountState, openOrdersOf, positionOf } from '../state.ts';
import type { Venue } from '../venues.ts';
import { isProtective } from '../wanted.ts';
import type { HeldAtVenue } from './look.ts';

/** Nothing of ours is on its way to the venue or in doubt there. A stop that is refused again and again is not: somebody may have sold what it guards. */
export function isQuiet(account: AccountState, symbol: string): boolean {
  return openOrdersOf(account, symbol).every((order) => {
    if (order.status === 'intent') return order.code === null || isKeptBack(order) || isProtective(order);
    return order.status !== 'submitted' && order.status !== 'unknown';
  });
}

/** Changes with everything of ours that happens to a symbol. */
export function fingerprintOf(account: AccountState, symbol: string): string {
  const orders = openOrdersOf(account, symbol).map(({ id, status, filledQuantity }) => `${id} ${status} ${filledQuantity.toFixed()}`);
  return [positionOf(account, symbol).quantity.toFixed(), ...orders.sort()].join('|');
}

/** What a venue says is held: positions where it has them, else balances. */
export interface Holdings {
  readonly positions: readonly PositionReport[] | null;
  readonly balances: readonly BalanceReport[] | null;
}

/** Null: it could not be learned. */
export async function askHoldings(orders: OrderEntry): Promise<Holdings | null> {
  const positions = orders.positions ? await orders.positions() : null;
  const balances = orders.positions ? null : await orders.balances();
  return positions === null && balances === null ? null : { positions, balances };
}

/**
 * On derivatives the venue's own position. On spot there is none but what our fills made: it is as large as the ledger says unless there
 * is less of the asset than that; more of it is a deposit, which is nobody's position.
 */
export function heldAtVenue(account: AccountState, venue: Venue, symbol: string, { positions, balances }: Holdings): HeldAtVenue | null {
  if (positions !== null) {
    const own = positions.filter((position) => position.symbol === symbol);
    const quantity = own.reduce((sum, position) => sum.plus(position.quantity), ZERO);
    return { quantity, entryPrice: own.length === 1 ? (own[0]?.entryPrice ?? null) : null };
  }
  const base = venue.marketOf(symbol)?.base;
  if (balances === null || venue.marketOf(symbol)?.type !== 'spot') return null;
  const sharing = [...account.positions.values()].filter(
    (position) => venue.marketOf(position.symbol)?.base === base && !position.quantity.isZero(),
  );
  const held = positionOf(account, symbol).quantity;
  const total = balances.find(({ asset }) => asset === base)?.total ?? ZERO;
  const missing = sharing.reduce((sum, position) => sum.plus(position.quantity), ZERO).minus(total);
  const largest = sharing.reduce<typeof held>((most, { quantity }) => (quantity.gt(most) ? quantity : most), ZERO);
  if (missing.lte(0) || !held.eq(largest)) return { quantity: held, entryPrice: null };
  return { quantity: missing.gt(held) ? ZERO : held.minus(missing), entryPrice: null };
}

/** The same, asked for now. */
export async function askHeldAtVenue(account: AccountState, venue: Venue, symbol: string): Promise<Decimal | null> {
  const holdings = await askHoldings(venue.session.orders);
  return (holdings && heldAtVenue(account, venue, symbol, holdings)?.quantity) ?? null;
}

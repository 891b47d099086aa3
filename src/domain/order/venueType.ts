import { type OrderType, VENUE_ORDER_TYPES, type VenueOrderType } from '../alert/alert.ts';

/** What stands at the venue for an order: a trailing stop is a stop that is moved. Throws for types of which only steps are sent: a bug. */
export function venueTypeOf(type: OrderType): VenueOrderType {
  if (type === 'trailing_stop') return 'stop';
  const sent = VENUE_ORDER_TYPES.find((known) => known === type);
  if (sent === undefined) throw new Error(`a ${type} order is not sent as such`);
  return sent;
}

import { decimal } from '../../src/domain/money.ts';
import { openVenue, type VenueKind } from '../helpers/venue/bench.ts';
import { CONTRACT_KINDS, UNPROVEN_KINDS } from '../helpers/venue/kinds.ts';
import { type OrderEntryHarness, orderEntryContract } from './orderEntryContract.ts';

async function makeHarness(kind: VenueKind): Promise<OrderEntryHarness> {
  const { server, session, close } = await openVenue(kind);
  const market = (await session.feed.markets()).find(({ symbol }) => symbol === kind.symbol);
  if (!market) throw new Error(`${kind.symbol} is not listed`);
  return {
    session,
    market,
    quantity: decimal('0.01'),
    tooMuch: decimal('90000'),
    price: decimal('50000'),
    farBelow: decimal('40000'),
    moveMarket: async (price) => server.book.setPrice(kind.bookSymbol, price.toFixed()),
    letTimePass: async () => undefined, // Whatever is to happen at these venues has happened when they answer.
    fillInPieces: async () => {
      server.book.setFillSlices(3);
      return { quantity: decimal('0.03') };
    },
    ordersAtVenue: async (clientOrderId) => server.book.orders.filter((order) => sameId(order.clientOrderId, clientOrderId)).length,
    doubted: UNPROVEN_KINDS.includes(kind),
    close,
  };
}

/** Some venues are sent the same digits in another form. */
function sameId(one: string, other: string): boolean {
  return one.replaceAll('-', '') === other.replaceAll('-', '');
}

for (const kind of [...CONTRACT_KINDS, ...UNPROVEN_KINDS]) orderEntryContract(`${kind.title} through ccxt`, () => makeHarness(kind));

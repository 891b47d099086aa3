import { decimal } from '../../src/domain/money.ts';
import { openBinance } from '../helpers/binance/binanceFixture.ts';
import { type OrderEntryHarness, orderEntryContract } from './orderEntryContract.ts';

async function makeHarness(): Promise<OrderEntryHarness> {
  const { server, session, close } = await openBinance();
  const market = (await session.feed.markets()).find(({ symbol }) => symbol === 'BTC/USDT');
  if (!market) throw new Error('BTC/USDT is not listed');
  return {
    session,
    market,
    quantity: decimal('0.01'),
    tooMuch: decimal('90000'),
    price: decimal('50000'),
    farBelow: decimal('40000'),
    moveMarket: async (price) => server.book.setPrice('BTCUSDT', price.toFixed()),
    letTimePass: async () => undefined, // Whatever is to happen at this venue has happened when it answers.
    fillInPieces: async () => {
      server.book.setFillSlices(3);
      return { quantity: decimal('0.03') };
    },
    ordersAtVenue: async (clientOrderId) => server.book.accepted(clientOrderId).length,
    close,
  };
}

orderEntryContract('Binance spot through ccxt', makeHarness);

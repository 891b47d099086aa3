import { describe, expect, it } from 'vitest';
import type { BookLevel, Market, Quote } from '../../domain/market/market.ts';
import { decimal } from '../../domain/money.ts';
import { SPOT } from '../../domain/order/order.fixtures.ts';
import type { MarketFeed } from '../exchange.ts';
import { withPaperBook } from './paperBook.ts';
import { parsePaperSettings } from './paperSettings.ts';

const MARKET: Market = { ...SPOT, tickSize: decimal('0.5') };
const QUOTE: Quote = { symbol: 'BTC/USDT', bid: decimal('99'), ask: decimal('101'), last: decimal('100'), at: 1_234, source: 'test' };

function feedOf(quote: Quote | null, asked: [string, number][] = []): MarketFeed {
  return {
    name: 'test',
    markets: async () => [MARKET],
    quote: async (symbol, maxAgeMs) => {
      asked.push([symbol, maxAgeMs]);
      return quote;
    },
  };
}

/** What an account with these settings sees: price and quantity of every level. */
async function bookOf(settings: Record<string, unknown>, quote: Quote | null = QUOTE, symbol = 'BTC/USDT') {
  const feed = withPaperBook(feedOf(quote), parsePaperSettings(settings), new Map([['BTC/USDT', MARKET]]));
  const book = await feed.orderBook?.(symbol, 50);
  const side = (levels: readonly BookLevel[]) => levels.map(({ price, quantity }) => [price.toFixed(), quantity?.toFixed()]);
  return book && { bids: side(book.bids), asks: side(book.asks), at: book.at };
}

describe('the order book of a paper account', () => {
  it('is the quote: one level a side, as deep as one order gets at once, and as old as the quote', async () => {
    expect(await bookOf({ slippage: '0', depthNotional: '1010' })).toEqual({
      bids: [['99', decimal('1010').div('99').toFixed()]],
      asks: [['101', '10']],
      at: 1_234,
    });
  });

  it('shows the price that is paid: slipped against the taker, and on the tick', async () => {
    const book = await bookOf({ slippage: '0.01', depthNotional: '1000' });
    // 101 × 1.01 = 102.01 and 99 × 0.99 = 98.01, in halves.
    expect([book?.asks[0]?.[0], book?.bids[0]?.[0]]).toEqual(['102.5', '98']);
    expect(book?.asks[0]?.[1]).toBe(decimal('1000').div('102.5').toFixed());
  });

  it('is none where there is no price, or no such market', async () => {
    expect(await bookOf({}, null)).toBeNull();
    expect(await bookOf({}, QUOTE, 'XYZ/USDT')).toBeNull();
  });

  it('is made of a fresh quote, and asks for none of a market there is not', async () => {
    const asked: [string, number][] = [];
    const feed = withPaperBook(feedOf(QUOTE, asked), parsePaperSettings({}), new Map([['BTC/USDT', MARKET]]));
    await feed.orderBook?.('XYZ/USDT', 50);
    await feed.orderBook?.('BTC/USDT', 50);
    expect(asked).toEqual([['BTC/USDT', 1_000]]);
  });

  it('leaves the rest of the feed as it is', async () => {
    const asked: [string, number][] = [];
    const feed = withPaperBook(feedOf(QUOTE, asked), parsePaperSettings({}), new Map());
    expect([feed.name, await feed.markets(), await feed.quote('ETH/USDT', 77)]).toEqual(['test', [MARKET], QUOTE]);
    expect(asked).toEqual([['ETH/USDT', 77]]);
  });
});

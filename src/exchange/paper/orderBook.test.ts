import { describe, expect, it } from 'vitest';
import { decimal } from '../../domain/money.ts';
import { OrderBook } from './orderBook.ts';
import { newOrder, type PaperOrder } from './paperOrder.ts';

function order(clientOrderId: string, ocoGroup: string | null = null): PaperOrder {
  return newOrder({
    clientOrderId,
    symbol: 'BTC/USDT',
    side: 'sell',
    type: 'limit',
    quantity: decimal(2),
    price: decimal(100),
    stopPrice: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    ocoGroup,
  });
}

describe('order book of the paper venue', () => {
  it('forgets the oldest final orders, never a resting one', () => {
    const book = new OrderBook(3);
    const resting = order('resting');
    book.add(resting);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const final = order(id);
      book.add(final);
      book.finish(final, 'canceled', 'CANCELED_BY_REQUEST');
    }
    expect(['resting', 'a', 'b', 'c', 'd', 'e'].filter((id) => book.find(id))).toEqual(['resting', 'c', 'd', 'e']);
  });

  it('remembers what a group has filled when the member that filled it is forgotten', () => {
    const book = new OrderBook(1);
    const [first, second, other] = [order('first', 'g'), order('second', 'g'), order('other')];
    for (const each of [first, second, other]) book.add(each);
    book.recordFill(first, decimal(1.5));
    book.finish(first, 'canceled', 'CANCELED_BY_REQUEST');
    book.finish(other, 'canceled', 'CANCELED_BY_REQUEST');
    expect(book.find('first')).toBeUndefined();
    expect(book.remaining(second).toFixed()).toBe('0.5');
  });

  it('answers only for the symbol asked about', () => {
    const book = new OrderBook();
    book.add(order('a'));
    const ref = { clientOrderId: 'a', venueOrderId: null };
    expect(book.lookup({ ...ref, symbol: 'BTC/USDT' })?.clientOrderId).toBe('a');
    expect(book.lookup({ ...ref, symbol: 'ETH/USDT' })).toBeUndefined();
  });

  it('names a symbol as resting only while an order rests in it', () => {
    const book = new OrderBook();
    const one = order('a');
    book.add(one);
    expect(book.restingSymbols()).toEqual(['BTC/USDT']);
    book.finish(one, 'filled', null);
    expect(book.restingSymbols()).toEqual([]);
    expect(book.isEmpty()).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { describeStory, orderTable } from './story.ts';
import { facts, table } from './table.ts';

it('lines columns up and shows what is missing as a dash', () => {
  expect(
    table(
      ['NAME', 'N'],
      [
        ['alpha', 1],
        ['b', null],
      ],
    ),
  ).toBe('NAME   N\nalpha  1\nb      –');
  expect(
    facts([
      ['URL', 'http://x'],
      ['Secret', null],
    ]),
  ).toBe('URL     http://x\nSecret  –');
});

it('tells a story with times from its first event', () => {
  const story = {
    id: 's1',
    hook: 'tv',
    status: 'refused',
    code: 'TRADING_HALTED',
    message: 'Trading is halted.',
    receivedAt: '2025-01-01T00:00:00.000Z',
    orders: [],
    events: [
      { at: '2025-01-01T00:00:00.000Z', stage: 'received', detail: 'buy 1 BTCUSDT' },
      { at: '2025-01-01T00:00:00.012Z', stage: 'risk', detail: 'refused' },
    ],
  };
  expect(describeStory(story)).toBe(
    [
      'Signal s1: refused (TRADING_HALTED)',
      'Trading is halted.',
      '',
      'TIME    STAGE     WHAT',
      '+0 ms   received  buy 1 BTCUSDT',
      '+12 ms  risk      refused',
    ].join('\n'),
  );
});

it('an order shows its limit and the price it waits for', () => {
  const order = {
    ...{ id: 'o1', account: 'main', symbol: 'BTC/USDT', side: 'sell', type: 'stop', role: 'stop_loss', quantity: '1' },
    ...{ price: null, stopPrice: '90', filledQuantity: '0', averagePrice: null, status: 'open', code: null },
  };
  const prices = [order, { ...order, price: '89' }, { ...order, price: '110', stopPrice: null }].map(
    (one) => orderTable([one]).split('\n')[1],
  );
  expect(prices).toEqual([
    expect.stringContaining(' 1         stop 90  0 '),
    expect.stringContaining(' 1         89 stop 90  0 '),
    expect.stringContaining(' 1         110    0 '),
  ]);
});

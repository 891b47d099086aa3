import { describe, expect, it } from 'vitest';
import { parseAlert } from './parseAlert.ts';
import { asksForMarket, fillPlaceholders, type SampleFacts } from './samplePlaceholders.ts';

const FACTS: SampleFacts = {
  symbol: 'BINANCE:BTCUSDT.P',
  price: '50000.1',
  quantity: '0.002',
  nowMs: Date.parse('2026-11-20T12:00:00.123Z'),
};
const fill = (message: string, more: Partial<SampleFacts> = {}) => fillPlaceholders(message, { ...FACTS, ...more });
const noteOn = (message: string, more: Partial<SampleFacts> = {}) => fill(message, more).placeholders[0];

describe('placeholders of a message that is tried', () => {
  it.each([
    ['{{ticker}}', 'BTCUSDT.P'],
    ['{{exchange}}:{{ticker}}', 'BINANCE:BTCUSDT.P'],
    ['{{close}} {{high}} {{strategy.order.price}}', '50000.1 50000.1 50000.1'],
    ['{{timenow}}', '2026-11-20T12:00:00Z'],
    ['{{strategy.order.action}} {{strategy.order.contracts}}', 'buy 0.002'],
    ['{{strategy.prev_market_position}} {{strategy.prev_market_position_size}}', 'flat 0'],
    ['{{strategy.market_position}} {{strategy.position_size}}', 'long 0.002'],
    ['no placeholder {at} all', 'no placeholder {at} all'],
  ])('%s becomes %s', (message, text) => {
    expect(fill(message).text).toBe(text);
  });

  it('a unified symbol stays whole, also one of a perpetual', () => {
    expect(fill('{{exchange}} {{ticker}}', { symbol: 'BTC/USDT:USDT' }).text).toBe('BINANCE BTC/USDT:USDT');
  });

  it('each is told once, with what was put in its place', () => {
    const { placeholders } = fill('{{close}} {{ticker}} {{close}}');
    expect(placeholders.map(({ placeholder, value }) => [placeholder, value])).toEqual([
      ['{{close}}', '50000.1'],
      ['{{ticker}}', 'BTCUSDT.P'],
    ]);
  });

  it.each([
    ['{{ticker}}', { symbol: null }, /which one/],
    ['{{plot_3}}', {}, /your indicator/],
    ['{{plot("Size of it")}}', {}, /your indicator/],
    ['{{plot(\\"Size\\")}}', {}, /your indicator/],
    ['{{strategy.order.alert_message}}', {}, /alert_message/],
    ['{{strategy.order.contract}}', {}, /did you mean \{\{strategy\.order\.contracts\}\}/],
    ['{{ ticker }}', {}, /did you mean \{\{ticker\}\}/],
    ['{{plot_20}}', {}, /no placeholder of TradingView/],
    ['{{constructor}}', {}, /no placeholder of TradingView: it arrives as it stands/],
  ])('%s has no value that could be assumed, and stays', (message, more, note) => {
    expect(fill(message, more).text).toBe(message);
    expect(noteOn(message, more)).toMatchObject({ value: null, note: expect.stringMatching(note) });
  });

  it('the market is asked for only where the message depends on it', () => {
    expect(asksForMarket('{"price":"{{close}}"}')).toBe(true);
    expect(asksForMarket('{{strategy.position_size}}')).toBe(true);
    expect(asksForMarket('{{ticker}} {{timenow}} {{strategy.prev_market_position_size}}')).toBe(false);
  });

  it('the recipes of the documentation are alerts once they are filled', () => {
    const message =
      '{"action":"{{strategy.order.action}}","symbol":"{{ticker}}","quantity":{{strategy.order.contracts}},"id":"{{strategy.order.id}}-{{timenow}}-{{strategy.position_size}}","time":"{{timenow}}"}';
    expect(parseAlert(fill(message).text)).toMatchObject({
      ok: true,
      alert: { action: 'buy', symbol: 'BTCUSDT.P', id: expect.stringMatching(/^sample-/) },
    });
  });
});

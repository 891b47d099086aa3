import { describe, expect, it } from 'vitest';
import type { Quote } from '../../domain/market/market.ts';
import type { Clock } from '../../lib/clock.ts';
import { createSyntheticFeed } from './syntheticFeed.ts';

const START = 1_760_000_000_000;

function feedAt() {
  let nowMs = START;
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: async () => undefined };
  const feed = createSyntheticFeed(clock);
  const quote = async (symbol: string, at: number): Promise<Quote> => {
    nowMs = at;
    const found = await feed.quote(symbol, 0);
    if (!found) throw new Error(`no quote for ${symbol}`);
    return found;
  };
  return { feed, quote };
}

describe('synthetic feed', () => {
  it('offers the well-known assets as spot and swap, and a few more pairs, each once', async () => {
    const markets = await feedAt().feed.markets();
    expect(new Set(markets.map(({ symbol }) => symbol)).size).toBe(markets.length);
    expect(markets.filter(({ type }) => type === 'swap').length).toBeGreaterThanOrEqual(150);
    const symbols = markets.map(({ symbol }) => symbol);
    expect(symbols).toEqual(expect.arrayContaining(['BTC/USDT', 'BTC/USDT:USDT', 'BTC/USD', 'ETH/USD', 'BTC/USDC', 'ETH/USDC', 'ETH/BTC']));
    expect(markets.find(({ symbol }) => symbol === 'BTC/USDT:USDT')).toMatchObject({
      venueSymbol: 'BTCUSDT',
      type: 'swap',
      base: 'BTC',
      quote: 'USDT',
    });
  });

  it('quotes every market: on the tick, one or two ticks wide, labelled, and worth trading in single steps', async () => {
    const { feed, quote } = feedAt();
    for (const market of await feed.markets()) {
      const { bid, ask, last, source, at } = await quote(market.symbol, START + 12_345);
      const spread = ask.minus(bid).div(market.tickSize).toNumber();
      expect([1, 2], market.symbol).toContain(spread);
      expect(bid.mod(market.tickSize).isZero(), market.symbol).toBe(true);
      expect(bid.gt(0) && (last.eq(bid) || last.eq(ask)), market.symbol).toBe(true);
      expect(market.stepSize.mul(bid).lte(market.quote === 'BTC' ? 1 : 50), `${market.symbol}: a step is small change`).toBe(true);
      expect(bid.div(market.tickSize).gte(1000), `${market.symbol}: a tick is a small part of the price`).toBe(true);
      expect([source, at]).toEqual(['synthetic', START + 12_345]);
    }
  });

  it('says the same about the same moment, however often and by whomever it is asked', async () => {
    const [one, two] = [feedAt(), feedAt()];
    await one.quote('ETH/USDT', START + 99_999_999);
    for (const symbol of ['ETH/USDT', 'ETH/USDT:USDT', 'ETH/BTC'])
      expect(await one.quote(symbol, START)).toEqual(await two.quote(symbol, START));
  });

  it('moves smoothly: never more than 0.1 % in a quarter of a second, and not at a standstill over a minute', async () => {
    const { quote } = feedAt();
    let previous = await quote('SOL/USDT', START);
    const seen = new Set<string>();
    for (let step = 1; step <= 240; step++) {
      const next = await quote('SOL/USDT', START + step * 250);
      expect(next.bid.minus(previous.bid).abs().div(previous.bid).toNumber()).toBeLessThan(0.001);
      seen.add(next.bid.toFixed());
      previous = next;
    }
    expect(seen.size).toBeGreaterThan(10);
  });

  it('drifts like a real market: by percents in a day, and never far from where it belongs', async () => {
    const { quote } = feedAt();
    const days = await Promise.all(Array.from({ length: 365 }, (_, day) => day).map((day) => quote('BTC/USDT', START + day * 86_400_000)));
    const moves = days.slice(1).map((today, index) => Math.abs(Math.log(today.bid.div(days[index]?.bid ?? 1).toNumber())));
    const typical = moves.reduce((sum, move) => sum + move, 0) / moves.length;
    expect(typical).toBeGreaterThan(0.005);
    expect(typical).toBeLessThan(0.06);
    for (const { bid } of days) expect(Math.abs(Math.log(bid.toNumber() / 65_000))).toBeLessThan(0.35);
  });

  it('keeps related markets together: swap near spot, dollars alike, the cross near the ratio', async () => {
    const { quote } = feedAt();
    for (let hour = 0; hour < 48; hour++) {
      const at = START + hour * 3_600_000;
      const price = async (symbol: string) => (await quote(symbol, at)).bid.toNumber();
      const spot = await price('BTC/USDT');
      expect(Math.abs((await price('BTC/USDT:USDT')) / spot - 1)).toBeLessThan(0.001);
      expect(await price('BTC/USD')).toBe(spot);
      expect(Math.abs(((await price('ETH/BTC')) * spot) / (await price('ETH/USDT')) - 1)).toBeLessThan(0.001);
    }
  });

  it('has no price for what it does not know', async () => {
    expect(await feedAt().feed.quote('NOSUCH/COIN', 0)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { decimal } from '../money.ts';
import type { Market, MarketType } from './market.ts';
import { createSymbolIndex, resolveSymbol } from './symbolIndex.ts';

function market(symbol: string, venueSymbol: string): Market {
  const [base = '', rest = ''] = symbol.split('/');
  const one = decimal('1');
  const type = rest.includes(':') ? 'swap' : 'spot';
  return {
    symbol,
    venueSymbol,
    type,
    base,
    quote: rest.replace(/:.*/, ''),
    tickSize: one,
    stepSize: one,
    minQuantity: one,
    minNotional: one,
  };
}

const index = createSymbolIndex([
  market('BTC/USDT', 'BTCUSDT'),
  market('BTC/USDC', 'BTCUSDC'),
  market('ETH/USDT', 'ETHUSDT'),
  market('SOL/USDT', 'SOLUSDT'),
  market('LINK/USDT', 'LINK-USDT'),
  market('BTC/USDT:USDT', 'BTCUSDT'),
  market('ETH/USDT:USDT', 'ETHUSDT'),
  market('SUI/USDT:USDT', 'SUI-USDT-SWAP'),
  market('BTC/USD:BTC', 'BTCUSD_PERP'),
  market('BTC/USD:USD', 'BTCUSD'),
  market('币安人生/USDT', '币安人生USDT'),
]);

function resolve(text: string, preferred: MarketType | null): string {
  const result = resolveSymbol(index, text, preferred);
  return result.ok ? result.market.symbol : result.refusal.code;
}

describe('an account that trades both', () => {
  it.each([
    ['BTC/USDT', 'BTC/USDT'],
    ['btc/usdt', 'BTC/USDT'],
    ['BTC/USDT:USDT', 'BTC/USDT:USDT'],
    ['BTCUSDT', 'BTC/USDT'],
    ['btcusdt', 'BTC/USDT'],
    ['BINANCE:BTCUSDT', 'BTC/USDT'],
    ['KRAKEN_DLY:BTCUSDT', 'BTC/USDT'],
    ['BINANCE_DL:BTCUSDT.P', 'BTC/USDT:USDT'],
    ['BTCUSDT.P', 'BTC/USDT:USDT'],
    ['BTCUSDTPERP', 'BTC/USDT:USDT'],
    ['BINANCE:BTC/USDT', 'BTC/USDT'],
    ['BINANCE:BTC/USDT:USDT', 'BTC/USDT:USDT'],
    ['LINKUSDT', 'LINK/USDT'],
    ['LINK-USDT', 'LINK/USDT'],
    ['OKX:SUIUSDT.P', 'SUI/USDT:USDT'],
    ['SUI-USDT-SWAP', 'SYMBOL_UNKNOWN'],
    ['SUIUSDT', 'SYMBOL_UNKNOWN'],
    ['LINKUSDT.P', 'SYMBOL_UNKNOWN'],
    ['BTCUSD.P', 'SYMBOL_AMBIGUOUS'],
    ['币安人生USDT', '币安人生/USDT'],
  ])('%s is %s', (text, symbol) => expect(resolve(text, null)).toBe(symbol));
});

it('a market is found by another name the venue has for it', () => {
  const kraken = createSymbolIndex([{ ...market('BTC/USD', 'XXBTZUSD'), altName: 'XBTUSD' }, market('SOL/USD', 'SOLUSD')]);
  for (const name of ['XBTUSD', 'KRAKEN:XBTUSD', 'BTCUSD', 'XXBTZUSD'])
    expect(resolveSymbol(kraken, name, 'spot')).toMatchObject({ market: { symbol: 'BTC/USD' } });
  expect(resolveSymbol(kraken, 'SOLUSD', 'spot')).toMatchObject({ market: { symbol: 'SOL/USD' } });
});

describe('an account of one market type', () => {
  it.each([
    ['BTCUSDT', 'swap', 'BTC/USDT:USDT'],
    ['BTCUSDT.P', 'swap', 'BTC/USDT:USDT'],
    ['SUI-USDT-SWAP', 'swap', 'SUI/USDT:USDT'],
    ['BTC/USDT', 'swap', 'SYMBOL_UNKNOWN'],
    ['BTCUSDT', 'spot', 'BTC/USDT'],
    ['BTCUSDT.P', 'spot', 'SYMBOL_UNKNOWN'],
    ['BTC/USDT:USDT', 'spot', 'SYMBOL_UNKNOWN'],
  ] as const)('%s on %s is %s', (text, preferred, symbol) => expect(resolve(text, preferred)).toBe(symbol));
});

describe('refusals help', () => {
  it.each([
    ['BTCUSTD', null, 'BTC/USDT'],
    ['BINANCE:ETHUSD', 'spot', 'ETH/USDT'],
    ['BTCUSDT.P', 'spot', 'Write BTC/USDT'],
    ['SUIUSDT', null, 'only the swap SUI/USDT:USDT'],
    ['BTCUSD.P', null, 'BTC/USD:BTC, BTC/USD:USD'],
  ] as const)('%s on %s names %s', (text, preferred, words) => {
    const result = resolveSymbol(index, text, preferred);
    expect(result.ok ? '' : result.refusal.message).toContain(words);
  });

  it.each(['ВTCUSDT', 'ſOLUSDT', 'B​TCUSDT', 'ＢＴＣUSDT', 'BTC USDT', '', '__proto__', 'constructor', 'x'.repeat(64)])(
    'the look-alike %s is unknown',
    (text) => {
      expect(resolve(text, null)).toBe('SYMBOL_UNKNOWN');
    },
  );
});

import { expect, it } from 'vitest';
import type { Account } from '../domain/portfolio/account.ts';
import { SYMBOLS } from '../domain/signal/planSignal.fixtures.ts';
import { unifiedSymbols } from './symbols.ts';

function account(name: string, market: Account['market']): Account {
  return {
    id: name,
    name,
    venue: 'paper',
    market,
    sandbox: false,
    sealedCredentials: null,
    settings: {},
    ownerId: null,
    enabled: true,
    createdAt: 0,
  };
}

const spot = account('spot', 'spot');
const swap = account('swap', 'swap');
const quotes = { symbols: async (id: string) => (id === 'away' ? null : SYMBOLS.markets) };
const ask = (names: readonly string[], ...accounts: readonly Account[]) => unifiedSymbols(quotes, accounts, names, '/allowedSymbols');

it('understands a symbol as each account would in an alert', async () => {
  expect(await ask(['BINANCE:BTCUSDT', 'btc/usdt'], spot)).toEqual({ symbols: ['BTC/USDT'], mistakes: [] });
  expect((await ask(['BTCUSDT'], spot, swap)).symbols).toEqual(['BTC/USDT', 'BTC/USDT:USDT']);
});

it('names what no account trades, with its place', async () => {
  const { mistakes } = await ask(['BTCUSDT', 'BTC/USTD'], spot);
  expect(mistakes).toMatchObject([{ pointer: '/allowedSymbols/1', code: 'SYMBOL_UNKNOWN', message: expect.stringContaining('BTC/USDT') }]);
});

it('takes a unified symbol at its word while a venue cannot be asked', async () => {
  const away = account('away', null);
  expect(await ask(['DOGE/USDT'], away)).toEqual({ symbols: ['DOGE/USDT'], mistakes: [] });
  expect((await ask(['DOGEUSDT'], away)).mistakes[0]?.message).toContain('unified symbol');
});

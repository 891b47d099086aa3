import { expect, it, onTestFinished } from 'vitest';
import type { BookLevel } from '../../src/domain/market/market.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { binanceAccount, NO_OPENING } from '../helpers/binance/binanceFixture.ts';
import { startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { startBybitServer } from '../helpers/bybit/bybitServer.ts';

function shown(levels: readonly BookLevel[] | undefined): string[][] {
  return (levels ?? []).map(({ price, quantity }) => [price.toFixed(), quantity?.toFixed() ?? 'unknown']);
}

it('order books come through ccxt with every digit, and with the taker fee of the account', async () => {
  const [binance, bybit] = await Promise.all([startBinanceServer(), startBybitServer()]);
  onTestFinished(async () => {
    await Promise.all([binance.close(), bybit.close()]);
  });
  const at = ({ origin }: { readonly origin: string }) => ({ origins: { '*': origin }, ccxt: {} });
  const exchanges = createExchanges({
    ...{ venues: { binance: at(binance), bybit: at(bybit) }, clock, logger },
    openCredentials: ({ venue }) => (venue === 'binance' ? binance.credentials : bybit.credentials),
  });
  const accounts = [binanceAccount(), binanceAccount({ id: 'account-2', name: 'own', venue: 'bybit', settings: { takerFee: '0.04%' } })];
  const [there, own] = await Promise.all(accounts.map((account) => exchanges.open(account, NO_OPENING)));
  onTestFinished(async () => {
    await Promise.all(accounts.map(({ id }) => exchanges.closeAccount(id)));
  });
  const [book, other] = await Promise.all([there, own].map((session) => session?.feed.orderBook?.('BTC/USDT', 50)));
  expect(shown(book?.asks)).toEqual([
    ['50000.01', '0.123456789012345678'],
    ['50010', '2.5'],
  ]);
  expect(shown(book?.bids)).toEqual([
    ['49999.99', '0.123456789012345678'],
    ['49990', '2.5'],
  ]);
  expect(shown(other?.asks)).toEqual([['50001', '4.000000000000000001']]);
  const fees = await Promise.all(
    [there, own].map(async (session) => {
      const market = (await session?.feed.markets())?.find(({ symbol }) => symbol === 'BTC/USDT');
      return market && session?.takerFee?.(market)?.toFixed();
    }),
  );
  expect(fees).toEqual(['0.001', '0.0004']);
  expect(await there?.feed.orderBook?.('XYZ/USDT', 50)).toBeNull();
});

import { describe, expect, it, onTestFinished } from 'vitest';
import type { BookLevel } from '../../src/domain/market/market.ts';
import { createExchanges } from '../../src/exchange/exchanges.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { binanceAccount, NO_OPENING } from '../helpers/binance/binanceFixture.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import { BINANCE_SPOT, BYBIT_SPOT, OKX_SWAP, VENUE_KINDS } from '../helpers/venue/kinds.ts';

function shown(levels: readonly BookLevel[] | undefined): string[][] {
  return (levels ?? []).map(({ price, quantity }) => [price.toFixed(), quantity?.toFixed() ?? 'unknown']);
}

async function opened({ start, account }: VenueKind, settings: Readonly<Record<string, unknown>> = {}) {
  const server = await start();
  onTestFinished(() => server.close());
  const exchanges = createExchanges({
    ...{ venues: { [account.venue]: { origins: { '*': server.origin }, ccxt: {} } }, clock, logger },
    openCredentials: () => server.credentials,
  });
  const stored = binanceAccount({ ...account, settings });
  onTestFinished(() => exchanges.closeAccount(stored.id));
  return exchanges.open(stored, NO_OPENING);
}

describe.each(VENUE_KINDS.map((kind) => [kind.title, kind] as const))('%s', (_, kind) => {
  it('shows its order book with every digit, best first, in base units', async () => {
    const { feed } = await opened(kind);
    const book = await feed.orderBook?.(kind.symbol, 50);
    // What it shows at OKX is contracts of a hundredth of a coin.
    const [near = '', far = ''] = kind === OKX_SWAP ? ['0.03000000000000000001', '0.045'] : ['3.000000000000000001', '4.5'];
    expect(shown(book?.bids)).toEqual([
      ['49999', near],
      ['49900', far],
    ]);
    expect(shown(book?.asks)).toEqual([
      ['50001', near],
      ['50100', far],
    ]);
    expect(await feed.orderBook?.('XYZ/USDT', 50)).toBeNull();
  });
});

it('the taker fee is that of the venue, or what the account says', async () => {
  const fees = await Promise.all(
    [await opened(BINANCE_SPOT), await opened(BYBIT_SPOT, { takerFee: '0.04%' })].map(async (session) => {
      const market = (await session.feed.markets()).find(({ symbol }) => symbol === 'BTC/USDT');
      return market && session.takerFee?.(market)?.toFixed();
    }),
  );
  expect(fees).toEqual(['0.001', '0.0004']);
});

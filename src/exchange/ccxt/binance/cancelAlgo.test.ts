import { expect, it } from 'vitest';
import type { Market } from '../../../domain/market/market.ts';
import { judge } from '../outcomes.ts';
import type { VenueLink } from '../profile.ts';
import { NotSentError, VenueReplyError } from '../venueErrors.ts';
import { BINANCE_SWAP_REFUSALS } from './binanceRefusals.ts';
import { connectBinanceSwap } from './binanceSwapApi.ts';

it('a cancel of which nothing is known is not refused because the question after it did not leave', async () => {
  const exchange = {
    fapiPrivateDeleteAlgoOrder: () => Promise.reject(new VenueReplyError(502, '', null)),
    fapiPrivateGetAlgoOrder: () => Promise.reject(new NotSentError('no connection')),
  };
  const api = connectBinanceSwap({ exchange } as unknown as VenueLink);
  const ref = { clientOrderId: 'ours', venueOrderId: '1', symbol: 'BTC/USDT:USDT', type: 'stop' } as const;
  const error = await api.cancel(ref, { symbol: ref.symbol, venueSymbol: 'BTCUSDT' } as Market).catch((thrown: unknown) => thrown);
  expect(judge(BINANCE_SWAP_REFUSALS, error)).toMatchObject({ kind: 'unknown' });
});

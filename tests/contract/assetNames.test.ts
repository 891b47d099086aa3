import { expect, it } from 'vitest';
import { startBinanceServer } from '../helpers/binance/binanceServer.ts';
import { startBitgetServer } from '../helpers/bitget/bitgetServer.ts';
import { startCoinbaseServer } from '../helpers/coinbase/coinbaseServer.ts';
import { startOkxSpotServer } from '../helpers/okx/okxServer.ts';
import { openVenue } from '../helpers/venue/bench.ts';
import { BINANCE_SPOT, BITGET_SPOT, COINBASE_SPOT, OKX_SPOT } from '../helpers/venue/kinds.ts';

it.each([
  ['Binance', { ...BINANCE_SPOT, start: () => startBinanceServer({ balances: { YOYO: '5' } }) }, 'YOYOW'],
  ['Bitget', { ...BITGET_SPOT, start: () => startBitgetServer({ balances: { TONCOIN: '5' } }) }, 'TON'],
  ['Coinbase', { ...COINBASE_SPOT, start: () => startCoinbaseServer({ balances: { CGLD: '5' } }) }, 'CELO'],
  ['OKX', { ...OKX_SPOT, start: () => startOkxSpotServer({ balances: { AE: '5' } }) }, 'AET'],
] as const)('a balance of %s goes by the name its market has', async (_, kind, asset) => {
  const { session, close } = await openVenue(kind);
  const balances = await session.orders.balances();
  await close();
  expect(balances?.filter(({ total }) => total.gt(0)).map((balance) => balance.asset)).toEqual([asset]);
});

import type { Fill } from '../../domain/order/order.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import type { CcxtExchange } from './loadCcxt.ts';
import type { VenueApi } from './venueApi.ts';

/**
 * The calls of a venue with assets by the names its markets have them by: ccxt renames what two coins share a name of, or what a venue
 * alone calls so (Bitget's TONCOIN is TON, Coinbase's CGLD is CELO). Else a fee would be of an asset, and a balance in one, that no
 * market knows.
 */
export function inOurCodes(exchange: CcxtExchange, api: VenueApi): VenueApi {
  const { place, cancel, find, balances, trades } = api;
  const paid = <F extends Fill>(fill: F): F => ({ ...fill, feeAsset: exchange.safeCurrencyCode(fill.feeAsset) });
  const told = (report: OrderReport): OrderReport => ({ ...report, fills: report.fills.map(paid) });
  return {
    ...api,
    place: async (request, market) => told(await place(request, market)),
    cancel: async (ref, market) => told(await cancel(ref, market)),
    find: async (ref, market) => told(await find(ref, market)),
    balances: async () => (await balances()).map((row) => ({ ...row, asset: exchange.safeCurrencyCode(row.asset) })),
    ...(trades && { trades: async (market, sinceMs) => (await trades(market, sinceMs)).map(paid) }),
  };
}

import { expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import {
  BINANCE_SPOT,
  BINANCE_SWAP,
  BITGET_SPOT,
  BITGET_SWAP,
  BYBIT_SPOT,
  BYBIT_SWAP,
  KRAKEN_SPOT,
  OKX_SPOT,
  OKX_SWAP,
} from '../helpers/venue/kinds.ts';
import { leadVenue } from '../helpers/venue/ledVenue.ts';

const KINDS = [BINANCE_SPOT, BINANCE_SWAP, BITGET_SPOT, BITGET_SWAP, BYBIT_SPOT, BYBIT_SWAP, KRAKEN_SPOT, OKX_SPOT, OKX_SWAP];

it.each(KINDS.map((kind) => [kind.title, kind] as const))(
  '%s: an id that is there, says the venue, and under which it finds no order, is a matter for a person',
  async (_, kind) => {
    const { server, content, send, command } = await leadVenue(kind, { settings: { pollMs: 100 }, ccxt: { notFoundAfterMs: 100 } });
    server.book.hideNewOrders(1_000_000);
    server.fail({ kind: 'acceptThenDrop' }, { ...kind.place, times: 1 });
    await send({ action: 'buy', symbol: kind.symbol, quantity: '0.02', type: 'limit', price: '40000' });
    const order = () => [...content.orders.values()][0];
    await until(() => order()?.code === 'ORDER_UNRESOLVED', { what: 'a person to be asked', timeoutMs: 20_000 });
    expect(order()).toMatchObject({ status: 'unknown', message: expect.stringContaining('does not find it') });
    const sent = () => server.requestsTo(`${kind.place.method} ${kind.place.path}`).length;
    expect([sent(), server.book.orders.length]).toEqual([2, 1]);
    const [resting] = server.book.orders;
    if (resting) resting.hiddenPolls = 0;
    await until(() => order()?.status === 'open', { what: 'it to come to light', timeoutMs: 20_000 });
    expect(await command({ kind: 'order.cancel', orderId: order()?.id ?? '' })).toMatchObject({ status: 200 });
    expect([resting?.status, sent()]).toEqual(['CANCELED', 2]);
  },
);

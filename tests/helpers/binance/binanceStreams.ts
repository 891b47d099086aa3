import { createHmac } from 'node:crypto';
import type { BookOrder } from '../venue/bookTypes.ts';
import type { StreamProtocol } from '../venue/streams.ts';
import { algoId, isAlgo, shownId } from './swapShown.ts';

interface Listening {
  /** Told of every change of an order, until the answer is called. */
  onChange(listener: (order: BookOrder) => void): () => void;
}

/** WebSocket API, "Subscribe to User Data Stream through signature subscription": orders as `executionReport`. */
export function spotStreams(book: Listening, keys: { readonly apiKey: string; readonly secret: string }): StreamProtocol {
  return {
    connect: ({ pathname }, say) => {
      if (pathname !== '/ws-api/v3') return null;
      let stop = (): void => undefined;
      return {
        hear: ({ id, method, params }) => {
          if (method !== 'userDataStream.subscribe.signature')
            return say({ id, status: 400, error: { code: -1100, msg: 'Unknown method.' } });
          if (!isSigned(params as Record<string, unknown>, keys))
            return say({ id, status: 401, error: { code: -1022, msg: 'Signature for this request is not valid.' } });
          stop();
          stop = book.onChange((order) => say({ subscriptionId: 0, event: executionReport(order) }));
          say({ id, status: 200, result: { subscriptionId: 0 } });
        },
        end: () => stop(),
      };
    },
  };
}

/** Parameters sorted by name, joined, signed like a request. */
function isSigned({ signature, ...params }: Record<string, unknown>, keys: { readonly apiKey: string; readonly secret: string }): boolean {
  const signed = Object.keys(params)
    .sort()
    .map((name) => `${name}=${String(params[name])}`)
    .join('&');
  return params.apiKey === keys.apiKey && signature === createHmac('sha256', keys.secret).update(signed).digest('hex');
}

function executionReport(order: BookOrder): unknown {
  return {
    e: 'executionReport',
    E: order.updateTime,
    ...{ s: order.symbol, c: order.clientOrderId, S: order.side, o: order.type, f: order.timeInForce },
    ...{ q: order.origQty.toFixed(8), p: order.price.toFixed(8), P: order.stopPrice?.toFixed(8) ?? '0.00000000', F: '0.00000000' },
    ...{ g: -1, C: '', x: order.executedQty.isZero() ? order.status : 'TRADE', X: order.status, r: 'NONE', i: order.orderId },
    ...lastTrade(order),
    ...{ z: order.executedQty.toFixed(8), T: order.updateTime, w: order.status === 'NEW', O: order.time, Z: order.quoteQty.toFixed(8) },
  };
}

function lastTrade(order: BookOrder): Readonly<Record<string, unknown>> {
  const trade = order.trades.at(-1);
  if (!trade) return { l: '0.00000000', L: '0.00000000', n: '0', N: null, t: -1, m: false };
  return {
    ...{ l: trade.qty.toFixed(8), L: trade.price.toFixed(8), n: trade.commission.toFixed(8), N: trade.commissionAsset },
    ...{ t: trade.id, m: trade.isMaker },
  };
}

/** What POST /fapi/v1/listenKey gives out; the stream of any other is refused. */
export const LISTEN_KEY = 'pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1';

/** USDⓈ-M "User Data Streams": `ORDER_TRADE_UPDATE`, and `ALGO_UPDATE` while an order waits for its trigger. */
export function swapStreams(book: Listening): StreamProtocol {
  return {
    connect: ({ pathname, searchParams }, say) => {
      if (pathname !== '/private/ws' || searchParams.get('listenKey') !== LISTEN_KEY) return null;
      const stop = book.onChange((order) => say(isAlgo(order) && order.waiting ? algoUpdate(order) : orderTradeUpdate(order)));
      return { hear: () => undefined, end: stop };
    },
  };
}

function orderTradeUpdate(order: BookOrder): unknown {
  const terms = { s: order.symbol, c: shownId(order), S: order.side, o: order.type, f: order.timeInForce, i: order.orderId };
  const amounts = { q: order.origQty.toFixed(), p: order.price.toFixed(), ap: '0', sp: order.stopPrice?.toFixed() ?? '0' };
  const progress = { x: order.executedQty.isZero() ? order.status : 'TRADE', X: order.status, z: order.executedQty.toFixed() };
  return {
    e: 'ORDER_TRADE_UPDATE',
    ...{ E: order.updateTime, T: order.updateTime },
    o: {
      ...terms,
      ...amounts,
      ...progress,
      ...lastTrade(order),
      T: order.updateTime,
      R: order.reduceOnly,
      ps: order.positionSide ?? 'BOTH',
    },
  };
}

function algoUpdate(order: BookOrder): unknown {
  const names = { caid: order.clientOrderId, aid: Number(algoId(order)), at: 'CONDITIONAL', o: order.type, s: order.symbol, S: order.side };
  const terms = {
    ps: order.positionSide ?? 'BOTH',
    f: order.timeInForce,
    q: order.origQty.toFixed(),
    X: order.status,
    ai: '',
    ap: '0',
    aq: '0',
  };
  const price = { tp: order.stopPrice?.toFixed() ?? '0', p: order.price.toFixed(), wt: 'CONTRACT_PRICE', R: order.reduceOnly };
  return { e: 'ALGO_UPDATE', T: order.updateTime, E: order.updateTime, o: { ...names, ...terms, ...price } };
}

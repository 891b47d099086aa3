import type { BookOrder } from '../venue/bookTypes.ts';
import type { StreamProtocol } from '../venue/streams.ts';

interface Listening {
  onChange(listener: (order: BookOrder) => void): () => void;
}

/** "WebSocket Channels", user: a snapshot of open orders, then what changes. `isAuthentic` checks the token it is asked with. */
export function coinbaseStreams(book: Listening, isAuthentic: (jwt: string) => boolean): StreamProtocol {
  return {
    connect: (_, say) => {
      let sequence = 0;
      let stop = (): void => undefined;
      const tell = (type: 'snapshot' | 'update', orders: readonly unknown[]): void => {
        say({ channel: 'user', client_id: '', timestamp: new Date().toISOString(), sequence_num: sequence, events: [{ type, orders }] });
        sequence += 1;
      };
      return {
        hear: ({ type, channel, jwt }) => {
          if (type !== 'subscribe' || channel !== 'user') return say({ type: 'error', message: 'unknown channel' });
          if (!isAuthentic(String(jwt))) return say({ type: 'error', message: 'authentication failure' });
          stop();
          stop = book.onChange((order) => tell('update', [shown(order)]));
          tell('snapshot', []);
        },
        end: () => stop(),
      };
    },
  };
}

const STATUS: Readonly<Record<BookOrder['status'], string>> = {
  NEW: 'OPEN',
  PARTIALLY_FILLED: 'OPEN',
  FILLED: 'FILLED',
  CANCELED: 'CANCELLED',
  EXPIRED: 'EXPIRED',
  REJECTED: 'FAILED',
};

function shown(order: BookOrder): unknown {
  return {
    ...{ order_id: String(order.orderId), client_order_id: order.clientOrderId, product_id: order.symbol, status: STATUS[order.status] },
    ...{
      cumulative_quantity: order.executedQty.toFixed(),
      leaves_quantity: order.origQty.sub(order.executedQty).toFixed(),
      avg_price: '0',
    },
    ...{ total_fees: '0', creation_time: new Date(order.time).toISOString(), order_side: order.side, order_type: 'Limit' },
  };
}

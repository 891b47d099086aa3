import { createHmac } from 'node:crypto';
import type { BookOrder } from '../venue/bookTypes.ts';
import type { StreamProtocol } from '../venue/streams.ts';

interface Listening {
  onChange(listener: (order: BookOrder) => void): () => void;
}

type Channel = 'orders' | 'orders-algo';

/** api-doc/spot/websocket/private: log in, subscribe to `orders` and `orders-algo`; one message a change. `shown`: an order in the channel's words, or null. */
export function bitgetStreams(
  book: Listening,
  keys: { readonly apiKey: string; readonly secret: string; readonly password: string },
  instType: string,
  shown: (channel: Channel, order: BookOrder) => Readonly<Record<string, unknown>> | null,
): StreamProtocol {
  return {
    connect: ({ pathname }, say) => {
      if (pathname !== '/v2/ws/private') return null;
      let known = false;
      const stops: (() => void)[] = [];
      return {
        hear: ({ op, args }) => {
          for (const arg of args as readonly Record<string, string>[]) {
            if (op === 'login') {
              known = isSigned(arg, keys);
              say(known ? { event: 'login', code: 0 } : { event: 'error', code: 30015, msg: 'Invalid sign' });
            } else if (op === 'subscribe' && known && arg.instType === instType) {
              say({ event: 'subscribe', arg });
              const tell = (order: BookOrder): void => {
                const data = shown(arg.channel as Channel, order);
                if (data) say({ action: 'snapshot', arg, data: [data], ts: order.updateTime });
              };
              stops.push(book.onChange(tell));
            } else say({ event: 'error', code: 30001, msg: 'Channel does not exist' });
          }
        },
        end: () => {
          for (const stop of stops) stop();
        },
      };
    },
  };
}

function isSigned(
  { apiKey, passphrase, timestamp, sign }: Readonly<Record<string, string>>,
  keys: { readonly apiKey: string; readonly secret: string; readonly password: string },
): boolean {
  const expected = createHmac('sha256', keys.secret).update(`${timestamp}GET/user/verify`).digest('base64');
  return apiKey === keys.apiKey && passphrase === keys.password && sign === expected;
}

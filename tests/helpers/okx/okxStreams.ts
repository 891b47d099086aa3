import { createHmac } from 'node:crypto';
import type { StreamProtocol } from '../venue/streams.ts';
import { isAlgo, shownAlgo, shownOrder } from './okxTrading.ts';
import type { OkxContext } from './okxTypes.ts';

interface Keys {
  readonly apiKey: string;
  readonly secret: string;
  readonly password: string;
}

/** docs-v5, "WebSocket": `orders` at /private, `orders-algo` at /business; each connection logs in. */
export function okxStreams(context: OkxContext, keys: Keys): StreamProtocol {
  return {
    connect: ({ pathname }, say) => {
      const channel = { '/ws/v5/private': 'orders', '/ws/v5/business': 'orders-algo' }[pathname];
      if (channel === undefined) return null;
      let known = false;
      const stops: (() => void)[] = [];
      const listen = (arg: Readonly<Record<string, unknown>>): void => {
        say({ event: 'subscribe', arg, connId: 'a4d3ae55' });
        const stop = context.book.onChange((order) => {
          const waits = isAlgo(order) && order.waiting;
          if (channel === 'orders' && !waits) say({ arg, data: [shownOrder(context, order)] });
          if (channel === 'orders-algo' && isAlgo(order)) say({ arg, data: [shownAlgo(context, order)] });
        });
        stops.push(stop);
      };
      return {
        hear: ({ op, args }) => {
          for (const arg of args as readonly Record<string, string>[]) {
            if (op === 'login') {
              known = isSigned(arg, keys);
              say(known ? { event: 'login', code: '0', msg: '' } : { event: 'error', code: '60009', msg: 'Login failed.' });
            } else if (op === 'subscribe' && known && arg.channel === channel) listen(arg);
            else say({ event: 'error', code: '60018', msg: 'Wrong URL or channel.' });
          }
        },
        end: () => {
          for (const stop of stops) stop();
        },
      };
    },
  };
}

function isSigned({ apiKey, passphrase, timestamp, sign }: Readonly<Record<string, string>>, keys: Keys): boolean {
  const expected = createHmac('sha256', keys.secret).update(`${timestamp}GET/users/self/verify`).digest('base64');
  return apiKey === keys.apiKey && passphrase === keys.password && sign === expected;
}

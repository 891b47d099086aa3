import { createHmac } from 'node:crypto';
import type { StreamProtocol } from '../venue/streams.ts';
import type { BybitContext } from './bybitContext.ts';
import { shownOrder } from './bybitLists.ts';

/** v5 "WebSocket private": `auth`, then the topic `order`. */
export function bybitStreams(context: BybitContext, keys: { readonly apiKey: string; readonly secret: string }): StreamProtocol {
  return {
    connect: ({ pathname }, say) => {
      if (pathname !== '/v5/private') return null;
      let known = false;
      let stop = (): void => undefined;
      return {
        hear: ({ op, args, req_id }) => {
          const [first, expires, signature] = (args ?? []) as readonly string[];
          if (op === 'ping') return say({ op: 'pong', req_id, success: true, ret_msg: 'pong' });
          if (op === 'auth') {
            const expected = createHmac('sha256', keys.secret).update(`GET/realtime${expires}`).digest('hex');
            known = first === keys.apiKey && signature === expected && Number(expires) > context.now();
            return say({ success: known, ret_msg: known ? '' : 'Params Error', op, req_id, conn_id: 'cejreaspqfh3sjdnldmg-p' });
          }
          if (op !== 'subscribe' || !known || first !== 'order')
            return say({ success: false, ret_msg: 'Request not authorized', op, req_id });
          stop();
          stop = context.book.onChange((order) => {
            const data = [{ category: context.category, ...(shownOrder(context, order) as object) }];
            say({ id: `${order.orderId}`, topic: 'order', creationTime: order.updateTime, data });
          });
          say({ success: true, ret_msg: '', op, req_id, conn_id: 'cejreaspqfh3sjdnldmg-p' });
        },
        end: () => stop(),
      };
    },
  };
}

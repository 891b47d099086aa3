import { isFinal } from '../domain/order/transition.ts';
import type { Change } from '../ledger/ledger.ts';
import type { Logger } from '../ops/logger.ts';

/** One line per step of an order's way, after the ledger has it; `correlationId` is the same from alert to fill. */
export function logChanges(logger: Logger, changes: readonly Change[], correlationOf: (signalId: string) => string | undefined): void {
  for (const change of changes) {
    switch (change.kind) {
      case 'signal.part': {
        const { signalId, status, code } = change.part;
        const about = { correlationId: correlationOf(signalId), signalId, status, code };
        if (status === 'refused' || status === 'failed' || status === 'expired' || status === 'unknown') logger.warn(about, 'signal');
        else logger.info(about, 'signal');
        break;
      }
      case 'order.updated': {
        const { id, signalId, clientOrderId, status, code } = change.order;
        if (status === change.from) break;
        const about = { correlationId: correlationOf(signalId), signalId, orderId: id, clientOrderId, from: change.from, status, code };
        if (status === 'unknown' || (isFinal(status) && status !== 'filled')) logger.warn(about, 'order');
        else logger.info(about, 'order');
        break;
      }
      case 'fill.booked': {
        const { order, fill } = change;
        const { signalId, symbol, side } = order;
        const about = { correlationId: correlationOf(signalId), signalId, orderId: order.id, symbol, side };
        logger.info({ ...about, quantity: fill.quantity.toFixed(), price: fill.price.toFixed(), venueTradeId: fill.venueTradeId }, 'fill');
        break;
      }
      case 'trading.set':
        logger.warn({ accountId: change.accountId, mode: change.mode, reason: change.reason, actor: change.actor.name }, 'trading mode');
        break;
      default:
        break;
    }
  }
}

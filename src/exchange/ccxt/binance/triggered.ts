import { keepNewest } from '../../../lib/keepNewest.ts';
import type { CcxtExchange } from '../loadCcxt.ts';

/** A conditional order by its names. */
export interface AlgoName {
  readonly algoId: string;
  readonly clientAlgoId: string;
}

/** Of one account; the oldest are forgotten first. */
const REMEMBERED_MAX = 1_000;

const remembered = new WeakMap<CcxtExchange, Map<string, AlgoName>>();

/**
 * Keeps which conditional order an order was, learned whenever one of ours is asked about: the venue's own list goes back a week, and a
 * protective stop may be older.
 */
export function rememberTriggered(exchange: CcxtExchange, orderId: string, { algoId, clientAlgoId }: AlgoName): void {
  const names = remembered.get(exchange) ?? new Map<string, AlgoName>();
  remembered.set(exchange, names.set(orderId, { algoId, clientAlgoId }));
  keepNewest(names, REMEMBERED_MAX);
}

export function triggeredName(exchange: CcxtExchange, orderId: string): AlgoName | undefined {
  return remembered.get(exchange)?.get(orderId);
}

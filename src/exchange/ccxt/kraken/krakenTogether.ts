import { setTimeout as delay } from 'node:timers/promises';
import { judge } from '../outcomes.ts';
import { ask, type KrakenExchange, orNull, SINGLE_TRADES } from './krakenExchange.ts';
import { KRAKEN_REFUSALS } from './krakenRefusals.ts';
import { type KrakenOrder, readOrders } from './krakenReplies.ts';

/** The order of this id with the ids of its trades, whatever has become of it; null: Kraken has none. */
export type OrderById = (txid: string) => Promise<KrakenOrder | null>;

/** get-orders-info: "up to 50". */
const ORDERS_PER_QUESTION = 50;
/** A question without an answer keeps the next one waiting no longer; that of all that rests may have to wait for room itself. */
const PATIENCE_MS = 2_000;
const LISTS_PATIENCE_MS = 5_000;

/** One question for all who ask in the same moment, or while another one is under way, whose answer may be older than what they ask about. */
export function shared<T>(question: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  let current: Promise<unknown> = Promise.resolve();
  const askNext = async (): Promise<T> => {
    await patiently(current, LISTS_PATIENCE_MS);
    await new Promise((resolve) => setImmediate(resolve));
    next = null;
    const answer = question();
    current = answer;
    return answer;
  };
  return () => {
    next ??= askNext();
    return next;
  };
}

/** Until it has an answer or has failed, and no longer than that. */
async function patiently(answer: Promise<unknown>, patienceMs: number): Promise<void> {
  const patience = new AbortController();
  await Promise.race([answer.catch(() => undefined), delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
}

interface Wanted {
  readonly txid: string;
  readonly resolve: (found: Promise<KrakenOrder | null>) => void;
}

/**
 * Kraken takes one question in three seconds, and answers for many orders at once: those asked about at the same time, or while another
 * answer is awaited, are asked about together.
 */
export function askTogether(exchange: KrakenExchange): OrderById {
  const waiting: Wanted[] = [];
  let asking = false;

  const askNext = async (): Promise<void> => {
    if (asking || waiting.length === 0) return;
    asking = true;
    await new Promise((resolve) => setImmediate(resolve));
    const batch = waiting.splice(0, ORDERS_PER_QUESTION);
    const answer = readTogether(exchange, [...new Set(batch.map(({ txid }) => txid))]);
    for (const { txid, resolve } of batch) resolve(answer.then((found) => found(txid)));
    await patiently(answer, PATIENCE_MS);
    asking = false;
    void askNext();
  };

  return (txid) =>
    new Promise((resolve) => {
      waiting.push({ txid, resolve });
      void askNext();
    });
}

/** Should one of several not be known, all may be refused for it: then each is asked about alone. */
async function readTogether(exchange: KrakenExchange, txids: readonly string[]): Promise<OrderById> {
  const one = (txid: string) => () => read(exchange, [txid]);
  const byId = (orders: readonly KrakenOrder[], txid: string) => orders.find((order) => order.txid === txid) ?? null;
  if (txids.length === 1) {
    const [txid = ''] = txids;
    const orders = (await orNull(one(txid))) ?? [];
    return async (wanted) => byId(orders, wanted);
  }
  try {
    const orders = await ask(() => read(exchange, txids));
    return async (wanted) => byId(orders, wanted);
  } catch (error) {
    if (judge(KRAKEN_REFUSALS, error).kind !== 'absent') throw error;
    return async (wanted) => byId((await orNull(one(wanted))) ?? [], wanted);
  }
}

async function read(exchange: KrakenExchange, txids: readonly string[]): Promise<readonly KrakenOrder[]> {
  return readOrders(await exchange.privatePostQueryOrders({ txid: txids.join(','), trades: 'true', ...SINGLE_TRADES }));
}

import { keepNewest } from '../../../lib/keepNewest.ts';

/** Of so many orders of a key it is remembered that a stream has told of them. */
const ORDERS_MAX = 2_000;

const told = new Map<string, Set<string>>();
const listeners = new Map<string, Set<() => void>>();
const nameOf = (apiKey: string, txid: string): string => `${apiKey}\0${txid}`;

/** A stream of this key has told of an order: it is not looked for among those that rest untouched, which may have to wait. */
export function tellChanged(apiKey: string, txid: string): void {
  const orders = told.get(apiKey) ?? new Set();
  told.set(apiKey, orders.add(txid));
  keepNewest(orders, ORDERS_MAX);
  for (const listener of listeners.get(nameOf(apiKey, txid)) ?? []) listener();
}

/** Whether it was told of since the last question about it; the next one is not any more. */
export function takeChanged(apiKey: string, txid: string): boolean {
  return told.get(apiKey)?.delete(txid) ?? false;
}

/** The answer, or null as soon as a stream tells of the order: then the question was asked too early. */
export async function unlessChanged<T>(apiKey: string, txid: string, answer: Promise<T>): Promise<T | null> {
  const name = nameOf(apiKey, txid);
  const waiting = listeners.get(name) ?? new Set();
  listeners.set(name, waiting);
  let listener = (): void => undefined;
  const change = new Promise<null>((resolve) => {
    listener = () => resolve(null);
  });
  waiting.add(listener);
  try {
    return await Promise.race([answer, change]);
  } finally {
    waiting.delete(listener);
    if (waiting.size === 0) listeners.delete(name);
  }
}

import { keepNewest } from '../../../lib/keepNewest.ts';
/** The venue's ids of orders placed from here, by ours. */
export interface Ids {
  /** What an order's answer will tell or has told; passes the answer on. */
  learn(clientOrderId: string, answer: Promise<string>): Promise<string>;
  /** Waits for an answer that is under way; null: none has come, or the order was placed elsewhere. */
  of(clientOrderId: string): Promise<string | null>;
}

/** Of so many orders; those before them are asked about by our own id, which costs more. */
const ORDERS_MAX = 5_000;

export function createIds(): Ids {
  const known = new Map<string, Promise<string | null>>();
  return {
    learn: (clientOrderId, answer) => {
      known.set(
        clientOrderId,
        answer.catch(() => null),
      );
      keepNewest(known, ORDERS_MAX);
      return answer;
    },
    of: async (clientOrderId) => (await known.get(clientOrderId)) ?? null,
  };
}

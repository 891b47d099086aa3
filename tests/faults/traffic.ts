import { setTimeout as delay } from 'node:timers/promises';
import { type Alert, type Delivery, deliver, type Sending, type World } from '../e2e/world.ts';
import { GREEDY_SYMBOL, SYMBOLS } from './site.ts';

/**
 * The first of every symbol buys a stock, large enough for the exits that follow: later ones of a symbol sell and buy the same
 * amount in turns, so that however many there are, they stay within the limits.
 */
export function alertAt(prefix: string, index: number): Alert {
  const symbol = SYMBOLS[index % SYMBOLS.length]?.symbol;
  const id = `${prefix}-${index}`;
  if (index < SYMBOLS.length) return { id, action: 'buy', symbol, quantity: '500' };
  const turn = Math.floor(index / SYMBOLS.length);
  return { id, action: turn % 2 === 1 ? 'sell' : 'buy', symbol, quantity: `${1 + (index % 5)}` };
}

/** Every so many alerts one of these beside them. */
const GREEDY_EVERY = 8;
const GREEDY = 'greedy';

/**
 * Wants more of one symbol than the limit of the account allows, again and again, and gives some back in between: whatever is
 * forgotten of what is on its way, or in doubt, would let it have too much.
 */
function greedyAt(prefix: string, index: number): Alert {
  return { id: `${GREEDY}-${prefix}-${index}`, action: index % 4 === 3 ? 'sell' : 'buy', symbol: GREEDY_SYMBOL, quantity: '900' };
}

/** One of the alerts that are expected to be refused now and then. */
export function isGreedy({ alert }: Delivery): boolean {
  return String(alert.id).startsWith(GREEDY);
}

/** Through a load balancer: whatever is not taken is sent again soon, to the next instance. */
const PATIENT: Sending = { resends: 20, everyMs: 500 };

export interface Traffic {
  /** How many alerts were sent so far. */
  sent(): number;
  /** How many were promised so far. */
  promised(): number;
  /** Sends no new ones, and resolves with all when the last is taken or given up. */
  stop(): Promise<Delivery[]>;
}

/** Alerts to the instances in turn, one every `everyMs`, until it is stopped. */
export function startTraffic(
  world: World,
  { prefix = 'alert', everyMs = 40, sending = PATIENT }: { prefix?: string; everyMs?: number; sending?: Sending } = {},
): Traffic {
  const deliveries: Promise<Delivery>[] = [];
  const stopped = new AbortController();
  let promised = 0;
  const send = async (alert: Alert, index: number): Promise<Delivery> => {
    const delivery = await deliver(world, alert, { ...sending, first: index });
    if (delivery.signalId !== null) promised += 1;
    return delivery;
  };
  let sent = 0;
  const sendNext = (): void => {
    deliveries.push(send(alertAt(prefix, sent), sent));
    if (sent % GREEDY_EVERY === GREEDY_EVERY - 1) deliveries.push(send(greedyAt(prefix, Math.floor(sent / GREEDY_EVERY)), sent));
    sent += 1;
  };
  const sendingAll = (async () => {
    // The stock first, so that no exit overtakes it.
    while (sent < SYMBOLS.length) sendNext();
    await Promise.all(deliveries);
    while (!stopped.signal.aborted) {
      sendNext();
      await delay(everyMs);
    }
  })();
  return {
    sent: () => deliveries.length,
    promised: () => promised,
    stop: async () => {
      stopped.abort();
      await sendingAll;
      return Promise.all(deliveries);
    },
  };
}

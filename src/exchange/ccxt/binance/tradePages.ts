import type { VenueTrade } from '../../exchange.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import type { Params } from '../orderParams.ts';
import { readByTime } from '../timeWindows.ts';
import { BrokenReplyError } from '../venueErrors.ts';
import type { ListedTrade } from './viewReplies.ts';

export const PER_PAGE = 1000;
/** Of one answer to us; at 20 of 6000 a minute on spot, 5 of 2400 on futures. */
const REQUESTS_MAX = 100;
/** What the venue's clock may be ahead of what we take for its time. */
const AHEAD_MS = 10_000;

/** ccxt's own clock, which is the venue's once its time has been taken over. */
export interface VenueClock extends CcxtExchange {
  nonce(): number;
}

/** Until when to ask, so that nothing that has happened is left out. */
export function untilNow(exchange: VenueClock): number {
  return exchange.nonce() + AHEAD_MS;
}

export interface TradePages {
  readonly fromMs: number;
  readonly toMs: number;
  /** The longest time between startTime and endTime. */
  readonly windowMs: number;
  readonly ask: (params: Params) => Promise<readonly ListedTrade[]>;
}

/** Trades of a time; `fromId` cannot be told together with a time, so it is used only within a millisecond. */
export function readTradesByTime({ fromMs, toMs, windowMs, ask }: TradePages): Promise<readonly ListedTrade[]> {
  const limit = String(PER_PAGE);
  return readByTime({
    fromMs,
    toMs,
    windowMs,
    pageSize: PER_PAGE,
    requestsMax: REQUESTS_MAX,
    ask: (startTime, endTime) => ask({ startTime: String(startTime), endTime: String(endTime), limit }),
    more: (rows) => restOfInstant(rows, (fromId) => ask({ fromId, limit })),
  });
}

async function restOfInstant(
  rows: readonly ListedTrade[],
  ask: (fromId: string) => Promise<readonly ListedTrade[]>,
): Promise<readonly ListedTrade[]> {
  const rest: ListedTrade[] = [];
  let last = rows.at(-1);
  for (let page = 0; last && page < REQUESTS_MAX; page += 1) {
    const { id, time } = last;
    const next = await ask(String(BigInt(id) + 1n));
    const same = next.filter((row) => row.time === time);
    rest.push(...same);
    if (same.length < PER_PAGE) return rest;
    last = same.at(-1);
  }
  throw new BrokenReplyError('more happened in one millisecond than is read');
}

export function oldestFirst(trades: readonly VenueTrade[]): readonly VenueTrade[] {
  return trades.toSorted((a, b) => a.executedAt - b.executedAt);
}

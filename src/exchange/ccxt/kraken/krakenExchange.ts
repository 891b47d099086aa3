import type { Market } from '../../../domain/market/market.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import { judge } from '../outcomes.ts';
import { VenueReplyError } from '../venueErrors.ts';
import { KRAKEN_REFUSALS, saidBy } from './krakenRefusals.ts';

/** A form: all of it is text. */
export type Form = Readonly<Record<string, string>>;

/** ccxt's implicit methods: one per endpoint of the venue. */
export interface KrakenExchange extends CcxtExchange {
  readonly options: Record<string, unknown>;
  /** Epoch ms in the venue's time. */
  nonce(): number;
  milliseconds(): number;
  publicGetTime(): Promise<unknown>;
  privatePostAddOrder(form: Form): Promise<unknown>;
  privatePostCancelOrder(form: Form): Promise<unknown>;
  privatePostOpenOrders(form: Form): Promise<unknown>;
  privatePostClosedOrders(form: Form): Promise<unknown>;
  privatePostQueryOrders(form: Form): Promise<unknown>;
  privatePostQueryTrades(form: Form): Promise<unknown>;
  privatePostTradesHistory(form: Form): Promise<unknown>;
  privatePostBalanceEx(form: Form): Promise<unknown>;
  privatePostGetApiKeyInfo(form: Form): Promise<unknown>;
}

/**
 * Trades of one order against several others are told one by one: put together they would have other ids, and which of them are together
 * would change while an order fills (get-orders-info, "consolidate_taker").
 */
export const SINGLE_TRADES: Form = { consolidate_taker: 'false' };

const INVALID_NONCE = 'EAPI:Invalid nonce';

/** A question, asked once more when its nonce was refused: another request of the key has overtaken it, and nothing was done. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof VenueReplyError) || saidBy(error.body)?.code !== INVALID_NONCE) throw error;
    return question();
  }
}

/** The answer, or null where the venue says it has no such order; other errors pass. */
export async function orNull<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await ask(question);
  } catch (error) {
    if (judge(KRAKEN_REFUSALS, error).kind !== 'absent') throw error;
    return null;
  }
}

/** Whether a market goes by this name: orders have one and trades another, and either may be made of other names of its assets. */
export function isNameOf(exchange: Pick<KrakenExchange, 'safeCurrencyCode'>, name: string, market: Market): boolean {
  if (name === market.venueSymbol || name === market.altName) return true;
  const splits = Array.from({ length: Math.max(0, name.length - 1) }, (_, index) => index + 1);
  return splits.some(
    (at) => exchange.safeCurrencyCode(name.slice(0, at)) === market.base && exchange.safeCurrencyCode(name.slice(at)) === market.quote,
  );
}

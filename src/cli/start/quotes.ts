import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Quotes } from '../../api/deps.ts';
import type { Engine } from '../../engine/engine.ts';
import { enginePrices } from '../../engine/prices.ts';
import type { Clock } from '../../lib/clock.ts';
import { createQuoteBoard, type QuoteBoard } from '../../marketdata/quoteBoard.ts';
import type { Logger } from '../../ops/logger.ts';

/** Prices for people to look at: this instance's own while it leads, else those that the leader tells. */
export function openQuotes(options: {
  readonly engine: Engine;
  /** A session that may only read can send notifications all the same. */
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly logger: Logger;
}): { readonly quotes: Quotes; readonly quoteBoard: QuoteBoard } {
  const { engine, pool, clock, logger } = options;
  const prices = enginePrices(engine);
  const quoteBoard = createQuoteBoard({
    notify: (channel, payload) => pool.query('SELECT pg_notify($1, $2)', [channel, payload]),
    leads: () => engine.leads,
    answer: prices.ticker,
    margin: prices.margin,
    ...{ newId: uuidv7, clock, logger },
  });
  const ticker: Quotes['ticker'] = async (accountId, name) => (await prices.ticker(accountId, name)) ?? quoteBoard.quote(accountId, name);
  const margin: Quotes['margin'] = (accountId, symbol) =>
    engine.leads ? prices.margin(accountId, symbol) : quoteBoard.margin(accountId, symbol);
  return { quotes: { symbols: prices.symbols, ticker, margin }, quoteBoard };
}

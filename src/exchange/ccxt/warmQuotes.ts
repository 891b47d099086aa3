import type { Quote } from '../../domain/market/market.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Backoff } from './backoff.ts';

export interface WarmQuotesOptions {
  /** Asks the venue; symbols it does not answer for are missing from the result. */
  readonly fetch: (symbols: readonly string[]) => Promise<readonly Quote[]>;
  readonly quiet: Backoff;
  readonly clock: Clock;
  readonly complain: (error: unknown) => void;
}

export interface WarmQuotes {
  quote(symbol: string, maxAgeMs: number): Promise<Quote | null>;
  close(): void;
}

const REFRESH_MS = 500;
/** A symbol nobody has asked for this long is no longer refreshed. */
const DEMAND_MS = 5 * 60_000;
/** Binance takes 20 symbols at weight 2 of 6000 a minute (rest-api.md, "24hr ticker"). */
const SYMBOLS_PER_REQUEST = 20;
const SYMBOLS_MAX = 100;

interface Entry {
  quote: Quote | null;
  /** Monotonic times. */
  readAt: number;
  askedAt: number;
  fetching: Promise<Quote | null> | null;
}

/**
 * Quotes of the symbols in use, refreshed twice a second so that an alert need not wait for one. The first question about a symbol
 * asks the venue; questions at the same time share one request.
 */
export function createWarmQuotes({ fetch, quiet, clock, complain }: WarmQuotesOptions): WarmQuotes {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | null = null;

  const store = (quotes: readonly Quote[]): void => {
    const readAt = clock.monotonic();
    for (const quote of quotes) {
      const entry = entries.get(quote.symbol);
      if (entry) Object.assign(entry, { quote, readAt });
    }
  };
  const fetchOne = async (symbol: string): Promise<Quote | null> => {
    if (quiet.remainingMs() > 0) return null;
    try {
      const quotes = await fetch([symbol]);
      store(quotes);
      return quotes[0] ?? null;
    } catch (error) {
      complain(error);
      return null;
    }
  };
  const refresh = async (): Promise<void> => {
    const now = clock.monotonic();
    for (const [symbol, entry] of entries) if (now - entry.askedAt > DEMAND_MS) entries.delete(symbol);
    const symbols = [...entries.keys()];
    for (let start = 0; start < symbols.length && quiet.remainingMs() === 0; start += SYMBOLS_PER_REQUEST)
      await fetch(symbols.slice(start, start + SYMBOLS_PER_REQUEST)).then(store, complain);
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => {
      void refresh().then(() => {
        timer = null;
        if (entries.size > 0) schedule();
      });
    }, REFRESH_MS).unref();
  };

  return {
    quote: async (symbol, maxAgeMs) => {
      const now = clock.monotonic();
      const entry = entries.get(symbol) ?? { quote: null, readAt: 0, askedAt: now, fetching: null };
      entry.askedAt = now;
      if (entry.quote && now - entry.readAt <= maxAgeMs) return entry.quote;
      if (entries.size < SYMBOLS_MAX || entries.has(symbol)) entries.set(symbol, entry);
      schedule();
      entry.fetching ??= fetchOne(symbol).finally(() => {
        entry.fetching = null;
      });
      return entry.fetching;
    },
    close: () => {
      if (timer) clearTimeout(timer);
      timer = null;
      entries.clear();
    },
  };
}

import type { BookLevel, BookSnapshot, Market } from '../../domain/market/market.ts';
import { Decimal, decimal } from '../../domain/money.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { Backoff } from './backoff.ts';
import type { CcxtExchange } from './loadCcxt.ts';
import { judge, type Refusals } from './outcomes.ts';
import { BrokenReplyError } from './venueErrors.ts';

export interface CcxtBooksOptions {
  /** Makes an object of its own when the first book is wanted: its way of reading levels is changed here. */
  readonly open: () => CcxtExchange;
  /** The object that holds the markets. */
  readonly listed: CcxtExchange;
  readonly market: (symbol: string) => Market | undefined;
  readonly refusals: Refusals;
  readonly quiet: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Order books through ccxt's `fetchOrderBook`, with amounts as the venue's own text. Nothing is asked while the venue wants to be left alone. */
export function createCcxtBooks({ open, listed, market, refusals, quiet, clock, logger }: CcxtBooksOptions) {
  let own: CcxtExchange | null = null;
  const exchange = (): CcxtExchange => {
    own ??= open();
    own.parseOrderBookBidAsk = pairOf;
    own.setMarketsFromExchange(listed);
    return own;
  };
  return async (symbol: string, limit: number): Promise<BookSnapshot | null> => {
    const traded = market(symbol);
    if (!traded || quiet.remainingMs() > 0 || listed.has.fetchOrderBook !== true) return null;
    try {
      const { bids, asks } = await exchange().fetchOrderBook(symbol, limit);
      return { bids: readLevels(bids, traded).reverse(), asks: readLevels(asks, traded), at: clock.now() };
    } catch (error) {
      const { code, backOff } = judge(refusals, error);
      if (backOff) quiet.begin(backOff.ms);
      logger.warn({ venue: listed.id, code }, 'could not read the order book');
      return null;
    }
  };
}

const ONE = decimal(1);
/** Some venues show more than was asked for. */
const LEVELS_MAX = 20_000;
const NUMBER = /^\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,2})?$/i;

/** ccxt reads levels as floats; here price and amount stay what the venue wrote. */
function pairOf(level: unknown, priceKey: string | number = 0, amountKey: string | number = 1): unknown[] {
  const fields = level as Readonly<Record<string | number, unknown>>;
  return [fields[priceKey], fields[amountKey]];
}

/** Cheapest first: ccxt sorts them as if they were numbers. Derivatives count contracts; we count base units. */
function readLevels(side: unknown, { contractSize = ONE }: Market): BookLevel[] {
  if (!Array.isArray(side)) throw new BrokenReplyError('there is no order book in the answer');
  if (side.length > LEVELS_MAX) throw new BrokenReplyError('the order book is longer than any that was asked for');
  return side.map((level: unknown) => readLevel(level, contractSize)).sort((one, other) => one.price.comparedTo(other.price));
}

function readLevel(level: unknown, contractSize: Decimal): BookLevel {
  const [price, quantity] = Array.isArray(level) ? [String(level[0]), String(level[1])] : ['', ''];
  if (!NUMBER.test(price) || !NUMBER.test(quantity)) throw new BrokenReplyError('a level of the order book cannot be read');
  return { price: new Decimal(price), quantity: new Decimal(quantity).mul(contractSize) };
}

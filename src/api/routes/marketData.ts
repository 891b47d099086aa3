import type { Market, Quote } from '../../domain/market/market.ts';
import type { ApiDeps } from '../deps.ts';
import { onlyAccount } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { type Problem, problem } from '../problem.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf } from '../schemas/common.ts';
import * as marketData from '../schemas/marketData.ts';
import { meantMarket } from '../symbols.ts';

const tag = 'market data';
const path = '/api/v1/market-data';

export function marketDataRoutes({ quotes }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: `${path}/symbols`,
      role: 'viewer',
      tag,
      summary: 'What an account can trade, with its steps and minimums',
      query: marketData.SymbolQuery,
      answers: { 200: { description: 'Symbols', schema: listOf(marketData.Market) } },
      handle: async ({ query: { account: idOrName, search, limit, cursor }, reads }) => {
        const account = await onlyAccount(reads, idOrName);
        if ('kind' in account) return account;
        const markets = await quotes.symbols(account.id);
        if (!markets) return unavailable(account.venue);
        const found = markets.filter((market) => search === undefined || matches(market, search.toUpperCase()));
        const page = async () => {
          const { items, nextCursor } = pageOf(
            found.map((market) => ({ id: market.symbol, market })),
            { limit, cursor },
          );
          return { items: items.map(({ market }) => marketView(market)), nextCursor };
        };
        return pageAnswer(page());
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/ticker`,
      role: 'viewer',
      tag,
      summary: 'The current price of a symbol; on a follower the one that the leader knows',
      query: marketData.TickerQuery,
      answers: { 200: { description: 'Ticker', schema: marketData.Ticker } },
      handle: async ({ query, reads }) => {
        const account = await onlyAccount(reads, query.account);
        if ('kind' in account) return account;
        const markets = await quotes.symbols(account.id);
        const market = markets && meantMarket(markets, query.symbol, account);
        if (typeof market === 'string') return problem('NOT_FOUND', market);
        const quote = await quotes.ticker(account.id, market?.symbol ?? query.symbol);
        return quote ? ok(tickerView(quote)) : unavailable(account.venue);
      },
    }),
  ];
}

function unavailable(venue: string): Problem {
  return problem('UNAVAILABLE', `${venue} does not answer now; try again.`, { headers: { 'Retry-After': '5' } });
}

function matches({ symbol, venueSymbol, altName = symbol }: Market, search: string): boolean {
  return [symbol, venueSymbol, altName].some((name) => name.toUpperCase().includes(search));
}

function marketView({ symbol, venueSymbol, type, base, quote, tickSize, stepSize, minQuantity, minNotional }: Market) {
  const amounts = { tickSize, stepSize, minQuantity, minNotional };
  const text = Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount.toFixed()]));
  return { symbol, venueSymbol, type, base, quote, ...text };
}

function tickerView({ symbol, bid, ask, last, at, source }: Quote) {
  return { symbol, bid: bid.toFixed(), ask: ask.toFixed(), last: last.toFixed(), at: new Date(at).toISOString(), source };
}

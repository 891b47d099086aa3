import { isGuid } from '../lookup.ts';
import { pageAnswer, wholeList } from '../paging.ts';
import { notFound } from '../problem.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf } from '../schemas/common.ts';
import * as trades from '../schemas/trade.ts';

const tag = 'trades';
const path = '/api/v1/trades';

export function tradeRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Trades (fills), newest first',
      query: trades.TradeQuery,
      answers: { 200: { description: 'Trades', schema: listOf(trades.Trade) } },
      handle: ({ query: { limit, cursor, ...filter }, reads }) => pageAnswer(reads.trades({ limit, cursor }, filter)),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/summary`,
      role: 'viewer',
      tag,
      summary: 'Trades summed up per account and symbol',
      query: trades.TradeSummaryQuery,
      answers: { 200: { description: 'Sums', schema: listOf(trades.TradeSummary) } },
      handle: async ({ query, reads }) => ok(wholeList(await reads.tradeSummary(query))),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One trade',
      answers: { 200: { description: 'The trade', schema: trades.Trade } },
      handle: async ({ param, reads }) => {
        const trade = isGuid(param('id')) ? await reads.trade(param('id')) : null;
        return trade ? ok(trade) : notFound(`trade "${param('id')}"`);
      },
    }),
  ];
}

import { type ApiDeps, forCaller } from '../deps.ts';
import { pageAnswer, pageBy } from '../paging.ts';
import { isFlat, markedPositions, totalsPerAsset } from '../positions.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import * as portfolio from '../schemas/portfolio.ts';

const tag = 'portfolio';
const path = '/api/v1/portfolio';

export function portfolioRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Everything at a glance',
      query: NoQuery,
      answers: { 200: { description: 'Portfolio', schema: portfolio.Portfolio } },
      handle: async ({ reads }) => ok(await overview(forCaller(deps, { reads }))),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/positions`,
      role: 'viewer',
      tag,
      summary: 'Positions at the current price',
      description: 'Flat positions are listed too, for what they realised; ask `open=true` to leave them out.',
      query: portfolio.PositionQuery,
      answers: { 200: { description: 'Positions', schema: listOf(portfolio.Position) } },
      handle: async ({ query, reads }) => {
        const stored = await reads.positions();
        const wanted = stored.filter(
          ({ account, symbol, quantity }) =>
            (query.account ?? account) === account && (query.symbol ?? symbol) === symbol && !(query.open === true && isFlat(quantity)),
        );
        return pageAnswer(
          markedPositions(deps.quotes, wanted).then((all) => pageBy(all, query, ({ account, symbol }) => `${account} ${symbol}`)),
        );
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/balances`,
      role: 'viewer',
      tag,
      summary: 'Balances per account and asset',
      query: portfolio.BalanceQuery,
      answers: { 200: { description: 'Balances', schema: listOf(portfolio.Balance) } },
      handle: async ({ query, reads }) => {
        const wanted = ({ account }: { account: string }): boolean => (query.account ?? account) === account;
        return pageAnswer(reads.balances().then((all) => pageBy(all.filter(wanted), query, ({ account, asset }) => `${account} ${asset}`)));
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/funding`,
      role: 'viewer',
      tag,
      summary: 'What holding perpetuals cost and brought, newest first',
      query: portfolio.FundingQuery,
      answers: { 200: { description: 'Payments', schema: listOf(portfolio.FundingPayment) } },
      handle: ({ query: { limit, cursor, ...filter }, reads }) => pageAnswer(reads.funding({ limit, cursor }, filter)),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/performance`,
      role: 'viewer',
      tag,
      summary: 'Realised profit and loss per day and account, newest first',
      query: portfolio.PerformanceQuery,
      answers: { 200: { description: 'Days', schema: listOf(portfolio.PerformancePoint) } },
      handle: async ({ query, reads }) =>
        pageAnswer(reads.performance(query.days).then((all) => pageBy(all, query, ({ day, account }) => `${day} ${account}`))),
    }),
  ];
}

async function overview({ readModel, quotes }: ApiDeps) {
  const [accounts, stored, balances, state] = await Promise.all([
    readModel.accounts(),
    readModel.positions(),
    readModel.balances(),
    readModel.tradingState(),
  ]);
  const positions = await markedPositions(quotes, stored);
  return {
    totals: totalsPerAsset(positions),
    accounts: accounts.map(({ name, venue }) => ({
      account: name,
      venue,
      mode: state.accounts.find(({ account }) => account === name)?.mode ?? state.mode,
      balances: balances.filter(({ account }) => account === name).map(({ asset, total }) => ({ asset, total })),
      positions: positions.filter(({ account, quantity }) => account === name && !isFlat(quantity)),
    })),
  };
}

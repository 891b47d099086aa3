import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { accountScope } from '../lookup.ts';
import { defineRoute, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import { TradingChange, TradingState } from '../schemas/trading.ts';

const tag = 'trading';
const path = '/api/v1/trading';

const CHANGES = [
  { word: 'halt', action: 'halt', summary: 'Take no more orders from alerts' },
  { word: 'reduce-only', action: 'reduce_only', summary: 'Take exits only' },
  { word: 'flatten', action: 'flatten', summary: 'Cancel open orders and close all positions, then take no more entries' },
  { word: 'resume', action: 'resume', summary: 'Trade again' },
] as const;

export function tradingRoutes(deps: ApiDeps): Route[] {
  const { readModel } = deps;
  const answers = { 200: { description: 'The state now', schema: TradingState } };
  const state = defineRoute({
    method: 'get',
    path: `${path}/state`,
    role: 'viewer',
    tag,
    summary: 'Whether trading is active, exits only or halted',
    query: NoQuery,
    answers,
    handle: async () => ok(await readModel.tradingState()),
  });
  const changes = CHANGES.map(({ word, action, summary }) =>
    defineRoute({
      method: 'post',
      path: `${path}/${word}`,
      role: 'trader',
      tag,
      summary,
      query: NoQuery,
      body: TradingChange,
      answers,
      handle: async (input) => {
        const scope = await accountScope(readModel, input.body.account);
        if ('kind' in scope) return scope;
        const body = { kind: 'trading.set', action, accountId: scope.account?.id ?? null, reason: input.body.reason } as const;
        return carryOut(deps.submit, input, body, async () => ok(await readModel.tradingState()));
      },
    }),
  );
  return [state, ...changes];
}

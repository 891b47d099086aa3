import type { CommandBody } from '../../domain/signal/command.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { accountScope } from '../lookup.ts';
import type { Desk } from '../people/desk.ts';
import type { Problem } from '../problem.ts';
import { type Answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import { Resumption, TradingChange, TradingState } from '../schemas/trading.ts';

const tag = 'trading';
const path = '/api/v1/trading';
const answers = { 200: { description: 'The state now', schema: TradingState } };

const CHANGES = [
  { word: 'halt', action: 'halt', summary: 'Take no more orders from alerts' },
  { word: 'reduce-only', action: 'reduce_only', summary: 'Take exits only' },
  { word: 'flatten', action: 'flatten', summary: 'Cancel open orders and close all positions, then take no more entries' },
] as const;

export function tradingRoutes(deps: ApiDeps, desk: Pick<Desk, 'factors'>): Route[] {
  const state = defineRoute({
    method: 'get',
    path: `${path}/state`,
    role: 'viewer',
    tag,
    summary: 'Whether trading is active, exits only or halted',
    query: NoQuery,
    answers,
    handle: async ({ reads }) => ok(await reads.tradingState()),
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
      handle: (input) => setTrading(deps, input, { action }),
    }),
  );
  const resume = defineRoute({
    method: 'post',
    path: `${path}/resume`,
    role: 'trader',
    tag,
    summary: 'Trade again',
    description: 'A person with a second factor sends a fresh code of it; a program with a token does not.',
    query: NoQuery,
    body: Resumption,
    answers,
    handle: async (input) => {
      const demanded = desk.factors.demand(input.identity, input.body.totp ?? null);
      return 'kind' in demanded ? demanded : setTrading(deps, input, { action: 'resume', secondFactor: demanded.factor });
    },
  });
  return [state, ...changes, resume];
}

type Wanted = Pick<Extract<CommandBody, { kind: 'trading.set' }>, 'action' | 'secondFactor'>;

async function setTrading({ submit }: ApiDeps, input: Input<unknown, TradingChange>, wanted: Wanted): Promise<Answer | Problem> {
  const { reads } = input;
  const { account, reason } = input.body;
  const scope = await accountScope(reads, account);
  if ('kind' in scope) return scope;
  const body = { kind: 'trading.set', accountId: scope.account?.id ?? null, reason, ...wanted } as const;
  return carryOut(submit, input, body, async () => ok(await reads.tradingState()));
}

import { NO_LIMITS, type RiskLimits } from '../../domain/risk/risk.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { accountScope } from '../lookup.ts';
import { invalid, type Problem } from '../problem.ts';
import { type Answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import * as risk from '../schemas/risk.ts';
import { unifiedSymbols } from '../symbols.ts';

const tag = 'risk';
const path = '/api/v1/risk/limits';

export function riskRoutes(deps: ApiDeps): Route[] {
  const answers = { 200: { description: 'The limits now', schema: risk.RiskLimits } };
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Risk limits',
      query: NoQuery,
      answers,
      handle: async ({ reads }) => ok(await limitsView(reads)),
    }),
    defineRoute({
      method: 'put',
      path,
      role: 'admin',
      tag,
      summary: 'Change risk limits, of every account or of one',
      query: NoQuery,
      body: risk.RiskLimitsChange,
      answers,
      handle: (input) => changeLimits(deps, input),
    }),
  ];
}

async function changeLimits(deps: ApiDeps, input: Input<unknown, risk.RiskLimitsChange>): Promise<Answer | Problem> {
  const { readModel, submit, quotes } = deps;
  const { account: idOrName, ...wanted } = input.body;
  const scope = await accountScope(readModel, idOrName);
  if ('kind' in scope) return scope;
  const current = (await readModel.riskLimits()).find(({ account }) => account === (scope.account?.name ?? null));
  const allowed = await unifiedSymbols(
    quotes,
    scope.account ? [scope.account] : await readModel.accounts(),
    wanted.allowedSymbols ?? [],
    '/allowedSymbols',
  );
  if (allowed.mistakes.length > 0) return invalid(allowed.mistakes);
  const limits = {
    ...limitsAsText(current?.limits ?? NO_LIMITS),
    ...wanted,
    ...(wanted.allowedSymbols ? { allowedSymbols: allowed.symbols } : {}),
  };
  return carryOut(submit, input, { kind: 'risk.set', accountId: scope.account?.id ?? null, limits }, async () =>
    ok(await limitsView(readModel)),
  );
}

async function limitsView(readModel: ReadModel) {
  const all = await readModel.riskLimits();
  const general = all.find(({ account }) => account === null)?.limits ?? NO_LIMITS;
  const accounts = all.flatMap(({ account, limits }) => (account === null ? [] : [{ account, ...limitsAsText(limits) }]));
  return { ...limitsAsText(general), accounts };
}

function limitsAsText({ maxOrderNotional, maxPositionNotional, maxOpenOrders, maxDailyLoss, allowedSymbols }: RiskLimits) {
  return {
    maxOrderNotional: maxOrderNotional?.toFixed() ?? null,
    maxPositionNotional: maxPositionNotional?.toFixed() ?? null,
    maxOpenOrders,
    maxDailyLoss: maxDailyLoss?.toFixed() ?? null,
    allowedSymbols,
  };
}

import type { Hedge, HedgeLeg } from './hedge.ts';

/** Why a rule cannot stand beside the others, in words; null when it can. */
export function hedgeProblem(wanted: Hedge, others: readonly Hedge[]): { readonly code: string; readonly message: string } | null {
  const rest = others.filter(({ id }) => id !== wanted.id);
  const namesake = rest.find(({ name }) => name === wanted.name);
  if (namesake) return { code: 'HEDGE_NAME_TAKEN', message: `There is already a hedge "${wanted.name}".` };
  if (same(wanted.parent, wanted.hedge)) return { code: 'HEDGE_CYCLE', message: 'A position cannot hedge itself.' };
  const rival = rest.find(({ hedge }) => same(hedge, wanted.hedge));
  if (rival) {
    const message = `${wanted.hedge.symbol} of that account is already kept by the hedge "${rival.name}". A position follows one rule; hedge with another symbol or account.`;
    return { code: 'HEDGE_TAKEN', message };
  }
  const back = pathBack(wanted, rest);
  if (!back) return null;
  return {
    code: 'HEDGE_CYCLE',
    message: `Its parent follows its hedge already, by ${back.map((name) => `"${name}"`).join(', ')}: they would chase each other.`,
  };
}

/** The rules by which the parent of `wanted` depends on its hedge; null: it does not. Each position is kept by one rule at most. */
function pathBack(wanted: Hedge, rest: readonly Hedge[]): string[] | null {
  const path: string[] = [];
  let at = wanted.parent;
  for (let steps = 0; steps <= rest.length; steps += 1) {
    const rule = rest.find(({ hedge }) => same(hedge, at));
    if (!rule) return null;
    path.push(rule.name);
    at = rule.parent;
    if (same(at, wanted.hedge)) return path;
  }
  return null;
}

function same(a: HedgeLeg, b: HedgeLeg): boolean {
  return a.accountId === b.accountId && a.symbol === b.symbol;
}

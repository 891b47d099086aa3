import type { Alert } from '../domain/alert/alert.ts';
import { resolveSymbol } from '../domain/market/symbolIndex.ts';
import { assessRisk } from '../domain/risk/assessRisk.ts';
import { planSignal } from '../domain/signal/planSignal.ts';
import { gatherFacts, riskFactsOf } from './facts.ts';
import { describeOrder } from './notices.ts';
import { type AccountState, findAccountByName } from './state.ts';
import type { Term } from './term.ts';

/** What an alert would do on one account now. Decimals as text. */
export interface Explanation {
  readonly account: string;
  readonly symbol: string | null;
  readonly verdict: 'would_trade' | 'nothing_to_do' | 'would_be_refused';
  readonly code: string | null;
  readonly message: string | null;
  readonly cancels: readonly string[];
  readonly orders: readonly {
    readonly role: string;
    readonly side: string;
    readonly type: string;
    readonly quantity: string | null;
    readonly price: string | null;
    readonly stopPrice: string | null;
    readonly text: string;
  }[];
  readonly notes: readonly string[];
}

/** The same plan and risk verdict as the real path, and nothing is recorded or sent. */
export function explainOn(term: Term, alert: Alert, accountNames: readonly string[]): Promise<Explanation[]> {
  return Promise.all(
    accountNames.map(async (name) => {
      const account = findAccountByName(term.state, name);
      return account ? explainPart(term, alert, account) : refused(name, null, 'ACCOUNT_UNKNOWN', `There is no account "${name}".`);
    }),
  );
}

function refused(account: string, symbol: string | null, code: string, message: string): Explanation {
  return { account, symbol, verdict: 'would_be_refused', code, message, cancels: [], orders: [], notes: [] };
}

async function explainPart(term: Term, alert: Alert, account: AccountState): Promise<Explanation> {
  const { name, market: preferred } = account.account;
  const opened = await term.venues.open(account);
  if (!opened.ok) return refused(name, null, 'ACCOUNT_UNAVAILABLE', opened.message);
  const found = resolveSymbol(opened.venue.index, alert.symbol, preferred);
  if (!found.ok) return refused(name, null, found.refusal.code, found.refusal.message);
  const { market } = found;
  const facts = await gatherFacts(account, opened.venue, market, term.deps.newId(), alert, term.now);
  const plan = planSignal(alert, facts);
  if (!plan.ok) return refused(name, market.symbol, plan.refusal.code, plan.refusal.message);
  const verdict = assessRisk(plan.intents, riskFactsOf(term.state, account, market, facts.quote, term.now));
  const refusal = verdict.refusals[0];
  if (refusal && verdict.approved.length === 0) return refused(name, market.symbol, refusal.code, refusal.message);
  return {
    account: name,
    symbol: market.symbol,
    verdict: verdict.approved.length + plan.cancels.length > 0 ? 'would_trade' : 'nothing_to_do',
    code: refusal?.code ?? plan.code,
    message: refusal?.message ?? null,
    cancels: plan.cancels,
    orders: verdict.approved.map((intent) => ({
      role: intent.role,
      side: intent.side,
      type: intent.type,
      quantity: intent.parentShare === null ? intent.quantity.toFixed() : null,
      price: intent.price?.toFixed() ?? null,
      stopPrice: intent.stopPrice?.toFixed() ?? null,
      text:
        intent.parentShare === null
          ? describeOrder(intent)
          : `${intent.role.replace('_', ' ')} for ${intent.parentShare.toFixed()} % of what fills`,
    })),
    notes: plan.notes,
  };
}

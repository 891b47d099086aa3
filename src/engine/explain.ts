import type { Alert } from '../domain/alert/alert.ts';
import { REASONS, refuse } from '../domain/errors.ts';
import { resolveSymbol } from '../domain/market/symbolIndex.ts';
import { assessRisk } from '../domain/risk/assessRisk.ts';
import { planSignal } from '../domain/signal/planSignal.ts';
import { gatherFacts, riskFactsOf } from './facts.ts';
import { describeOrder } from './notices.ts';
import { decideRoute, type LeftOut, type RoutePlace } from './routing/routeLook.ts';
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
  if (alert.route === 'best') return explainRoute(term, alert, accountNames);
  return Promise.all(
    accountNames.map(async (name) => {
      const account = findAccountByName(term.state, name);
      return account ? explainPart(term, alert, account) : refused(name, null, 'ACCOUNT_UNKNOWN', `There is no account "${name}".`);
    }),
  );
}

/** How it would be shared out now, and what each would do with its share. */
async function explainRoute(term: Term, alert: Alert, accountNames: readonly string[]): Promise<Explanation[]> {
  const accounts = accountNames.flatMap((name) => findAccountByName(term.state, name) ?? []);
  const looks = await Promise.all(accounts.map((account) => placeOf(term, alert, account)));
  const places = looks.filter((look) => 'venue' in look);
  const { allocation, leftOut } = await decideRoute(
    term,
    alert,
    places,
    looks.filter((look) => 'refusal' in look),
  );
  return Promise.all(
    accountNames.map(async (name) => {
      const account = findAccountByName(term.state, name);
      if (!account) return refused(name, null, 'ACCOUNT_UNKNOWN', `There is no account "${name}".`);
      if (!allocation.ok) return refused(name, null, allocation.refusal.code, allocation.refusal.message);
      const out = leftOut.find((left) => left.account === account)?.refusal;
      if (out) return refused(name, null, out.code, out.message);
      const share = allocation.shares.find(({ id }) => id === account.account.id)?.quantity;
      const words = `Routed: ${allocation.words}.`;
      if (share?.gt(0)) {
        const told = await explainPart(term, { ...alert, quantity: { kind: 'base', amount: share } }, account);
        return { ...told, notes: [words, ...told.notes] };
      }
      const nothing = refused(name, null, 'ROUTED_ELSEWHERE', REASONS.ROUTED_ELSEWHERE.means);
      return { ...nothing, verdict: 'nothing_to_do' as const, notes: [words] };
    }),
  );
}

async function placeOf(term: Term, alert: Alert, account: AccountState): Promise<RoutePlace | LeftOut> {
  if (!account.account.enabled) return { account, refusal: refuse('ACCOUNT_NOT_CONFIRMED') };
  const opened = await term.venues.open(account);
  if (!opened.ok) return { account, refusal: refuse('ACCOUNT_UNAVAILABLE', opened.message) };
  const found = resolveSymbol(opened.venue.index, alert.symbol, account.account.market);
  return found.ok ? { account, venue: opened.venue, market: found.market } : { account, refusal: found.refusal };
}

function refused(account: string, symbol: string | null, code: string, message: string): Explanation {
  return { account, symbol, verdict: 'would_be_refused', code, message, cancels: [], orders: [], notes: [] };
}

async function explainPart(term: Term, alert: Alert, account: AccountState): Promise<Explanation> {
  const { name, market: preferred, enabled } = account.account;
  if (!enabled) return refused(name, null, 'ACCOUNT_NOT_CONFIRMED', refuse('ACCOUNT_NOT_CONFIRMED').message);
  const opened = await term.venues.open(account);
  if (!opened.ok) return refused(name, null, 'ACCOUNT_UNAVAILABLE', opened.message);
  const found = resolveSymbol(opened.venue.index, alert.symbol, preferred);
  if (!found.ok) return refused(name, null, found.refusal.code, found.refusal.message);
  const { market } = found;
  const facts = await gatherFacts(account, opened.venue, market, term.deps.newId(), alert, term.now);
  const plan = planSignal(alert, facts);
  if (!plan.ok) return refused(name, market.symbol, plan.refusal.code, plan.refusal.message);
  const risk = riskFactsOf(term.state, account, market, facts.quote, term.now);
  const openOrders = risk.openOrders.filter(({ id }) => !plan.cancels.includes(id));
  const verdict = assessRisk(plan.intents, { ...risk, openOrders });
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

import type { Alert } from '../domain/alert/alert.ts';
import { explainAlert } from '../domain/alert/explainAlert.ts';
import { parseAlert } from '../domain/alert/parseAlert.ts';
import { asksForMarket, fillPlaceholders, type SampleFacts, type SamplePlaceholder } from '../domain/alert/samplePlaceholders.ts';
import type { Market } from '../domain/market/market.ts';
import { ceilToStep, Decimal, decimal, maxDecimal, roundToStep } from '../domain/money.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { ApiDeps } from './deps.ts';
import { namesOf } from './lookup.ts';
import type { Mistake } from './problem.ts';

/** A message as it arrives, or as it stands in TradingView's box with its placeholders. */
export interface Message {
  readonly message: string;
  /** What `{{ticker}}` becomes. */
  readonly symbol: string | null;
  /** As if it came to this hook; null: to one with every account. */
  readonly hook: Hook | null;
}

export interface Understood {
  readonly understood: true;
  readonly alert: Alert;
  readonly secret: string | null;
  /** What may be answered: without the secret. */
  readonly view: {
    readonly understood: true;
    readonly alert: unknown;
    readonly explanation: string;
    readonly placeholders: readonly SamplePlaceholder[];
    readonly accounts: readonly string[];
    readonly dryRun: unknown;
  };
}

export interface Misunderstood {
  readonly understood: false;
  readonly code: 'ALERT_NOT_UNDERSTOOD' | 'INVALID_REQUEST';
  readonly mistakes: readonly Mistake[];
  readonly placeholders: readonly SamplePlaceholder[];
}

/** Times the smallest order of a market: what is shared out in a bracket of several steps must still be large enough. */
const SAMPLE_TIMES_SMALLEST = 5;
/** In the quote asset. */
const SAMPLE_NOTIONAL = 100;

/** What a message would do on each account now: nothing is recorded or sent. */
export async function explainMessage(deps: ApiDeps, { message, symbol, hook }: Message): Promise<Understood | Misunderstood> {
  const known = await deps.readModel.accounts();
  const allowed = known.filter((account) => hook === null || hook.accountIds.includes(account.id));
  const facts: SampleFacts = { symbol, price: '1', quantity: '1', nowMs: deps.clock.now() };
  let filled = fillPlaceholders(message, facts);
  let parsed = parseAlert(filled.text);
  if (parsed.ok && asksForMarket(message)) {
    filled = fillPlaceholders(message, { ...facts, ...(await marketFacts(deps, allowed, parsed.alert)) });
    parsed = parseAlert(filled.text);
  }
  const { placeholders } = filled;
  if (!parsed.ok)
    return { understood: false, code: 'ALERT_NOT_UNDERSTOOD', mistakes: inSampleWords(parsed.mistakes, placeholders), placeholders };
  const { alert, secret, payload } = parsed;
  const mistakes = accountMistakes(alert, allowed);
  if (mistakes.length > 0) return { understood: false, code: 'INVALID_REQUEST', mistakes, placeholders };
  const accounts = alert.accounts.length > 0 ? alert.accounts : allowed.map((account) => account.name);
  const dryRun = (await deps.explain(alert, accounts)) ?? null;
  const explanation = explainAlert(alert);
  const view = { understood: true, alert: JSON.parse(payload), explanation, placeholders, accounts, dryRun } as const;
  return { understood: true, alert, secret, view };
}

/** A price and a size as the first account that knows the market has them. */
async function marketFacts(
  { quotes }: ApiDeps,
  accounts: readonly Account[],
  alert: Alert,
): Promise<Partial<Pick<SampleFacts, 'price' | 'quantity'>>> {
  const fitting = accounts.filter(({ name }) => alert.accounts.length === 0 || alert.accounts.includes(name));
  // All at once: each may take a while where the leader has to be asked.
  const told = await Promise.all(fitting.map(async ({ id }) => ({ id, quote: await quotes.ticker(id, alert.symbol) })));
  for (const { id, quote } of told) {
    if (!quote) continue;
    const market = (await quotes.symbols(id))?.find((each) => each.symbol === quote.symbol);
    if (!market) return { price: quote.last.toFixed(), quantity: fewUnits(quote.last).toFixed() };
    const price = roundToStep(quote.last, market.tickSize);
    return { price: price.toFixed(), quantity: smallSize(market, price).toFixed() };
  }
  return {};
}

/** A size of about so much, where the market's steps are not known. */
function fewUnits(price: Decimal): Decimal {
  return price.gt(0) ? decimal(SAMPLE_NOTIONAL).div(price).toSignificantDigits(1, Decimal.ROUND_UP) : decimal(1);
}

/** A size the market takes, in steps. */
function smallSize({ minQuantity, minNotional, stepSize }: Market, price: Decimal): Decimal {
  const smallest = maxDecimal(maxDecimal(minQuantity, stepSize), price.gt(0) ? minNotional.div(price) : minQuantity);
  return ceilToStep(smallest.mul(SAMPLE_TIMES_SMALLEST), stepSize);
}

/** "TradingView did not fill it in" is said of an alert; of a sample it is not yet true. */
function inSampleWords(mistakes: readonly Mistake[], placeholders: readonly SamplePlaceholder[]): readonly Mistake[] {
  return mistakes.map((mistake) => {
    if (mistake.code !== 'PLACEHOLDER_UNRESOLVED') return mistake;
    const meant = placeholders.find(({ placeholder, value }) => value === null && mistake.message.includes(placeholder));
    return meant ? { ...mistake, message: `${meant.placeholder} ${meant.note}.` } : mistake;
  });
}

function accountMistakes({ accounts }: Alert, allowed: readonly Account[]): Mistake[] {
  return accounts.flatMap((name): Mistake[] => {
    if (allowed.some((account) => account.name === name)) return [];
    return [{ pointer: '/account', code: 'ACCOUNT_UNKNOWN', message: `No account "${name}" here; known: ${namesOf(allowed)}.` }];
  });
}

import type { FeatureTable, Support } from '../../../domain/market/capabilities.ts';
import type { MarketType } from '../../../domain/market/market.ts';
import { VenueSetupError } from '../../exchange.ts';
import { loadExchangeClass } from '../loadCcxt.ts';
import { BOUND_PERCENT } from '../orderParams.ts';
import type { Refusals } from '../outcomes.ts';
import type { VenueProfile } from '../profile.ts';
import { connectUnproven, idFor, listsOf } from './unprovenApi.ts';
import type { UnifiedExchange } from './unprovenExchange.ts';

/** Nobody knows how long such an exchange takes a signed request; Coinbase's two minutes are the longest of those that are known. Then a person is asked. */
const REQUEST_LIVES_MS = 120_000;

function refused(reason: string, instead: string): Support {
  return { kind: 'refused', reason, instead };
}

const UNTRIED = 'Nobody has tried what ccxt makes of it at this exchange.';
const untried = refused(UNTRIED, 'Use market or limit orders, or a venue with a column of its own.');
const onlyGtc = refused(UNTRIED, 'Use GTC.');

/** Only what every exchange has, and ccxt has no way to drop. */
export const UNPROVEN_FEATURES: FeatureTable = {
  market: { kind: 'emulated', how: `market; a buy on spot is an immediate-or-cancel limit ${BOUND_PERCENT} % above the ask` },
  limit: { kind: 'native', how: 'limit' },
  GTC: { kind: 'native', how: "the exchange's default" },
  ...{ stop: untried, stop_limit: untried, trailing_stop: untried, iceberg: untried, twap: untried, vwap: untried },
  ...{ IOC: onlyGtc, FOK: onlyGtc, GTD: refused(UNTRIED, 'Use GTC, and cancel with an alert.') },
  post_only: refused(UNTRIED, 'Leave postOnly out.'),
  reduce_only: refused(UNTRIED, 'Use "action":"close": it never asks for more than is held.'),
  short: refused('Without reduce-only orders an exit could turn a position round.', 'Use a venue with a column of its own.'),
  oco: refused(
    'Nothing could be relied on to protect the position.',
    'Leave takeProfit and stopLoss out, and send exits as alerts of their own.',
  ),
  amend: refused(UNTRIED, 'Cancel the order and place another.'),
  market_buy_by_cost: refused('Quantities are in base units.', 'Say "100 USDT": it is converted at the current price.'),
  lookup_by_client_id: refused(
    'Whether it carries our ids back is not known, so that it does not list an order proves nothing.',
    'A person is asked about an order in doubt that is not found.',
  ),
  leverage: refused(UNTRIED, 'Set them at the exchange, and leave leverage and marginMode out.'),
  hedge_mode: refused('Orders do not say which side they are of.', 'Switch the account to one-way mode.'),
  funding: refused('The exchange is not asked for it.', 'Look at the exchange.'),
  reconcile: refused('The exchange is not asked for it.', 'Look at the exchange.'),
  push: refused('Reports are not pushed.', 'Open orders are polled every 2 s.'),
};

export const UNPROVEN_TITLE = 'any other exchange of ccxt (unproven)';

/** What `account test` and the notice about a new account say. */
export const UNPROVEN_CAUTION =
  'unproven: no exchange of this kind was ever tried, only the code that all of them share. Start very small, and compare with the exchange what Signalman shows';

export const UNPROVEN_FACTS = {
  clientOrderId: { parameter: 'clientOrderId' },
  requestLife: 'never: after 120 s + our deadline 10 s a person is asked',
  fees: 'as ccxt reads them from the trades',
  budgetWords: 'what ccxt says the exchange takes',
  sandbox: "where ccxt knows a testnet, `test` in its exchange's `urls`",
  proof: 'nothing of its own: the shared code in the contract suite against the servers of Binance and OKX',
} as const;

/** No refusal proves anything, not even a 403; only 429 and 418 are what they are everywhere (`judge`). */
function nothingProven(venue: string): Refusals {
  return { venue, read: (_, status) => (status === 403 ? { code: 'HTTP_403', words: 'HTTP 403' } : null), rules: [] };
}

/** How an exchange without a profile of its own is traded. Throws `VenueSetupError` for one that ccxt does not know, or not well enough. */
export async function unprovenProfile(venue: string, market: MarketType): Promise<VenueProfile> {
  const Exchange = await loadExchangeClass(venue); // An unknown name is told with the nearest ones.
  const exchange = new Exchange({}) as UnifiedExchange;
  const lacks = whatLacks(exchange, market);
  if (lacks.length > 0)
    throw new VenueSetupError(
      'VENUE_NOT_SUPPORTED',
      `${exchange.name} (${market}) cannot be traded here: ccxt has no ${lacks.join(', ')} for it. A paper account can use ${venue} as its price feed.`,
    );
  return {
    ...{ venue, market, title: `${exchange.name} (unproven)`, caution: UNPROVEN_CAUTION },
    ...UNPROVEN_FACTS,
    clientOrderId: { ...UNPROVEN_FACTS.clientOrderId, format: (id) => idFor(venue, id) },
    credentials: Object.keys(exchange.requiredCredentials).filter((name) => exchange.requiredCredentials[name] === true),
    sandbox: exchange.urls.test === undefined ? null : 'the testnet that ccxt knows',
    features: UNPROVEN_FEATURES,
    clashes: [],
    refusals: nothingProven(venue),
    requestLifeMs: ({ timeoutMs }) => REQUEST_LIVES_MS + timeoutMs,
    ticker: null,
    quotes: 'tickers',
    options: () => ({}),
    connect: connectUnproven,
  };
}

/** Without these an order could not be placed, followed or booked. */
function whatLacks(exchange: UnifiedExchange, market: MarketType): readonly string[] {
  const { has } = exchange;
  const needed = [market, 'createOrder', 'cancelOrder', 'fetchOpenOrders', 'fetchBalance', 'fetchTicker'].filter(
    (name) => has[name] !== true && has[name] !== 'emulated',
  );
  const follows = has.fetchOrder === true || listsOf(exchange).length > 1;
  const books = has.fetchMyTrades === true || has.fetchOrderTrades === true;
  return [...needed, ...(follows ? [] : ['fetchOrder']), ...(books ? [] : ['fetchMyTrades'])];
}

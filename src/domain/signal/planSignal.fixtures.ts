import type { Capabilities } from '../market/capabilities.ts';
import type { Market, Quote } from '../market/market.ts';
import { createSymbolIndex } from '../market/symbolIndex.ts';
import { type Decimal, decimal, ZERO } from '../money.ts';
import { orderWith } from '../order/order.fixtures.ts';
import type { Order, OrderIntent, OrderRole } from '../order/order.ts';
import type { PlanFacts } from './planSignal.ts';

/** A small world for planner tests: six markets, their prices, and a venue that can do everything or little. */
interface Listing {
  readonly market: Market;
  readonly quote: Quote;
}

const LISTINGS: readonly Listing[] = [
  listing('BTC/USDT', 'BTCUSDT', ['0.01', '0.00001', '0.00001', '5'], ['49990', '50000']),
  listing('ETH/USDT', 'ETHUSDT', ['0.01', '0.0001', '0.0001', '5'], ['2499', '2500']),
  listing('DOGE/USDT', 'DOGEUSDT', ['0.00001', '1', '1', '1'], ['0.0999', '0.1']),
  listing('BTC/USDT:USDT', 'BTCUSDT', ['0.1', '0.001', '0.001', '5'], ['49990', '50000']),
  listing('ETH/USDT:USDT', 'ETHUSDT', ['0.01', '0.001', '0.001', '5'], ['2499', '2500']),
  listing('1000PEPE/USDT:USDT', '1000PEPEUSDT', ['0.0000001', '1', '1', '5'], ['0.0109', '0.011']),
];

export const SYMBOLS = createSymbolIndex(LISTINGS.map((entry) => entry.market));

/** Facts of a flat account with 10,000 USDT; `bare` venues have market, limit and stop orders with GTC, IOC and FOK only. */
export function factsFor(symbol: string, overrides: Partial<PlanFacts> & { readonly bare?: boolean } = {}): PlanFacts {
  const found = LISTINGS.find((entry) => entry.market.symbol === symbol);
  if (!found) throw new Error(`The fixture has no ${symbol}.`);
  const { bare = false, ...facts } = overrides;
  return {
    signalId: 'signal-1',
    account: {
      id: 'account-1',
      name: 'main',
      venue: 'paper',
      market: null,
      sandbox: false,
      sealedCredentials: null,
      settings: {},
      ownerId: null,
      enabled: true,
      createdAt: 0,
    },
    market: found.market,
    capabilities: capabilities(found.market, bare),
    quote: found.quote,
    position: ZERO,
    baseBalance: null,
    equity: decimal('10000'),
    openOrders: [],
    nowMs: 1_790_769_600_000,
    ...facts,
  };
}

export function openOrder(symbol: string, id: string, role: OrderRole, tag: string | null): Order {
  return orderWith({
    ...{ id, clientOrderId: `client-${id}`, venueOrderId: `venue-${id}`, signalId: 'signal-0', accountId: 'account-1' },
    ...{ symbol, role, tag, side: 'sell', price: decimal('1'), status: 'open' },
  });
}

/** A whole intent in one line: every field that is not a default, parents and pairs by leg number. */
export function intentLine(intent: OrderIntent, plan: readonly OrderIntent[]): string {
  const parent = plan.find((other) => other.id === intent.parentId);
  const words: (string | false)[] = [
    `${intent.leg} ${intent.role} ${intent.side} ${intent.quantity.toFixed()} ${intent.symbol} ${intent.type}`,
    word('price', intent.price),
    word('stop', intent.stopPrice),
    intent.timeInForce !== 'GTC' && intent.timeInForce,
    intent.expiresAt !== null && `until=${intent.expiresAt}`,
    intent.postOnly && 'post-only',
    intent.reduceOnly && 'reduce-only',
    intent.parentId !== null && `after=${parent?.leg ?? intent.parentId}`,
    word('share', intent.parentShare),
    intent.ocoGroup !== null && `oco=${intent.ocoGroup.replace(`${intent.parentId}:`, '')}`,
    intent.strategy !== null && `strategy=${intent.strategy}`,
    intent.tag !== null && `tag=${intent.tag}`,
  ];
  return words.filter((part) => part !== false).join(' ');
}

function word(name: string, value: Decimal | null): string | false {
  return value !== null && `${name}=${value.toFixed()}`;
}

function listing(
  symbol: string,
  venueSymbol: string,
  rules: readonly [string, string, string, string],
  prices: readonly [string, string],
): Listing {
  const [base = '', rest = ''] = symbol.split('/');
  const [tickSize, stepSize, minQuantity, minNotional] = rules;
  const [bid, ask] = prices;
  return {
    market: {
      symbol,
      venueSymbol,
      type: rest.includes(':') ? 'swap' : 'spot',
      base,
      quote: 'USDT',
      tickSize: decimal(tickSize),
      stepSize: decimal(stepSize),
      minQuantity: decimal(minQuantity),
      minNotional: decimal(minNotional),
    },
    quote: { symbol, bid: decimal(bid), ask: decimal(ask), last: decimal(bid), at: 0, source: 'fixture' },
  };
}

function capabilities(market: Market, bare: boolean): Capabilities {
  return {
    orderTypes: bare ? ['market', 'limit', 'stop'] : ['market', 'limit', 'stop', 'stop_limit'],
    timesInForce: bare ? ['GTC', 'IOC', 'FOK'] : ['GTC', 'IOC', 'FOK', 'GTD'],
    postOnly: !bare,
    reduceOnly: !bare && market.type === 'swap',
    shortSelling: market.type === 'swap',
    oco: !bare,
    amend: true,
    pushesReports: true,
    notFoundAfterMs: 0,
  };
}

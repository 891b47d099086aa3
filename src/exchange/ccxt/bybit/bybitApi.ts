import type { Market } from '../../../domain/market/market.ts';
import type { MarginSettings } from '../../exchange.ts';
import type { VenueLink } from '../profile.ts';
import type { AccountRights, VenueApi } from '../venueApi.ts';
import { RefusedHereError, VenueReplyError } from '../venueErrors.ts';
import { type BybitExchange, type Category, marketTerms } from './bybitExchange.ts';
import { cancelOrder, findOrder, placeOrder } from './bybitOrders.ts';
import { saidBy } from './bybitRefusals.ts';
import * as replies from './bybitReplies.ts';
import * as view from './bybitView.ts';

/** Bybit v5, spot of a unified trading account (https://bybit-exchange.github.io/docs/v5/intro). */
export function connectBybitSpot(link: VenueLink): VenueApi {
  return commonCalls(link, 'spot');
}

/** Bybit v5, perpetuals of a unified trading account. */
export function connectBybitSwap(link: VenueLink): VenueApi {
  const exchange = link.exchange as BybitExchange;
  return {
    ...commonCalls(link, 'linear'),
    positions: (marketOf) => view.positions(exchange, marketOf),
    funding: (marketOf, sinceMs) => view.funding(exchange, marketOf, sinceMs),
    positionMode: async () => ((await view.isHedged(exchange, MODE_SYMBOL)) ? 'hedge' : 'one_way'),
    configure: (settings, market) => configure(exchange, settings, market),
  };
}

/**
 * Bybit keeps the position mode by symbol, set for one or for all at once (docs/v5/position/position-mode). Ours is an account's, so the best
 * known symbol stands for all; an order in one that is set otherwise is refused by the venue, because each says which mode it is for.
 */
const MODE_SYMBOL = 'BTCUSDT';

function commonCalls(link: VenueLink, category: Category): VenueApi {
  const exchange = link.exchange as BybitExchange;
  return {
    place: (request, market) => placeOrder(link, request, market),
    cancel: (ref, market) => cancelOrder(exchange, ref, market),
    find: (ref, market) => findOrder(exchange, ref, market),
    balances: async () => replies.readBalances(await exchange.privateGetV5AccountWalletBalance({ accountType: 'UNIFIED' })),
    rights: () => readRights(exchange, category),
    obstacles: async () => (replies.readAccount(await exchange.privateGetV5AccountInfo()).unified ? [] : [CLASSIC]),
    openOrders: (market) => view.openOrders(exchange, market),
    trades: (market, sinceMs) => view.trades(exchange, market, sinceMs),
    syncClock: () => exchange.loadTimeDifference(),
  };
}

const CLASSIC = 'this is a classic account, which is not traded here. Upgrade it to a unified trading account (Assets, Upgrade to UTA).';

/** What a key needs for each market, and how Bybit's page of it calls that. */
const NEEDED = {
  spot: { any: [['Spot', 'SpotTrade']], called: 'Unified Trading, SPOT: Trade' },
  linear: {
    any: [
      ['ContractTrade', 'Order'],
      ['Derivatives', 'DerivativesTrade'],
    ],
    called: 'Unified Trading, Contract: Orders and Positions',
  },
} as const;

/** Demo trading does not tell what its keys may do (docs/v5/demo): only that they are taken. */
async function readRights(exchange: BybitExchange, category: Category): Promise<AccountRights> {
  if (exchange.urls.api.private.includes('//api-demo.')) {
    replies.readAccount(await exchange.privateGetV5AccountInfo());
    return { canTrade: null, canWithdraw: null };
  }
  const { readOnly, addressBound, may } = replies.readKey(await exchange.privateGetV5UserQueryApi());
  const { any, called } = NEEDED[category];
  const lacks = readOnly ? 'the key may only read: make one with Read-Write' : `the key lacks "${called}": allow it where keys are made`;
  const canTrade = !readOnly && any.some(([area, what]) => may(area, what));
  return { canTrade, canWithdraw: may('Wallet', 'Withdraw'), addressBound, lacks };
}

/** 110043: the leverage is what it is to be. */
const LEVERAGE_UNCHANGED = '110043';

/** The margin mode is that of the whole account: no alert for one symbol changes it, it is only made sure of. */
async function configure(exchange: BybitExchange, { leverage, marginMode }: MarginSettings, market: Market): Promise<void> {
  if (marginMode !== null) {
    const now = replies.readAccount(await exchange.privateGetV5AccountInfo()).marginMode;
    if (now !== marginMode) throw new RefusedHereError('FEATURE_NOT_SUPPORTED', otherMode(now));
  }
  if (leverage === null) return;
  const text = String(leverage);
  try {
    replies.readDone(await exchange.privatePostV5PositionSetLeverage({ ...marketTerms(market), buyLeverage: text, sellLeverage: text }));
  } catch (error) {
    if (!(error instanceof VenueReplyError) || saidBy(error.body)?.code !== LEVERAGE_UNCHANGED) throw error;
  }
}

function otherMode(now: replies.BybitAccount['marginMode']): string {
  const words = `the margin mode is that of the whole account, and it is ${now ?? 'portfolio'} there.`;
  return `${words} Change it at Bybit, or leave marginMode out.`;
}

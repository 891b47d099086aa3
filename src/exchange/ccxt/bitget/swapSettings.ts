import type { Market } from '../../../domain/market/market.ts';
import type { MarginSettings, PlaceRequest } from '../../exchange.ts';
import type { CcxtExchange } from '../loadCcxt.ts';
import type { Params } from '../orderParams.ts';
import { judge } from '../outcomes.ts';
import { BrokenReplyError, NotSentError, RefusedHereError } from '../venueErrors.ts';
import { readCanceled } from './bitgetAnswer.ts';
import { BITGET_SWAP_REFUSALS } from './bitgetRefusals.ts';
import { readLeverages, readSymbolAccount, type SymbolAccount } from './swapReplies.ts';

/** Perpetuals margined in USDT; the position mode is set for all of these together. */
export const PRODUCT: Params = { productType: 'USDT-FUTURES' };
const COIN = 'USDT';

export interface SettingsExchange extends CcxtExchange {
  milliseconds(): number;
  privateMixGetV2MixAccountAccount(params: Params): Promise<unknown>;
  privateMixPostV2MixAccountSetLeverage(params: Params): Promise<unknown>;
  privateMixPostV2MixAccountSetMarginMode(params: Params): Promise<unknown>;
}

/** How a request names a market. Throws `RefusedHereError` for perpetuals of another kind, which would need other words. */
export function contractOf(market: Market): Params {
  if (market.quote !== COIN) throw new RefusedHereError('VENUE_SYMBOL', `${market.symbol} is not margined in ${COIN}.`);
  return { symbol: market.venueSymbol, ...PRODUCT };
}

export function marginedContract(market: Market): Params {
  return { ...contractOf(market), marginCoin: COIN };
}

/** A symbol that is always listed, for questions about the account that want one. */
export const ANY_SYMBOL: Params = { symbol: 'BTCUSDT', ...PRODUCT, marginCoin: COIN };

/** How old what is known of a symbol's settings may be, milliseconds: they can be changed at the venue by hand. */
const KNOWN_MS = 60_000;
/**
 * In hedge mode: an order that closes a long position is a "buy" with `tradeSide` close, and in one-way mode the latter is ignored. An
 * order that would then open instead must not leave, so the mode is asked for anew.
 */
const KNOWN_HEDGED_MS = 1_000;

/** Margin mode, leverage and position mode as they are set at the venue: each order must name the first and fit the last. */
export interface SwapSettings {
  /** The margin mode for an order of this market. Throws when it could not be told, before anything is sent. */
  marginModeFor(request: PlaceRequest, market: Market): Promise<SymbolAccount['marginMode']>;
  configure(settings: MarginSettings, market: Market): Promise<void>;
}

export function createSwapSettings(exchange: SettingsExchange): SwapSettings {
  const known = new Map<string, { readonly account: SymbolAccount; readonly at: number }>();

  const ask = async (market: Market): Promise<SymbolAccount> => {
    const account = readSymbolAccount(await exchange.privateMixGetV2MixAccountAccount(marginedContract(market)));
    known.set(market.symbol, { account, at: exchange.milliseconds() });
    return account;
  };
  const current = (market: Market, maxAgeMs: number): Promise<SymbolAccount> => {
    const last = known.get(market.symbol);
    return last && exchange.milliseconds() - last.at < maxAgeMs ? Promise.resolve(last.account) : ask(market).catch(notSent);
  };

  return {
    marginModeFor: async ({ positionSide = null }, market) => {
      const hedged = positionSide !== null;
      const { marginMode, posMode } = await current(market, hedged ? KNOWN_HEDGED_MS : KNOWN_MS);
      if ((posMode === 'hedge_mode') !== hedged) throw new RefusedHereError('VENUE_REJECTED', MODE_CHANGED);
      return marginMode;
    },
    configure: async (settings, market) => {
      const before = await ask(market).catch(notSent);
      known.delete(market.symbol);
      const mode = settings.marginMode === null ? before.marginMode : settings.marginMode === 'cross' ? 'crossed' : 'isolated';
      if (mode !== before.marginMode)
        readCanceled(await exchange.privateMixPostV2MixAccountSetMarginMode({ ...marginedContract(market), marginMode: mode }));
      if (settings.leverage !== null) await setLeverage(exchange, settings.leverage, { ...before, marginMode: mode }, market);
    },
  };
}

const MODE_CHANGED =
  'the position mode was changed at the venue while the account was open here. Switch it back, or disable and enable the account.';

/** What is refused is refused; all else only means that nothing was sent. */
function notSent(error: unknown): never {
  if (judge(BITGET_SWAP_REFUSALS, error).kind === 'rejected') throw error;
  throw new NotSentError('the margin mode of the symbol could not be read');
}

/** In hedge mode with isolated margin each side has a leverage of its own (api-doc/contract/account/Change-Leverage). */
async function setLeverage(exchange: SettingsExchange, leverage: number, account: SymbolAccount, market: Market): Promise<void> {
  const wanted = String(leverage);
  const { marginMode, posMode, crossedMarginLeverage, isolatedLongLever, isolatedShortLever } = account;
  const set = marginMode === 'crossed' ? [crossedMarginLeverage] : [isolatedLongLever, isolatedShortLever];
  if (set.every((one) => one === wanted)) return;
  const each = marginMode === 'isolated' && posMode === 'hedge_mode';
  const values: Params = each ? { longLeverage: wanted, shortLeverage: wanted } : { leverage: wanted };
  const now = readLeverages(await exchange.privateMixPostV2MixAccountSetLeverage({ ...marginedContract(market), ...values }));
  if (now.some((one) => one !== wanted)) throw new BrokenReplyError('another leverage is set than was asked for');
}

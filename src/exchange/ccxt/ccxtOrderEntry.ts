import { type ReasonCode, refuse } from '../../domain/errors.ts';
import { type Capabilities, whyNot } from '../../domain/market/capabilities.ts';
import type { Market } from '../../domain/market/market.ts';
import type { Logger } from '../../ops/logger.ts';
import type { CancelOutcome, ConfigureOutcome, LookupOutcome, OrderEntry, PlaceOutcome, PlaceRequest, PositionSide } from '../exchange.ts';
import type { CcxtFeed } from './ccxtFeed.ts';
import { assertComplete } from './orderParams.ts';
import type { Verdict } from './outcomes.ts';
import { listening, type OpenPush } from './push.ts';
import type { VenueApi } from './venueApi.ts';
import type { VenueLine } from './venueLine.ts';

export interface OrderEntryOptions {
  /** ccxt exchange id, for the words. */
  readonly venue: string;
  readonly capabilities: Capabilities;
  readonly api: VenueApi;
  readonly line: VenueLine;
  /** Knows the markets; it must have loaded them. */
  readonly feed: CcxtFeed;
  readonly logger: Logger;
  /** Begins to listen to the venue's streams; null: there are none. */
  readonly openPush: OpenPush | null;
}

type Rejected = { readonly kind: 'rejected'; readonly code: ReasonCode; readonly message: string };
type Admitted = { readonly kind: 'admitted'; readonly market: Market };

/** Orders of one account at a venue reached through ccxt. Nothing here sends twice: retries are the engine's, after a look-up. */
export function createCcxtOrderEntry(options: OrderEntryOptions): OrderEntry {
  const { venue, capabilities, api, line, feed, logger, openPush } = options;

  /** Everything but balances passes here before it is sent. */
  const admit = (symbol: string): Admitted | Rejected => {
    const market = feed.market(symbol);
    if (!market) return rejected('VENUE_SYMBOL', `${venue} does not list ${symbol}.`);
    const quietSec = Math.ceil(line.quietMs() / 1000);
    if (quietSec > 0) return rejected('VENUE_RATE_LIMIT', `${venue} asked to slow down; nothing is sent for another ${quietSec} s.`);
    return { kind: 'admitted', market };
  };

  /** What is only looked at: null when it could not be learned. */
  const learn = async <T>(what: string, ask: () => Promise<T>): Promise<T | null> => {
    if (line.quietMs() > 0) return null;
    try {
      return await ask();
    } catch (error) {
      logger.warn({ venue, code: line.settle(error).code }, `could not read the ${what}`);
      return null;
    }
  };
  const learnOf = <T>(what: string, symbol: string, ask: (market: Market) => Promise<T>): Promise<T | null> => {
    const market = feed.market(symbol);
    return market ? learn(what, () => ask(market)) : Promise.resolve(null);
  };
  const { openOrders, trades, positions, funding } = api;

  return {
    capabilities: () => capabilities,
    place: async (request): Promise<PlaceOutcome> => {
      const admission = admit(request.symbol);
      if (admission.kind === 'rejected') return admission;
      const why = whyRefused(capabilities, request);
      if (why !== null) return rejected('FEATURE_NOT_SUPPORTED', `${venue}${why}`);
      assertComplete(request);
      const sided = capabilities.hedged ? { ...request, positionSide: positionSideOf(request) } : request;
      try {
        return { kind: 'accepted', report: await api.place(sided, admission.market) };
      } catch (error) {
        const verdict = line.settle(error);
        await line.synced(); // So that a caller who tries again after VENUE_CLOCK does so in the venue's time.
        return failed(verdict);
      }
    },
    cancel: async (ref): Promise<CancelOutcome> => {
      const admission = admit(ref.symbol);
      if (admission.kind === 'rejected') return admission;
      try {
        return { kind: 'canceled', report: await api.cancel(ref, admission.market) };
      } catch (error) {
        const verdict = line.settle(error);
        return verdict.kind === 'absent' ? { kind: 'not_open' } : failed(verdict);
      }
    },
    amend: async () => rejected('FEATURE_NOT_SUPPORTED', `Orders at ${venue} are not amended in place; cancel and place anew.`),
    lookup: async (ref): Promise<LookupOutcome> => {
      const admission = admit(ref.symbol);
      if (admission.kind === 'rejected') return { ...admission, kind: 'unknown' };
      try {
        return { kind: 'found', report: await api.find(ref, admission.market) };
      } catch (error) {
        const { kind, code, message } = line.settle(error);
        return kind === 'absent' ? { kind: 'not_found' } : { kind: 'unknown', code, message };
      }
    },
    configure: async (symbol, settings): Promise<ConfigureOutcome> => {
      const admission = admit(symbol);
      if (admission.kind === 'rejected') return admission;
      if (!api.configure) return rejected('FEATURE_NOT_SUPPORTED', `${venue} has no leverage or margin mode to set here.`);
      try {
        await api.configure(settings, admission.market);
        return { kind: 'done' };
      } catch (error) {
        return failed(line.settle(error));
      }
    },
    balances: () => learn('balances', () => api.balances()),
    ...(openOrders && { openOrders: (symbol: string) => learnOf('open orders', symbol, (market) => openOrders(market)) }),
    ...(trades && { trades: (symbol: string, sinceMs: number) => learnOf('trades', symbol, (market) => trades(market, sinceMs)) }),
    ...(positions && { positions: () => learn('positions', () => positions(feed.marketOf)) }),
    ...(funding && { funding: (sinceMs: number) => learn('funding payments', () => funding(feed.marketOf, sinceMs)) }),
    close: async () => undefined,
    onReport: () => undefined, // The venue is asked (`pushesReports` is false).
    ...(openPush && listening(openPush)),
  };
}

/** What the leader sees to itself is never sent: a venue would drop it, or misread it. */
function whyRefused(capabilities: Capabilities, request: PlaceRequest): string | null {
  const { ocoGroup, timeInForce } = request;
  if (ocoGroup !== null && capabilities.ocoBy === 'leader') return ' does not tie orders together: pairs are kept by the leader.';
  if (timeInForce === 'GTD' && capabilities.gtdBy === 'leader') return ' has no orders that end at a time: they are ended by the leader.';
  const why = whyNot(capabilities, { ...request, tied: ocoGroup !== null });
  return why && `: ${why}`;
}

/** An entry is of the side it opens, whatever reduces is of the other. */
function positionSideOf({ side, reduces = false, reduceOnly }: PlaceRequest): PositionSide {
  return (side === 'buy') === (reduces || reduceOnly) ? 'short' : 'long';
}

function rejected(code: ReasonCode, words: string): Rejected {
  return { kind: 'rejected', code, message: refuse(code, words).message };
}

/** `absent` cannot answer a new order; should a venue say so all the same, it is no proof of anything. */
function failed({ kind, code, message }: Verdict): { kind: 'rejected' | 'unknown'; code: ReasonCode; message: string } {
  return { kind: kind === 'rejected' ? 'rejected' : 'unknown', code, message };
}

import type { Clash, FeatureTable } from '../../domain/market/capabilities.ts';
import type { MarketType, Quote } from '../../domain/market/market.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BudgetRule, Purpose, RequestFacts } from './budget.ts';
import type { Transport } from './fetchImplementation.ts';
import type { CcxtExchange } from './loadCcxt.ts';
import type { Refusals } from './outcomes.ts';
import type { Watch } from './push.ts';
import type { VenueApi } from './venueApi.ts';
import type { VenueSettings } from './venueConfig.ts';

/** What ccxt calls them: another site with other keys, or the venue itself with play money. */
export type SandboxName = 'testnet' | 'demo';

/**
 * All that is particular to trading one market type at one venue, as data and small functions. A profile and the calls it connects
 * are the whole of a venue: nothing else in this folder knows any of them by name.
 */
export interface VenueProfile {
  /** ccxt exchange id. */
  readonly venue: string;
  readonly market: MarketType;
  /** For people: "Binance spot". */
  readonly title: string;
  /** How far what is said here has been shown true; a row of docs/venues.md. */
  readonly proof: string;
  /** What people are told about every account here; absent: nothing. */
  readonly caution?: string;
  /** Credentials it cannot do without, by ccxt's names. */
  readonly credentials: readonly string[];
  /** What `"sandbox": true` reaches; null where there is none. */
  readonly sandbox: string | null;
  /** The ways there are to trade without money, the first one unless the account's settings name another; absent: a testnet of its own. */
  readonly sandboxes?: readonly SandboxName[];
  readonly features: FeatureTable;
  /** What is otherwise where the account holds long and short side by side. */
  readonly inHedgeMode?: Partial<FeatureTable>;
  readonly clashes: readonly Clash[];
  readonly clientOrderId: {
    /** The venue's name of it in a new order. */
    readonly parameter: string;
    /** Ours (32 hex digits) as it is sent. */
    readonly format: (clientOrderId: string) => string;
  };
  /** Its definitive refusals. */
  readonly refusals: Refusals;
  /** How long after it was signed the venue may still take a request, milliseconds: only then does "not found" begin to be evidence. */
  readonly requestLifeMs: (settings: VenueSettings) => number;
  /** Waiting rule in words, for docs/venues.md. */
  readonly requestLife: string;
  /** How much the venue takes in how long; absent: only its own refusals slow us down. */
  readonly budget?: readonly BudgetRule[];
  /** The same in words, for docs/venues.md. */
  readonly budgetWords?: string;
  /** What a request of an account is for; absent: GET asks, and all else is about orders. */
  readonly purposeOf?: (request: RequestFacts) => Purpose;
  /** What requests of one key pass last, when there is room for them: for a venue that minds the order they come in. Absent: they leave as they are. */
  readonly seal?: (fetch: Transport['fetch'], credentials: Readonly<Record<string, string>>, clock: Clock) => Transport['fetch'];
  /** The venue's streams about an account: of its orders at least. Absent: none is used. */
  readonly push?: readonly Watch[];
  /** What fees are taken from, for docs/venues.md. */
  readonly fees: string;
  /** Fields of the venue's own ticker that hold prices as text; null: ccxt's numbers are used. */
  readonly ticker: { readonly bid: string; readonly ask: string; readonly last: string } | null;
  /** Where prices come from: `tickers` where they hold bid and ask and can be had of a few symbols, else the best of all order books. */
  readonly quotes: 'tickers' | 'bidsAsks';
  /** Options of the ccxt constructor, so that only markets of these types are loaded and nothing is guessed. */
  readonly options: (types: readonly MarketType[]) => Readonly<Record<string, unknown>>;
  /** The trading calls for one account. */
  readonly connect: (link: VenueLink) => VenueApi;
}

/** What trading calls are made of. */
export interface VenueLink {
  /** One account's own ccxt object; its methods answer with the venue's own words, whatever they say. */
  readonly exchange: CcxtExchange;
  readonly market: MarketType;
  /** Gives it the markets that are loaded. Only ccxt's unified calls need them: they would load their own. */
  readonly shareMarkets: (exchange: CcxtExchange) => void;
  /** By how much more (or less) than usual the venue takes from us; null: requests are not counted. */
  readonly budgetScale: number | null;
  /** A current price, or null. */
  readonly quote: (symbol: string) => Promise<Quote | null>;
}

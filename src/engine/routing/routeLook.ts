import type { Alert } from '../../domain/alert/alert.ts';
import { type ReasonCode, type Refusal, refuse } from '../../domain/errors.ts';
import type { BookLevel, Market } from '../../domain/market/market.ts';
import { type Decimal, decimal, maxDecimal, minDecimal, ZERO } from '../../domain/money.ts';
import type { Side } from '../../domain/order/order.ts';
import { type Allocation, allocate } from '../../domain/route/allocate.ts';
import { affordable } from '../../domain/route/ladder.ts';
import type { RouteVenue } from '../../domain/route/route.ts';
import { currentQuote, positionWithoutDoubt } from '../facts.ts';
import { hasDoubt, hasUnsent } from '../laneHolds.ts';
import { type AccountState, modeOf, modeWords, openOrdersOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

/** How long a venue may take to show its book, milliseconds. */
const BOOK_MS = 2_000;
/** Levels of a side that are asked for. */
const LEVELS = 50;
/** Where nobody says what a venue charges a taker. */
const USUAL_FEE = decimal('0.001');
/** Of the funds: kept back, because a market buy is bounded above the price it is reckoned with. */
const SPENDABLE = decimal('0.98');
/** What is sold may exceed what is owned by this much and is then lowered: the buy's fee was taken from it (planOrder.ts). */
const FEE_TOLERANCE = decimal('1.005');

/** An account that could carry out a share. */
export interface RoutePlace {
  readonly account: AccountState;
  readonly venue: Venue;
  readonly market: Market;
}

/** An account that takes no part, and why. */
export interface LeftOut {
  readonly account: AccountState;
  readonly refusal: Refusal;
}

interface Looked extends RoutePlace {
  readonly levels: readonly BookLevel[];
  readonly fee: Decimal;
}

export interface RouteOutcome {
  readonly allocation: Allocation;
  readonly leftOut: readonly LeftOut[];
}

/** Looks at the books of all the places and decides who carries out how much. Records nothing. */
export async function decideRoute(
  term: Term,
  alert: Alert,
  places: readonly RoutePlace[],
  missing: readonly LeftOut[],
): Promise<RouteOutcome> {
  const looks = await Promise.all(places.map((place) => lookAt(term, alert, place)));
  const looked = looks.filter((look) => 'levels' in look);
  const leftOut = [...missing, ...looks.filter((look) => 'refusal' in look)];
  const refused = (refusal: Refusal): RouteOutcome => ({ allocation: { ok: false, refusal }, leftOut });
  if (looked.length === 0) return refused(noneLeft(leftOut));
  const unlike = whyUnlike(looked);
  if (unlike !== null) return refused(refuse('ROUTE_IMPOSSIBLE', unlike));
  const side: Side = alert.action === 'sell' ? 'sell' : 'buy';
  const size = sizeOf(alert, looked, side);
  if ('code' in size) return refused(size);
  const venues = looked.map((look) => venueOf(alert, look, side));
  const order = { side, quantity: lowered(size, side, venues), limit: alert.price };
  return { allocation: allocate(venues, order), leftOut };
}

async function lookAt(term: Term, alert: Alert, place: RoutePlace): Promise<Looked | LeftOut> {
  const { account, venue, market } = place;
  const leaveOut = (code: ReasonCode, words?: string): LeftOut => ({ account, refusal: refuse(code, words) });
  const { id, name } = account.account;
  const leaves = alert.reduceOnly || (alert.action === 'sell' && market.type === 'spot');
  const mode = modeOf(term.state, id);
  if (mode === 'halted') return leaveOut('TRADING_HALTED', modeWords(term.state, id) ?? undefined);
  if (mode === 'reduce_only' && !leaves) return leaveOut('TRADING_REDUCE_ONLY', modeWords(term.state, id) ?? undefined);
  if (hasDoubt(account, market.symbol) || hasUnsent(account, market.symbol) || !term.reach.mayTry(id))
    return leaveOut('ROUTE_IMPOSSIBLE', `An order of ${market.symbol} on ${name} is in doubt, or its venue cannot be reached.`);
  const late = term.deps.clock.sleep(BOOK_MS, term.signal).then(() => []);
  const levels = await Promise.race([levelsOf(place, alert.action === 'sell' ? 'sell' : 'buy'), late]);
  if (levels.length === 0) return leaveOut('PRICE_UNAVAILABLE');
  return { ...place, levels, fee: venue.session.takerFee?.(market) ?? market.takerFee ?? USUAL_FEE };
}

/** The side that is taken; where there is no book the best price, with nobody saying how much of it there is. */
async function levelsOf({ venue, market }: RoutePlace, side: Side): Promise<readonly BookLevel[]> {
  const book = await venue.session.feed.orderBook?.(market.symbol, LEVELS);
  const levels = side === 'buy' ? book?.asks : book?.bids;
  if (levels && levels.length > 0) return levels;
  const quote = await currentQuote(venue, market.symbol);
  return quote ? [{ price: side === 'buy' ? quote.ask : quote.bid, quantity: null }] : [];
}

/** Why the prices of the accounts are no prices of one thing; null when they are. */
function whyUnlike(looked: readonly Looked[]): string | null {
  const [first] = looked;
  const other = looked.find(
    ({ account, market }) =>
      account.account.ownerId !== first?.account.account.ownerId ||
      market.base !== first.market.base ||
      market.quote !== first.market.quote ||
      market.type !== first.market.type,
  );
  if (!first || !other) return null;
  const [one, two] = [first, other].map(({ account, market }) => `${market.symbol} on ${account.account.name}`);
  if (other.account.account.ownerId !== first.account.account.ownerId)
    return `${first.account.account.name} and ${other.account.account.name} do not belong to the same owner.`;
  return `${one} and ${two} are not the same thing, so their prices cannot be compared.`;
}

/** Base units in all: a notional is worth what the best of the prices makes of it. */
function sizeOf({ quantity }: Alert, looked: readonly Looked[], side: Side): Decimal | Refusal {
  const [first] = looked;
  if (!first || (quantity?.kind !== 'base' && quantity?.kind !== 'quote')) return refuse('QUANTITY_MISSING');
  if (quantity.kind === 'base' || quantity.asset === first.market.base.toUpperCase()) return quantity.amount;
  if (quantity.asset !== first.market.quote.toUpperCase())
    return refuse('QUOTE_ASSET_MISMATCH', `${first.market.symbol} is paid in ${first.market.quote}, not in ${quantity.asset}.`);
  const prices = looked.flatMap(({ levels }) => levels.map(({ price }) => price));
  return quantity.amount.div(prices.reduce(side === 'buy' ? minDecimal : maxDecimal));
}

function venueOf(alert: Alert, { account, market, levels, fee }: Looked, side: Side): RouteVenue {
  const { id, name } = account.account;
  // Venues let a position be left in any value.
  const minNotional = alert.reduceOnly && market.type === 'swap' ? ZERO : market.minNotional;
  const capacity = capacityOf(alert, account, market, side, levels, fee);
  return { id, account: name, market: { ...market, minNotional }, levels, fee, capacity };
}

/** What the account can carry out by what it holds; null where that sets no bound, or is not known. */
function capacityOf(
  alert: Alert,
  account: AccountState,
  market: Market,
  side: Side,
  levels: readonly BookLevel[],
  fee: Decimal,
): Decimal | null {
  const held = positionWithoutDoubt(account, market);
  const reducible = maxDecimal(side === 'sell' ? held : held.neg(), ZERO);
  if (market.type === 'swap') return alert.reduceOnly ? reducible : null;
  if (side === 'sell') {
    const owned = account.balances.get(market.base) ?? ZERO;
    return alert.reduceOnly ? minDecimal(owned, reducible) : owned;
  }
  if (account.balances.size === 0) return null;
  const resting = openOrdersOf(account).filter((order) => order.side === 'buy' && order.symbol.endsWith(`/${market.quote}`));
  const bound = resting.reduce((sum, order) => sum.plus(order.quantity.minus(order.filledQuantity).mul(order.price ?? ZERO)), ZERO);
  const free = (account.balances.get(market.quote) ?? ZERO).minus(bound);
  return affordable(levels, fee, maxDecimal(free, ZERO).mul(SPENDABLE));
}

function lowered(quantity: Decimal, side: Side, venues: readonly RouteVenue[]): Decimal {
  if (side === 'buy' || venues.some(({ capacity }) => capacity === null)) return quantity;
  const owned = venues.reduce((sum, { capacity }) => sum.plus(capacity ?? ZERO), ZERO);
  return quantity.gt(owned) && quantity.lte(owned.mul(FEE_TOLERANCE)) ? owned : quantity;
}

/** One reason for all is that reason; several are told together. */
function noneLeft(leftOut: readonly LeftOut[]): Refusal {
  const codes = new Set(leftOut.map(({ refusal }) => refusal.code));
  const [only] = leftOut;
  if (only && codes.size === 1) return only.refusal;
  return refuse('ROUTE_IMPOSSIBLE', describeLeftOut(leftOut));
}

export function describeLeftOut(leftOut: readonly LeftOut[]): string {
  return leftOut.map(({ account, refusal }) => `${account.account.name} is left out: ${refusal.code}. ${refusal.message}`).join(' ');
}

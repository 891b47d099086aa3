import type { AccountId } from '../../domain/ids.ts';
import type { Market } from '../../domain/market/market.ts';
import type { OrderEntry } from '../../exchange/exchange.ts';
import { laneKey } from '../parking.ts';
import { settleSoldOwn } from '../soldOwn.ts';
import { type AccountState, openOrdersOf, positionOf } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';
import { agrees, compareWithVenue } from './drifts.ts';
import { askHoldings, fingerprintOf, heldAtVenue, isQuiet } from './heldAtVenue.ts';
import type { AccountWatch, Ask, Look } from './look.ts';
import { meetExternal, unbookedOf } from './strangers.ts';

/** The next look comes so much sooner when something was found that may settle by itself. */
const SETTLE_SHARE = 0.25;
/** How often is looked, milliseconds, while somebody else is known to be at work. */
const PRESSED_MS = 2_000;
/** Trades of the last day are asked for at first: what happened before shows as a difference of positions only. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** Venues list trades late, and their clock is not ours. */
const OVERLAP_MS = 120_000;
/** Symbols asked about in one look: those in use, and of those in use before a few at a time. */
const SYMBOLS_MAX = 20;
const IDLE_SYMBOLS_MAX = 5;

/**
 * Holds the ledger against what venues say: executions and orders of others become orders of the role `external`, what still differs
 * becomes drift. Looks at one account at a time and only where nothing of ours is under way; it sends nothing.
 */
export class VenueWatch {
  private readonly term: Term;
  private readonly ask: Ask;
  private readonly watches = new Map<AccountId, AccountWatch>();

  constructor(term: Term, ask: Ask) {
    this.term = term;
    this.ask = ask;
  }

  /** Starts what is due and waits for none of it. */
  round(): Promise<void>[] {
    const { term } = this;
    const now = term.deps.clock.monotonic();
    for (const id of this.watches.keys()) if (!term.state.accounts.has(id)) this.watches.delete(id);
    const started: Promise<void>[] = [];
    for (const account of term.state.accounts.values()) {
      const watch = this.watchOf(account.account.id, now);
      if (watch.busy || watch.nextAt > now) continue;
      const venue = term.venues.get(account.account.id);
      // An account that could not be opened when the term began, and on which nothing rests, is opened again for this alone.
      if (!venue) void term.venues.open(account);
      if (!venue || !canTell(venue.session.orders)) {
        watch.nextAt = now + term.deps.settings.lookMs * SETTLE_SHARE;
        continue;
      }
      watch.busy = true;
      started.push(this.look({ term, account, venue, watch, ask: this.ask }));
    }
    return started;
  }

  /** Looks sooner, and at this symbol too: the venue pushed word of an order that is none of ours. */
  hurry(accountId: AccountId, symbol: string): void {
    const { clock, settings } = this.term.deps;
    const now = clock.monotonic();
    const watch = this.watchOf(accountId, now);
    if (watch.hinted.size < SYMBOLS_MAX) watch.hinted.add(symbol);
    watch.nextAt = Math.min(watch.nextAt, now + settings.lookMs * SETTLE_SHARE);
  }

  /** Looks at once, and often until a position must have its stop: somebody canceled it at the venue, and may be about to trade by hand. */
  press(accountId: AccountId, symbol: string): void {
    const { clock, settings } = this.term.deps;
    const now = clock.monotonic();
    const watch = this.watchOf(accountId, now);
    if (watch.hinted.size < SYMBOLS_MAX) watch.hinted.add(symbol);
    watch.nextAt = now;
    watch.pressedUntil = now + settings.stopGuaranteeMs;
  }

  private watchOf(accountId: AccountId, now: number): AccountWatch {
    const known = this.watches.get(accountId);
    if (known) return known;
    const watch: AccountWatch = {
      ...{
        nextAt: now + this.term.deps.settings.lookMs * SETTLE_SHARE * this.term.deps.random(),
        busy: false,
        pressedUntil: 0,
        idleFrom: 0,
        since: new Map(),
        strangers: new Set(),
        unanswered: new Set(),
      },
      ...{ hinted: new Set(), unbooked: new Set(), suspicions: new Map(), agreed: new Map() },
    };
    this.watches.set(accountId, watch);
    return watch;
  }

  private async look(look: Look): Promise<void> {
    const { term, watch } = look;
    try {
      const settled = await lookAt(look);
      const now = term.deps.clock.monotonic();
      const wait = term.deps.settings.lookMs * (settled ? 1 : SETTLE_SHARE) * (0.9 + 0.2 * term.deps.random());
      watch.nextAt = now + (now < watch.pressedUntil ? Math.min(wait, PRESSED_MS) : wait);
    } finally {
      watch.busy = false;
    }
  }
}

function canTell({ trades, openOrders, positions }: OrderEntry): boolean {
  return trades !== undefined || openOrders !== undefined || positions !== undefined;
}

/** True when nothing was found that the next look has to confirm. */
async function lookAt(look: Look): Promise<boolean> {
  const { term, account, venue } = look;
  const symbols = symbolsToAsk(look);
  const startedAt = term.now;
  const unsettled = new Set<string>();
  for (const symbol of symbols) {
    if (term.signal.aborted) return true;
    if (!(await lookAtSymbol(look, symbol, startedAt))) unsettled.add(symbol);
  }
  const before = new Map([...symbols, ...account.positions.keys()].map((symbol) => [symbol, fingerprintOf(account, symbol)]));
  const holdings = await askHoldings(venue.session.orders);
  if (term.signal.aborted || holdings === null) return unsettled.size === 0;
  for (const symbol of new Set([...before.keys(), ...(holdings.positions ?? []).map((position) => position.symbol)])) {
    const market = venue.marketOf(symbol);
    const found = market && heldAtVenue(account, venue, symbol, holdings);
    if (!found || !isQuiet(account, symbol)) continue;
    const untouched = fingerprintOf(account, symbol);
    if (before.has(symbol) && before.get(symbol) !== untouched) continue;
    if (agrees(look, symbol, found, untouched)) {
      if (!unsettled.has(symbol)) await settleWhatWasSold(look, market, untouched);
      continue;
    }
    await term.lanes.enqueue(laneKey(account.account.id, symbol), async () => {
      if (isAsBefore(look, symbol, untouched))
        if (!(await compareWithVenue(look, market, found, { fingerprint: untouched, mayConfirm: !unsettled.has(symbol) })))
          unsettled.add(symbol);
    });
  }
  return unsettled.size === 0;
}

/** Every trade is booked: what is still below zero on spot was not bought here. */
async function settleWhatWasSold(look: Look, market: Market, untouched: string): Promise<void> {
  const { term, account } = look;
  if (market.type !== 'spot' || !positionOf(account, market.symbol).quantity.isNegative()) return;
  await term.lanes.enqueue(laneKey(account.account.id, market.symbol), async () => {
    if (isAsBefore(look, market.symbol, untouched)) await settleSoldOwn(look, market);
  });
}

async function lookAtSymbol(look: Look, symbol: string, startedAt: number): Promise<boolean> {
  const { term, account, venue, watch } = look;
  const { orders } = venue.session;
  const market = venue.marketOf(symbol);
  if (!market || !isQuiet(account, symbol)) return true;
  const before = fingerprintOf(account, symbol);
  const since = watch.since.get(symbol) ?? Math.max(account.account.createdAt, term.now - LOOK_BACK_MS);
  const resting = (await orders.openOrders?.(symbol)) ?? null;
  const trades = (await orders.trades?.(symbol, since)) ?? null;
  if (term.signal.aborted || (resting === null && trades === null)) return true;
  const unbooked = await unbookedOf(look, symbol, trades ?? []);
  if (term.signal.aborted) return true;
  // Whoever has nothing to say does not queue before orders.
  const silent = unbooked.length === 0 && (resting ?? []).every(({ clientOrderId }) => isOpenOfOurs(account, clientOrderId));
  let settled = silent && !watch.unbooked.has(symbol) && !openOrdersOf(account, symbol).some(({ role }) => role === 'external');
  if (settled && trades !== null) watch.since.set(symbol, Math.max(since, startedAt - OVERLAP_MS));
  if (settled) return true;
  await term.lanes.enqueue(laneKey(account.account.id, symbol), async () => {
    if (!isAsBefore(look, symbol, before)) return;
    settled = await meetExternal(look, market, resting, unbooked);
  });
  if (settled && trades !== null) watch.since.set(symbol, Math.max(since, startedAt - OVERLAP_MS));
  return settled;
}

/** In use now; those whose base asset changed by more than we know of; and some that were in use before. */
function symbolsToAsk({ term, account, venue, watch }: Look): string[] {
  const symbols = new Set([
    ...watch.hinted,
    ...watch.suspicions.keys(),
    ...watch.unbooked,
    ...openOrdersOf(account).map(({ symbol }) => symbol),
  ]);
  for (const drift of term.state.drifts.values())
    if (drift.accountId === account.account.id && drift.status === 'open') symbols.add(drift.symbol);
  for (const { symbol, quantity } of account.positions.values()) if (!quantity.isZero()) symbols.add(symbol);
  for (const symbol of symbolsOfAssets(account, venue, term.changedAssets.get(account.account.id) ?? new Set())) symbols.add(symbol);
  term.changedAssets.delete(account.account.id);
  watch.hinted.clear();
  const idle = [...account.positions.keys()].filter((symbol) => !symbols.has(symbol));
  const from = idle.length === 0 ? 0 : watch.idleFrom % idle.length;
  watch.idleFrom += IDLE_SYMBOLS_MAX;
  const some = [...idle.slice(from), ...idle.slice(0, from)].slice(0, IDLE_SYMBOLS_MAX);
  return [...symbols].slice(0, SYMBOLS_MAX).concat(some);
}

/** What may have been traded when the balance of an asset changed: against whatever else is in the account. */
function symbolsOfAssets(account: AccountState, venue: Venue, assets: ReadonlySet<string>): string[] {
  const symbols: string[] = [];
  for (const asset of assets)
    for (const quote of account.balances.keys()) {
      const symbol = `${asset}/${quote}`;
      if (asset !== quote && venue.marketOf(symbol)) symbols.push(symbol);
    }
  return symbols;
}

function isOpenOfOurs(account: AccountState, clientOrderId: string | null): boolean {
  return openOrdersOf(account).some((order) => order.role !== 'external' && order.clientOrderId === clientOrderId);
}

/** Nothing of ours has happened there meanwhile, and the account is still one of ours. */
function isAsBefore({ term, account }: Look, symbol: string, before: string): boolean {
  return term.state.accounts.has(account.account.id) && fingerprintOf(account, symbol) === before && isQuiet(account, symbol);
}

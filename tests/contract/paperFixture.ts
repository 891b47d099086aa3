import type { Market, Quote } from '../../src/domain/market/market.ts';
import { type Decimal, decimal } from '../../src/domain/money.ts';
import { SPOT } from '../../src/domain/order/order.fixtures.ts';
import type { OrderReport } from '../../src/domain/order/report.ts';
import type { Account } from '../../src/domain/portfolio/account.ts';
import type { MarketFeed, OpeningState, OrderEntry, PlaceRequest, VenueSession } from '../../src/exchange/exchange.ts';
import { createPaperVenue } from '../../src/exchange/paper/paperVenue.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { orderRequest, refOf } from './orderEntryContract.ts';

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #nowMs = 1_760_000_000_000;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { at: this.#nowMs + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves on by `ms`, waking sleepers in their order and letting what they do come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = this.#sleepers.reduce<{ at: number; wake: () => void } | null>(
        (first, s) => (first && first.at <= s.at ? first : s),
        null,
      );
      if (!next || next.at > end) break;
      this.#nowMs = next.at;
      next.wake();
      await new Promise(setImmediate);
    }
    this.#nowMs = end;
    await new Promise(setImmediate);
  }
}

export const BTC: Market = SPOT;

export const BTC_SWAP: Market = { ...BTC, symbol: 'BTC/USDT:USDT', type: 'swap' };

/** A feed that says what the test wrote. */
export class ScriptedFeed implements MarketFeed {
  readonly name = 'scripted';
  readonly #quotes = new Map<string, Quote>();
  /** Symbols asked for, in order. */
  readonly asked: string[] = [];

  async markets(): Promise<readonly Market[]> {
    return [BTC, BTC_SWAP];
  }

  async quote(symbol: string): Promise<Quote | null> {
    this.asked.push(symbol);
    return this.#quotes.get(symbol) ?? null;
  }

  set(symbol: string, bid: string | Decimal, ask: string | Decimal, last: string | Decimal = bid): void {
    this.#quotes.set(symbol, { symbol, bid: decimal(bid), ask: decimal(ask), last: decimal(last), at: 1, source: 'scripted' });
  }

  unset(symbol: string): void {
    this.#quotes.delete(symbol);
  }
}

export const TICK_MS = 250;

export const NOTHING_BEFORE: OpeningState = { balances: [], openOrders: [], positions: [] };

export interface PaperFixture {
  readonly session: VenueSession;
  readonly clock: ManualClock;
  readonly feed: ScriptedFeed;
  /** All that was pushed. */
  readonly pushed: OrderReport[];
  balance(asset: string): Promise<{ free: string; total: string }>;
}

export function paperAccount(settings: Record<string, unknown>, market: Account['market'] = null): Account {
  return {
    id: 'account-1',
    name: 'paper',
    venue: 'paper',
    market,
    sandbox: false,
    sealedCredentials: null,
    settings,
    ownerId: null,
    enabled: true,
    createdAt: 0,
  };
}

/** A paper venue at bid 100 / ask 101 with 10,000 USDT and 10 BTC, no slippage and fees of 0.1 %, unless told otherwise. */
export async function openPaper(settings: Record<string, unknown> = {}, opening = NOTHING_BEFORE): Promise<PaperFixture> {
  const clock = new ManualClock();
  const feed = new ScriptedFeed();
  for (const { symbol } of [BTC, BTC_SWAP]) feed.set(symbol, '100', '101');
  const account = paperAccount({ balances: { USDT: '10000', BTC: '10' }, slippage: '0', ...settings });
  const session = await createPaperVenue({ account, opening, feed, clock });
  const pushed: OrderReport[] = [];
  session.orders.onReport((report) => pushed.push(report));
  const balance = async (asset: string) => {
    const found = (await session.orders.balances())?.find((report) => report.asset === asset);
    return { free: found?.free.toFixed() ?? '0', total: found?.total.toFixed() ?? '0' };
  };
  return { session, clock, feed, pushed, balance };
}

/** An order for the fixture's spot market, unless it names another. */
export function request(overrides: Partial<PlaceRequest> & { readonly quantity: Decimal }): PlaceRequest {
  return orderRequest(overrides.symbol ?? BTC.symbol, overrides.quantity, overrides);
}

/** What the venue says of an order it must know. */
export async function reportOf(orders: OrderEntry, of: PlaceRequest): Promise<OrderReport> {
  const outcome = await orders.lookup(refOf(of));
  if (outcome.kind !== 'found') throw new Error(`the venue does not know ${of.clientOrderId}`);
  return outcome.report;
}

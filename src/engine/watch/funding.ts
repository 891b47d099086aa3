import type { AccountId } from '../../domain/ids.ts';
import { type BookedFunding, bookFunding, FUNDING_OVERLAP_MS, type PaidFunding } from '../../domain/portfolio/bookFunding.ts';
import type { Position } from '../../domain/portfolio/position.ts';
import type { Change } from '../../ledger/ledger.ts';
import type { AccountState } from '../state.ts';
import type { Term } from '../term.ts';
import type { Venue } from '../venues.ts';

/** Venues pay every few hours; who looks at a limit or at the day's result wants it within minutes. */
const EVERY_MS = 300_000;
const AGAIN_MS = 30_000;
/** How far back the first question about an account goes, at most. */
const FIRST_MS = 7 * 86_400_000;
/** Payments in one transaction. */
const BOOKED_MAX = 500;

interface Look {
  /** Monotonic ms. */
  dueAt: number;
  asking: boolean;
  /** Swap positions as they were at the last look: an object that is another now was traded since. */
  held: readonly Position[];
}

/** Books what perpetuals cost and bring: asks venues where something is held, or was since the last look. */
export class FundingKeeper {
  private readonly term: Term;
  private readonly looks = new Map<AccountId, Look>();

  constructor(term: Term) {
    this.term = term;
  }

  /** Starts what is due and waits for none of it. */
  round(): void {
    const { term } = this;
    for (const account of term.state.accounts.values()) {
      const venue = term.venues.get(account.account.id);
      if (!venue?.session.orders.funding) continue;
      const look = this.lookOf(account);
      if (look.asking || look.dueAt > term.deps.clock.monotonic() || !isConcerned(account, venue, look)) continue;
      look.asking = true;
      void this.ask(account, venue, look).catch((error: unknown) => term.fail(error));
    }
  }

  private lookOf({ account }: AccountState): Look {
    const look = this.looks.get(account.id) ?? { dueAt: 0, asking: false, held: [] };
    this.looks.set(account.id, look);
    return look;
  }

  private async ask(account: AccountState, venue: Venue, look: Look): Promise<void> {
    const { term } = this;
    const held = swapPositions(account, venue);
    const askedAt = term.now;
    const since = sinceWhen(account, askedAt);
    const paid = await venue.session.orders.funding?.(since);
    look.asking = false;
    look.dueAt = term.deps.clock.monotonic() + (paid ? EVERY_MS : AGAIN_MS);
    if (!paid || term.signal.aborted || !term.state.accounts.has(account.account.id)) return;
    look.held = held;
    const fresh = bookings(
      account,
      venue,
      paid.filter(({ at }) => at >= since),
    );
    const booked = fresh.slice(0, BOOKED_MAX);
    const isAll = booked.length === fresh.length;
    if (!isAll) look.dueAt = 0;
    const lastAt = (isAll ? paid.at(-1)?.at : booked.at(-1)?.at) ?? null;
    const changes: Change[] = [
      ...booked.map((funding): Change => ({ kind: 'funding.booked', funding })),
      ...cursorAfter(account, lastAt, askedAt),
    ];
    if (changes.length > 0) await term.commit(changes);
  }
}

function swapPositions(account: AccountState, venue: Venue): Position[] {
  return [...account.positions.values()].filter(({ symbol }) => venue.marketOf(symbol)?.type === 'swap');
}

/** Something is held, or was when it was last looked, or has been traded since. */
function isConcerned(account: AccountState, venue: Venue, { held }: Look): boolean {
  const now = swapPositions(account, venue);
  return now.some((position) => !position.quantity.isZero() || !held.includes(position)) || held.some(({ quantity }) => !quantity.isZero());
}

function sinceWhen({ account, funding }: AccountState, now: number): number {
  return Math.max(account.createdAt, funding.until === null ? now - FIRST_MS : funding.until - FUNDING_OVERLAP_MS);
}

function bookings(account: AccountState, venue: Venue, paid: readonly PaidFunding[]): BookedFunding[] {
  return paid
    .map((payment) => {
      const quote = venue.marketOf(payment.symbol)?.quote ?? payment.asset;
      return bookFunding(account.account.id, payment, quote, account.balancesSetAt.get(payment.asset) ?? null);
    })
    .filter(({ id }) => !account.funding.booked.has(id));
}

/** Behind the last payment told, in case the venue has more than it tells at once; where it told none, behind the question. */
function cursorAfter({ account, funding }: AccountState, lastAt: number | null, askedAt: number): Change[] {
  const until = lastAt ?? askedAt;
  const moved = funding.until === null || until > (lastAt === null ? funding.until + FUNDING_OVERLAP_MS : funding.until);
  return moved ? [{ kind: 'funding.asked', accountId: account.id, until }] : [];
}

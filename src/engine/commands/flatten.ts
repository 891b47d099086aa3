import { parseStoredAlert } from '../../domain/alert/parseAlert.ts';
import { type AccountId, derivedSignalId } from '../../domain/ids.ts';
import { type Decimal, ZERO } from '../../domain/money.ts';
import { isFinal } from '../../domain/order/transition.ts';
import { isDust } from '../../domain/portfolio/drift.ts';
import type { Command } from '../../domain/signal/command.ts';
import { hasDoubt } from '../laneHolds.ts';
import type { OrderPlace } from '../orderPlace.ts';
import { cancelOrder } from '../orders.ts';
import { laneKey } from '../parking.ts';
import { runOnAccounts, signalOf } from '../signals.ts';
import { type AccountState, openOrdersOf, positionOf } from '../state.ts';
import { AGELESS, type PartResult } from '../tasks.ts';
import type { Term } from '../term.ts';

/** How long flatten keeps trying, milliseconds; whoever waits for it is then told what is left. */
const FLATTEN_MS = 30_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5_000;
/** A close that is under way when the time is up may still come to its end. */
const LAST_WAIT_MS = 2_000;

/** Cancels every open order and closes every position of one account, or of all. Returns, in words, what is left after 30 s. */
export async function flatten(term: Term, command: Command, accountId: AccountId | null): Promise<string[]> {
  const accounts = [...term.state.accounts.values()].filter(({ account }) => accountId === null || account.id === accountId);
  const left = accounts.flatMap((account) => symbolsInUse(account).map((symbol) => flattenSymbol(term, command, account, symbol)));
  const open = (await Promise.all(left)).filter((words) => words !== null);
  return [...open, ...accounts.flatMap((account) => driftsOf(term, account))];
}

/** What is closed is what the ledger knows of; nobody has decided yet about what the venue holds besides. */
function driftsOf({ state }: Term, { account }: AccountState): string[] {
  return [...state.drifts.values()]
    .filter((drift) => drift.accountId === account.id && drift.status === 'open' && !isDust(drift))
    .map(({ symbol, held, venue }) => {
      const difference = venue.minus(held);
      const words = `${difference.abs().toFixed()} ${difference.isPositive() ? 'more' : 'less'}`;
      return `${symbol} on ${account.name}: the venue held ${words} than the ledger (a drift nobody has decided about: adopt it first)`;
    });
}

function symbolsInUse(account: AccountState): string[] {
  const symbols = new Set(openOrdersOf(account).map((order) => order.symbol));
  for (const position of account.positions.values()) if (!position.quantity.isZero()) symbols.add(position.symbol);
  return [...symbols];
}

/** A cancel can fail, and an order can fill instead: look again until nothing is open and nothing is held. Null when that is so. */
async function flattenSymbol(term: Term, command: Command, account: AccountState, symbol: string): Promise<string | null> {
  const { clock } = term.deps;
  const deadline = clock.monotonic() + FLATTEN_MS;
  const closer = new Closer(term, command, account, symbol);
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    const place = await placeFor(term, account, symbol);
    if (place) {
      await cancelOpen(place, command, symbol);
      await within(term, closer.close(), deadline - clock.monotonic() + LAST_WAIT_MS);
    }
    if (openOrdersOf(account, symbol).length === 0 && closer.isDone) return null;
    if (closer.wasRefused || clock.monotonic() >= deadline || term.signal.aborted) break;
    await clock.sleep(wait, term.signal);
  }
  const open = openOrdersOf(account, symbol).length;
  return `${symbol} on ${account.account.name}: ${positionOf(account, symbol).quantity.toFixed()} held, ${open} open order${open === 1 ? '' : 's'}`;
}

/** A close that waits for its venue goes on by itself; whoever waits for the flatten is told at its time. */
async function within(term: Term, work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, term.deps.clock.sleep(Math.max(ms, 0), AbortSignal.any([term.signal, over.signal]))]);
  over.abort();
}

async function cancelOpen(place: OrderPlace, command: Command, symbol: string): Promise<void> {
  const { term, account } = place;
  const task = async (): Promise<void> => {
    for (const { id } of openOrdersOf(account, symbol)) {
      const order = account.orders.get(id);
      if (order && !isFinal(order.status)) await cancelOrder(place, order, 'CANCELED_BY_REQUEST');
    }
  };
  await term.lanes.enqueue(laneKey(account.account.id, symbol), term.blaming(command.id, task), 'urgent');
}

/** Closes one position, again if need be, each time as a signal of its own with an id that a redelivered command finds again. */
class Closer {
  private readonly term: Term;
  private readonly command: Command;
  private readonly account: AccountState;
  private readonly symbol: string;
  private tries = 0;
  private last: PartResult | null = null;
  /** What was held when there was nothing (tradable) to close. */
  private dust: Decimal = ZERO;

  constructor(term: Term, command: Command, account: AccountState, symbol: string) {
    this.term = term;
    this.command = command;
    this.account = account;
    this.symbol = symbol;
  }

  /** Flat, or what is left is too little to be traded. */
  get isDone(): boolean {
    const { quantity } = positionOf(this.account, this.symbol);
    return quantity.isZero() || quantity.eq(this.dust);
  }

  get wasRefused(): boolean {
    return this.last !== null && this.last.refusal !== null;
  }

  /** The first time also behind an order in doubt: what that leaves to do is then remembered (carryOut.ts). */
  async close(): Promise<void> {
    const { term, command, account, symbol } = this;
    if (this.tries > 0 && (this.isDone || hasDoubt(account, symbol))) return;
    const again = this.tries === 0 ? '' : ` ${this.tries}`;
    this.tries += 1;
    const signalId = derivedSignalId(command.id, `${account.account.id} ${symbol}${again}`);
    const [handled] = await term.deps.ledger.handled([signalId]);
    if (handled && handled.accountIds.length > 0) return;
    const payload = JSON.stringify({ action: 'close', symbol });
    const signal = { ...signalOf(command, payload, null, null, this.account.account.ownerId), id: signalId };
    const task = { commandId: command.id, signal, alert: parseStoredAlert(payload), ...AGELESS };
    const [result] = await runOnAccounts(term, task, [account]);
    this.last = result ?? null;
    // What an order in doubt may close is not dust.
    if (result && result.orderIds.length === 0 && !result.refusal && !hasDoubt(account, symbol))
      this.dust = positionOf(account, symbol).quantity;
  }
}

/** The account's open venue and the market of a symbol there, or null. */
export async function placeFor(term: Term, account: AccountState, symbol: string): Promise<OrderPlace | null> {
  const opened = await term.venues.open(account);
  const market = opened.ok ? opened.venue.marketOf(symbol) : undefined;
  return opened.ok && market ? { term, account, venue: opened.venue, market } : null;
}

import { derivedSignalId } from '../../domain/ids.ts';
import { type Decimal, minDecimal } from '../../domain/money.ts';
import type { Order } from '../../domain/order/order.ts';
import type { Signal } from '../../domain/signal/signal.ts';
import type { Change } from '../../ledger/ledger.ts';
import { notice } from '../notices.ts';
import type { OrderPlace } from '../orderPlace.ts';

/** What becomes of a position that cannot have its stop: people are told, and under the policy `flatten` it is closed. */
export interface NakedEnd {
  readonly changes: readonly Change[];
  /** A close by the leader itself, to be started once the changes are stored. */
  readonly closing: Signal | null;
}

/** `held`: the signed position. `size`: how much of it lacks its stop, for `why`. `cause`: names the close, so that it is made once. */
export function nakedEnd(place: OrderPlace, stop: Order, held: Decimal, size: Decimal, why: string, cause: string): NakedEnd {
  const { term, account, market } = place;
  const closing = policyOf(place) === 'flatten' ? closingSignal(place, stop, held, size, cause) : null;
  const what = closing ? 'What it protected is closed.' : 'Close it, or protect it anew.';
  const text = `POSITION_NAKED: ${size.toFixed()} ${market.base} of ${stop.symbol} (${account.account.name}) are WITHOUT their stop: ${why}. ${what}`;
  const told = notice({ newId: term.deps.newId, now: term.now }, 'critical', text, { signalId: stop.signalId });
  return { changes: [...(closing ? closing.changes : []), told], closing: closing?.signal ?? null };
}

/** What holds for all accounts, unless an account says otherwise. */
function policyOf({ term, account }: OrderPlace): 'alarm' | 'flatten' {
  const own = account.account.settings.nakedPosition;
  return own === 'alarm' || own === 'flatten' ? own : term.deps.settings.nakedPosition;
}

/** A close like any other, stored with what it answers to, so that the next leader finds it (ownSignals.ts). */
function closingSignal(
  { term, account, market }: OrderPlace,
  stop: Order,
  held: Decimal,
  size: Decimal,
  name: string,
): { signal: Signal; changes: Change[] } | null {
  const cause = term.state.signals.get(stop.signalId)?.signal;
  if (!cause) return null;
  const whole = size.gte(held.abs());
  const quantity = whole ? {} : { quantity: minDecimal(size, held.abs()).toFixed() };
  const payload = JSON.stringify({ action: 'close', symbol: market.symbol, ...quantity });
  const signal: Signal = { ...cause, id: derivedSignalId(cause.id, name), source: 'system', payload };
  const message = 'The position is without its stop.';
  const part = { signalId: signal.id, accountId: account.account.id, status: 'accepted', code: null, message } as const;
  return {
    signal,
    changes: [
      { kind: 'signal.received', signal },
      { kind: 'signal.part', part, at: term.now },
    ],
  };
}

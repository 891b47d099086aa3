import type { Alert } from '../domain/alert/alert.ts';
import { type Refusal, refuse } from '../domain/errors.ts';
import type { OrderIntent } from '../domain/order/order.ts';
import { isPassing } from './holdBack.ts';
import type { OrderPlace } from './orderPlace.ts';

/** What was not done may be asked for again: setting what is set changes nothing. */
const ATTEMPTS = 2;

export function asksMargin({ leverage, marginMode }: Alert): boolean {
  return leverage !== null || marginMode !== null;
}

/**
 * Sets leverage and margin mode at the venue before the first entry of an alert that asks for them. Why they are not as asked, or null:
 * no order may rely on settings that are not sure. A passing reason is that of a venue that cannot be reached now.
 */
export async function setMargin(place: OrderPlace, alert: Alert, intents: readonly OrderIntent[]): Promise<Refusal | null> {
  const { term, venue, market } = place;
  if (!asksMargin(alert) || !intents.some(({ role }) => role === 'entry')) return null;
  const { leverage, marginMode } = alert;
  for (let attempt = 1; ; attempt += 1) {
    term.assertActing();
    const outcome = await venue.session.orders.configure?.(market.symbol, { leverage, marginMode });
    if (outcome?.kind === 'done') return null;
    if (outcome?.kind === 'rejected' && isPassing(outcome.code)) {
      term.reach.failed(place.account.account.id);
      return { code: outcome.code, message: outcome.message };
    }
    if (outcome?.kind !== 'unknown' || attempt === ATTEMPTS) return refuse('MARGIN_NOT_SET', outcome?.message);
  }
}

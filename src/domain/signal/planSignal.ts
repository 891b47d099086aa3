import type { Alert } from '../alert/alert.ts';
import type { PlanFacts, PlanResult } from './plan/facts.ts';
import { planCancel } from './plan/planCancel.ts';
import { planClose } from './plan/planClose.ts';
import { planOrder } from './plan/planOrder.ts';
import { planDirection, planTarget } from './plan/planPosition.ts';
import { checkParts } from './plan/rules.ts';

export type { Plan, PlanFacts, PlanResult, PlanSignal } from './plan/facts.ts';

/**
 * ④ What one alert means for one account: pure, so the same alert and facts make the same orders with the same ids however
 * often it is planned. Quantities are rounded down to the venue's step, prices the sender wrote are never rounded. Expected
 * refusals are returned with what would work; what was adjusted on the way is in the plan's notes.
 */
export function planSignal(alert: Alert, facts: PlanFacts): PlanResult {
  const result = planAction(alert, facts);
  const parts = result.ok ? checkParts(result.intents, facts) : null;
  if (parts && !parts.ok) return parts;
  if (!result.ok || alert.type !== 'market' || alert.timeInForce === 'GTC' || result.intents.length === 0) return result;
  return { ...result, notes: [...result.notes, `${alert.timeInForce} left out: a market order does not rest.`] };
}

function planAction(alert: Alert, facts: PlanFacts): PlanResult {
  switch (alert.action) {
    case 'buy':
    case 'sell':
      return planOrder(alert, facts, alert.action);
    case 'long':
      return planDirection(alert, facts, 'buy');
    case 'short':
      return planDirection(alert, facts, 'sell');
    case 'close':
      return planClose(alert, facts);
    case 'target':
      return planTarget(alert, facts);
    case 'cancel':
      return planCancel(alert, facts);
  }
}

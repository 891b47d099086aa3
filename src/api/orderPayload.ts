import type { AlertMistake, AlertParse } from '../domain/alert/alert.ts';
import { parseAlert } from '../domain/alert/parseAlert.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import type { OwnKey } from './carryOut.ts';
import { findAccount, namesOf, unknownAccount } from './lookup.ts';
import { invalid, type Problem, problem } from './problem.ts';

export interface OrderPayload {
  readonly kind: 'payload';
  /** Canonical text, as the leader reads it. */
  readonly payload: string;
  /** From the alert's `id`. */
  readonly ownKey: OwnKey | null;
}

/** The text of an order in the language of alerts, checked: an account that exists, or several to route among, no secret. */
export async function orderPayload(readModel: ReadModel, rawBody: string): Promise<OrderPayload | Problem> {
  const parsed = parseAlert(rawBody);
  if (!parsed.ok) return alertProblem(parsed.mistakes);
  if (parsed.secret !== null) return invalid([{ pointer: '/secret', code: 'NOT_HERE', message: 'Only alerts to hooks carry a secret.' }]);
  const [name, ...others] = parsed.alert.accounts;
  if (others.length > 0 && parsed.alert.route !== 'best')
    return invalid([
      { pointer: '/account', code: 'ONE_ACCOUNT', message: 'An order is for one account, or for several with "route":"best".' },
    ]);
  if (name === undefined) return withOnlyAccount(readModel, rawBody);
  for (const wanted of [name, ...others])
    if (!(await findAccount(readModel, wanted))) return invalid([await unknownAccount(readModel, wanted, { pointer: '/account' })]);
  return asPayload(parsed);
}

export function alertProblem(mistakes: readonly AlertMistake[]): Problem {
  return problem('ALERT_NOT_UNDERSTOOD', undefined, { mistakes });
}

/** No account named: fine while there is only one. It is put into the text itself, so that no number loses a digit on the way. */
async function withOnlyAccount(readModel: ReadModel, rawBody: string): Promise<OrderPayload | Problem> {
  const accounts = await readModel.accounts();
  const [only] = accounts;
  if (!only || accounts.length > 1) {
    const message = only ? `Say for which account: ${namesOf(accounts)}.` : 'There is no account yet; create one first.';
    return invalid([{ pointer: '/account', code: 'ACCOUNT_MISSING', message }]);
  }
  const body = rawBody.trim();
  const parsed = parseAlert(
    body.startsWith('{') ? `{"account":${JSON.stringify(only.name)},${body.slice(1)}` : `${body} account=${only.name}`,
  );
  return parsed.ok ? asPayload(parsed) : alertProblem(parsed.mistakes);
}

function asPayload(parsed: Extract<AlertParse, { ok: true }>): OrderPayload {
  const { payload, fingerprint, alert } = parsed;
  return { kind: 'payload', payload, ownKey: alert.id === null ? null : { key: alert.id, fingerprint } };
}

import { type SecondFactor, spendFactor } from '../../domain/people/secondFactor.ts';
import type { User } from '../../domain/people/user.ts';
import type { Actor } from '../../domain/signal/command.ts';
import type { EngineState } from '../state.ts';
import type { Forbidden } from './rights.ts';

export type Spent = { readonly ok: true; readonly user: User | null } | { readonly ok: false; readonly refusal: Forbidden };

export const NOTHING_SPENT: Spent = { ok: true, user: null };

/**
 * Spends the second factor that came with a command. `user` is its owner afterwards, to be put into the same transaction as what
 * it permits; null when there was none to spend: programs have none to show, nor has who never enrolled (whether they must
 * enrol first is asked at the door, which knows where the server listens).
 */
export function spendSecondFactor({ people }: EngineState, { rights }: Actor, factor: SecondFactor | null): Spent {
  if (rights?.by !== 'person') return NOTHING_SPENT;
  const user = people.users.get(rights.userId);
  if (!user || (user.sealedTotp === null && factor === null)) return NOTHING_SPENT;
  if (factor === null)
    return { ok: false, refusal: { code: 'SECOND_FACTOR_REQUIRED', message: 'Send a fresh code of your authenticator app.' } };
  const spent = spendFactor(user, factor);
  if (spent) return { ok: true, user: spent };
  return { ok: false, refusal: { code: 'SECOND_FACTOR_REFUSED', message: 'The code was used before; wait for the next one.' } };
}

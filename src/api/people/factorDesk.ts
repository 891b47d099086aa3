import type { PeopleDirectory } from '../../domain/people/peopleChange.ts';
import type { SecondFactor } from '../../domain/people/secondFactor.ts';
import type { User } from '../../domain/people/user.ts';
import type { Clock } from '../../lib/clock.ts';
import { checkSecondFactor } from '../../ops/secondFactor.ts';
import type { SecretBox } from '../../ops/secrets.ts';
import type { Identity } from '../identity.ts';
import { type Problem, problem, tooManyFailures } from '../problem.ts';
import type { GuessLimits } from './guessLimits.ts';

export interface FactorDeskOptions {
  readonly people: PeopleDirectory;
  readonly guesses: Pick<GuessLimits, 'factor'>;
  readonly box: Pick<SecretBox, 'open'>;
  readonly clock: Clock;
  /** Whether people with that much power must have a second factor here (`REQUIRE_TOTP`). */
  readonly requireTotp: boolean;
}

/** Where second factors are checked. What is right is spent by the leader. */
export interface FactorDesk {
  /** At sign-in, where guesses are counted with those of passwords. */
  check(user: User, code: string): SecondFactor | null;
  /** For one step that needs a fresh code. Null: none is asked of this identity (a program, or nobody must have one and they do not). */
  demand(identity: Identity, code: string | null): { readonly factor: SecondFactor | null } | Problem;
}

export function createFactorDesk({ people, guesses, box, clock, requireTotp }: FactorDeskOptions): FactorDesk {
  const check = (user: User, code: string): SecondFactor | null => checkSecondFactor(box, user, code, clock.now());
  return {
    check,
    demand({ by, userId }, code) {
      const user = by === 'person' && userId !== null ? people.userById(userId) : undefined;
      if (!user) return { factor: null };
      if (user.sealedTotp === null) return requireTotp ? problem('TOTP_ENROLMENT_REQUIRED') : { factor: null };
      if (code === null) return problem('SECOND_FACTOR_REQUIRED');
      const waitMs = guesses.factor.charge(user.id);
      if (waitMs !== null) return tooManyFailures(waitMs);
      const factor = check(user, code);
      if (!factor) return problem('SECOND_FACTOR_REFUSED');
      guesses.factor.refund(user.id);
      return { factor };
    },
  };
}

import type { PeopleDirectory } from '../../domain/people/peopleChange.ts';
import { emailKey, type User } from '../../domain/people/user.ts';
import type { DeviceCookies } from './deviceCookies.ts';
import type { GuessLimits } from './guessLimits.ts';

export interface PasswordDeskOptions {
  readonly people: PeopleDirectory;
  readonly catchUp: () => Promise<void>;
  readonly guesses: GuessLimits;
  readonly devices: DeviceCookies;
  /** Whether the password belongs to the argon2id hash (PHC string). Slow on purpose. */
  readonly verifyPassword: (hash: string, password: string) => Promise<boolean>;
}

/** `refund` gives the attempt back: for the caller to do once nothing else is wrong. */
export type PasswordCheck =
  | { readonly kind: 'right'; readonly user: User; refund(): void }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'wait'; readonly waitMs: number };

export interface Guess {
  readonly email: string;
  readonly password: string;
  readonly network: string;
  /** The device cookie, if there is one. */
  readonly device: string | null;
}

export type PasswordDesk = (guess: Guess) => Promise<PasswordCheck>;

/** Of a random value nobody kept: checked for unknown e-mails, so that they take as long as known ones. */
const NOBODY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$xA74L7LR8/er1d8biYp9vw$xVXn3lvNwLcEIwR//NLMc+VF3a1oadC5VLloyFiOImM';
/** Password checks at once; each costs tens of milliseconds of a core. Some are kept free for browsers that are known. */
const CHECKS_MAX = 8;
const CHECKS_MAX_OF_STRANGERS = 6;

/** Where every password is checked. Unknown, disabled and known users cost the same and are told the same. */
export function createPasswordDesk({ people, catchUp, guesses, devices, verifyPassword }: PasswordDeskOptions): PasswordDesk {
  let checking = 0;
  return async ({ email, password, network, device }) => {
    // A password changed on another instance counts at once. With the database away the last known one has to do.
    await catchUp().catch(() => undefined);
    const user = people.userByEmail(email);
    const trusted = device === null || !user ? null : devices.read(device, user);
    const admission = guesses.admit({ account: emailKey(email), network, device: trusted });
    if (!admission.ok) return { kind: 'wait', waitMs: admission.waitMs };
    if (checking >= (trusted === null ? CHECKS_MAX_OF_STRANGERS : CHECKS_MAX)) {
      admission.refund();
      return { kind: 'busy' };
    }
    checking += 1;
    try {
      const matches = await verifyPassword(user?.passwordHash ?? NOBODY_HASH, password);
      return user && matches && user.disabledAt === null ? { kind: 'right', user, refund: admission.refund } : { kind: 'wrong' };
    } finally {
      checking -= 1;
    }
  };
}

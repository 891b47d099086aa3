import { randomBytes } from 'node:crypto';
import type { User } from '../../domain/people/user.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { type SecretBox, SecretsDamagedError, SecretsKeyMismatchError } from '../../ops/secrets.ts';

/**
 * Marks a browser where a user has signed in: it proves nothing about who sits there now, but whoever guesses passwords from
 * elsewhere cannot spend its budget (guessLimits.ts). Sealed, so that nobody makes one; void once the password changes.
 */
export interface DeviceCookies {
  make(user: User): string;
  /** The device's id if the cookie is this user's, else null. */
  read(cookie: string, user: User): string | null;
}

const PLACE = 'device';

export function createDeviceCookies(box: Pick<SecretBox, 'seal' | 'open'>): DeviceCookies {
  const bond = ({ id, passwordHash }: User): string => `${id} ${sha256Hex(passwordHash).slice(0, 32)}`;
  return {
    make: (user) => box.seal(`${randomBytes(12).toString('base64url')} ${bond(user)}`, PLACE),
    read: (cookie, user) => {
      try {
        const [device = '', ...rest] = box.open(cookie, PLACE).split(' ');
        return rest.join(' ') === bond(user) ? device : null;
      } catch (error) {
        if (error instanceof SecretsDamagedError || error instanceof SecretsKeyMismatchError) return null;
        throw error;
      }
    },
  };
}

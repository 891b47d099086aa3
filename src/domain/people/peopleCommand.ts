import type { ApiToken, Session } from './access.ts';
import type { SecondFactor } from './secondFactor.ts';
import type { Role, User } from './user.ts';

/** What may be asked about people. Passwords and secrets come hashed or sealed, never as they are. */
export type PeopleCommand =
  | { readonly kind: 'user.create'; readonly user: User }
  /** What is left out stays as it is. */
  | { readonly kind: 'user.change'; readonly userId: string; readonly change: UserChange }
  | { readonly kind: 'user.password'; readonly userId: string; readonly passwordHash: string }
  /** A new secret was shown. `secondFactor`: of the secret in use, when there is one. */
  | {
      readonly kind: 'totp.begin';
      readonly userId: string;
      readonly sealedSecret: string;
      readonly secondFactor: SecondFactor | null;
    }
  /** A code of the shown secret was right: it is in use from now on. Other sessions than `keepSessionId` end. */
  | {
      readonly kind: 'totp.confirm';
      readonly userId: string;
      readonly sealedSecret: string;
      readonly step: number;
      readonly recoveryHashes: readonly string[];
      readonly keepSessionId: string | null;
    }
  /** Forgets the second factor: its owner has lost it. */
  | { readonly kind: 'totp.reset'; readonly userId: string }
  /** `passwordFingerprint`: SHA-256 of the password hash that was checked; a password changed meanwhile does not let in. */
  | {
      readonly kind: 'session.open';
      readonly session: Session;
      readonly passwordFingerprint: string;
      readonly secondFactor: SecondFactor | null;
    }
  | { readonly kind: 'session.end'; readonly sessionId: string }
  /** `secondFactor`: of the person who makes it, where it may do more than read. */
  | { readonly kind: 'token.create'; readonly token: ApiToken; readonly secondFactor?: SecondFactor | null }
  | { readonly kind: 'token.revoke'; readonly tokenId: string }
  /** A session or token was in use; told once in a few minutes. */
  | { readonly kind: 'access.seen'; readonly sessionId: string | null; readonly tokenId: string | null }
  /** A second admin says yes or no to a proposal; whoever proposed it may take it back. */
  | { readonly kind: 'proposal.decide'; readonly proposalId: string; readonly decision: 'confirm' | 'reject' }
  /** Somebody keeps guessing at this account. */
  | { readonly kind: 'signin.alarm'; readonly email: string; readonly failures: number };

export interface UserChange {
  readonly name?: string;
  readonly role?: Role;
  readonly disabled?: boolean;
}

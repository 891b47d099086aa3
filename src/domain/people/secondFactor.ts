import type { User } from './user.ts';

/**
 * A second factor that was checked and is not spent yet: the time step of a code from an authenticator app, or the hash of a
 * recovery code. Any instance may check it; only the leader spends it (`spendFactor`), so that it works once in all.
 */
export type SecondFactor = { readonly userId: string; readonly step: number } | { readonly userId: string; readonly recoveryHash: string };

/** The user after the factor was used; null when it is somebody else's, or used up. */
export function spendFactor(user: User, factor: SecondFactor): User | null {
  if (factor.userId !== user.id || user.sealedTotp === null) return null;
  if ('step' in factor) return factor.step > (user.totpLastStep ?? -1) ? { ...user, totpLastStep: factor.step } : null;
  if (!user.recoveryHashes.includes(factor.recoveryHash)) return null;
  return { ...user, recoveryHashes: user.recoveryHashes.filter((hash) => hash !== factor.recoveryHash) };
}

import type pg from 'pg';
import { type KeyRing, SecretsDamagedError, SecretsKeyMismatchError } from '../ops/secrets.ts';
import { LedgerUnavailableError, type SealedCount, type SealedRecord } from './ledger.ts';
import { aadOf, readSealedByOthers, readSealedCounts } from './sealedColumns.ts';

/** The stored secrets and the keys they are sealed with: what can be counted and rewrapped without opening anything. */
export interface StoredSecrets {
  /** The key that seals now. */
  readonly keyId: string;
  /** All keys at hand, the one that seals first. */
  readonly keyIds: readonly string[];
  counts(): Promise<readonly SealedCount[]>;
  /** Records that another key has sealed, behind `after` (`place/id`), at most `limit`. Rejects with `LedgerUnavailableError`. */
  outdated(after: string | null, limit: number): Promise<readonly SealedRecord[]>;
  /** The record under the key that seals now; null when it cannot be opened. */
  rewrap(record: SealedRecord): string | null;
}

/** `pool`: for reading. */
export function createStoredSecrets({ pool, ring }: { readonly pool: pg.Pool; readonly ring: KeyRing }): StoredSecrets {
  return {
    get keyId() {
      return ring.keyId;
    },
    get keyIds() {
      return ring.keyIds;
    },
    counts: () => readSealedCounts(pool),
    outdated: async (after, limit) => {
      try {
        return await readSealedByOthers(pool, ring.keyId, after, limit);
      } catch (error) {
        throw new LedgerUnavailableError('the sealed records could not be read', { cause: error });
      }
    },
    rewrap: (record) => {
      try {
        return ring.rewrap(record.sealed, aadOf(record));
      } catch (error) {
        if (error instanceof SecretsDamagedError || error instanceof SecretsKeyMismatchError) return null;
        throw error;
      }
    },
  };
}

/** Refuses a start without a key that something is sealed with: better now, in words, than at the first order. */
export async function assertKeysKnown({ keyIds, counts }: Pick<StoredSecrets, 'keyIds' | 'counts'>): Promise<void> {
  const unknown = (await counts()).filter(({ keyId }) => !keyIds.includes(keyId));
  if (unknown.length === 0) return;
  const list = unknown.map(({ place, keyId, count }) => `${count} × ${place} with key ${keyId}`).join(', ');
  throw new SecretsKeyMismatchError(
    `Signalman cannot start: secrets are sealed with a key that is not here (${list}; here: ${keyIds.join(', ')}). ` +
      'Set that key as SECRETS_KEY, or add it to SECRETS_KEY_PREVIOUS; "signalman secrets" in docs/security.md says how keys are changed.',
  );
}

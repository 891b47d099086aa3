import type { Account } from '../../domain/portfolio/account.ts';
import { VenueSetupError } from '../../exchange/exchange.ts';
import { assertKeysKnown, type StoredSecrets } from '../../ledger/secretKeeper.ts';
import type { Logger } from '../../ops/logger.ts';
import { type SecretBox, SecretsDamagedError, SecretsKeyMismatchError } from '../../ops/secrets.ts';
import { dropPreviousKeys } from '../../ops/secretsKeyFile.ts';
import type { Storage } from './storage.ts';

/** Refuses a start whose keys cannot open what is stored, and forgets old key files that nothing needs any more. */
export async function checkKeys(options: {
  readonly secrets: StoredSecrets;
  readonly storage: Pick<Storage, 'box' | 'keySource'>;
  readonly dataDir: string;
  readonly accounts: readonly Account[];
  /** Commands not yet carried out may bring secrets that an old key has sealed. */
  readonly lag: () => Promise<number>;
  readonly logger: Logger;
}): Promise<void> {
  const { secrets, storage, dataDir, accounts, lag, logger } = options;
  await assertKeysKnown(secrets);
  for (const account of accounts) credentialsOf(account, storage.box);
  if (storage.keySource !== 'file' || secrets.keyIds.length < 2) return;
  const { keyId } = secrets;
  const needed = (await secrets.counts()).some((count) => count.keyId !== keyId) || (await lag()) > 0;
  if (!needed && dropPreviousKeys(dataDir))
    logger.info({ keyId }, 'the previous secrets key was forgotten: nothing is sealed with it any more');
}

/** The account's credentials in clear. Throws `VenueSetupError` when they cannot be opened. */
export function credentialsOf(account: Account, box: SecretBox): Record<string, string> {
  if (account.sealedCredentials === null) return {};
  try {
    return JSON.parse(box.open(account.sealedCredentials, account.id));
  } catch (error) {
    if (!(error instanceof SecretsDamagedError || error instanceof SecretsKeyMismatchError)) throw error;
    const cure = 'Start with the SECRETS_KEY they were stored with, or remove the account and add it again.';
    throw new VenueSetupError('VENUE_CREDENTIALS', `The stored credentials of "${account.name}" cannot be opened. ${cure}`);
  }
}

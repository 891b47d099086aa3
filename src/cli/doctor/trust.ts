import type { Config } from '../../config/config.ts';
import { createSecretBox } from '../../ops/secrets.ts';
import type { ApiClient } from '../apiClient.ts';
import { CliError } from '../cliError.ts';
import { checkWholeAudit, describeBreak } from '../commands/audit.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

interface Secrets {
  readonly keyId: string;
  readonly records: readonly { readonly keyId: string; readonly count: number; readonly known: boolean }[];
  readonly keyIds: readonly string[];
  readonly outdated: number;
}

/** The keys of stored secrets and the chain of the audit trail, as the running instance sees them. */
export async function checkTrust(api: ApiClient, config: Config): Promise<Finding[]> {
  return Promise.all([guarded('secrets key', () => checkSecrets(api, config)), guarded('audit trail', () => checkAudit(api))]);
}

async function guarded(check: string, work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) return fail(check, error.message, 'Set ADMIN_API_TOKEN as the instance has it.');
    throw error;
  }
}

async function checkSecrets(api: ApiClient, { secrets }: Config): Promise<Finding> {
  const check = 'secrets key';
  const { keyId, keyIds, records, outdated } = await api.get<Secrets>('/api/v1/secrets');
  const unknown = [...new Set(records.filter(({ known }) => !known).map((record) => record.keyId))];
  if (unknown.length > 0)
    return fail(
      check,
      `${unknown.join(', ')} is missing: what it has sealed cannot be opened`,
      'Add it to SECRETS_KEY_PREVIOUS and start again.',
    );
  const ours = secrets.key === null ? keyId : createSecretBox(secrets.key).keyId;
  if (ours !== keyId)
    return warn(
      check,
      `SECRETS_KEY here is ${ours}, the instance seals with ${keyId}`,
      'Give every instance (and this shell) the same SECRETS_KEY.',
    );
  if (outdated > 0) return warn(check, `${outdated} records are still sealed with an older key than ${keyId}`, 'signalman secrets rotate');
  if (keyIds.length > 1 && secrets.key !== null)
    return warn(check, `nothing is sealed with the older keys any more`, 'Remove SECRETS_KEY_PREVIOUS and start again.');
  const count = records.reduce((sum, record) => sum + record.count, 0);
  return fine(check, `${keyId}; ${count} ${count === 1 ? 'record is' : 'records are'} sealed with it`);
}

async function checkAudit(api: ApiClient): Promise<Finding> {
  const check = 'audit trail';
  const { broken, checked, head } = await checkWholeAudit(api, undefined);
  if (broken) return fail(check, describeBreak(broken), 'Keep a copy of the database, and find out who had access (docs/security.md).');
  return fine(check, `${checked} entries, unbroken; head ${head.hash}`);
}

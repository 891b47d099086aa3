import { type Config, loadConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/settings.ts';
import type { ApiClient } from '../apiClient.ts';
import type { CliCommand } from '../command.ts';
import { checkAllowlist } from '../doctor/access.ts';
import { checkDatabase } from '../doctor/database.ts';
import { describeFindings, type Finding, fail, fine } from '../doctor/finding.ts';
import { checkAccounts, checkHooks, checkInstance } from '../doctor/instance.ts';
import {
  checkClientCertificates,
  checkDataDirectory,
  checkDisk,
  checkEmbeddedPostgres,
  checkNode,
  checkProxy,
  checkTls,
} from '../doctor/machine.ts';
import { checkPublicUrl } from '../doctor/publicUrl.ts';
import { checkRedis } from '../doctor/redis.ts';
import { checkTelegram } from '../doctor/telegram.ts';
import { checkTrust } from '../doctor/trust.ts';

export const doctorCommand: CliCommand = {
  name: 'doctor',
  usage: '',
  summary: 'Check this machine, the settings and the running instance, and say what to do',
  details: ['Run it with the environment the instance is started with. Exit code 1 when something is wrong.'],
  arguments: [0, 0],
  async run({ environment, api, print }) {
    const findings = [checkNode(process.version)];
    const config = readConfig(environment, findings);
    if (config) {
      findings.push(await checkEmbeddedPostgres(config), checkDataDirectory(config), ...(await checkDatabase(config)));
      findings.push(checkDisk(config), await checkRedis(config));
      findings.push(checkProxy(config), checkTls(config, Date.now()), checkClientCertificates(config));
      const { findings: found, running } = await checkInstance(api, config);
      findings.push(...found, ...(await checkAllowlist(config, running ? api : null)));
      if (running) findings.push(...(await checkInside(api, config)));
      findings.push(...(await checkTelegram(config)));
    }
    const healthy = findings.every(({ level }) => level !== 'failure');
    print({ healthy, findings }, () => describeFindings(findings));
    return healthy ? 0 : 1;
  },
};

/** What only a running instance can tell. */
async function checkInside(api: ApiClient, config: Config): Promise<Finding[]> {
  const findings = await Promise.all([checkPublicUrl(api, config), checkTrust(api, config), checkAccounts(api), checkHooks(api, config)]);
  return findings.flat();
}

/** Wrong settings are findings like any other; the checks that need them are then left out. */
function readConfig(environment: Readonly<Record<string, string | undefined>>, findings: Finding[]): Config | null {
  try {
    const config = loadConfig(environment);
    findings.push(fine('settings', 'understood'));
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.problems)
      findings.push(fail('settings', line, 'Correct it in the environment (.env.example lists all settings).'));
    return null;
  }
}

import { type Config, loadConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/settings.ts';
import type { CliCommand } from '../command.ts';
import { checkDatabase } from '../doctor/database.ts';
import { describeFindings, type Finding, fail, fine } from '../doctor/finding.ts';
import { checkAccounts, checkHooks, checkInstance, checkTelegram } from '../doctor/instance.ts';
import {
  checkAllowlist,
  checkClientCertificates,
  checkDataDirectory,
  checkEmbeddedPostgres,
  checkNode,
  checkProxy,
  checkTls,
} from '../doctor/machine.ts';

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
      findings.push(checkProxy(config), checkTls(config, Date.now()), checkClientCertificates(config), checkAllowlist(config));
      const instance = await checkInstance(api, config);
      findings.push(
        ...instance.findings,
        ...(instance.running ? [...(await checkAccounts(api)), ...(await checkHooks(api, config))] : []),
        ...(await checkTelegram(config)),
      );
    }
    const healthy = findings.every(({ level }) => level !== 'failure');
    print({ healthy, findings }, () => describeFindings(findings));
    return healthy ? 0 : 1;
  },
};

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

import { expect, it } from 'vitest';
import { loadConfig } from '../../config/config.ts';
import { checkAllowlist } from './access.ts';

it.each([
  ['the default', {}, ['ok'], 'TradingView may post'],
  ['one that lets everyone in', { IP_ALLOWLIST: '0.0.0.0/0' }, ['warning', 'ok'], '0.0.0.0/0 for every hook lets everyone try'],
  ['one without TradingView', { IP_ALLOWLIST: '192.0.2.1' }, ['warning'], 'TradingView is not in it'],
  ['one with a part of TradingView', { IP_ALLOWLIST: '52.0.0.0/8' }, ['warning'], '34.212.75.30, 54.218.53.128 are missing'],
])('the allowlist of the settings: %s', async (_name, environment, levels, detail) => {
  const findings = await checkAllowlist(loadConfig(environment), null);
  expect(findings.map(({ level }) => level)).toEqual(levels);
  expect(findings.map((finding) => finding.detail).join()).toContain(detail);
});

import type { Config } from '../../config/config.ts';
import { PRESETS } from '../../domain/access/presets.ts';
import { cidrCovers } from '../../lib/cidr.ts';
import type { ApiClient } from '../apiClient.ts';
import { CliError } from '../cliError.ts';
import { type Finding, fine, warn } from './finding.ts';

interface Entry {
  readonly cidr: string;
  readonly scope: string;
  readonly hook: string | null;
  readonly expiresAt: string | null;
}

interface Preset {
  readonly name: string;
  readonly builtIn: readonly string[];
  readonly stored: readonly string[];
}

/** Who may post alerts: what the running instance goes by, else the settings alone. */
export async function checkAllowlist(config: Config, api: ApiClient | null): Promise<Finding[]> {
  const stored = api && (await askInstance(api));
  const entries = stored?.entries ?? config.gateway.allowlist.map((cidr) => ({ cidr, scope: 'global', hook: null, expiresAt: null }));
  const senders = stored?.tradingView ?? PRESETS.tradingview.addresses;
  return [...checkOpen(entries), checkTradingView(entries, senders)];
}

/** Null when it does not tell: what is wrong then is another check's to say. */
async function askInstance(api: ApiClient): Promise<{ entries: Entry[]; tradingView: readonly string[] } | null> {
  try {
    const [list, presets] = await Promise.all([
      api.get<{ items: Entry[] }>('/api/v1/whitelist?limit=200'),
      api.get<{ items: Preset[] }>('/api/v1/whitelist/presets'),
    ]);
    const preset = presets.items.find(({ name }) => name === 'tradingview');
    return { entries: list.items, tradingView: (preset?.stored.length ? preset.stored : preset?.builtIn) ?? PRESETS.tradingview.addresses };
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
}

function checkOpen(entries: readonly Entry[]): Finding[] {
  const open = entries.filter(({ cidr, scope }) => cidr.endsWith('/0') && scope !== 'api');
  if (open.length === 0) return [];
  const where = open.map(({ cidr, hook }) => `${cidr} for ${hook === null ? 'every hook' : `the hook "${hook}"`}`);
  return [
    warn('allowlist', `${where.join(', ')} lets everyone try`, 'Keep to the addresses of your senders, or give every hook a secret.'),
  ];
}

function checkTradingView(entries: readonly Entry[], senders: readonly string[]): Finding {
  const everywhere = entries.filter(({ scope }) => scope === 'global');
  const missing = senders.filter((address) => !everywhere.some(({ cidr }) => cidrCovers(cidr, address)));
  const count = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
  if (missing.length === 0) return fine('allowlist', `${count}; TradingView may post to every hook`);
  const which =
    missing.length === senders.length ? 'TradingView is not in it' : `of TradingView's addresses ${missing.join(', ')} are missing`;
  return warn(
    'allowlist',
    `${count}; ${which}`,
    'Right if your alerts come from elsewhere, or each hook has a list of its own; else: signalman whitelist add tradingview',
  );
}

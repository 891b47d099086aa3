import { normalizeCidr } from '../../lib/cidr.ts';
import type { WhitelistEntry, WhitelistScope } from './whitelist.ts';

/** Addresses that somebody else decides about, kept together under a name. */
export interface Preset {
  readonly title: string;
  /** Month of the list. */
  readonly version: string;
  /** Where the list is published. */
  readonly reference: string;
  readonly addresses: readonly string[];
}

export const PRESET_NAMES = ['tradingview'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** The lists this version was released with. An admin's own list of the same name replaces them. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  tradingview: {
    title: 'TradingView',
    version: '2026-11',
    reference: 'https://www.tradingview.com/support/solutions/43000529348/',
    addresses: ['52.89.214.238', '34.212.75.30', '54.218.53.128', '52.32.178.7'],
  },
};

/** More than any such list has had. */
export const PRESET_ADDRESSES_MAX = 50;

export function isPresetName(name: string): name is PresetName {
  return PRESET_NAMES.some((known) => known === name);
}

/** The built-in list as entries that nobody stored. */
export function builtInEntries(name: PresetName): WhitelistEntry[] {
  const { title, version, addresses } = PRESETS[name];
  return addresses.map((cidr) => ({
    id: `preset:${name}:${cidr}`,
    cidr,
    label: `${title}, list of ${version}`,
    scope: 'global',
    expiresAt: null,
    createdBy: 'built in',
    createdAt: 0,
    source: `preset:${name}`,
  }));
}

/** Entries of settings: `setting` names the variable. */
export function settingsEntries(setting: string, scope: WhitelistScope, cidrs: readonly string[]): WhitelistEntry[] {
  const spellings = new Set(cidrs.map((cidr) => normalizeCidr(cidr) ?? cidr));
  return [...spellings].map((cidr) => ({
    id: `settings:${scope}:${cidr}`,
    cidr,
    label: setting,
    scope,
    expiresAt: null,
    createdBy: 'settings',
    createdAt: 0,
    source: 'settings',
  }));
}

/** All entries that count: fixed ones and stored ones, where a stored list of a preset stands in for the built-in one. */
export function combineEntries(fixed: readonly WhitelistEntry[], stored: readonly WhitelistEntry[]): WhitelistEntry[] {
  const replaced = new Set(stored.filter(({ scope }) => scope === 'global').map(({ source }) => source));
  return [...fixed.filter(({ source }) => source === 'settings' || !replaced.has(source)), ...stored];
}

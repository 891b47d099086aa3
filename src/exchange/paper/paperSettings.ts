import { type Decimal, decimal, parseDecimal } from '../../domain/money.ts';
import { VenueSetupError } from '../exchange.ts';

/** How a paper account behaves. Fees and slippage are fractions (0.001 is 0.1 %). */
export interface PaperSettings {
  /** What the account starts with, by asset; used only while the ledger knows no balance of it. */
  readonly balances: ReadonlyMap<string, Decimal>;
  readonly makerFee: Decimal;
  readonly takerFee: Decimal;
  /** What the quote is multiplied by for market and stop orders: 1 ± the slippage, against the order. */
  readonly slippageFactor: { readonly buy: Decimal; readonly sell: Decimal };
  /** What one order may take from the market per tick, in quote. */
  readonly depthNotional: Decimal;
  /** Swap positions need notional ÷ leverage as margin. */
  readonly leverage: Decimal;
  /** How often resting orders meet the market, milliseconds. */
  readonly tickMs: number;
}

const DEFAULTS = {
  balances: { USDT: '100000' },
  makerFee: '0.001',
  takerFee: '0.001',
  slippage: '0.0002',
  depthNotional: '250000',
  leverage: '5',
  tickMs: 250,
} as const;

/** `feed` belongs to whoever opens the account: it chooses the `MarketFeed`; `nakedPosition` and `onLiquidationRisk` are any account's. */
const KNOWN = [...Object.keys(DEFAULTS), 'feed', 'nakedPosition', 'onLiquidationRisk'];
const ASSET = /^[A-Z0-9]{1,20}$/;
const MAX_ASSETS = 100;

/** Reads `account.settings` of a paper account; everything is optional. Throws `VenueSetupError` naming every mistake. */
export function parsePaperSettings(settings: Readonly<Record<string, unknown>>): PaperSettings {
  const problems: string[] = [];
  for (const name of Object.keys(settings)) {
    if (!KNOWN.includes(name)) problems.push(`${JSON.stringify(name)} is not a setting; known are ${KNOWN.join(', ')}`);
  }
  const amount = (name: Exclude<keyof typeof DEFAULTS, 'balances' | 'tickMs'>, min: string, max: string): Decimal =>
    readAmount(name, settings[name] ?? DEFAULTS[name], min, max, problems);
  const slippage = amount('slippage', '0', '0.1');
  const parsed: PaperSettings = {
    balances: readBalances(settings.balances ?? DEFAULTS.balances, problems),
    makerFee: amount('makerFee', '0', '0.1'),
    takerFee: amount('takerFee', '0', '0.1'),
    slippageFactor: { buy: slippage.plus(1), sell: slippage.neg().plus(1) },
    depthNotional: amount('depthNotional', '0.00000001', '1000000000000'),
    leverage: amount('leverage', '1', '125'),
    tickMs: readTickMs(settings.tickMs ?? DEFAULTS.tickMs, problems),
  };
  if (problems.length > 0)
    throw new VenueSetupError('PAPER_SETTINGS', `The settings of the paper account are wrong: ${problems.join('; ')}.`);
  return parsed;
}

function readAmount(name: string, value: unknown, min: string, max: string, problems: string[]): Decimal {
  const parsed = typeof value === 'string' ? parseDecimal(value) : undefined;
  if (parsed?.gte(min) && parsed.lte(max)) return parsed;
  problems.push(`${name} is ${JSON.stringify(value)}; it must be a decimal as text, from "${min}" to "${max}"`);
  return decimal(min);
}

function readTickMs(value: unknown, problems: string[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 10 && value <= 60_000) return value;
  problems.push(`tickMs is ${JSON.stringify(value)}; it must be a whole number from 10 to 60000`);
  return DEFAULTS.tickMs;
}

function readBalances(value: unknown, problems: string[]): ReadonlyMap<string, Decimal> {
  const balances = new Map<string, Decimal>();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`balances is ${JSON.stringify(value)}; it must be an object like {"USDT":"100000"}`);
    return balances;
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_ASSETS) problems.push(`balances names ${entries.length} assets; at most ${MAX_ASSETS} are allowed`);
  for (const [asset, text] of entries.slice(0, MAX_ASSETS)) {
    if (!ASSET.test(asset)) problems.push(`balances names ${JSON.stringify(asset)}; an asset is 1 to 20 capital letters and digits`);
    balances.set(asset, readAmount(`balances.${asset}`, text, '0', '999999999999999', problems));
  }
  return balances;
}

import { type Clash, FEATURES, type Feature, type FeatureTable, type Support } from '../domain/market/capabilities.ts';
import type { VenueProfile } from './ccxt/profile.ts';
import { PROFILES } from './ccxt/profiles.ts';
import { UNPROVEN_FACTS, UNPROVEN_FEATURES, UNPROVEN_TITLE } from './ccxt/unproven/unprovenProfile.ts';
import { paperFeatures } from './paper/paperFeatures.ts';

interface Column {
  readonly title: string;
  readonly features: FeatureTable;
  readonly clashes: readonly Clash[];
  readonly inHedgeMode: Partial<FeatureTable>;
  /** Rows below the features. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const NAMES: Readonly<Record<Feature, string>> = {
  market: '`market`',
  limit: '`limit`',
  stop: '`stop`',
  stop_limit: '`stop_limit`',
  trailing_stop: '`trailing_stop`',
  iceberg: '`iceberg`',
  twap: '`twap`',
  vwap: '`vwap`',
  GTC: '`GTC`',
  IOC: '`IOC`',
  FOK: '`FOK`',
  GTD: '`GTD`',
  post_only: '`postOnly`',
  reduce_only: '`reduceOnly`',
  short: 'short positions',
  oco: '`takeProfit` and `stopLoss` (one cancels the other)',
  amend: 'changing an open order in place',
  market_buy_by_cost: 'market buy by an amount of money',
  lookup_by_client_id: 'look-up by client order id',
  leverage: '`leverage` and `marginMode`',
  hedge_mode: 'accounts in hedge mode',
  funding: 'funding payments in the ledger',
  reconcile: 'orders, trades and positions of others are seen',
  push: 'reports without being asked',
};

/** The capability matrix as Markdown, from the very tables that decide; docs/venues.md holds it between two marks. */
export function renderMatrix(): string {
  const columns = [...(['spot', 'swap'] as const).map(paperColumn), ...PROFILES.map(ccxtColumn), ccxtColumn(UNPROVEN)];
  const factNames = columns[0]?.facts.map(([name]) => name) ?? [];
  const rows = [
    ['', ...columns.map(({ title }) => title)],
    ['---', ...columns.map(() => '---')],
    ...FEATURES.map((feature) => [NAMES[feature], ...columns.map(({ features }) => cell(features[feature]))]),
    ...factNames.map((name, index) => [name, ...columns.map(({ facts }) => facts[index]?.[1] ?? '')]),
  ];
  return [...rows.map((row) => `| ${row.join(' | ')} |`), '', ...columns.flatMap(notes)].join('\n');
}

function paperColumn(market: 'spot' | 'swap'): Column {
  const facts: Column['facts'] = [
    ['client order id', 'ours'],
    ['"not found" is believed after', 'at once'],
    ['requests are kept below', 'nothing'],
    ['fees', 'as its settings say'],
    ['sandbox', 'it is one'],
    ['proven by', 'contract suite and a conservation property'],
  ];
  return { title: `paper ${market}`, features: paperFeatures(market), clashes: [], inHedgeMode: {}, facts };
}

const UNPROVEN = { ...UNPROVEN_FACTS, title: UNPROVEN_TITLE, features: UNPROVEN_FEATURES, clashes: [] };

type Described = Pick<
  VenueProfile,
  'title' | 'features' | 'clashes' | 'inHedgeMode' | 'requestLife' | 'budgetWords' | 'fees' | 'sandbox' | 'proof'
> & {
  readonly clientOrderId: Pick<VenueProfile['clientOrderId'], 'parameter'>;
};

function ccxtColumn(profile: Described): Column {
  const { title, features, clashes, inHedgeMode = {} } = profile;
  const facts: Column['facts'] = [
    ['client order id', `\`${profile.clientOrderId.parameter}\``],
    ['"not found" is believed after', profile.requestLife],
    ['requests are kept below', profile.budgetWords ?? 'nothing: its refusals are obeyed'],
    ['fees', profile.fees],
    ['sandbox', profile.sandbox ?? 'none'],
    ['proven by', profile.proof],
  ];
  return { title, features, clashes, inHedgeMode, facts };
}

function cell(support: Support): string {
  if (support.kind === 'refused') return 'refused';
  return support.kind === 'native' ? support.how : `emulated: ${support.how}`;
}

/** Why something is refused, and what works in its place: the words a person gets. */
function notes({ title, features, clashes, inHedgeMode }: Column): string[] {
  const refusedBy = (table: Partial<FeatureTable>, when = ''): string[] =>
    FEATURES.flatMap((feature) => {
      const support = table[feature];
      return support?.kind === 'refused' ? [`- ${NAMES[feature]}${when}: ${support.reason} *${support.instead}*`] : [];
    });
  const refused = [...refusedBy(features), ...refusedBy(inHedgeMode, ', in hedge mode')];
  const together = clashes.map(({ reason, instead }) => `- ${reason} *${instead}*`);
  return [`**${title}** refuses:`, '', ...refused, ...together, ''];
}

const BEGIN = '<!-- capability matrix: written by `npm run matrix`, do not edit -->';
const END = '<!-- end of the capability matrix -->';

/** `page` with the matrix between its marks brought up to date. Throws when the marks are gone. */
export function withMatrix(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/venues.md has lost its marks: ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n${renderMatrix().trimEnd()}\n${page.slice(end)}`;
}

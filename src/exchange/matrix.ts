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

/**
 * The capability matrix as Markdown, from the very tables that decide; docs/venues.md holds it between two marks. First all venues
 * at a glance, then what is the same at all of them, then each by itself.
 */
export function renderMatrix(): string {
  const columns = [...(['spot', 'swap'] as const).map(paperColumn), ...PROFILES.map(ccxtColumn), ccxtColumn(UNPROVEN)];
  const glance = [
    ['', ...columns.map(({ title }) => SHORTER.get(title) ?? title)],
    ['---', ...columns.map(() => ':-:')],
    ...FEATURES.map((feature) => [NAMES[feature], ...columns.map(({ features }) => SIGNS[features[feature].kind])]),
  ];
  const shared = sharedEmulations(columns);
  return [
    ...table(glance),
    ...[
      '',
      `${SIGNS.native} the venue has it. ${SIGNS.emulated} it is done in another way with the same result. ${SIGNS.refused} refused before anything leaves.`,
    ],
    ...['', `Done by the leader, in the same way wherever the table says ${SIGNS.emulated} and nothing else is said below:`, ''],
    ...shared.map(([feature, how]) => `- ${NAMES[feature]}: ${how}`),
    ...columns.flatMap((column) => ['', ...aVenue(column, shared)]),
  ].join('\n');
}

const SIGNS: Readonly<Record<Support['kind'], string>> = { native: '●', emulated: '◐', refused: '–' };

function table(rows: readonly (readonly string[])[]): string[] {
  return rows.map((row) => `| ${row.join(' | ')} |`);
}

/** Titles that are too long for the head of a column. */
const SHORTER: ReadonlyMap<string, string> = new Map([
  ['Binance USDⓈ-M futures', 'Binance futures'],
  ['Bitget USDT-M futures', 'Bitget futures'],
  ['Coinbase Advanced', 'Coinbase'],
  ['OKX perpetual swaps', 'OKX swaps'],
  [UNPROVEN_TITLE, 'others (unproven)'],
]);

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

type Shared = readonly (readonly [feature: Feature, how: string])[];

/** What is emulated with the same words in more than one column. */
function sharedEmulations(columns: readonly Column[]): Shared {
  return FEATURES.flatMap((feature) => {
    const supports = columns.map(({ features }) => features[feature]);
    const hows = supports.flatMap((support) => (support.kind === 'emulated' ? [support.how] : []));
    const repeated = hows.filter((how, index) => hows.indexOf(how) === index && hows.lastIndexOf(how) > index);
    return repeated.map((how) => [feature, how] as const);
  });
}

/** What goes to one venue, what does not and why, in the words a person gets, and what else is to be known of it. */
function aVenue({ title, features, clashes, inHedgeMode, facts }: Column, shared: Shared): string[] {
  const isShared = (feature: Feature, how: string) => shared.some(([one, words]) => one === feature && words === how);
  const names = new Map<string, string[]>();
  for (const feature of FEATURES) {
    const support = features[feature];
    if (support.kind === 'refused' || isShared(feature, support.how)) continue;
    const how = support.kind === 'native' ? support.how : `${SIGNS.emulated} ${support.how}`;
    names.set(how, [...(names.get(how) ?? []), NAMES[feature]]);
  }
  const sent = [...names].map(([how, wishes]) => [wishes.join(', '), how]);
  const refusedBy = (some: Partial<FeatureTable>, when = ''): string[] =>
    FEATURES.flatMap((feature) => {
      const support = some[feature];
      return support?.kind === 'refused' ? [`- ${NAMES[feature]}${when}: ${support.reason} *${support.instead}*`] : [];
    });
  const refused = [...refusedBy(features), ...refusedBy(inHedgeMode, ', in hedge mode')];
  const together = clashes.map(({ reason, instead }) => `- ${reason} *${instead}*`);
  return [
    ...['<details>', `<summary><b>${title}</b></summary>`, ''],
    ...table([['', ''], ['---', '---'], ...sent, ...facts]),
    ...['', 'Refused:', '', ...refused, ...together, '', '</details>'],
  ];
}

const BEGIN = '<!-- capability matrix: written by `npm run matrix`, do not edit -->';
const END = '<!-- end of the capability matrix -->';

/** `page` with the matrix between its marks brought up to date. Throws when the marks are gone. */
export function withMatrix(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/venues.md has lost its marks: ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n${renderMatrix().trimEnd()}\n${page.slice(end)}`;
}

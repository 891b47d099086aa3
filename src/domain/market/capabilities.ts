import { ORDER_TYPES, type OrderType, type TimeInForce } from '../alert/alert.ts';

/** What one may want of a venue, in the order docs/venues.md lists it. */
export const FEATURES = [
  'market',
  'limit',
  'stop',
  'stop_limit',
  'trailing_stop',
  'iceberg',
  'twap',
  'vwap',
  'GTC',
  'IOC',
  'FOK',
  'GTD',
  'post_only',
  'reduce_only',
  'short',
  'oco',
  'amend',
  'market_buy_by_cost',
  'lookup_by_client_id',
  'leverage',
  'hedge_mode',
  'funding',
  'reconcile',
  'push',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Why something is not to be had here, and what works in its place: whole sentences for the person whose alert asked. */
export interface Refused {
  readonly reason: string;
  readonly instead: string;
}

/** How a venue brings a feature. `how` is the venue's own word for it, or what is done in its place. */
export type Support =
  | { readonly kind: 'native'; readonly how: string }
  | { readonly kind: 'emulated'; readonly how: string }
  | ({ readonly kind: 'refused' } & Refused);

/** One row for each feature: what nobody thought of does not compile, and so is never let through by accident. */
export type FeatureTable = Readonly<Record<Feature, Support>>;

/** Order types and features that are to be had one by one and not together: any of the types with any of the features. */
export interface Clash extends Refused {
  readonly types: readonly OrderType[];
  readonly features: readonly Feature[];
  /** Only if this is wanted too. */
  readonly along?: Feature;
}

/** What this venue and market can do. What is not listed is refused before it leaves (fail closed). */
export interface Capabilities {
  readonly orderTypes: readonly OrderType[];
  readonly timesInForce: readonly TimeInForce[];
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly shortSelling: boolean;
  /** Orders can be tied so that one's fill cancels the other: needed for takeProfit and stopLoss. */
  readonly oco: boolean;
  readonly amend: boolean;
  /** True when reports are pushed; false when open orders must be polled. */
  readonly pushesReports: boolean;
  /** How long after the last possible send a "not found" starts to be evidence, milliseconds (docs/venues.md). */
  readonly notFoundAfterMs: number;
  /** Leverage and margin mode can be set by an alert. */
  readonly leverage?: boolean;
  /** The account holds long and short positions side by side: an order is of one of the two, so none can turn a position round. */
  readonly hedged?: boolean;
  /** How a pair that cancels each other is kept: by the venue, or by the leader. */
  readonly ocoBy?: 'venue' | 'leader';
  /** How an open order is changed: in place by the venue, or by the leader, who cancels it and places it anew. */
  readonly amendBy?: 'venue' | 'leader';
  /** Who ends an order whose time is up: the venue, or the leader, who sends it GTC and cancels it then. Absent: the venue. */
  readonly gtdBy?: 'venue' | 'leader';
  /** Words for what is refused; absent: none of its own. */
  readonly refusals?: Readonly<Partial<Record<Feature, Refused>>>;
  readonly clashes?: readonly Clash[];
}

const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTD'] as const satisfies readonly (Feature & TimeInForce)[];

/** The table in the form in which plans and adapters ask. */
export function capabilitiesOf(table: FeatureTable, clashes: readonly Clash[], notFoundAfterMs: number): Capabilities {
  const has = (feature: Feature): boolean => table[feature].kind !== 'refused';
  const refusals: Partial<Record<Feature, Refused>> = {};
  for (const feature of FEATURES) {
    const support = table[feature];
    if (support.kind === 'refused') refusals[feature] = { reason: support.reason, instead: support.instead };
  }
  return {
    orderTypes: ORDER_TYPES.filter(has),
    timesInForce: TIMES_IN_FORCE.filter(has),
    postOnly: has('post_only'),
    reduceOnly: has('reduce_only'),
    shortSelling: has('short'),
    oco: has('oco'),
    ocoBy: table.oco.kind === 'emulated' ? 'leader' : 'venue',
    amend: has('amend'),
    amendBy: table.amend.kind === 'emulated' ? 'leader' : 'venue',
    leverage: has('leverage'),
    gtdBy: table.GTD.kind === 'emulated' ? 'leader' : 'venue',
    pushesReports: has('push'),
    notFoundAfterMs,
    refusals,
    clashes,
  };
}

/** What an order wants besides its price and size. */
export interface Wanted {
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** It is one of a pair of which one's fill cancels the other. */
  readonly tied: boolean;
  /** It comes with leverage or a margin mode to be set. */
  readonly leverage?: boolean;
}

/** What no venue can do, because it contradicts itself. */
const CONTRADICTIONS: readonly Clash[] = [
  {
    types: ['market', 'stop'],
    features: ['FOK'],
    reason: 'A market or stop order cannot be whole or not at all.',
    instead: 'Use a limit order with FOK.',
  },
  {
    types: ['market', 'stop', 'stop_limit'],
    features: ['post_only'],
    reason: 'Only a limit order can be post-only.',
    instead: 'Use type limit, or leave postOnly out.',
  },
];

/** Why an order as `wanted` is not to be had here, in words that name the alternative; null when it is. Fail closed. */
export function whyNot(can: Capabilities, wanted: Wanted): string | null {
  const features = featuresOf(wanted);
  const missing = features.find((feature) => !offers(can, feature));
  if (missing !== undefined) return wordsFor(can, missing);
  if (wanted.postOnly && (wanted.timeInForce === 'IOC' || wanted.timeInForce === 'FOK'))
    return `A post-only order cannot be ${wanted.timeInForce}: it never fills at once. Use GTC, or leave postOnly out.`;
  const clash = [...CONTRADICTIONS, ...(can.clashes ?? [])].find(
    ({ types, features: clashing, along }) =>
      types.includes(wanted.type) && clashing.some((feature) => features.includes(feature)) && (!along || features.includes(along)),
  );
  return clash ? `${clash.reason} ${clash.instead}` : null;
}

function featuresOf(wanted: Wanted): readonly Feature[] {
  return [
    wanted.type,
    wanted.timeInForce,
    ...(wanted.postOnly ? (['post_only'] as const) : []),
    ...(wanted.reduceOnly ? (['reduce_only'] as const) : []),
    ...(wanted.tied ? (['oco'] as const) : []),
    ...(wanted.leverage ? (['leverage'] as const) : []),
  ];
}

function offers(can: Capabilities, feature: Feature): boolean {
  if (feature === 'post_only') return can.postOnly;
  if (feature === 'reduce_only') return can.reduceOnly;
  if (feature === 'oco') return can.oco;
  if (feature === 'leverage') return can.leverage === true;
  return [...can.orderTypes, ...can.timesInForce].some((name) => name === feature);
}

function wordsFor(can: Capabilities, feature: Feature): string {
  const own = can.refusals?.[feature];
  if (own) return `${own.reason} ${own.instead}`;
  if (feature === 'post_only') return 'There are no post-only orders here: leave postOnly out.';
  if (feature === 'reduce_only') return 'There are no reduce-only orders here: use "action":"close" instead.';
  if (feature === 'leverage') return 'Leverage and margin mode cannot be set here: leave them out.';
  if (feature === 'oco')
    return 'Orders cannot be tied together here, so takeProfit and stopLoss cannot be kept: leave them out and send exits as alerts of their own.';
  const choices: readonly string[] = ORDER_TYPES.some((type) => type === feature) ? can.orderTypes : can.timesInForce;
  return `There are no ${feature} orders here, only ${choices.join(', ')}.`;
}

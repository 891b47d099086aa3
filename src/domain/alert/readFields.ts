import { ALERT_ACTIONS, type Alert, MARGIN_MODES, ORDER_TYPES, ROUTES, TIMES_IN_FORCE } from './alert.ts';
import { ALERT_FIELDS, READ_FIELDS, type ReadField, suggestField } from './fieldNames.ts';
import type { RawMember, RawValue } from './rawValue.ts';
import { readStopLoss, readTakeProfit, readTrail } from './readExits.ts';
import { readQuantity } from './readQuantity.ts';
import {
  type Place,
  placeIn,
  readChoice,
  readDuration,
  readFlag,
  readMoment,
  readPositive,
  readScalar,
  readSigned,
  readWord,
} from './readScalar.ts';

/** An alert being read: the two fields every alert needs may still be missing. */
export type Draft = { -readonly [K in keyof Alert]: K extends 'action' | 'symbol' ? Alert[K] | null : Alert[K] };

/** Reads one value into the draft; reports mistakes and then leaves the field at its default. */
type FieldReader = (value: RawValue, draft: Draft, place: Place) => void;

const SYMBOL_MAX = 64;
const ID_MAX = 128;
const NAME_MAX = 64;
const NOTE_MAX = 500;
const ACCOUNTS_MAX = 20;

/** What other bots call our words: advice, never a silent translation. */
const ACTIONS_MEANT = {
  exit: 'close',
  flat: 'close',
  flatten: 'close',
  close_all: 'close',
  closelong: 'close',
  closeshort: 'close',
  cover: 'close',
};
const TYPES_MEANT = {
  stop_market: 'stop',
  stop_loss: 'stop',
  stop_loss_limit: 'stop_limit',
  trailing: 'trailing_stop',
  trailing_stop_market: 'trailing_stop',
};
const ROUTES_MEANT = { smart: 'best', cheapest: 'best', split: 'best', every: 'all', each: 'all' };
const TIMES_MEANT = { day: 'GTC', good_till_cancel: 'GTC', gtx: 'GTC' };

const READERS: Readonly<Record<ReadField, FieldReader>> = {
  action: into('action', null, (value, place) => readChoice(value, ALERT_ACTIONS, ACTIONS_MEANT, place)),
  symbol: into('symbol', null, (value, place) => readWord(value, SYMBOL_MAX, place)),
  quantity: into('quantity', null, readQuantity),
  type: into('type', 'market', (value, place) => readChoice(value, ORDER_TYPES, TYPES_MEANT, place)),
  price: into('price', null, readPositive),
  stopPrice: into('stopPrice', null, readPositive),
  trail: into('trail', null, readTrail),
  display: into('display', null, readPositive),
  duration: into('durationMs', null, readDuration),
  timeInForce: into('timeInForce', 'GTC', (value, place) => readChoice(value, TIMES_IN_FORCE, TIMES_MEANT, place)),
  expiresAt: into('expiresAt', null, readMoment),
  postOnly: into('postOnly', false, readFlag),
  reduceOnly: into('reduceOnly', false, readFlag),
  leverage: into('leverage', null, readLeverage),
  marginMode: into('marginMode', null, (value, place) => readChoice(value, MARGIN_MODES, { crossed: 'cross' }, place)),
  takeProfit: into('takeProfit', [], readTakeProfit),
  stopLoss: (value, draft, place) => {
    const { at, trail } = readStopLoss(value, place);
    draft.stopLoss = at;
    draft.stopLossTrail = trail;
  },
  position: into('position', null, readSigned),
  prevPosition: into('prevPosition', null, readSigned),
  account: into('accounts', [], readAccounts),
  route: into('route', 'all', (value, place) => readChoice(value, ROUTES, ROUTES_MEANT, place)),
  id: into('id', null, (value, place) => readWord(value, ID_MAX, place)),
  time: into('time', null, readMoment),
  orderId: into('orderId', null, (value, place) => readWord(value, NAME_MAX, place)),
  // {{strategy.order.comment}} and its like are often empty, and no order depends on these.
  strategy: into('strategy', null, (value, place) => readScalar(value, NAME_MAX, place) || undefined),
  tag: into('tag', null, (value, place) => readScalar(value, NAME_MAX, place) || undefined),
  note: into('note', null, (value, place) => readScalar(value, NOTE_MAX, place) || undefined),
};
const READER_OF: ReadonlyMap<string, FieldReader> = new Map(READ_FIELDS.map((name) => [name, READERS[name]]));

export function emptyDraft(): Draft {
  return {
    action: null,
    symbol: null,
    quantity: null,
    type: 'market',
    price: null,
    stopPrice: null,
    trail: null,
    display: null,
    durationMs: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    leverage: null,
    marginMode: null,
    takeProfit: [],
    stopLoss: null,
    stopLossTrail: null,
    position: null,
    prevPosition: null,
    accounts: [],
    route: 'all',
    id: null,
    time: null,
    orderId: null,
    strategy: null,
    tag: null,
    note: null,
  };
}

/** Reads one member of the body (any but `secret`) into the draft. */
export function readField({ key, value }: RawMember, draft: Draft, body: Place): void {
  if (body.mistakes.full) return;
  const place = placeIn(body, key);
  const reader = READER_OF.get(key);
  if (reader) reader(value, draft, place);
  else {
    const near = suggestField(key);
    const advice = near === undefined ? `Known are ${ALERT_FIELDS.join(', ')}.` : `Did you mean "${near}"?`;
    place.mistakes.add(place.pointer, 'FIELD_UNKNOWN', `There is no field of this name. ${advice}`);
  }
}

function into<K extends keyof Draft>(
  key: K,
  fallback: Draft[K],
  read: (value: RawValue, place: Place) => Draft[K] | undefined,
): FieldReader {
  return (value, draft, place) => {
    draft[key] = read(value, place) ?? fallback;
  };
}

/** Binance's highest. */
const LEVERAGE_MAX = 125;

function readLeverage(value: RawValue, place: Place): number | undefined {
  const leverage = readPositive(value, place);
  if (leverage === undefined) return undefined;
  if (leverage.isInteger() && leverage.lte(LEVERAGE_MAX)) return leverage.toNumber();
  place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${leverage.toFixed()}; a whole number from 1 to ${LEVERAGE_MAX} is taken.`);
  return undefined;
}

function readAccounts(value: RawValue, place: Place): readonly string[] | undefined {
  if (value.kind !== 'array') {
    const name = readWord(value, NAME_MAX, place);
    return name === undefined ? undefined : [name];
  }
  if (value.items.length === 0 || value.items.length > ACCOUNTS_MAX) {
    place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${value.items.length} accounts; 1 to ${ACCOUNTS_MAX} are taken.`);
    return undefined;
  }
  const names = value.items.map((item, index) => readWord(item, NAME_MAX, placeIn(place, index))).filter((name) => name !== undefined);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    place.mistakes.add(place.pointer, 'FIELD_DUPLICATE', `The account ${place.mistakes.show(repeated)} is named twice.`);
  return names;
}

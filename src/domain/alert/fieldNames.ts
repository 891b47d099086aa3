import { nearestNames } from './nearestName.ts';

export const READ_FIELDS = [
  'action',
  'symbol',
  'quantity',
  'type',
  'price',
  'stopPrice',
  'trail',
  'display',
  'duration',
  'timeInForce',
  'expiresAt',
  'postOnly',
  'reduceOnly',
  'leverage',
  'marginMode',
  'takeProfit',
  'stopLoss',
  'position',
  'prevPosition',
  'account',
  'route',
  'id',
  'time',
  'orderId',
  'strategy',
  'tag',
  'note',
] as const;
export type ReadField = (typeof READ_FIELDS)[number];

/** All names an alert may use. */
export const ALERT_FIELDS: readonly string[] = [...READ_FIELDS, 'secret'];

/** What other bots call our fields (lower case, no separators): advice, never a silent translation. */
const MEANT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    symbol: ['ticker', 'pair', 'instrument', 'market', 'tvinstrument'],
    action: ['side', 'signal', 'direction', 'order', 'orderaction', 'sentiment'],
    quantity: ['qty', 'amount', 'size', 'contracts', 'volume', 'lots', 'risk'],
    type: ['ordertype'],
    price: ['limitprice', 'limit'],
    stopPrice: ['triggerprice', 'trigger', 'stop'],
    trail: ['trailing', 'trailingdelta', 'trailpercent', 'callbackrate', 'trailingstop'],
    display: ['displayquantity', 'visible', 'visiblesize', 'icebergqty', 'peaksize'],
    duration: ['over', 'period', 'spread', 'minutes'],
    timeInForce: ['tif'],
    stopLoss: ['sl'],
    takeProfit: ['tp', 'tp1', 'targetprice'],
    position: ['positionsize', 'marketposition', 'marketpositionsize'],
    prevPosition: ['prevmarketposition', 'prevmarketpositionsize'],
    account: ['accounts', 'user', 'subaccount'],
    route: ['routing', 'sor', 'split', 'execution'],
    id: ['clientorderid', 'uuid', 'idempotencykey', 'nonce'],
    time: ['timestamp', 'timenow', 'date'],
    secret: ['passphrase', 'password', 'token', 'key', 'apikey'],
    note: ['comment', 'message', 'text'],
  }).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
);

/** The field somebody who wrote `name` most likely means, or undefined. */
export function suggestField(name: string): string | undefined {
  const lower = name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[_\-\s]/g, '');
  return MEANT.get(lower) ?? nearestNames(name, ALERT_FIELDS, 1)[0];
}

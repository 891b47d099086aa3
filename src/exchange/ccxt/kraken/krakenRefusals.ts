import { jsonObject, type Refusals, type Rule, rules, type Said } from '../outcomes.ts';

/** What is wrong with one argument comes behind the last colon. */
const ARGUMENTS = 'EGeneral:Invalid arguments';

/**
 * Kraken's definitive refusals (https://docs.kraken.com/exchange/guides/general/errors; those marked + are told by its users and by ccxt
 * only). Left out on purpose, and so `unknown`: EService:Unavailable, :Busy and :Timeout, EGeneral:Internal error and EDatabase:Internal
 * error, its own troubles. "The order may have been placed despite the timeout", it says of EService:Deadline elapsed.
 */
const TABLE: readonly Rule[] = [
  { code: ARGUMENTS, words: /not unique/i, reason: 'duplicate' }, // + cl_ord_id, among open orders
  { code: ARGUMENTS, words: /minimum not met/i, reason: 'VENUE_MIN_NOTIONAL' }, // + volume
  { code: ARGUMENTS, words: /:deadline/i, reason: 'VENUE_CLOCK' }, // Only further ahead than 60 s by a clock that is.
  { code: ARGUMENTS, words: /:(price2?|volume)\b/i, reason: 'VENUE_PRECISION' },
  { code: ARGUMENTS, reason: 'VENUE_REJECTED' },
  ...rules('VENUE_INSUFFICIENT_FUNDS', ['EOrder:Insufficient funds', 'EOrder:Insufficient margin']),
  ...rules('VENUE_MIN_NOTIONAL', ['EOrder:Order minimum not met', 'EOrder:Cost minimum not met']),
  ...rules('VENUE_PRECISION', ['EOrder:Tick size check failed', 'EOrder:Invalid price']),
  ...rules('VENUE_WOULD_MATCH', ['EOrder:Post only order']), // +
  ...rules('REDUCE_ONLY_WOULD_OPEN', ['EOrder:Reduce only']),
  ...rules('VENUE_SYMBOL', ['EQuery:Unknown asset pair', 'EQuery:Invalid asset pair', 'EQuery:Unknown asset']),
  ...rules('VENUE_AUTH', ['EAPI:Invalid key', 'EAPI:Invalid signature', 'EGeneral:Permission denied', 'EAccount:Invalid permissions']),
  ...rules('VENUE_AUTH', [
    'EAuth:Account temporary disabled',
    'EAuth:Account unconfirmed',
    'ESession:Invalid session',
    'ETrade:User Locked',
  ]),
  // Overtaken by another request of the key, or below what another leader's clock had counted to; either way nothing was done.
  ...rules('VENUE_CLOCK', ['EAPI:Invalid nonce']),
  { code: 'EService:Deadline elapsed', reason: 'unknown', resyncClock: true }, // Whose clock is behind sees no other answer.
  ...slowDowns('account', ['EAPI:Rate limit exceeded', 'EOrder:Rate limit exceeded', 'EOrder:Domain rate limit exceeded']),
  ...slowDowns('account', ['EService:Throttled', 'EAuth:Rate limit exceeded', 'EAuth:Too many requests', 'EGeneral:Temporary lockout']),
  ...rules('VENUE_RATE_LIMIT', ['EGeneral:Too many requests']), // + of an address
  ...rules('absent', ['EOrder:Unknown order', 'EOrder:Invalid order']), // The latter +, where an order is asked for by its id.
  ...rules('VENUE_REJECTED', ['EService:Market in cancel_only mode', 'EService:Market in post_only mode']),
  ...rules('VENUE_REJECTED', ['EService:Market in limit_only mode', 'EService:Market in reduce_only mode']),
  ...rules('VENUE_REJECTED', ['EOrder:Orders limit exceeded', 'EOrder:Positions limit exceeded', 'EOrder:Scheduled orders limit exceeded']),
  ...rules('VENUE_REJECTED', ['EOrder:Cannot open position', 'EOrder:Cannot open opposing position', 'EOrder:Margin allowance exceeded']),
  ...rules('VENUE_REJECTED', ['EOrder:Margin level too low', 'EOrder:Margin position size exceeded', 'EOrder:Unknown position']),
  ...rules('VENUE_REJECTED', ['EBM:limit exceeded', 'ETrade:Invalid request', 'EAPI:Bad request', 'EGeneral:Unknown method']),
];

function slowDowns(scope: 'account', codes: readonly string[]): Rule[] {
  return codes.map((code) => ({ code, reason: 'VENUE_RATE_LIMIT', scope }));
}

/** `EOrder:Invalid price:XBTUSD price can only be …` and `EService: Throttled: 1700000000`: category and type are its code. */
function readError(words: string): Said {
  const [category = '', type = ''] = words.split(':', 2).map((part) => part.trim());
  return { code: `${category}:${type}`, words };
}

/** Of several errors one that proves nothing, if there is one: then the whole answer does not. */
function worst(errors: readonly string[]): Said | null {
  const said = errors.map(readError);
  const isListed = ({ code, words }: Said) => TABLE.some((rule) => rule.code === code && (rule.words?.test(words) ?? true));
  return said.find((one) => !isListed(one)) ?? said[0] ?? null;
}

/** `{"error":["EOrder:Insufficient funds"]}`; a W begins a warning, with which a request was carried out. */
export function saidBy(body: string): Said | null {
  const { error } = jsonObject(body) ?? {};
  if (!Array.isArray(error)) return null;
  return worst(error.filter((one): one is string => typeof one === 'string' && !one.startsWith('W')));
}

export const KRAKEN_REFUSALS: Refusals = { venue: 'kraken', read: saidBy, rules: TABLE };

import { type BookOrder, BookRefusal, type NewOrder, type SymbolRules } from '../venue/bookTypes.ts';
import { flag, isOpen, type KrakenContext, type KrakenTerms, oneOf, type Params, param, required } from './krakenContext.ts';
import { invalid, KrakenError } from './krakenError.ts';
import { orderTxid } from './krakenIds.ts';
import { readOrder } from './krakenOrderTerms.ts';
import { rulesOf } from './krakenPairs.ts';
import { describe } from './krakenShown.ts';

/** POST /0/private/AddOrder. */
export function addOrder(context: KrakenContext, params: Params): unknown {
  const rules = rulesOf(context, required(params, 'pair'));
  checkMode(context, params);
  checkDeadline(context, params);
  refuseMargin(params);
  checkName(context, params);
  const { request, terms } = readOrder(context, params, rules);
  checkSize(context, rules, request, terms);
  const validate = flag(params, 'validate');
  context.limits.demandRoom(context.book.openOrders(rules.symbol).length);
  if (!validate) context.limits.spendOrder(rules.symbol, 1);
  if (validate) context.book.wallet.require(rules, request, request.price ?? request.stopPrice ?? context.book.market(rules.symbol).price);
  const txid = validate ? {} : { txid: [orderTxid(accept(context, request, terms))] };
  return { descr: { order: describe(rules, request.side, terms.cost ?? request.quantity, terms) }, ...txid };
}

function accept({ book }: KrakenContext, request: NewOrder, terms: KrakenTerms): BookOrder {
  try {
    return book.placeWith(request, terms);
  } catch (error) {
    if (!(error instanceof BookRefusal) || error.reason !== 'would_trigger') throw error;
    // A trigger that was already past: the order is live at once.
    const type = request.price ? 'LIMIT' : 'MARKET';
    return book.placeWith({ ...request, type, stopPrice: null }, terms);
  }
}

function checkMode({ system }: KrakenContext, params: Params): void {
  const limit = params.ordertype === 'limit';
  if (system.status === 'maintenance') throw new KrakenError('EService:Unavailable');
  if (system.status === 'cancel_only') throw new KrakenError('EService:Market in cancel_only mode');
  if (system.status === 'limit_only' && !limit) throw new KrakenError('EService:Market in limit_only mode');
  if (system.status === 'post_only' && !(param(params, 'oflags') ?? '').split(',').includes('post'))
    throw new KrakenError('EService:Market in post_only mode');
}

/** Not after it, and it may be no further off than a minute. */
export function checkDeadline({ now }: KrakenContext, params: Params): void {
  const text = param(params, 'deadline');
  if (text === undefined) return;
  const deadline = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(deadline) || deadline > now() + 61_000) throw invalid('deadline');
  if (deadline < now()) throw new KrakenError('EService:Deadline elapsed');
}

/** This account has no margin, and nothing here is scheduled or conditional on another order. */
function refuseMargin(params: Params): void {
  if (!['none', '0', undefined].includes(param(params, 'leverage'))) throw new KrakenError('EOrder:Cannot open position');
  if (flag(params, 'reduce_only')) throw new KrakenError('EOrder:Reduce only:No position exists');
  if (!['0', undefined].includes(param(params, 'starttm'))) throw new KrakenError('EOrder:Scheduled orders limit exceeded');
  if (Object.keys(params).some((name) => name.startsWith('close['))) throw invalid('close');
  oneOf(params, 'stptype', ['cancel-newest', 'cancel-oldest', 'cancel-both'], 'cancel-newest');
}

/** A UUID with or without its dashes, or a short word; among open orders it is there once. */
function checkName(context: KrakenContext, params: Params): void {
  const name = param(params, 'cl_ord_id');
  if (name === undefined) return;
  if (param(params, 'userref') !== undefined) throw new KrakenError('EGeneral:Invalid arguments');
  if (!isClientName(name)) throw invalid('cl_ord_id');
  if (context.book.accepted(name).some((order) => isOpen(context, order))) throw invalid('cl_ord_id not unique');
}

export const isClientName = (name: string): boolean =>
  /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i.test(name) || /^[a-z0-9_-]{1,18}$/.test(name);

function checkSize({ book }: KrakenContext, rules: SymbolRules, { quantity, price, stopPrice }: NewOrder, { cost }: KrakenTerms): void {
  if (quantity.decimalPlaces() > rules.basePrecision) throw invalid('volume');
  if (quantity.lt(rules.minQty)) throw invalid('volume minimum not met');
  if ((cost ?? quantity.mul(price ?? stopPrice ?? book.market(rules.symbol).price)).lt(rules.minNotional))
    throw new KrakenError('EOrder:Cost minimum not met');
}

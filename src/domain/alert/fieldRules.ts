import type { AlertAction } from './alert.ts';
import type { Mistakes } from './mistakes.ts';
import type { Draft } from './readFields.ts';

/** Share of equity an order may take: more than 100 % only makes sense where the venue lends. */
const EQUITY_PERCENT_MAX = 1000;

/** What the rules look at: the draft and which names were given. A rule never judges a field that is already broken. */
export interface RuleFacts {
  readonly draft: Draft;
  readonly given: ReadonlySet<string>;
  readonly broken: ReadonlySet<string>;
  /** False when the body could not be read to its end: then nothing is called missing. */
  readonly complete: boolean;
}

const SIZED: readonly AlertAction[] = ['buy', 'sell', 'long', 'short'];
const CANCEL_TAKES_NO = [
  'quantity',
  'price',
  'stopPrice',
  'trail',
  'display',
  'duration',
  'timeInForce',
  'expiresAt',
  'takeProfit',
  'stopLoss',
  'route',
] as const;

/** Rules between fields (docs/alerts.md): what needs what, and what excludes what. */
export function checkRules(facts: RuleFacts, mistakes: Mistakes): void {
  const rules = new Rules(facts, mistakes);
  if (facts.draft.action === null) rules.need('action', 'one of buy, sell, long, short, close, target or cancel');
  if (facts.draft.symbol === null) rules.need('symbol', 'for example "BTCUSDT" or "{{exchange}}:{{ticker}}"');
  if (facts.broken.has('action') || facts.draft.action === null) return;
  if (facts.draft.action === 'cancel') checkCancel(rules, facts.draft);
  else for (const check of [checkQuantity, checkPrices, checkWork, checkLifetime, checkExits, checkRoute]) check(rules, facts.draft);
}

class Rules {
  private readonly facts: RuleFacts;
  private readonly mistakes: Mistakes;

  constructor(facts: RuleFacts, mistakes: Mistakes) {
    this.facts = facts;
    this.mistakes = mistakes;
  }

  given(field: string): boolean {
    return this.facts.given.has(field);
  }

  sound(...fields: string[]): boolean {
    return !fields.some((field) => this.facts.broken.has(field));
  }

  need(field: string, what: string): void {
    if (this.facts.complete && !this.given(field)) this.mistakes.add(`/${field}`, 'FIELD_MISSING', `\`${field}\` is missing: ${what}.`);
  }

  refuse(field: string, message: string): void {
    this.mistakes.add(`/${field}`, 'FIELD_CONFLICT', message);
  }
}

function checkCancel(rules: Rules, draft: Draft): void {
  const useless: string[] = CANCEL_TAKES_NO.filter((field) => rules.given(field));
  if (draft.type !== 'market') useless.push('type');
  if (draft.postOnly) useless.push('postOnly');
  if (draft.reduceOnly) useless.push('reduceOnly');
  if (draft.leverage !== null) useless.push('leverage');
  if (draft.marginMode !== null) useless.push('marginMode');
  for (const field of useless)
    rules.refuse(field, `\`cancel\` takes no \`${field}\`; it takes symbol, and orderId or tag to choose among its orders.`);
}

function checkQuantity(rules: Rules, draft: Draft): void {
  const { action, quantity } = draft;
  if (action !== null && SIZED.includes(action))
    rules.need('quantity', `\`${action}\` needs one, for example "0.01", "100 USDT", "10%" or "1% risk"`);
  if (action === 'target') {
    rules.need('position', '`target` needs the signed size to reach, for example {{strategy.position_size}}');
    if (rules.given('quantity')) rules.refuse('quantity', '`target` takes the size from `position`; leave `quantity` out.');
  }
  if (rules.given('orderId')) rules.refuse('orderId', '`orderId` goes with "action":"cancel" only; an idempotency key is called `id`.');
  if (quantity === null || !rules.sound('quantity')) return;
  if (action === 'close' && (quantity.kind === 'quote' || quantity.kind === 'risk'))
    rules.refuse('quantity', '`close` takes a share of the position ("50%") or base units ("0.01"); leave it out to close all.');
  if (quantity.kind === 'risk' && !rules.given('stopLoss')) rules.need('stopLoss', 'sizing by risk needs to know where the loss is taken');
  if (quantity.kind !== 'percent' && quantity.kind !== 'risk') return;
  const max = action === 'close' || quantity.kind === 'risk' ? 100 : EQUITY_PERCENT_MAX;
  if (quantity.percent.gt(max)) rules.refuse('quantity', `Found ${quantity.percent.toFixed()} %; at most ${max} % makes sense here.`);
}

function checkPrices(rules: Rules, draft: Draft): void {
  if (!rules.sound('type')) return;
  const limit = draft.type === 'limit' || draft.type === 'stop_limit' || draft.type === 'iceberg';
  const bounded = draft.type === 'twap' || draft.type === 'vwap';
  const stop = draft.type === 'stop' || draft.type === 'stop_limit';
  if (limit) rules.need('price', `type ${draft.type} needs a limit price`);
  else if (rules.given('price') && !bounded)
    rules.refuse('price', `type ${draft.type} takes no price: add "type":"limit", or leave it out.`);
  if (stop) rules.need('stopPrice', `type ${draft.type} needs the price that triggers it`);
  else if (rules.given('stopPrice'))
    rules.refuse('stopPrice', `type ${draft.type} takes no stopPrice: use stop or stop_limit; to limit a loss use stopLoss.`);
  if (draft.postOnly && draft.type !== 'limit' && draft.type !== 'iceberg')
    rules.refuse('postOnly', `postOnly goes with type limit and iceberg only, not with ${draft.type}.`);
}

/** What the types that are worked off step by step need, and what no other type takes. */
function checkWork(rules: Rules, draft: Draft): void {
  if (!rules.sound('type')) return;
  const { type, display, quantity } = draft;
  if (type === 'trailing_stop') rules.need('trail', 'type trailing_stop needs how far it stays behind the price, "1%" or a distance');
  else if (rules.given('trail'))
    rules.refuse('trail', '`trail` goes with type trailing_stop; a stop loss that trails is written "stopLoss":{"trail":"1%"}.');
  if (type === 'iceberg') rules.need('display', 'type iceberg needs the base units it shows at a time');
  else if (rules.given('display')) rules.refuse('display', '`display` goes with "type":"iceberg" only.');
  if (type === 'twap' || type === 'vwap') rules.need('duration', `type ${type} needs the time it is spread over, for example "30m"`);
  else if (rules.given('duration')) rules.refuse('duration', '`duration` goes with type twap and vwap only.');
  if (type === 'iceberg' && display !== null && quantity?.kind === 'base' && rules.sound('quantity') && display.gte(quantity.amount))
    rules.refuse(
      'display',
      `An iceberg shows less than it is: display ${display.toFixed()} of ${quantity.amount.toFixed()}; or use type limit.`,
    );
}

function checkLifetime(rules: Rules, draft: Draft): void {
  if (!rules.sound('timeInForce', 'type')) return;
  const { timeInForce, type } = draft;
  const immediate = timeInForce === 'IOC' || timeInForce === 'FOK';
  if (timeInForce === 'GTD') rules.need('expiresAt', 'GTD needs the time at which the order ends');
  else if (rules.given('expiresAt')) rules.refuse('expiresAt', '`expiresAt` goes with "timeInForce":"GTD" only.');
  if (timeInForce === 'GTD' && type === 'market')
    rules.refuse('timeInForce', 'A market order does not rest; GTD goes with orders that do, such as limit and stop.');
  if (type === 'twap' || type === 'vwap') {
    if (timeInForce !== 'GTC') rules.refuse('timeInForce', `A ${type} order ends with its duration: leave timeInForce out.`);
    return;
  }
  if (immediate && type !== 'market' && type !== 'limit')
    rules.refuse('timeInForce', `${timeInForce} acts at once, and a ${type} order waits for its price: use GTC.`);
  if (immediate && draft.postOnly) rules.refuse('postOnly', `postOnly rests in the book and ${timeInForce} never does: choose one.`);
}

function checkExits(rules: Rules, draft: Draft): void {
  const { action } = draft;
  if (draft.reduceOnly && action !== 'buy' && action !== 'sell' && action !== 'close')
    rules.refuse('reduceOnly', `reduceOnly goes with buy, sell and close; \`${action}\` decides by itself what reduces.`);
  for (const field of ['leverage', 'marginMode'] as const)
    if (action === 'close' && draft[field] !== null) rules.refuse(field, `\`close\` takes no \`${field}\`: it opens nothing.`);
  for (const field of ['takeProfit', 'stopLoss'] as const) {
    if (!rules.given(field)) continue;
    if (action === 'close') rules.refuse(field, `\`close\` takes no \`${field}\`: nothing is left to protect.`);
    else if (draft.reduceOnly) rules.refuse(field, `A reduce-only order opens nothing that \`${field}\` could protect.`);
  }
}

/** What is carried out once in all is bought or sold now, in a size that no account decides. */
function checkRoute(rules: Rules, draft: Draft): void {
  const { action, quantity, type, timeInForce } = draft;
  if (draft.route !== 'best' || action === null) return;
  const refuse = (message: string): void => rules.refuse('route', `"route":"best" ${message}`);
  if (action !== 'buy' && action !== 'sell') {
    refuse(`goes with buy and sell: \`${action}\` looks at the position of each account.`);
    return;
  }
  if (quantity && quantity.kind !== 'base' && quantity.kind !== 'quote' && rules.sound('quantity'))
    refuse('needs a size that is the same wherever it is traded, "0.5" or "100 USDT": accounts differ in what they are worth.');
  if (rules.sound('type') && type !== 'market' && type !== 'limit')
    refuse(`takes what stands in the order books now, and a ${type} order waits: use type market, or limit with IOC.`);
  if (type === 'limit' && timeInForce !== 'IOC' && rules.sound('type', 'timeInForce'))
    refuse('takes what stands in the order books now: give a limit "timeInForce":"IOC"; a resting order goes to one account.');
  for (const field of ['position', 'prevPosition'])
    if (rules.given(field))
      rules.refuse(field, `\`${field}\` is about the position of one account, and "route":"best" chooses among several.`);
}

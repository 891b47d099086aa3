import type { CommandLog } from '../../commandlog/commandLog.ts';
import { decimal } from '../../domain/money.ts';
import type { OrderView, ReadModel, StoredPosition, TradingStateView } from '../../ledger/readModel.ts';

/** Lines of a list on a phone. */
const LINES_MAX = 40;
/** Significant digits of an average price; quantities and money are never rounded. */
const PRICE_DIGITS = 8;
const MODES = { active: 'active', reduce_only: 'exits only', halted: 'HALTED' } as const satisfies Record<TradingStateView['mode'], string>;

export interface Reads {
  readonly readModel: Pick<ReadModel, 'tradingState' | 'cluster' | 'orders' | 'positions' | 'performance' | 'accounts'>;
  readonly log: Pick<CommandLog, 'lag'>;
}

export const HELP = [
  '/status: mode, leader, orders in doubt',
  '/positions: what is held',
  '/orders: open orders',
  '/pnl: realised today (UTC)',
  '/halt [reason]: no more orders from alerts or the API',
  'Everything else is done with the CLI or the API.',
].join('\n');

export async function status({ readModel, log }: Reads): Promise<string> {
  const [trading, cluster, lag, doubtful] = await Promise.all([
    readModel.tradingState(),
    readModel.cluster(),
    log.lag().catch(() => 'not known now'),
    readModel.orders({ limit: LINES_MAX, cursor: null }, { status: 'unknown' }),
  ]);
  return [
    `Trading: ${modeLine(trading)}`,
    ...trading.accounts.filter(({ mode }) => mode !== 'active').map((account) => `${account.account}: ${modeLine(account)}`),
    `Leader: ${cluster.leader ?? 'none'}, epoch ${cluster.epoch}`,
    `Instances: ${cluster.instances.length}`,
    `Commands waiting: ${lag}`,
    `Orders in doubt: ${doubtful.items.length}${doubtful.nextCursor === null ? '' : '+'}`,
  ].join('\n');
}

export async function positions({ readModel }: Reads): Promise<string> {
  const held = (await readModel.positions()).filter(({ quantity }) => !decimal(quantity).isZero());
  return list('No position is open.', held.map(positionLine), false);
}

export async function orders({ readModel }: Reads): Promise<string> {
  const { items, nextCursor } = await readModel.orders({ limit: LINES_MAX, cursor: null }, { open: true });
  return list('No order is open.', items.map(orderLine), nextCursor !== null);
}

export async function pnl({ readModel }: Reads): Promise<string> {
  const [accounts, days] = await Promise.all([readModel.accounts(), readModel.performance(1)]);
  const traded = days.map(
    ({ account, realizedPnl, trades }) => `${account}: ${signed(realizedPnl)} (${trades} ${trades === 1 ? 'fill' : 'fills'})`,
  );
  const quiet = accounts.filter(({ name }) => !days.some(({ account }) => account === name)).map(({ name }) => `${name}: no fill`);
  return list('There is no account.', ['Realised today (UTC), in quote', ...traded, ...quiet], false);
}

function modeLine({ mode, reason, since }: Pick<TradingStateView, 'mode' | 'reason' | 'since'>): string {
  if (mode === 'active') return MODES.active;
  return `${MODES[mode]}${since === null ? '' : ` since ${minuteOf(since)}`}${reason === null ? '' : ` (${reason})`}`;
}

/** `2026-03-01T12:00:00.000Z` → `2026-03-01 12:00 UTC` */
function minuteOf(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function positionLine({ account, symbol, quantity, averagePrice }: StoredPosition): string {
  const price = averagePrice === null ? '' : ` @ ${decimal(averagePrice).toSignificantDigits(PRICE_DIGITS).toFixed()}`;
  return `${account} ${symbol}: ${signed(quantity)}${price}`;
}

function orderLine(order: OrderView): string {
  const prices = [order.stopPrice === null ? '' : ` stop ${order.stopPrice}`, order.price === null ? '' : ` @ ${order.price}`];
  const filled = decimal(order.filledQuantity).isZero() ? '' : `, ${order.filledQuantity} filled`;
  const state = order.status === 'unknown' ? 'IN DOUBT' : order.status.replaceAll('_', ' ');
  return `${order.account} ${order.symbol}: ${order.side} ${order.quantity} ${order.type}${prices.join('')}, ${state}${filled}`;
}

function signed(amount: string): string {
  return decimal(amount).gt(0) ? `+${amount}` : amount;
}

function list(none: string, lines: readonly string[], more: boolean): string {
  if (lines.length === 0) return none;
  const shown = lines.slice(0, LINES_MAX);
  if (lines.length > shown.length) return [...shown, `… and ${lines.length - shown.length} more`].join('\n');
  return [...shown, ...(more ? ['… and more'] : [])].join('\n');
}

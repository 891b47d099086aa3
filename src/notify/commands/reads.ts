import type { CommandLog } from '../../commandlog/commandLog.ts';
import { decimal } from '../../domain/money.ts';
import type { OrderView, ReadModel, StoredPosition, TradingStateView } from '../../ledger/readModel.ts';
import type { Said } from '../answers.ts';
import { minuteOf, rounded, signed, signedMoney, twoSided } from './words.ts';

/** Entries of one page of a list on a phone. */
const PAGE = 12;
/** Entries that are paged through; who has more looks at the dashboard. */
const ENTRIES_MAX = 200;
const MODES = { active: 'active', reduce_only: 'exits only', halted: 'HALTED' } as const satisfies Record<TradingStateView['mode'], string>;

export interface Reads {
  readonly readModel: Pick<ReadModel, 'tradingState' | 'cluster' | 'orders' | 'positions' | 'performance' | 'accounts' | 'telegramLinks'>;
  readonly log: Pick<CommandLog, 'lag'>;
  /** The price a position is valued at, in quote; null when it is not known now. */
  readonly markPrice: (accountId: string, symbol: string) => Promise<string | null>;
}

export async function status({ readModel, log }: Reads): Promise<Said> {
  const [trading, cluster, lag, doubtful] = await Promise.all([
    readModel.tradingState(),
    readModel.cluster(),
    log.lag().catch(() => 'not known now'),
    readModel.orders({ limit: 40, cursor: null }, { status: 'unknown' }),
  ]);
  const lines = [
    `Trading: ${modeLine(trading)}`,
    ...trading.accounts.filter(({ mode }) => mode !== 'active').map((account) => `${account.account}: ${modeLine(account)}`),
    `Leader: ${cluster.leader ?? 'none'}, epoch ${cluster.epoch}`,
    `Instances: ${cluster.instances.length}`,
    `Commands waiting: ${lag}`,
    `Orders in doubt: ${doubtful.items.length}${doubtful.nextCursor === null ? '' : '+'}`,
  ];
  return { text: lines.join('\n') };
}

export async function positions({ readModel, markPrice }: Reads, argument: string): Promise<Said> {
  const held = (await readModel.positions()).filter(({ quantity }) => !decimal(quantity).isZero());
  const shown = pageOf(held, argument);
  const blocks = await Promise.all(
    shown.map(async (position) => positionBlock(position, await markPrice(position.accountId, position.symbol))),
  );
  return list({ none: 'No position is open.', title: 'Positions', command: '/positions', total: held.length, argument, blocks });
}

export async function orders({ readModel }: Reads, argument: string): Promise<Said> {
  const { items } = await readModel.orders({ limit: ENTRIES_MAX, cursor: null }, { open: true });
  const blocks = pageOf(items, argument).map(orderBlock);
  return list({ none: 'No order is open.', title: 'Open orders', command: '/orders', total: items.length, argument, blocks });
}

export async function pnl({ readModel }: Reads, argument: string): Promise<Said> {
  const [accounts, days] = await Promise.all([readModel.accounts(), readModel.performance(1)]);
  const traded = days.map(({ account, realizedPnl, trades }) => {
    return [twoSided(account, signedMoney(realizedPnl)), twoSided('', `${trades} ${trades === 1 ? 'fill' : 'fills'}`)].join('\n');
  });
  const quiet = accounts.filter(({ name }) => !days.some(({ account }) => account === name)).map(({ name }) => twoSided(name, 'no fill'));
  const entries = [...traded, ...quiet];
  const title = 'Realised today (UTC), in quote';
  return list({ none: 'There is no account.', title, command: '/pnl', total: entries.length, argument, blocks: pageOf(entries, argument) });
}

function modeLine({ mode, reason, since }: Pick<TradingStateView, 'mode' | 'reason' | 'since'>): string {
  if (mode === 'active') return MODES.active;
  return `${MODES[mode]}${since === null ? '' : ` since ${minuteOf(since)}`}${reason === null ? '' : ` (${reason})`}`;
}

/**
 * ```
 * main BTC/USDT              +0.02
 *   64012.1 → 64100          +1.76
 * ```
 */
function positionBlock({ account, symbol, quantity, averagePrice }: StoredPosition, mark: string | null): string {
  const first = twoSided(`${account} ${symbol}`, signed(quantity));
  if (averagePrice === null) return first;
  if (mark === null) return `${first}\n${twoSided(`  ${rounded(averagePrice)}`, 'no price')}`;
  const gain = decimal(quantity).mul(decimal(mark).sub(averagePrice)).toFixed();
  return `${first}\n${twoSided(`  ${rounded(averagePrice)} → ${rounded(mark)}`, signedMoney(gain))}`;
}

/**
 * ```
 * main ETH/USDT            buy 0.5
 *   limit @ 10                open
 * ```
 */
function orderBlock(order: OrderView): string {
  const prices = [
    order.stopPrice === null ? '' : ` stop ${rounded(order.stopPrice)}`,
    order.price === null ? '' : ` @ ${rounded(order.price)}`,
  ];
  const state = order.status === 'unknown' ? 'IN DOUBT' : order.status.replaceAll('_', ' ');
  const first = twoSided(`${order.account} ${order.symbol}`, `${order.side} ${rounded(order.quantity)}`);
  const filled = decimal(order.filledQuantity).isZero() ? '' : `\n${twoSided('', `${rounded(order.filledQuantity)} filled`)}`;
  return `${first}\n${twoSided(`  ${order.type.replaceAll('_', ' ')}${prices.join('')}`, state)}${filled}`;
}

interface List {
  readonly none: string;
  readonly title: string;
  readonly command: string;
  readonly total: number;
  readonly argument: string;
  /** Those of this page. */
  readonly blocks: readonly string[];
}

/** A page as a table, with the way to the next one. */
function list({ none, title, command, total, argument, blocks }: List): Said {
  if (total === 0) return { text: none };
  const [page, pages] = [pageNumber(total, argument), Math.ceil(total / PAGE)];
  const head = `${title}${pages > 1 ? `, page ${page} of ${pages}` : ''}\n`;
  const table = blocks.join('\n');
  const foot = page < pages ? `\nNext: ${command} ${page + 1}` : '';
  return { text: `${head}${table}${foot}`, table: { from: head.length, to: head.length + table.length } };
}

function pageOf<T>(entries: readonly T[], argument: string): readonly T[] {
  const page = pageNumber(entries.length, argument);
  return entries.slice((page - 1) * PAGE, page * PAGE);
}

/** The page asked for, or the nearest there is. */
function pageNumber(total: number, argument: string): number {
  const asked = /^\d{1,4}$/.test(argument) ? Number(argument) : 1;
  return Math.min(Math.max(asked, 1), Math.max(1, Math.ceil(total / PAGE)));
}

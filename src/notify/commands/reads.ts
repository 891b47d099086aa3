import type { CommandLog } from '../../commandlog/commandLog.ts';
import type { WhitelistEntry } from '../../domain/access/whitelist.ts';
import type { Quote } from '../../domain/market/market.ts';
import { decimal } from '../../domain/money.ts';
import type { OrderView, ReadModel, StoredPosition, TradingStateView } from '../../ledger/readModel.ts';
import type { Said } from '../answers.ts';
import { listPage } from './lists.ts';
import { minuteOf, rounded, signed, signedMoney, twoSided } from './words.ts';

/** Entries that are paged through; who has more looks at the dashboard. */
const ENTRIES_MAX = 200;
const MODES = { active: 'active', reduce_only: 'exits only', halted: 'HALTED' } as const satisfies Record<TradingStateView['mode'], string>;

export interface Reads {
  readonly readModel: Pick<ReadModel, 'tradingState' | 'cluster' | 'orders' | 'positions' | 'performance' | 'accounts' | 'forUser'>;
  readonly log: Pick<CommandLog, 'lag'>;
  /** What a position is valued at; null when it is not known now. */
  readonly ticker: (accountId: string, symbol: string) => Promise<Quote | null>;
  /** All that opens a door: what admins stored, the settings and built-in lists. */
  readonly whitelist: () => Promise<readonly WhitelistEntry[]>;
  /** Bans in force. */
  readonly bans: () => readonly {
    readonly subject: { readonly address: string };
    readonly until: number;
    readonly reason: string | null;
  }[];
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

export async function positions({ readModel, ticker }: Reads, page: string): Promise<Said> {
  const held = (await readModel.positions()).filter(({ quantity }) => !decimal(quantity).isZero());
  const entries = await Promise.all(
    held.map(async (position) => positionBlock(position, (await ticker(position.accountId, position.symbol))?.last.toFixed() ?? null)),
  );
  return listPage({ none: 'No position is open.', title: 'Positions', command: '/positions', entries, page });
}

export async function orders({ readModel }: Reads, page: string): Promise<Said> {
  const { items } = await readModel.orders({ limit: ENTRIES_MAX, cursor: null }, { open: true });
  return listPage({ none: 'No order is open.', title: 'Open orders', command: '/orders', entries: items.map(orderBlock), page });
}

export async function pnl({ readModel }: Reads, page: string): Promise<Said> {
  const [accounts, days] = await Promise.all([readModel.accounts(), readModel.performance(1)]);
  const traded = days.map(({ account, realizedPnl, funding, trades }) => {
    const paid = decimal(funding).isZero() ? [] : [twoSided('  funding', signedMoney(funding))];
    return [twoSided(account, signedMoney(realizedPnl)), ...paid, twoSided('', `${trades} ${trades === 1 ? 'fill' : 'fills'}`)].join('\n');
  });
  const quiet = accounts.filter(({ name }) => !days.some(({ account }) => account === name)).map(({ name }) => twoSided(name, 'no fill'));
  const title = 'Realised today (UTC), in quote';
  return listPage({ none: 'There is no account.', title, command: '/pnl', entries: [...traded, ...quiet], page });
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

import { table } from './table.ts';

export interface StoryOrder {
  readonly id: string;
  readonly account: string;
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly role: string;
  readonly quantity: string;
  readonly price: string | null;
  readonly stopPrice: string | null;
  readonly filledQuantity: string;
  readonly averagePrice: string | null;
  readonly status: string;
  readonly code: string | null;
}

export interface Story {
  readonly id: string;
  readonly hook: string | null;
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly receivedAt: string;
  readonly accounts?: readonly {
    readonly account: string;
    readonly status: string;
    readonly code: string | null;
    readonly share: string | null;
  }[];
  readonly orders: readonly StoryOrder[];
  readonly events: readonly { readonly at: string; readonly stage: string; readonly detail: string }[];
}

/** Statuses in which nothing more will happen by itself. */
const FINAL: ReadonlySet<string> = new Set(['done', 'refused', 'failed', 'expired']);

export function isOver(story: Pick<Story, 'status'>): boolean {
  return FINAL.has(story.status);
}

/** received → admitted → risk → orders → fills → notified, as a person reads it; times count from the first event. */
export function describeStory(story: Story): string {
  const startedAt = Date.parse(story.events[0]?.at ?? story.receivedAt);
  const events = story.events.map(({ at, stage, detail }) => [`+${Date.parse(at) - startedAt} ms`, stage, detail]);
  const parts = [`Signal ${story.id}: ${story.status}${story.code === null ? '' : ` (${story.code})`}`];
  if (story.message !== null) parts.push(story.message);
  parts.push('', table(['TIME', 'STAGE', 'WHAT'], events));
  const { accounts = [] } = story;
  if (accounts.some(({ share }) => share !== null)) parts.push('', shareTable(accounts));
  if (story.orders.length > 0) parts.push('', orderTable(story.orders));
  return parts.join('\n');
}

/** What each account was given of one order over several. */
function shareTable(accounts: NonNullable<Story['accounts']>): string {
  const rows = accounts.map(({ account, share, status, code }) => [account, share, code === null ? status : `${status} (${code})`]);
  return table(['ACCOUNT', 'SHARE', 'STATUS'], rows);
}

export function orderTable(orders: readonly StoryOrder[]): string {
  const rows = orders.map((order) => [
    order.account,
    order.symbol,
    `${order.side} ${order.type}`,
    order.role,
    order.quantity,
    priceOf(order),
    order.filledQuantity,
    order.averagePrice,
    order.code === null ? order.status : `${order.status} (${order.code})`,
    order.id,
  ]);
  return table(['ACCOUNT', 'SYMBOL', 'ORDER', 'ROLE', 'QUANTITY', 'PRICE', 'FILLED', 'AVERAGE', 'STATUS', 'ID'], rows);
}

/** The limit, and the price it waits for. */
function priceOf({ price, stopPrice }: StoryOrder): string | null {
  if (stopPrice === null) return price;
  return price === null ? `stop ${stopPrice}` : `${price} stop ${stopPrice}`;
}

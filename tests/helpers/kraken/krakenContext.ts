import type { Decimal } from '../../../src/domain/money.ts';
import type { BookOrder } from '../venue/bookTypes.ts';
import type { KrakenBook } from './krakenBook.ts';
import { invalid } from './krakenError.ts';
import type { Limits } from './krakenLimits.ts';

/** A form or a JSON body, read: all of it text. */
export type Params = Readonly<Record<string, string>>;

/** Values of `result.permissions` of GetApiKeyInfo. */
export const PERMISSIONS = [
  ...(['query-funds', 'query-open-trades', 'query-closed-trades', 'modify-trades', 'close-trades', 'query-ledger'] as const),
  ...(['create-ws-token', 'add-funds', 'withdraw-funds', 'earn-funds', 'export-data'] as const),
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface KrakenAccount {
  permissions: readonly Permission[];
  ipAllowlist: readonly string[];
  /** How far below the last nonce one may be that was not used yet, in units of nonces; a setting of the key. */
  nonceWindow: number;
  /** Unix seconds; 0: none. */
  validUntil: number;
}

/** A price told as a distance from another one: signed, in quote currency or percent. */
export interface RelativePrice {
  readonly amount: Decimal;
  readonly percent: boolean;
}

/** What Kraken remembers of an order beside what every book does. */
export interface KrakenTerms {
  /** As sent: a stop whose trigger was already past is matched at once, but stays a stop. */
  readonly ordertype: string;
  readonly price: string;
  readonly price2: string;
  readonly oflags: readonly string[];
  readonly timeinforce: string;
  readonly userref: number | null;
  readonly trigger: string | null;
  readonly displayvol: string | null;
  /** What was asked for in quote currency (`viqc`). */
  readonly cost: Decimal | null;
  /** Milliseconds; null: never. */
  readonly expiresAt: number | null;
  /** How far a trailing stop stays behind. */
  readonly trail: { readonly stop: RelativePrice; readonly limit: RelativePrice | null } | null;
  /** Why it ended. */
  reason: string | null;
  expired: boolean;
  amended: boolean;
}

export interface KrakenContext {
  readonly book: KrakenBook;
  readonly now: () => number;
  readonly account: KrakenAccount;
  readonly system: { status: 'online' | 'maintenance' | 'cancel_only' | 'post_only' | 'limit_only' };
  readonly tokens: Map<string, number>;
  /** Parameters that Kraken reads over, as `AddOrder.name`. */
  readonly junk: string[];
  readonly limits: Limits;
  /** Said beside the next answers that are no refusals, one each. */
  readonly warnings: string[];
  /** Ended orders and trades are not in the histories before this many questions for them. */
  historyLag: number;
  /** Cancels that were taken and not yet carried out; null: they are at once. */
  pendingCancels: BookOrder[] | null;
  readonly nonces: { last: bigint; readonly used: Set<bigint> };
  readonly apiKey: string;
}

export function param(params: Params, name: string): string | undefined {
  const value = params[name];
  return value === undefined || value === '' ? undefined : value;
}

export function required(params: Params, name: string): string {
  const value = param(params, name);
  if (value === undefined) throw invalid(name);
  return value;
}

export function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[], fallback?: T): T {
  const value = param(params, name) ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name);
  return found;
}

export function flag(params: Params, name: string, fallback = false): boolean {
  return oneOf(params, name, ['true', 'false', '1', '0', 'True', 'False'], fallback ? 'true' : 'false').match(/^(true|1)$/i) !== null;
}

export function whole(params: Params, name: string, fallback: number): number {
  const value = param(params, name) ?? String(fallback);
  if (!/^-?\d{1,10}$/.test(value)) throw invalid(name);
  return Number(value);
}

export function isOpen({ book }: KrakenContext, order: BookOrder): boolean {
  return book.openOrders(order.symbol).includes(order);
}

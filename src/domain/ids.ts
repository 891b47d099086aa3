import { sha256Hex } from '../lib/hash.ts';

/** Branded strings: an id of one kind is not accepted where another is wanted. */
type Brand<T, B extends string> = T & { readonly __brand?: B };

export type CommandId = Brand<string, 'command'>;
/** A signal is what a command that wants a trade becomes; it keeps the command's id. */
export type SignalId = CommandId;
export type AccountId = Brand<string, 'account'>;
export type HookId = Brand<string, 'hook'>;
export type OrderId = Brand<string, 'order'>;
export type FillId = Brand<string, 'fill'>;
export type FundingId = Brand<string, 'funding'>;
export type Epoch = Brand<number, 'epoch'>;

/**
 * The id of one leg of a signal on one account: the same whenever, wherever and however often it is computed, so a
 * replanned signal meets its own orders instead of making new ones.
 */
export function orderIdFor(signalId: SignalId, accountId: AccountId, leg: number): OrderId {
  const hex = sha256Hex(`order\0${signalId}\0${accountId}\0${leg}`);
  return uuidFromHex(hex);
}

/**
 * The client order id sent to a venue: the order id as 32 lowercase hex digits, which every venue of docs/venues.md
 * accepts (Binance allows `[a-zA-Z0-9-_]{1,36}`, OKX only letters and digits up to 32). An order that is sent anew has a further one
 * for each `attempt`: an id stands for one request to the venue and no other.
 */
export function clientOrderIdFor(orderId: OrderId, attempt = 0): string {
  const id = attempt === 0 ? orderId : uuidFromHex(sha256Hex(`attempt\0${orderId}\0${attempt}`));
  return id.replaceAll('-', '');
}

/** The id of a signal that follows from another one (what flatten closes, what a close still has to close): the same each time. */
export function derivedSignalId(signalId: SignalId, purpose: string): SignalId {
  return uuidFromHex(sha256Hex(`signal\0${signalId}\0${purpose}`));
}

/** The id of a fill: the venue's trade id makes it unique within the account and symbol. */
export function fillIdFor(accountId: AccountId, symbol: string, venueTradeId: string): FillId {
  return uuidFromHex(sha256Hex(`fill\0${accountId}\0${symbol}\0${venueTradeId}`));
}

/** The signal and order that stand for one that somebody else placed at the venue: the same whenever it is met. */
export function externalSignalId(accountId: AccountId, symbol: string, venueOrderId: string): SignalId {
  return uuidFromHex(sha256Hex(`external\0${accountId}\0${symbol}\0${venueOrderId}`));
}

export function driftIdFor(accountId: AccountId, symbol: string, foundAt: number): string {
  return uuidFromHex(sha256Hex(`drift\0${accountId}\0${symbol}\0${foundAt}`));
}

/** The entry that makes the ledger's position the venue's: one for each drift. */
export function adjustmentIdFor(driftId: string): FillId {
  return uuidFromHex(sha256Hex(`adjustment\0${driftId}`));
}

/** The id of a funding payment: the venue's own makes it unique within the account. */
export function fundingIdFor(accountId: AccountId, venueId: string): FundingId {
  return uuidFromHex(sha256Hex(`funding\0${accountId}\0${venueId}`));
}

function uuidFromHex(hex: string): string {
  // Version 8 (custom) and variant bits of RFC 9562, so that Postgres and people see a valid UUID.
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

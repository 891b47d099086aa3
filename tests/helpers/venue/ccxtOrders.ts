import { expect } from 'vitest';
import { decimal } from '../../../src/domain/money.ts';
import type { OrderReport } from '../../../src/domain/order/report.ts';
import type { LookupOutcome, OrderRef, PlaceOutcome, PlaceRequest } from '../../../src/exchange/exchange.ts';

let lastId = 0;

/** A market buy of 0.01 BTC under a new client order id, unless told otherwise; amounts as text. */
export function btcOrder(
  overrides: Partial<Omit<PlaceRequest, 'quantity' | 'price' | 'stopPrice'>> & {
    quantity?: string;
    price?: string;
    stopPrice?: string;
  } = {},
): PlaceRequest {
  const { quantity = '0.01', price, stopPrice, ...rest } = overrides;
  lastId += 1;
  return {
    clientOrderId: `c0ffee${lastId.toString(16).padStart(26, '0')}`,
    symbol: 'BTC/USDT',
    side: 'buy',
    type: 'market',
    quantity: decimal(quantity),
    price: price === undefined ? null : decimal(price),
    stopPrice: stopPrice === undefined ? null : decimal(stopPrice),
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    ocoGroup: null,
    ...rest,
  };
}

export function refOf({ clientOrderId, symbol }: PlaceRequest, venueOrderId: string | null = null): OrderRef {
  return { clientOrderId, symbol, venueOrderId };
}

export function accepted(outcome: PlaceOutcome): OrderReport {
  if (outcome.kind !== 'accepted') throw new Error(`expected the order to be accepted, but: ${JSON.stringify(outcome)}`);
  return outcome.report;
}

export function found(outcome: LookupOutcome): OrderReport {
  if (outcome.kind !== 'found') throw new Error(`expected the order to be found, but: ${JSON.stringify(outcome)}`);
  return outcome.report;
}

/** A message may hold the venue's words; it may not hold what a signed request carries. */
export function expectNoSecrets(text: string, credentials: { readonly apiKey: string; readonly secret: string }): void {
  expect(text).not.toContain(credentials.apiKey);
  expect(text).not.toContain(credentials.secret);
  expect(text).not.toMatch(/signature=[0-9a-f]|timestamp=|https?:\/\/|[0-9a-f]{64}/i);
}

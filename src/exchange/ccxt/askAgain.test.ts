import { expect, it } from 'vitest';
import { ZERO } from '../../domain/money.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import { justCanceled } from './askAgain.ts';
import { AbsentError, NotSentError, RefusedHereError } from './venueErrors.ts';

const canceled: OrderReport = {
  ...{ clientOrderId: 'ours', venueOrderId: '1', symbol: 'BTC/USD', status: 'canceled', code: 'VENUE_CANCELED' },
  ...{ filledQuantity: ZERO, fills: [], fillsComplete: true },
};

it('an order whose cancel was asked for ends without a reason', async () => {
  expect(await justCanceled(async () => canceled)).toMatchObject({ status: 'canceled', code: null });
});

it.each([
  [new RefusedHereError('VENUE_RATE_LIMIT', 'no room'), 'BrokenReplyError'],
  [new NotSentError('no connection'), 'BrokenReplyError'],
  [new AbsentError('no list holds it'), 'AbsentError'],
])('that nobody could ask what became of it (%s) is no refusal of the cancel, which was taken', async (error, name) => {
  await expect(justCanceled(async () => Promise.reject(error))).rejects.toMatchObject({ name });
});

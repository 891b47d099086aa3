import { setTimeout as delay } from 'node:timers/promises';
import { ZERO } from '../../domain/money.ts';
import type { OrderReport } from '../../domain/order/report.ts';
import { isFinal } from '../../domain/order/transition.ts';
import type { PlaceRequest } from '../exchange.ts';
import { BrokenReplyError, NotSentError, RefusedHereError } from './venueErrors.ts';

const TRIES = 5;
const EVERY_MS = 100;

/** Asks about an order that must be ending, a few times; the last answer, ended or not. */
async function askUntilFinal(find: () => Promise<OrderReport>): Promise<OrderReport> {
  for (let attempt = 1; ; attempt += 1) {
    const report = await find();
    if ((isFinal(report.status) && report.fillsComplete) || attempt === TRIES) return report;
    await delay(EVERY_MS);
  }
}

/**
 * What has become of an order that a venue took and answered with an id alone. Should that not be known yet, it is open: polling goes on
 * from there. What cannot rest is asked about until it has ended.
 */
export async function justPlaced(request: PlaceRequest, venueOrderId: string, find: () => Promise<OrderReport>): Promise<OrderReport> {
  const { clientOrderId, symbol, type, timeInForce } = request;
  try {
    return await (type === 'market' || timeInForce === 'IOC' || timeInForce === 'FOK' ? askUntilFinal(find) : find());
  } catch {
    return { clientOrderId, venueOrderId, symbol, status: 'open', filledQuantity: ZERO, fills: [], fillsComplete: true, code: null };
  }
}

/** That a question did not leave says nothing against the cancel before it. */
export function notTheCancel(error: unknown): never {
  if (error instanceof NotSentError || error instanceof RefusedHereError)
    throw new BrokenReplyError('the cancel was sent, and what has become of the order could not be asked');
  throw error;
}

/**
 * What has become of an order whose cancel a venue took, for later or already done. Throws while that is not known: what filled before
 * must not be lost, and nothing that it still holds can be relied on.
 */
export async function justCanceled(find: () => Promise<OrderReport>): Promise<OrderReport> {
  const report = await askUntilFinal(find).catch(notTheCancel);
  if (!isFinal(report.status)) throw new BrokenReplyError('the cancel was taken and is not carried out yet');
  return report.status === 'canceled' ? { ...report, code: null } : report; // The end was asked for, so it has no code.
}

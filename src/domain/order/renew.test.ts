import { describe, expect, it } from 'vitest';
import { clientOrderIdFor } from '../ids.ts';
import { decimal, ZERO } from '../money.ts';
import type { Order } from './order.ts';
import { patched, progressOf, wasNamed } from './progress.ts';
import { pendingChange, renewed, wantedTerms } from './renew.ts';

const ID = '0b1f2c3d-4e5f-8a6b-9c7d-0e1f2a3b4c5d';
const ORDER = {
  id: ID,
  clientOrderId: clientOrderIdFor(ID),
  venueOrderId: 'v1',
  status: 'canceled',
  quantity: decimal('1'),
  filledQuantity: ZERO,
  price: null,
  stopPrice: decimal('90'),
  progress: null,
} as Order;

describe('an order that is sent anew', () => {
  const change = pendingChange(ORDER, { quantity: decimal('2'), price: null, stopPrice: null });
  const once = renewed({ ...ORDER, progress: { change } }, 'REPLACING', '', 5);

  it('has the terms that were wanted, and an id of its own', () => {
    expect([once.status, once.quantity.toFixed(), once.stopPrice?.toFixed(), once.venueOrderId]).toEqual(['intent', '2', '90', null]);
    const ids = [0, 1, 2, 3].map((attempt) => clientOrderIdFor(ID, attempt));
    expect(once.clientOrderId).toBe(ids[1]);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('answers to the ids it had, as many as are kept', () => {
    let order: Order = once;
    expect(wasNamed(order, ORDER.clientOrderId)).toBe(true);
    for (let more = 0; more < 6; more += 1) order = renewed(order, 'REPLACING', '', 6);
    expect([progressOf(order).attempt, progressOf(order).earlier?.length]).toEqual([7, 4]);
    expect(wasNamed(order, ORDER.clientOrderId)).toBe(false);
  });

  it('leaves no change behind, and no empty progress', () => {
    expect(progressOf(once).change).toBeUndefined();
    expect(wantedTerms(once).quantity.toFixed()).toBe('2');
    expect(patched({ progress: { watched: true } }, { watched: undefined })).toBeNull();
  });
});

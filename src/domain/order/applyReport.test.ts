import { describe, expect, it } from 'vitest';
import type { FillId } from '../ids.ts';
import type { Market } from '../market/market.ts';
import { decimal, ZERO } from '../money.ts';
import { flatPosition } from '../portfolio/bookFill.ts';
import type { Position } from '../portfolio/position.ts';
import { applyReport, type ReportEffect } from './applyReport.ts';
import { followUps } from './followUps.ts';
import { orderWith, SPOT } from './order.fixtures.ts';
import type { Fill, Order } from './order.ts';
import type { OrderReport } from './report.ts';

const ORDER = orderWith();

function fill(id: string, quantity: string): Fill {
  return {
    venueTradeId: id,
    quantity: decimal(quantity),
    price: decimal('100'),
    fee: ZERO,
    feeAsset: 'USDT',
    liquidity: 'taker',
    executedAt: 1,
  };
}

function report(status: OrderReport['status'], fills: readonly Fill[], over: Partial<OrderReport> = {}): OrderReport {
  const filledQuantity = fills.reduce((sum, item) => sum.plus(item.quantity), ZERO);
  return {
    clientOrderId: 'entry',
    venueOrderId: 'v1',
    symbol: 'BTC/USDT',
    status,
    filledQuantity,
    fills,
    fillsComplete: true,
    code: null,
    ...over,
  };
}

/** Feeds reports one after the other, as the engine does. */
function feed(...reports: readonly OrderReport[]): { order: Order; position: Position; booked: number } {
  let order = ORDER;
  let position = flatPosition('account', 'BTC/USDT');
  const known = new Set<FillId>();
  for (const next of reports) {
    const effect: ReportEffect = applyReport(order, next, position, SPOT, known, 5);
    order = effect.order;
    for (const { id, booking } of effect.fills) {
      known.add(id);
      position = booking.position;
    }
  }
  return { order, position, booked: known.size };
}

describe('what a report adds', () => {
  it('books each trade once, whatever repeats and overlaps', () => {
    const first = report('partially_filled', [fill('1', '0.4')]);
    const both = report('filled', [fill('1', '0.4'), fill('2', '0.6')]);
    const { order, position, booked } = feed(first, first, both, both, first);
    expect(booked).toBe(2);
    expect(order.status).toBe('filled');
    expect(position.quantity.toFixed()).toBe('1');
    expect(order.filledNotional.toFixed()).toBe('100');
  });

  it('keeps a trade listed twice in one page from counting twice', () => {
    expect(feed(report('filled', [fill('1', '1'), fill('1', '1')], { filledQuantity: decimal('1') })).booked).toBe(1);
  });

  it('does not go back to open when an old report comes late', () => {
    expect(feed(report('filled', [fill('1', '1')]), report('open', [])).order.status).toBe('filled');
  });

  it('waits with a final status until every fill is listed', () => {
    const early = report('filled', [fill('1', '0.4')], { filledQuantity: decimal('1'), fillsComplete: false });
    expect(feed(early).order.status).toBe('partially_filled');
    expect(feed(early, report('filled', [fill('1', '0.4'), fill('2', '0.6')])).order.status).toBe('filled');
  });

  it('takes a fill that raced the cancel', () => {
    const { order, position } = feed(report('canceled', []), report('filled', [fill('1', '1')]));
    expect(order.status).toBe('filled');
    expect(position.quantity.toFixed()).toBe('1');
  });

  it('does not reopen what was canceled for a report from before the cancel', () => {
    const partly = report('partially_filled', [fill('1', '0.4')]);
    expect(feed(partly, report('canceled', [fill('1', '0.4')]), partly, report('open', [])).order.status).toBe('canceled');
  });

  it('ends canceled with what was filled before', () => {
    const { order } = feed(
      report('partially_filled', [fill('1', '0.4')]),
      report('canceled', [fill('1', '0.4')], { code: 'VENUE_CANCELED' }),
    );
    expect([order.status, order.filledQuantity.toFixed(), order.code]).toEqual(['canceled', '0.4', 'VENUE_CANCELED']);
  });
});

describe('legs that depend on an order', () => {
  const filled: Order = { ...ORDER, status: 'filled', filledQuantity: decimal('1') };
  const stop: Order = {
    ...ORDER,
    id: 'o2',
    parentId: 'entry',
    parentShare: decimal('50'),
    role: 'stop_loss',
    side: 'sell',
    quantity: ZERO,
    status: 'intent',
  };
  const sequel: Order = { ...ORDER, id: 'o3', parentId: 'entry', status: 'intent' };

  it('send protection for its share of what filled, less what fees took', () => {
    const [action] = followUps(filled, [stop], decimal('0.998'), SPOT);
    expect(action?.kind === 'send' && action.quantity.toFixed()).toBe('0.499');
  });

  it('protect a partly filled entry for what it holds, and grow with it', () => {
    const partly: Order = { ...ORDER, status: 'partially_filled', filledQuantity: decimal('0.5') };
    expect(followUps(partly, [stop], decimal('0.5'), SPOT)).toMatchObject([{ kind: 'send' }]);
    const live: Order = { ...stop, status: 'open', quantity: decimal('0.25') };
    const [action] = followUps(filled, [live], decimal('1'), SPOT);
    expect(action?.kind === 'resize' && action.quantity.toFixed()).toBe('0.5');
  });

  it('wait while the first fills of a flip still close what was held, then never cover more than is held', () => {
    const flip = (filled: string): Order => ({
      ...ORDER,
      status: 'partially_filled',
      quantity: decimal('2'),
      filledQuantity: decimal(filled),
    });
    const swap: Market = { ...SPOT, type: 'swap' };
    expect(followUps(flip('0.5'), [stop], decimal('-0.5'), swap)).toEqual([]);
    const [action] = followUps(flip('1.2'), [stop], decimal('0.2'), swap);
    expect(action?.kind === 'send' && action.quantity.toFixed()).toBe('0.2');
  });

  it('leave no step of the position without its stop, however the shares round', () => {
    const thirds = ['33', '33', '34'].map(
      (share, index): Order => ({ ...stop, id: `s${index}`, leg: index + 1, parentShare: decimal(share) }),
    );
    const actions = followUps({ ...filled, filledQuantity: decimal('0.01') }, thirds, decimal('0.01'), SPOT);
    expect(actions.map((action) => action.kind === 'send' && action.quantity.toFixed())).toEqual(['0.003', '0.003', '0.004']);
  });

  it('send a reversal entry only when its exit filled', () => {
    expect(followUps({ ...filled, status: 'partially_filled' }, [sequel], ZERO, SPOT)).toEqual([]);
    expect(followUps(filled, [sequel], ZERO, SPOT)).toMatchObject([{ kind: 'send' }]);
    expect(followUps({ ...ORDER, status: 'rejected' }, [sequel], ZERO, SPOT)).toMatchObject([{ kind: 'abandon', code: 'LEG_ABANDONED' }]);
  });

  it('are given up when the parent ends with nothing filled', () => {
    expect(followUps({ ...ORDER, status: 'canceled' }, [stop], ZERO, SPOT)).toMatchObject([{ kind: 'abandon', code: 'LEG_ABANDONED' }]);
  });
});

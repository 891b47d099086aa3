import { describe, expect, it } from 'vitest';
import { decimal } from '../money.ts';
import { type Approval, assessDrift, whyTooLate } from './approval.ts';

const ASKED: Approval = {
  ...{ signalId: 's', askedAt: 0, expiresAt: 300_000, maxDriftPercent: '0.5' },
  prices: [
    { accountId: 'a', symbol: 'BTC/USDT', price: '50000' },
    { accountId: 'b', symbol: 'BTC/USDT', price: null },
  ],
  ...{ decision: null, decidedBy: null, decidedAt: null },
};

describe('a price that has moved since a person was asked', () => {
  it.each([
    ['50250', null],
    ['49750', null],
    ['50250.01', 'It was 50000 on arrival and is 50250.01 now (+0.50 %); 0.5 % is allowed.'],
    ['49000', 'It was 50000 on arrival and is 49000 now (-2.00 %); 0.5 % is allowed.'],
  ])('%s: %s', (now, words) => {
    const refusal = assessDrift(ASKED, 'a', decimal(now));
    if (words === null) expect(refusal).toBeNull();
    else expect(refusal).toMatchObject({ code: 'PRICE_DRIFTED', message: expect.stringContaining(words) });
  });

  it('cannot be judged without a price at arrival, and does not matter to a hook that sets no limit', () => {
    expect(assessDrift(ASKED, 'b', decimal(1))?.code).toBe('PRICE_DRIFTED');
    expect(assessDrift({ ...ASKED, maxDriftPercent: null }, 'b', decimal(1))).toBeNull();
  });
});

describe('who comes too late', () => {
  it('hears who decided, or that the time was up', () => {
    expect(whyTooLate(ASKED, 299_999)).toBeNull();
    expect(whyTooLate(ASKED, 300_000)?.code).toBe('APPROVAL_EXPIRED');
    const decided = { ...ASKED, decision: 'approved', decidedBy: 'user:ann@example.com', decidedAt: 5_000 } as const;
    expect(whyTooLate(decided, 6_000)).toMatchObject({
      code: 'APPROVAL_DECIDED',
      message: expect.stringContaining('approved by user:ann@example.com at 1970-01-01T00:00:05.000Z'),
    });
    expect(whyTooLate({ ...ASKED, decision: 'expired' }, 6_000)?.code).toBe('APPROVAL_EXPIRED');
  });
});
